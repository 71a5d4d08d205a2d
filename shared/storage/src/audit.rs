//! The audit log: written with what it tells of, read in bounded pages, never changed (I11).
//!
//! By time it is a partition of the table, by actor one of the index `lists`, by object one of `attention`, which holds keys
//! only: what is found there is fetched by key. An action is picked out of what the other filters leave.

use domain::{
    audit::{AuditAction, AuditEntry, Subject},
    id::{AccountId, AuditEntryId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, KIND, NewItem, Stored, read, text},
    keys::{self, Key, PK, SK},
    query::{Index, Page, PageRequest, Range, Read},
    transact::Transaction,
    write::Expect,
};

/// At most this many entries are looked at for one page; a page that finds fewer than it wants goes on with its cursor.
const LOOKED_AT_MAX: u32 = 1_000;
/// Entries read at once when an action is picked out.
const READ_AT_ONCE: u32 = 100;

/// What to show of the log. All parts have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what this actor did: an id of a user or key, or a word ([`domain::audit::AuditActor::filter_name`]).
    pub actor: Option<Subject>,
    /// Only what was done to this object. With an actor, it is picked out of what the actor did.
    pub object: Option<Subject>,
    /// Only this action.
    pub action: Option<AuditAction>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AuditItem {
    entry: AuditEntry,
}

impl Stored for AuditItem {
    const KIND: &'static str = "audit";
}

/// Reads an entry of the log as the stream shows it.
pub(crate) fn streamed(image: &serde_dynamo::Item) -> Result<Option<(AccountId, AuditEntry)>, StoreError> {
    let text = |name: &str| match image.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    if text(KIND) != Some(AuditItem::KIND) {
        return Ok(None);
    }
    let account = text(PK).and_then(keys::parse_audit);
    let account = account.ok_or_else(|| StoreError::unreadable(AuditItem::KIND, "the key is no log's"))?;
    let item: AuditItem = serde_dynamo::from_item(image.clone())
        .map_err(|error| StoreError::unreadable_item(AuditItem::KIND, &error))?;
    Ok(Some((account, item.entry)))
}

impl AuditFilter {
    fn shows(&self, entry: &AuditEntry) -> bool {
        self.actor.as_ref().is_none_or(|actor| actor.as_str() == entry.actor.filter_name())
            && self.object.as_ref().is_none_or(|object| object.as_str() == entry.object)
            && self.action.is_none_or(|action| action == entry.action)
    }

    /// Names the list for its cursors: a cursor of one filter is refused by another.
    fn name(&self) -> String {
        let Self { actor, object, action, from, until } = self;
        format!("audit {actor:?} {object:?} {action:?} {from:?} {until:?}")
    }
}

impl AccountStore {
    /// Adds an entry to the transaction of the change that it tells of.
    pub(crate) fn write_audit<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        entry: &AuditEntry,
    ) -> Result<(), StoreError> {
        transaction.put(label, self.audit_item(entry)?, Some(Expect::absent()));
        Ok(())
    }

    /// Adds an entry by itself, for what changes nothing in the table (an export) or was changed before (what the stream
    /// tells). Adding the same again changes nothing.
    pub async fn put_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.store.put_if(self.audit_item(entry)?, Expect::absent()).await.map(drop)
    }

    fn audit_item(&self, entry: &AuditEntry) -> Result<NewItem, StoreError> {
        let place = keys::audit_place(entry.at, entry.id);
        let key = Key { pk: keys::audit(self.account), sk: place.clone() };
        let item = NewItem::new(key, &AuditItem { entry: entry.clone() })?;
        let item = item.listed(keys::audit_by(self.account, &entry.actor.filter_name()), place.clone());
        Ok(item.concerning(keys::audit_of(self.account, &entry.object), place))
    }

    /// A page of the log, newest first.
    pub async fn audit_log(
        &self,
        filter: &AuditFilter,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<AuditEntry>, InvalidCursor>, StoreError> {
        let name = filter.name();
        let mut place = match self.open_cursor(&name, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let wanted = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
        let (mut entries, mut looked_at) = (Vec::new(), 0);
        loop {
            let (found, more) = self.audit_slice(filter, place.as_deref()).await?;
            looked_at += READ_AT_ONCE;
            let last = found.last().map(|entry| keys::audit_place(entry.at, entry.id));
            for entry in found.into_iter().filter(|entry| filter.shows(entry)) {
                if entries.len() == wanted {
                    let last: Option<&AuditEntry> = entries.last();
                    let next_cursor =
                        last.and_then(|it| self.seal_cursor(&name, &keys::audit_place(it.at, it.id)));
                    return Ok(Ok(Page { items: entries, next_cursor }));
                }
                entries.push(entry);
            }
            match last.filter(|_| more) {
                Some(last) if looked_at >= LOOKED_AT_MAX => {
                    return Ok(Ok(Page { items: entries, next_cursor: self.seal_cursor(&name, &last) }));
                }
                Some(last) => place = Some(last),
                None => return Ok(Ok(Page { items: entries, next_cursor: None })),
            }
        }
    }

    /// The next entries of the narrowest list that the filter names, and whether there are more.
    async fn audit_slice(
        &self,
        filter: &AuditFilter,
        after: Option<&str>,
    ) -> Result<(Vec<AuditEntry>, bool), StoreError> {
        let (index, pk) = match (&filter.actor, &filter.object) {
            (Some(actor), _) => (Index::Lists, keys::audit_by(self.account, actor.as_str())),
            (None, Some(object)) => (Index::Attention, keys::audit_of(self.account, object.as_str())),
            (None, None) => (Index::Table, keys::audit(self.account)),
        };
        let from = keys::sortable(filter.from.unwrap_or(Timestamp::UNIX_EPOCH));
        let until = filter.until.map_or_else(|| "9".to_owned(), keys::sortable);
        if until < from {
            // DynamoDB refuses such a range.
            return Ok((Vec::new(), false));
        }
        let mut request = Read::new(index, pk, READ_AT_ONCE).newest_first();
        request.range = match after {
            // BETWEEN includes both ends, and no place is a bare prefix of another.
            Some(place) => Range::Between(from, keys::just_below(place)),
            None => Range::Between(from, until),
        };
        let found = self.store.query(request).await?;
        let items =
            if matches!(index, Index::Attention) { self.whole(found.items).await? } else { found.items };
        let mut entries: Vec<AuditEntry> = items
            .into_iter()
            .map(|item| read::<AuditItem>(item).map(|it| it.entry))
            .collect::<Result<_, _>>()?;
        entries.sort_by_key(|entry| std::cmp::Reverse(keys::audit_place(entry.at, entry.id)));
        Ok((entries, found.more))
    }

    /// The items behind those of the index that holds keys only.
    async fn whole(&self, items: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let key = |item: &Item| Some(Key { pk: text(item, PK)?.to_owned(), sk: text(item, SK)?.to_owned() });
        // Consistently: what an index shows has been in the table before, and must not be missed there.
        self.store.get_many(items.iter().filter_map(key).collect(), true).await
    }

    /// The id of an entry for something that the stream tells of, the same however often it is told.
    pub fn audit_id(&self, event: &[&[u8]]) -> AuditEntryId {
        let account = *self.account.uuid().as_bytes();
        let mut parts: Vec<&[u8]> = vec![&account];
        parts.extend(event);
        AuditEntryId::derive(&parts)
    }
}
