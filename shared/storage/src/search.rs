//! The search index (E09): terms of contacts and words of messages, written by `project` and read in bounded pages.
//!
//! What people wrote is in a key nowhere else; here it has to be, and it is there in hexadecimal: a key's parts stay typed and
//! of a known alphabet, whatever somebody is called, and bytes sort as their hexadecimal does, so that the beginning of a term
//! is the beginning of its key. The terms of an account are spread over partitions by their first two characters. Words of
//! messages are looked up as a whole, so that their hash is enough.
//!
//! The index names candidates. Whether one is what was looked for is decided on the thing itself (`domain::search`), so an
//! entry that is out of date shows nobody anything, and writing one again changes nothing.

use std::{cmp::Ordering, collections::BTreeSet};

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use domain::{
    id::{ContactId, ConversationId},
    timeline::Entry,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, InvalidCursor, Store,
    entry::EntryItem,
    error::{StoreError, unavailable},
    item::{NewItem, Stored, key_attributes, read, text},
    keys::{self, SK},
    query::{Index, Range, Read},
    write::Patience,
};

/// At most this many writes in one `BatchWriteItem` (DynamoDB's limit).
const BATCH_WRITES_MAX: usize = 25;

/// That a contact stands under a term. Its key says it all.
#[derive(Serialize, Deserialize)]
pub(crate) struct TermItem {}

impl Stored for TermItem {
    const KIND: &'static str = "term";
}

/// That a message stands under a word. Its key says it all.
#[derive(Serialize, Deserialize)]
pub(crate) struct WordItem {}

impl Stored for WordItem {
    const KIND: &'static str = "word";
}

/// A contact that stands under a term. Without `Debug`: a term is what somebody is called.
#[derive(Clone, PartialEq, Eq)]
pub struct TermHit {
    /// Who.
    pub contact: ContactId,
    /// The term, as [`term_key`] writes it.
    pub term: String,
    /// The place in the index.
    pub place: String,
}

/// A message that stands under a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordHit {
    /// In which conversation it lies.
    pub conversation: ConversationId,
    /// Where.
    pub sequence: u64,
    /// The place in the index.
    pub place: String,
}

/// A part of the index, and whether there is more behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits<T> {
    /// What stands there, in the index's order.
    pub hits: Vec<T>,
    /// Whether there is more.
    pub more: bool,
}

/// How the index spells a term: two that are spelled alike are one to it.
pub fn term_key(term: &str) -> String {
    keys::term_key(term)
}

/// How two terms that begin alike come one after the other.
pub fn term_order(one: &str, other: &str) -> Ordering {
    keys::term_key(one).cmp(&keys::term_key(other))
}

impl Store {
    /// Writes all of these, in no order and each for itself. Nothing is expected of what is there.
    async fn write_all(&self, mut writes: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut patience = Patience::new(&self.table);
        while !writes.is_empty() {
            let later = writes.split_off(writes.len().min(BATCH_WRITES_MAX));
            let request = self.client.batch_write_item().request_items(&*self.table, writes);
            let answer = request.send().await.map_err(unavailable("BatchWriteItem"))?;
            writes = later;
            // What the table had no capacity for at the moment.
            if let Some(left) = answer.unprocessed_items.and_then(|mut it| it.remove(&*self.table)) {
                writes.extend(left);
                patience.pause().await?;
            }
        }
        Ok(())
    }
}

