//! What is due: snoozes that end, and sends that take too long.

use domain::id::{AccountId, ConversationId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, text},
    keys::{self, ATTENTION_SK, PK, SK},
    query::{Index, Range, Read},
};

/// A conversation whose snooze ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueWake {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub conversation: ConversationId,
}

/// A message that has been on its way for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueSend {
    /// Whose.
    pub account: AccountId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// At which place.
    pub sequence: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WakeItem {
    #[serde(with = "millis")]
    until: Timestamp,
}

impl Stored for WakeItem {
    const KIND: &'static str = "wake";
}

impl Store {
    /// Conversations whose snooze has ended by `now`, longest due first, at most `limit` of each shard.
    pub async fn due_wakes(&self, now: Timestamp, limit: u32) -> Result<Vec<DueWake>, StoreError> {
        let items = self.due(keys::due_wakes, now, limit).await?;
        let read = |item: &Item| {
            let (account, conversation) = keys::parse_in_conversation(text(item, PK)?)?;
            Some(DueWake { account, conversation })
        };
        Ok(items.iter().filter_map(read).collect())
    }

    /// Sends that should have been over by `now`, longest due first, at most `limit` of each shard.
    pub async fn due_sends(&self, now: Timestamp, limit: u32) -> Result<Vec<DueSend>, StoreError> {
        let items = self.due(keys::due_sends, now, limit).await?;
        let read = |item: &Item| {
            let (account, conversation) = keys::parse_in_conversation(text(item, PK)?)?;
            let sequence = text(item, SK)?.strip_prefix(keys::ENTRY)?.parse().ok()?;
            Some(DueSend { account, conversation, sequence })
        };
        Ok(items.iter().filter_map(read).collect())
    }

    pub(crate) async fn due(
        &self,
        partition: fn(u8) -> String,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let mut due = Vec::new();
        for shard in 0..keys::DUE_SHARDS {
            let range = Range::Between(keys::sortable(Timestamp::UNIX_EPOCH), keys::sortable(now));
            let found = self.query(Read::new(Index::Attention, partition(shard), limit).range(range)).await?;
            due.extend(found.items);
        }
        due.sort_by(|a, b| text(a, ATTENTION_SK).cmp(&text(b, ATTENTION_SK)));
        Ok(due)
    }
}

impl AccountStore {
    pub(crate) fn wake_item(
        &self,
        conversation: ConversationId,
        until: Timestamp,
    ) -> Result<NewItem, StoreError> {
        let item = NewItem::new(keys::wake(self.account, conversation), &WakeItem { until })?;
        Ok(item.wanting_attention(keys::due_wakes(keys::shard(conversation)), until))
    }
}
