//! Keywords, and what became of each text that was one.
//!
//! The use of a keyword is an item beside the message's record, written with the place on the list: however often the
//! stream tells of a text, its sender is added once, and answered once.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    automation::Assign,
    id::{AccountId, ContactId, ContactListId, KeywordId, MessageId, TemplateId},
    keyword::{KEYWORDS_MAX, Keyword, Word},
    managed::ManagedBy,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces,
    administered::{Written, over},
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// How long the use of a keyword is remembered: longer than the stream repeats anything (24 hours).
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A keyword as it was read.
#[derive(Clone, Debug)]
pub struct KeywordRecord {
    /// The keyword.
    pub keyword: Keyword,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

/// What became of a keyword that was to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveKeyword {
    /// It is saved.
    Saved,
    /// Somebody else has made, changed or removed it.
    Changed,
    /// There is no such list.
    NoSuchList,
    /// There is no such template.
    NoSuchTemplate,
}

/// A text that is a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeywordUse {
    /// The text.
    pub message: MessageId,
    /// The keyword.
    pub keyword: KeywordId,
    /// The list that its sender is put on.
    pub list: ContactListId,
    /// Its sender.
    pub contact: ContactId,
    /// When this is.
    pub at: Timestamp,
}

/// What a text that is a keyword has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeywordAnswer {
    /// It is not answered yet.
    Open,
    /// The answer was accepted.
    Sent,
    /// There was nothing to answer, or it could not be answered.
    None,
}

