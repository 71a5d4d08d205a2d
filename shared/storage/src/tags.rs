//! An account's tags (D13, D14), and those that were removed while conversations still have them.

use domain::{
    id::{AccountId, TagId},
    tag::{Tag, TagColour, TagName},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    AccountStore, Store, Traces,
    administered::over,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, read, text},
    keys::{self, Key, PK},
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// A tag as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRecord {
    /// The tag.
    pub tag: Tag,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

/// What became of saving a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveTag {
    /// It is saved.
    Saved,
    /// Another tag has this name, in whatever case.
    NameTaken,
    /// Somebody else has changed or removed it.
    Changed,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TagItem {
    id: TagId,
    name: TagName,
    colour: TagColour,
    version: u64,
}

impl Stored for TagItem {
    const KIND: &'static str = "tag";
}

impl From<TagItem> for TagRecord {
    fn from(TagItem { id, name, colour, version }: TagItem) -> Self {
        Self { tag: Tag { id, name, colour }, version }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TagNameItem {
    tag: TagId,
}

impl Stored for TagNameItem {
    const KIND: &'static str = "tag_name";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UntaggingItem {
    tag: TagId,
}

impl Stored for UntaggingItem {
    const KIND: &'static str = "untagging";
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Tag,
    Name,
    Other,
}

impl Store {
    /// Removed tags that conversations may still have, at most `limit` of each shard.
    pub async fn due_untaggings(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, TagId)>, StoreError> {
        let items = self.due(keys::due_untaggings, now, limit).await?;
        Ok(items.iter().filter_map(|item: &Item| keys::parse_untagging(text(item, PK)?)).collect())
    }
}

impl AccountStore {
    /// A tag of the account.
    pub async fn tag(&self, id: TagId) -> Result<Option<TagRecord>, StoreError> {
        let item: Option<TagItem> = self.store.get(keys::tag(self.account, id)).await?;
        Ok(item.map(TagRecord::from))
    }

    /// The tag of this name, in whatever case.
    pub async fn tag_named(&self, name: &TagName) -> Result<Option<TagId>, StoreError> {
        let item: Option<TagNameItem> = self.store.get(self.tag_name_key(name)).await?;
        Ok(item.map(|item| item.tag))
    }

    /// A page of the account's tags, in the order in which they were made.
    pub async fn tags(&self, page: PageRequest<'_>) -> Result<Result<Page<Tag>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::tags(self.account), page.limit);
        self.page("tags", request, page, |item| Ok(TagRecord::from(read::<TagItem>(item)?).tag)).await
    }

    /// Saves a tag over the version that was read. `before` is its name until now.
    pub async fn save_tag(
        &self,
        record: &TagRecord,
        before: Option<&TagName>,
        traces: &Traces,
    ) -> Result<SaveTag, StoreError> {
        let Tag { id, name, colour } = record.tag.clone();
        let (name_key, name_before) = (self.tag_name_key(&name), before.map(|it| self.tag_name_key(it)));
        let item = TagItem { id, name, colour, version: record.version.saturating_add(1) };
        let item = NewItem::new(keys::tag(self.account, id), &item)?;
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::Tag, item, Some(over(record.version)));
        if name_before.as_ref() != Some(&name_key) {
            let item = NewItem::new(name_key, &TagNameItem { tag: id })?;
            transaction.put(Write::Name, item, Some(Expect::absent()));
            if let Some(key) = name_before {
                transaction.delete(Write::Other, key);
            }
        }
        self.leave(&mut transaction, Write::Other, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(SaveTag::Saved),
            Err(TransactionError::Refused(refused)) if refused.names(Write::Tag) => Ok(SaveTag::Changed),
            Err(TransactionError::Refused(_)) => Ok(SaveTag::NameTaken),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Removes a tag; `false`: somebody else has changed or removed it. Conversations lose it afterwards.
    pub async fn remove_tag(
        &self,
        record: &TagRecord,
        at: Timestamp,
        traces: &Traces,
    ) -> Result<bool, StoreError> {
        let Tag { id, name, .. } = &record.tag;
        let untagging = NewItem::new(keys::untagging(self.account, *id), &UntaggingItem { tag: *id })?;
        let due = keys::due_untaggings(keys::untagging_shard(*id));
        let mut transaction = Transaction::new(&self.store);
        let key = keys::tag(self.account, *id);
        transaction.delete_expecting(Write::Tag, key, Expect::version(record.version));
        transaction.delete(Write::Other, self.tag_name_key(name));
        transaction.put(Write::Other, untagging.wanting_attention(due, at), None);
        self.leave(&mut transaction, Write::Other, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Forgets that a tag was removed: no conversation has it any more.
    pub async fn untagged(&self, tag: TagId) -> Result<(), StoreError> {
        self.store.delete_if(keys::untagging(self.account, tag), Expect::present()).await.map(drop)
    }

    fn tag_name_key(&self, name: &TagName) -> Key {
        keys::tag_name(self.account, &Sha256::digest(name.folded()).into())
    }
}
