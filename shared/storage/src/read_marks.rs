//! What each person has read of a conversation, where each has a read state of their own (E20, X08).
//!
//! A mark is an item of its conversation. While something is unread to its owner and the conversation stands in their inbox, it
//! also stands in the lean index, on the pile that it lies on for them, so that their badge costs the same at any size. A mark
//! says since when the account has individual read states: marks of an earlier time count for nothing and are written over.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    conversation::Conversation,
    id::{AccountId, ConversationId, UserId},
    read_marks::{Pile, ReadMark},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Page, PageRequest, Store, Unread,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, ATTENTION_SK, PK},
    query::{Index, Range, Read},
    transact::Transaction,
    write::Expect,
};

/// What one person has read of a conversation, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMarkRecord {
    /// Whose mark.
    pub user: UserId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// The mark.
    pub mark: ReadMark,
    /// Where it stands, as of which version of the conversation.
    pub place: MarkPlace,
    /// Rises with every change; a save is made over the version that was read. 0: there is none yet.
    pub version: u64,
}

/// Where a mark stands in its owner's inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkPlace {
    /// As of which version of the conversation.
    pub version: u64,
    /// On which pile, if the conversation stands in the inbox at all.
    pub pile: Option<Pile>,
    /// The last activity in the conversation.
    pub active_at: Timestamp,
}

/// Individual read states that have been switched on, and from where on the shared state is still to be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Since when each has a read state of their own.
    pub since: Timestamp,
    /// How far it has come; empty at the beginning.
    pub place: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ReadMarkItem {
    person: UserId,
    #[serde(with = "millis")]
    since: Timestamp,
    read_up_to: u64,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    places: BTreeSet<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_at: Option<u64>,
    /// The count, for the lean index.
    unread: u32,
    as_of: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pile: Option<Pile>,
    #[serde(with = "millis")]
    active_at: Timestamp,
    version: u64,
}

impl Stored for ReadMarkItem {
    const KIND: &'static str = "read_mark";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TakeoverItem {
    #[serde(with = "millis")]
    since: Timestamp,
    place: String,
}

impl Stored for TakeoverItem {
    const KIND: &'static str = "takeover";
}

impl ReadMarkRecord {
    fn none(user: UserId, conversation: ConversationId) -> Self {
        let (mark, place) = (ReadMark::default(), MarkPlace::default());
        Self { user, conversation, mark, place, version: 0 }
    }

    /// A mark of an earlier time is as good as none, but is written over.
    fn read(item: Item, since: Timestamp) -> Result<Self, StoreError> {
        let (_, conversation) = text(&item, PK)
            .and_then(keys::parse_in_conversation)
            .ok_or_else(|| StoreError::unreadable(ReadMarkItem::KIND, "the key is no conversation's"))?;
        let it: ReadMarkItem = read(item)?;
        if it.since != since {
            return Ok(Self { version: it.version, ..Self::none(it.person, conversation) });
        }
        let mark = ReadMark { read_up_to: it.read_up_to, unread: it.places, kept_at: it.kept_at };
        let place = MarkPlace { version: it.as_of, pile: it.pile, active_at: it.active_at };
        Ok(Self { user: it.person, conversation, mark, place, version: it.version })
    }
}

impl Store {
    /// Accounts in which the shared read state is still to be taken over.
    pub async fn due_takeovers(&self, now: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        let items = self.due(keys::due_takeovers, now, limit).await?;
        Ok(items.iter().filter_map(|item: &Item| text(item, PK)?.parse().ok()).collect())
    }
}

impl AccountStore {
    /// The marks of several people in one conversation. Who has none gets one that says nothing.
    pub async fn read_marks(
        &self,
        conversation: ConversationId,
        users: &[UserId],
        since: Timestamp,
    ) -> Result<Vec<ReadMarkRecord>, StoreError> {
        let wanted = users.iter().map(|user| keys::read_mark(self.account, conversation, *user)).collect();
        let found = self.store.get_many(wanted, true).await?;
        let mut marks: BTreeMap<UserId, ReadMarkRecord> =
            users.iter().map(|user| (*user, ReadMarkRecord::none(*user, conversation))).collect();
        for item in found {
            let mark = ReadMarkRecord::read(item, since)?;
            marks.insert(mark.user, mark);
        }
        Ok(marks.into_values().collect())
    }