/// What became of putting the sender of a keyword on its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// They are on the list, by this text or before; so far it has led to this.
    Done(KeywordAnswer),
    /// There is no such list any more.
    NoSuchList,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct KeywordItem {
    id: KeywordId,
    word: Word,
    contact_list: ContactListId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<TemplateId>,
    #[serde(default)]
    assign: Assign,
    #[serde(default)]
    managed_by: ManagedBy,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for KeywordItem {
    const KIND: &'static str = "keyword";
}

impl From<KeywordItem> for KeywordRecord {
    fn from(it: KeywordItem) -> Self {
        let KeywordItem { id, word, contact_list, answer, assign, managed_by, created_at, version } = it;
        Self { keyword: Keyword { id, word, contact_list, answer, assign, managed_by, created_at }, version }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct KeywordUseItem {
    keyword: KeywordId,
    contact: ContactId,
    #[serde(with = "millis")]
    at: Timestamp,
    answer: KeywordAnswer,
}

impl Stored for KeywordUseItem {
    const KIND: &'static str = "keyword_use";
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Use,
    List,
    Member,
}

impl AccountStore {
    /// A keyword of the account.
    pub async fn keyword(&self, id: KeywordId) -> Result<Option<KeywordRecord>, StoreError> {
        let item: Option<KeywordItem> = self.store.get(keys::keyword(self.account, id)).await?;
        Ok(item.map(KeywordRecord::from))
    }

    /// The keyword of a word, perhaps as it was some milliseconds ago: for texts that come in.
    pub async fn keyword_of(&self, word: &Word) -> Result<Option<Keyword>, StoreError> {
        let key = keys::keyword(self.account, Keyword::id_for(self.account, word));
        let item: Option<KeywordItem> = self.store.get_eventually(key).await?;
        Ok(item.map(|item| KeywordRecord::from(item).keyword))
    }

    /// A page of the account's keywords, in no particular order.
    pub async fn keywords(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Keyword>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::keywords(self.account), page.limit);
        let read = |item| Ok(KeywordRecord::from(read::<KeywordItem>(item)?).keyword);
        self.page("keywords", request, page, read).await
    }

    /// All keywords of the account: there are at most [`KEYWORDS_MAX`], or a few more that were made at the same moment.
    pub async fn all_keywords(&self) -> Result<Vec<Keyword>, StoreError> {
        let limit = u32::try_from(KEYWORDS_MAX).unwrap_or(u32::MAX).saturating_mul(2);
        let found = self.store.query(Read::new(Index::Table, keys::keywords(self.account), limit)).await?;
        let items = found.items.into_iter();
        items.map(|item| Ok(KeywordRecord::from(read::<KeywordItem>(item)?).keyword)).collect()
    }

    /// Saves a keyword over the version that was read, with the traces of the change. Its list and its template have to
    /// exist at that moment.
    pub async fn save_keyword(
        &self,
        record: &KeywordRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<SaveKeyword, StoreError> {
        let it = record.keyword.clone();
        let Keyword { id, word, contact_list, answer, assign, managed_by, created_at } = it;
        let version = record.version.saturating_add(1);
        let item = KeywordItem { id, word, contact_list, answer, assign, managed_by, created_at, version };
        let item = NewItem::new(keys::keyword(self.account, id), &item)?;
        let mut needed = vec![keys::contact_list(self.account, contact_list)];
        needed.extend(answer.map(|template| keys::template(self.account, template)));
        Ok(match self.administer(item, over(record.version), needed, traces).await? {
            Written::Done => SaveKeyword::Saved,
            Written::Changed => SaveKeyword::Changed,
            Written::Lacks(0) => SaveKeyword::NoSuchList,
            Written::Lacks(_) => SaveKeyword::NoSuchTemplate,
        })
    }

    /// Removes a keyword; `false`: somebody else has changed or removed it.
    pub async fn remove_keyword(
        &self,
        record: &KeywordRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        self.discard(keys::keyword(self.account, record.keyword.id), record.version, None, traces).await
    }

    /// Puts the sender of a keyword on its list, once for each text.
    pub async fn use_keyword(&self, it: &KeywordUse) -> Result<Listed, StoreError> {
        // Who is on the list already stays there as they are; then only the use is written.
        for as_member in [true, false] {
            let mut transaction = Transaction::new(&self.store);
            transaction.put(Write::Use, self.use_item(it)?, Some(Expect::absent()));
            let list = keys::contact_list(self.account, it.list);
            transaction.check(Write::List, list, "attribute_exists(pk)");
            if as_member {
                let member = self.member_item(it.list, it.contact, it.at)?;
                transaction.put(Write::Member, member, Some(Expect::absent()));
            }
            let refused = match transaction.run(&self.store).await {
                Ok(()) => return Ok(Listed::Done(KeywordAnswer::Open)),
                Err(TransactionError::Refused(refused)) => refused,
                Err(TransactionError::Store(error)) => return Err(error),
            };
            if let Some(item) = refused.item(Write::Use) {
                return Ok(Listed::Done(read::<KeywordUseItem>(item.clone())?.answer));
            }
            if refused.names(Write::List) {
                return Ok(Listed::NoSuchList);
            }
        }
        Err(StoreError::Contention)
    }

    /// Notes what the use of a keyword has led to.
    pub async fn keyword_answered(
        &self,
        message: MessageId,
        answer: KeywordAnswer,
    ) -> Result<(), StoreError> {
        let answer = serde_dynamo::to_attribute_value::<_, AttributeValue>(answer)
            .map_err(|error| StoreError::unreadable_item(KeywordUseItem::KIND, &error))?;
        let key = keys::keyword_use(self.account, message);
        let values = vec![(":answer", answer)];
        self.store.update_if(key, "SET answer = :answer", values, "attribute_exists(pk)").await.map(drop)
    }

    fn use_item(&self, it: &KeywordUse) -> Result<NewItem, StoreError> {
        let KeywordUse { message, keyword, contact, at, .. } = *it;
        let item = KeywordUseItem { keyword, contact, at, answer: KeywordAnswer::Open };
        let item = NewItem::new(keys::keyword_use(self.account, message), &item)?;
        Ok(match at.checked_add(REMEMBERED_FOR) {
            Ok(end) => item.expiring(end),
            Err(_) => item,
        })
    }
}
