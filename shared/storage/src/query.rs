//! Reading: one item by key, or one bounded page of a partition.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::{
    AccountStore, Store,
    cursor::InvalidCursor,
    error::{StoreError, unavailable},
    item::{Item, Stored, key_attributes, read, text},
    keys::{
        ATTENTION, ATTENTION_PK, ATTENTION_SK, GROUPS, GROUPS_PK, GROUPS_SK, Key, LISTS, LISTS_PK, LISTS_SK,
        PK, SK,
    },
    write::Patience,
};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on the page, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None`: this is the last. A page may have fewer entries than were asked for, even
    /// none, and still have a next.
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// At most this many entries.
    pub limit: u32,
    /// The cursor of the page before.
    pub cursor: Option<&'a str>,
}

/// Where a query reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    Table,
    Lists,
    Attention,
    Groups,
}

impl Index {
    fn names(self) -> (Option<&'static str>, &'static str, &'static str) {
        match self {
            Self::Table => (None, PK, SK),
            Self::Lists => (Some(LISTS), LISTS_PK, LISTS_SK),
            Self::Attention => (Some(ATTENTION), ATTENTION_PK, ATTENTION_SK),
            Self::Groups => (Some(GROUPS), GROUPS_PK, GROUPS_SK),
        }
    }

    /// Indexes of DynamoDB cannot be read consistently; the table itself is, so that who wrote sees what they wrote.
    fn consistent(self) -> bool {
        self == Self::Table
    }
}

/// Which sort keys of a partition.
#[derive(Clone, Debug)]
pub(crate) enum Range {
    All,
    Below(String),
    Above(String),
    Between(String, String),
}

/// One bounded query.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) index: Index,
    pub(crate) pk: String,
    pub(crate) range: Range,
    pub(crate) newest_first: bool,
    pub(crate) limit: u32,
    /// Perhaps as it was some milliseconds ago, at half the price.
    pub(crate) eventually: bool,
    /// Where the last page of the attention index ended, whose sort keys are not unique; elsewhere a [`Range`] says it.
    pub(crate) start: Option<Item>,
}

impl Read {
    pub(crate) fn new(index: Index, pk: String, limit: u32) -> Self {
        Self { index, pk, range: Range::All, newest_first: false, limit, eventually: false, start: None }
    }

    pub(crate) fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// Perhaps as it was some milliseconds ago, at half the price.
    pub(crate) fn eventually(mut self) -> Self {
        self.eventually = true;
        self
    }

    pub(crate) fn range(mut self, range: Range) -> Self {
        self.range = range;
        self
    }
}

/// What a query found, and whether there is more behind it.
pub(crate) struct Found {
    pub(crate) items: Vec<Item>,
    pub(crate) more: bool,
}

/// At most this many keys in one `BatchGetItem` (DynamoDB's limit).
const BATCH_KEYS_MAX: usize = 100;

impl Store {
    /// The item with this key.
    pub(crate) async fn get<T: Stored>(&self, key: Key) -> Result<Option<T>, StoreError> {
        self.get_with(key, true).await
    }

    /// The item with this key, perhaps as it was some milliseconds ago, at half the price.
    pub(crate) async fn get_eventually<T: Stored>(&self, key: Key) -> Result<Option<T>, StoreError> {
        self.get_with(key, false).await
    }

    /// The item with this key, of whatever kind it is.
    pub(crate) async fn get_item(&self, key: Key) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key_attributes(key)));
        let answer = request.consistent_read(true).send().await.map_err(unavailable("GetItem"))?;
        Ok(answer.item)
    }

    async fn get_with<T: Stored>(&self, key: Key, consistent: bool) -> Result<Option<T>, StoreError> {
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key_attributes(key)));
        let answer = request.consistent_read(consistent).send().await.map_err(unavailable("GetItem"))?;
        answer.item.map(read).transpose()
    }

    /// Several items by their keys, in no particular order, as they are now (`consistent`) or perhaps as they were some
    /// milliseconds ago, at half the price; those that do not
    /// exist are left out.
    pub(crate) async fn get_many(&self, keys: Vec<Key>, consistent: bool) -> Result<Vec<Item>, StoreError> {
        let mut wanted: Vec<Item> = keys.into_iter().map(key_attributes).collect();
        let mut patience = Patience::new(&self.table);
        let mut found = Vec::new();
        while !wanted.is_empty() {
            let later = wanted.split_off(wanted.len().min(BATCH_KEYS_MAX));
            let keys =
                KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(consistent).build();
            let keys = keys.map_err(|error| StoreError::unreadable("batch", error))?;
            let request = self.client.batch_get_item().request_items(&*self.table, keys);
            let answer = request.send().await.map_err(unavailable("BatchGetItem"))?;
            found.extend(answer.responses.and_then(|mut it| it.remove(&*self.table)).unwrap_or_default());
            wanted = later;
            // What the table had no capacity for at the moment.
            if let Some(left) = answer.unprocessed_keys.and_then(|mut it| it.remove(&*self.table)) {
                wanted.extend(left.keys);
                patience.pause().await?;
            }
        }
        Ok(found)
    }

    /// One page of a partition. One item more than is wanted is read, because DynamoDB itself says of a page that ends
    /// with the partition that there may be more.
    pub(crate) async fn query(&self, read: Read) -> Result<Found, StoreError> {
        let (index, pk_name, sk_name) = read.index.names();
        let limit = usize::try_from(read.limit.max(1)).unwrap_or(usize::MAX);
        let (condition, places) = match read.range {
            Range::All => ("", vec![]),
            Range::Below(place) => (" AND #sk < :a", vec![place]),
            Range::Above(place) => (" AND #sk > :a", vec![place]),
            Range::Between(from, to) => (" AND #sk BETWEEN :a AND :b", vec![from, to]),
        };
        let mut request = self
            .client
            .query()
            .table_name(&*self.table)
            .set_index_name(index.map(str::to_owned))
            .consistent_read(read.index.consistent() && !read.eventually)
            .scan_index_forward(!read.newest_first)
            .limit(i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX))
            .set_exclusive_start_key(read.start)
            .key_condition_expression(format!("#pk = :pk{condition}"))
            .expression_attribute_names("#pk", pk_name)
            .expression_attribute_values(":pk", AttributeValue::S(read.pk));
        if !places.is_empty() {
            request = request.expression_attribute_names("#sk", sk_name);
        }
        for (name, place) in [":a", ":b"].into_iter().zip(places) {
            request = request.expression_attribute_values(name, AttributeValue::S(place));
        }
        let answer = request.send().await.map_err(unavailable("Query"))?;
        let mut items = answer.items.unwrap_or_default();
        // A page also ends at a megabyte, which no item crosses alone: then it has items and more behind them.
        let more = items.len() > limit || answer.last_evaluated_key.is_some();
        items.truncate(limit);
        Ok(Found { items, more })
    }
}

impl AccountStore {
    /// The place that a cursor names in the list `query`.
    pub(crate) fn open_cursor(
        &self,
        query: &str,
        cursor: Option<&str>,
    ) -> Result<Option<String>, InvalidCursor> {
        cursor.map(|cursor| self.store.cursors.open(self.account, query, cursor)).transpose()
    }

    /// The cursor for going on after `place` in the list `query`.
    pub(crate) fn seal_cursor(&self, query: &str, place: &str) -> Option<String> {
        self.store.cursors.seal(self.account, query, place)
    }

    /// A page of a list whose cursor is the sort key of its last entry, which has to be unique in it.
    pub(crate) async fn page<T>(
        &self,
        query: &str,
        read_first: Read,
        page: PageRequest<'_>,
        decode: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Result<Page<T>, InvalidCursor>, StoreError> {
        let place = match self.open_cursor(query, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let mut request = Read { limit: page.limit, ..read_first };
        if let Some(place) = place {
            request.range = if request.newest_first { Range::Below(place) } else { Range::Above(place) };
        }
        let (_, _, sk_name) = request.index.names();
        let found = self.store.query(request).await?;
        let last = found.items.last().filter(|_| found.more).and_then(|item| text(item, sk_name));
        let next_cursor = last.and_then(|place| self.seal_cursor(query, place));
        let items = found.items.into_iter().map(decode).collect::<Result<_, _>>()?;
        Ok(Ok(Page { items, next_cursor }))
    }
}
