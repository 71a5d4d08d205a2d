//! Lists of things that some people have and others do not: texts and views of the account, of teams and of one person.
//!
//! Each scope is a partition of its own, so nobody's query ever touches what is another's (I14). A list for one person is
//! read from their partitions one after another.

use std::collections::BTreeSet;

use domain::scope::Scope;

use crate::{
    AccountStore,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, Stored, read, text},
    keys::{Key, SK},
    query::{Index, Page, PageRequest, Range, Read},
};

/// At most this many partitions are read for one page; where somebody has more, the page may be short.
const PARTITIONS_MAX: usize = 20;
/// Between the partition and the place in it, in a cursor. No key has it.
const SEPARATOR: char = '|';

impl AccountStore {
    /// A page of what lies in these scopes: scope by scope, each in the order in which it was made.
    pub(crate) async fn page_of_scopes<T>(
        &self,
        query: &str,
        partitions: BTreeSet<Partition>,
        page: PageRequest<'_>,
        decode: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Result<Page<T>, InvalidCursor>, StoreError> {
        let place = match self.open_cursor(query, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let (from, after) = place.as_deref().and_then(Partition::read).unwrap_or_default();
        let mut partitions = partitions.into_iter().filter(|it| *it >= from);
        let limit = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
        let mut found: Vec<(Partition, Item)> = Vec::new();
        for partition in partitions.by_ref().take(PARTITIONS_MAX) {
            let range = if partition == from && !after.is_empty() {
                Range::Above(after.to_owned())
            } else {
                Range::All
            };
            // One more than is wanted, which says whether there is a next page.
            let wanted =
                u32::try_from(limit.saturating_add(1).saturating_sub(found.len())).unwrap_or(u32::MAX);
            let part =
                self.store.query(Read::new(Index::Table, partition.pk.clone(), wanted).range(range)).await?;
            found.extend(part.items.into_iter().map(|item| (partition.clone(), item)));
            if found.len() > limit {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = if more {
            found.last().map(|(partition, item)| partition.place(text(item, SK).unwrap_or_default()))
        } else {
            partitions.next().map(|partition| partition.place(""))
        };
        let next_cursor = next.and_then(|place| self.seal_cursor(query, &place));
        let items = found.into_iter().map(|(_, item)| decode(item)).collect::<Result<_, _>>()?;
        Ok(Ok(Page { items, next_cursor }))
    }

    /// The thing with one of these keys, of which at most one exists.
    pub(crate) async fn one_of<T: Stored>(&self, keys: Vec<Key>) -> Result<Option<T>, StoreError> {
        match <[Key; 1]>::try_from(keys) {
            Ok([key]) => self.store.get(key).await,
            Err(keys) => self.store.get_many(keys, true).await?.into_iter().next().map(read).transpose(),
        }
    }

    /// How many things lie in a partition, counted up to `max`.
    pub(crate) async fn count_up_to(&self, pk: String, max: u32) -> Result<u32, StoreError> {
        let found = self.store.query(Read::new(Index::Table, pk, max)).await?;
        Ok(u32::try_from(found.items.len()).unwrap_or(u32::MAX))
    }
}

/// Where the things of a scope lie. Those of everybody come first, then those of teams, then one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    rank: u8,
    pk: String,
}

impl Partition {
    /// A place in it, for a cursor.
    fn place(&self, sk: &str) -> String {
        let Self { rank, pk } = self;
        format!("{rank}{SEPARATOR}{pk}{SEPARATOR}{sk}")
    }

    fn read(place: &str) -> Option<(Self, &str)> {
        let (rank, rest) = place.split_once(SEPARATOR)?;
        let (pk, sk) = rest.split_once(SEPARATOR)?;
        Some((Self { rank: rank.parse().ok()?, pk: pk.to_owned() }, sk))
    }
}

/// The partitions of these scopes.
pub(crate) fn partitions(scopes: &BTreeSet<Scope>, of: impl Fn(Scope) -> String) -> BTreeSet<Partition> {
    let rank = |scope: &Scope| match scope {
        Scope::Account => 0,
        Scope::Team { .. } => 1,
        Scope::Personal { .. } => 2,
    };
    scopes.iter().map(|scope| Partition { rank: rank(scope), pk: of(*scope) }).collect()
}