fn put(item: NewItem) -> Result<WriteRequest, StoreError> {
    let put = PutRequest::builder().set_item(Some(item.into_inner())).build();
    let put = put.map_err(|error| StoreError::unreadable("batch", error))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn delete(key: keys::Key) -> Result<WriteRequest, StoreError> {
    let delete = DeleteRequest::builder().set_key(Some(key_attributes(key))).build();
    let delete = delete.map_err(|error| StoreError::unreadable("batch", error))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}

impl AccountStore {
    /// Puts a contact under terms, and takes them away from under others.
    pub async fn index_contact(
        &self,
        contact: ContactId,
        under: &BTreeSet<String>,
        not_under: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let key = |term: &String| keys::term(self.account, term, contact);
        let kept: BTreeSet<String> = under.iter().map(|term| keys::term_key(term)).collect();
        let mut puts = BTreeSet::new();
        let mut writes = Vec::new();
        for term in under.iter().filter(|term| puts.insert(keys::term_key(term))) {
            writes.push(put(NewItem::new(key(term), &TermItem {})?)?);
        }
        let mut deletes = BTreeSet::new();
        for term in not_under {
            let spelled = keys::term_key(term);
            if !kept.contains(&spelled) && deletes.insert(spelled) {
                writes.push(delete(key(term))?);
            }
        }
        self.store.write_all(writes).await
    }

    /// Puts a message under its words.
    pub async fn index_message(
        &self,
        conversation: ConversationId,
        sequence: u64,
        at: Timestamp,
        words: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let item =
            |word| NewItem::new(keys::word(self.account, word, at, conversation, sequence), &WordItem {});
        let writes = words.iter().map(|word| put(item(word)?)).collect::<Result<_, _>>()?;
        self.store.write_all(writes).await
    }

    /// Who stands under terms that begin with `beginning`, in the order of the terms, behind `after`.
    pub async fn contacts_under(
        &self,
        beginning: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Hits<TermHit>, StoreError> {
        let first = keys::term_key(beginning);
        // Hexadecimal digits and the sign behind them all sort before `g`; nothing lies between a place and `!` behind it.
        let last = format!("{first}g");
        let from = after.map_or(first, |place| format!("{place}!"));
        if from > last {
            return Ok(Hits { hits: Vec::new(), more: false });
        }
        let pk = keys::terms(self.account, beginning);
        let read = Read::new(Index::Table, pk, limit).range(Range::Between(from, last)).eventually();
        let found = self.store.query(read).await?;
        let hit = |item| {
            let place: &str = text(item, SK)?;
            let (term, contact) = place.rsplit_once('#')?;
            Some(TermHit { contact: contact.parse().ok()?, term: term.to_owned(), place: place.to_owned() })
        };
        Ok(Hits { hits: found.items.iter().filter_map(hit).collect(), more: found.more })
    }

    /// Which messages stand under a word, newest first, behind `after`.
    pub async fn messages_under(
        &self,
        word: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Hits<WordHit>, StoreError> {
        let mut read =
            Read::new(Index::Table, keys::word_hits(self.account, word), limit).newest_first().eventually();
        if let Some(place) = after {
            read = read.range(Range::Below(place.to_owned()));
        }
        let found = self.store.query(read).await?;
        let hit = |item| {
            let place: &str = text(item, SK)?;
            let (conversation, sequence) = keys::parse_word_place(place)?;
            Some(WordHit { conversation, sequence, place: place.to_owned() })
        };
        Ok(Hits { hits: found.items.iter().filter_map(hit).collect(), more: found.more })
    }

    /// Entries of timelines by their places, in no particular order; those that do not exist are left out.
    pub async fn entries_at(
        &self,
        places: &BTreeSet<(ConversationId, u64)>,
    ) -> Result<Vec<(ConversationId, Entry)>, StoreError> {
        let keys =
            places.iter().map(|(conversation, sequence)| keys::entry(self.account, *conversation, *sequence));
        let items = self.store.get_many(keys.collect(), true).await?.into_iter();
        let entry = |item| {
            let item = read::<EntryItem>(item)?;
            let conversation = item.conversation();
            Ok((conversation, item.into_entry()?))
        };
        items.map(entry).collect()
    }

    /// The place that a cursor of a search names; `what` is all that the search depends on.
    pub fn open_search(&self, what: &str, cursor: Option<&str>) -> Result<Option<String>, InvalidCursor> {
        self.open_cursor(&format!("search {what}"), cursor)
    }

    /// The cursor for going on with a search.
    pub fn seal_search(&self, what: &str, place: &str) -> Option<String> {
        self.seal_cursor(&format!("search {what}"), place)
    }
}