    /// The marks that there are in a conversation, those of the users after `after`, at most `limit`.
    pub async fn read_marks_in(
        &self,
        conversation: ConversationId,
        after: Option<UserId>,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ReadMarkRecord>, StoreError> {
        let from = after.map(|user| format!("{}{user}~", keys::READ_MARK));
        let from = from.unwrap_or_else(|| keys::READ_MARK.to_owned());
        let range = Range::Between(from, format!("{}~", keys::READ_MARK));
        let pk = keys::in_conversation(self.account, conversation);
        let found = self.store.query(Read::new(Index::Table, pk, limit).range(range)).await?;
        found.items.into_iter().map(|item| ReadMarkRecord::read(item, since)).collect()
    }

    /// How much of each of these conversations is unread to one person; where nothing is, it is left out.
    pub async fn unread_to(
        &self,
        user: UserId,
        conversations: &[ConversationId],
        since: Timestamp,
    ) -> Result<BTreeMap<ConversationId, u32>, StoreError> {
        let distinct: BTreeSet<ConversationId> = conversations.iter().copied().collect();
        let wanted = distinct.into_iter().map(|id| keys::read_mark(self.account, id, user)).collect();
        let found = self.store.get_many(wanted, true).await?;
        let marks = found.into_iter().map(|item| ReadMarkRecord::read(item, since));
        let counts = marks.map(|mark| mark.map(|it| (it.conversation, it.mark.count())));
        let counts: BTreeMap<_, _> = counts.collect::<Result<_, _>>()?;
        Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
    }

    /// Saves a mark over the version that was read; `false`: it was changed meanwhile.
    pub async fn save_read_mark(
        &self,
        record: &ReadMarkRecord,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let ReadMarkRecord { user, conversation, mark, place, version } = record.clone();
        let unread = mark.count();
        let item = ReadMarkItem {
            person: user,
            since,
            read_up_to: mark.read_up_to,
            places: mark.unread,
            kept_at: mark.kept_at,
            unread,
            as_of: place.version,
            pile: place.pile,
            active_at: place.active_at,
            version: version.saturating_add(1),
        };
        let mut item = NewItem::new(keys::read_mark(self.account, conversation, user), &item)?;
        if let Some(pile) = place.pile.filter(|_| unread > 0) {
            let at = keys::list_place(place.active_at, conversation);
            item = item.concerning(keys::marked_unread(self.account, user, since, pile), at);
        }
        let expect = if version == 0 { Expect::absent() } else { Expect::version(version) };
        self.store.put_if(item, expect).await
    }

    /// How much is unread to one person on these piles, counting at most `limit` conversations.
    pub async fn marked_unread(
        &self,
        user: UserId,
        since: Timestamp,
        piles: &[Pile],
        limit: u32,
    ) -> Result<Unread, StoreError> {
        let reads = piles.iter().map(|pile| {
            let pk = keys::marked_unread(self.account, user, since, *pile);
            self.store.query(Read::new(Index::Attention, pk, limit))
        });
        let mut unread = Unread::default();
        for found in try_join_all(reads).await? {
            unread.capped |= found.more;
            for item in &found.items {
                if unread.conversations == limit {
                    unread.capped = true;
                    break;
                }
                let count = item.get("unread").and_then(|value| value.as_n().ok());
                let count = count.and_then(|n| n.parse().ok()).unwrap_or(0);
                unread.conversations = unread.conversations.saturating_add(1);
                unread.messages = unread.messages.saturating_add(count);
            }
        }
        Ok(unread)
    }

    /// A page of the conversations that are unread to one person on these piles, newest activity first. What the index shows
    /// and is not so any more, `shown` leaves out.
    pub async fn marked_unread_page(
        &self,
        user: UserId,
        since: Timestamp,
        piles: &[Pile],
        page: PageRequest<'_>,
        shown: impl Fn(&Conversation) -> bool,
    ) -> Result<Result<Page<Conversation>, InvalidCursor>, StoreError> {
        let query = format!("unread to {user} since {since} {piles:?}");
        let place = match self.open_cursor(&query, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let reads = piles.iter().map(|pile| {
            let pk = keys::marked_unread(self.account, user, since, *pile);
            let mut read = Read::new(Index::Attention, pk, page.limit).newest_first();
            if let Some(place) = &place {
                read = read.range(Range::Below(place.clone()));
            }
            self.store.query(read)
        });
        let (mut places, mut more) = (BTreeSet::new(), false);
        for found in try_join_all(reads).await? {
            more |= found.more;
            let keys = found.items.iter().filter_map(|item| {
                let (_, conversation) = keys::parse_in_conversation(text(item, PK)?)?;
                Some((text(item, ATTENTION_SK)?.to_owned(), conversation))
            });
            places.extend(keys);
        }
        let limit = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
        more |= places.len() > limit;
        let places: Vec<(String, ConversationId)> = places.into_iter().rev().take(limit).collect();
        let ids: BTreeSet<ConversationId> = places.iter().map(|(_, id)| *id).collect();
        let of_all: Vec<ConversationId> = ids.iter().copied().collect();
        let unread = self.unread_to(user, &of_all, since).await?;
        let mut items = self.conversations_by_id(&ids).await?;
        items.retain(|it| unread.contains_key(&it.id) && shown(it));
        items.sort_by_key(|it| std::cmp::Reverse((it.last_activity_at, it.id)));
        let last = places.last().filter(|_| more);
        let next_cursor = last.and_then(|(place, _)| self.seal_cursor(&query, place));
        Ok(Ok(Page { items, next_cursor }))
    }

    pub(crate) fn write_takeover<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        since: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        match since {
            Some(since) => {
                let takeover = Takeover { since, place: String::new() };
                transaction.put(label, self.takeover_item(&takeover)?, None);
            }
            None => transaction.delete(label, keys::takeover(self.account)),
        }
        Ok(())
    }

    fn takeover_item(&self, takeover: &Takeover) -> Result<NewItem, StoreError> {
        let item = TakeoverItem { since: takeover.since, place: takeover.place.clone() };
        let item = NewItem::new(keys::takeover(self.account), &item)?;
        let shard = keys::takeover_shard(self.account);
        Ok(item.wanting_attention(keys::due_takeovers(shard), takeover.since))
    }

    /// What is still to be taken over from the shared read state; `None`: nothing.
    pub async fn takeover(&self) -> Result<Option<Takeover>, StoreError> {
        let item: Option<TakeoverItem> = self.store.get(keys::takeover(self.account)).await?;
        Ok(item.map(|TakeoverItem { since, place }| Takeover { since, place }))
    }

    /// Notes how far a takeover has come; `None`: nothing is left. Nothing if it is another by now.
    pub async fn takeover_has_come(&self, since: Timestamp, place: Option<String>) -> Result<(), StoreError> {
        let values = vec![(":since", AttributeValue::N(since.as_millisecond().to_string()))];
        let expect = Expect { expression: "since = :since", values };
        match place {
            Some(place) => {
                let item = self.takeover_item(&Takeover { since, place })?;
                self.store.put_if(item, expect).await.map(drop)
            }
            None => self.store.delete_if(keys::takeover(self.account), expect).await.map(drop),
        }
    }
}
