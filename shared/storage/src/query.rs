//! Reading: one item by key, or one bounded page of a partition.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    AccountStore, Store,
    cursor::InvalidCursor,
    error::{StoreError, unavailable},
    item::{Item, Stored, key_attributes, read},
    keys::{ATTENTION, ATTENTION_PK, ATTENTION_SK, Key, LISTS, LISTS_PK, LISTS_SK, PK, SK},
};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on the page, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None`: this is the last.
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
}

impl Index {
    fn names(self) -> (Option<&'static str>, &'static str, &'static str) {
        match self {
            Self::Table => (None, PK, SK),
            Self::Lists => (Some(LISTS), LISTS_PK, LISTS_SK),
            Self::Attention => (Some(ATTENTION), ATTENTION_PK, ATTENTION_SK),
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
    Prefix(&'static str),
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
    /// Where the last page of the attention index ended; elsewhere a [`Range`] says it.
    pub(crate) start: Option<Item>,
    pub(crate) filter: Option<(String, Vec<(String, AttributeValue)>)>,
}

impl Read {
    pub(crate) fn new(index: Index, pk: String, limit: u32) -> Self {
        Self { index, pk, range: Range::All, newest_first: false, limit, start: None, filter: None }
    }

    pub(crate) fn newest_first(mut self) -> Self {
        self.newest_first = true;
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
    pub(crate) last_key: Option<Item>,
}

impl Store {
    /// The item with this key.
    pub(crate) async fn get<T: Stored>(&self, key: Key) -> Result<Option<T>, StoreError> {
        self.get_with(key, true).await
    }

    /// The item with this key, perhaps as it was some milliseconds ago, at half the price.
    pub(crate) async fn get_eventually<T: Stored>(&self, key: Key) -> Result<Option<T>, StoreError> {
        self.get_with(key, false).await
    }

    async fn get_with<T: Stored>(&self, key: Key, consistent: bool) -> Result<Option<T>, StoreError> {
        let request = self.client.get_item().table_name(&*self.table).set_key(Some(key_attributes(key)));
        let answer = request.consistent_read(consistent).send().await.map_err(unavailable("GetItem"))?;
        answer.item.map(read).transpose()
    }

    /// Several items by their keys, in no particular order; those that do not exist are left out. At most 100 keys.
    pub(crate) async fn get_many(&self, keys: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        let mut wanted: Vec<Item> = keys.into_iter().map(key_attributes).collect();
        let mut found = Vec::new();
        while !wanted.is_empty() {
            let keys = aws_sdk_dynamodb::types::KeysAndAttributes::builder().set_keys(Some(wanted)).build();
            let keys = keys.map_err(|error| StoreError::unreadable("batch", error))?;
            let request = self.client.batch_get_item().request_items(&*self.table, keys);
            let mut answer = request.send().await.map_err(unavailable("BatchGetItem"))?;
            found.extend(
                answer
                    .responses
                    .take()
                    .and_then(|mut tables| tables.remove(&*self.table))
                    .unwrap_or_default(),
            );
            let rest = answer.unprocessed_keys.take().and_then(|mut tables| tables.remove(&*self.table));
            wanted = rest.map(|rest| rest.keys).unwrap_or_default();
        }
        Ok(found)
    }

    /// One page of a partition.
    pub(crate) async fn query(&self, read: Read) -> Result<Found, StoreError> {
        let (index, pk_name, sk_name) = read.index.names();
        let mut request = self
            .client
            .query()
            .table_name(&*self.table)
            .set_index_name(index.map(str::to_owned))
            .consistent_read(read.index.consistent())
            .scan_index_forward(!read.newest_first)
            .limit(i32::try_from(read.limit.max(1)).unwrap_or(i32::MAX))
            .set_exclusive_start_key(read.start)
            .expression_attribute_names("#pk", pk_name)
            .expression_attribute_values(":pk", AttributeValue::S(read.pk));
        let (condition, values) = match read.range {
            Range::All => ("", vec![]),
            Range::Prefix(prefix) => (" AND begins_with(#sk, :a)", vec![prefix.to_owned()]),
            Range::Below(place) => (" AND #sk < :a", vec![place]),
            Range::Above(place) => (" AND #sk > :a", vec![place]),
            Range::Between(from, to) => (" AND #sk BETWEEN :a AND :b", vec![from, to]),
        };
        if !condition.is_empty() {
            request = request.expression_attribute_names("#sk", sk_name);
        }
        for (name, value) in [":a", ":b"].into_iter().zip(values) {
            request = request.expression_attribute_values(name, AttributeValue::S(value));
        }
        if let Some((filter, values)) = read.filter {
            request = request.filter_expression(filter);
            for (name, value) in values {
                request = request.expression_attribute_values(name, value);
            }
        }
        let answer = request
            .key_condition_expression(format!("#pk = :pk{condition}"))
            .send()
            .await
            .map_err(unavailable("Query"))?;
        Ok(Found { items: answer.items.unwrap_or_default(), last_key: answer.last_evaluated_key })
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

    /// A page of a list whose cursor is the sort key of its last entry.
    pub(crate) async fn page<T: Stored>(
        &self,
        query: &str,
        read_first: Read,
        page: PageRequest<'_>,
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
        let next_cursor = found
            .last_key
            .as_ref()
            .and_then(|key| crate::item::text(key, sk_name))
            .and_then(|place| self.seal_cursor(query, place));
        let items = found.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Ok(Page { items, next_cursor }))
    }
}
