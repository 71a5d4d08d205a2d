//! Keys of conversations, their lists, timelines and timers.

use domain::{
    access::Audience,
    conversation::Folder,
    id::{AccountId, ConversationId, MessageId, TagId, UserId},
};
use jiff::Timestamp;

use super::{DUE_SHARDS, Key, key, sortable};
use crate::conversations::Group;
use crate::conversations::Listing;
use crate::conversations::Shelf;

pub(crate) fn in_conversation(account: AccountId, conversation: ConversationId) -> String {
    format!("{account}#{conversation}")
}

/// Reads back what [`in_conversation`] wrote.
pub(crate) fn parse_in_conversation(pk: &str) -> Option<(AccountId, ConversationId)> {
    let (account, conversation) = pk.split_once('#')?;
    Some((account.parse().ok()?, conversation.parse().ok()?))
}

pub(crate) fn conversation(account: AccountId, conversation: ConversationId) -> Key {
    key(in_conversation(account, conversation), "conversation")
}

/// The prefix of a conversation's copies in its lists.
pub(crate) const LIST_ENTRY: &str = "list#";

/// The entry of a conversation in one of its lists. That of everyone is the conversation itself.
pub(crate) fn list_entry(account: AccountId, conversation_id: ConversationId, listing: Listing) -> Key {
    let pk = || in_conversation(account, conversation_id);
    match listing {
        Listing::Audience(Audience::Everyone) => conversation(account, conversation_id),
        Listing::Audience(audience) => key(pk(), format!("{LIST_ENTRY}{audience}")),
        Listing::Tag(tag) => key(pk(), format!("{LIST_ENTRY}{tag}")),
    }
}

/// The partition of a list of conversations.
pub(crate) fn list(account: AccountId, audience: Audience, folder: Folder) -> String {
    let folder = match folder {
        Folder::Inbox => "inbox",
        Folder::Snoozed => "snoozed",
        Folder::Completed => "completed",
        Folder::Archived => "archived",
    };
    format!("{account}#{audience}#{folder}")
}

/// The partition of the conversations of a gateway or with a tag.
pub(crate) fn group(account: AccountId, group: Group, shelf: Shelf) -> String {
    let shelf = match shelf {
        Shelf::Unread => "unread",
        Shelf::Read => "read",
        Shelf::Snoozed => "snoozed",
        Shelf::Completed => "completed",
        Shelf::Archived => "archived",
    };
    match group {
        Group::Mailbox(gateway) => format!("{account}#{gateway}#{shelf}"),
        Group::Tag(tag) => format!("{account}#{tag}#{shelf}"),
    }
}

/// The place in a list: by activity, and by id where two were active in the same millisecond.
pub(crate) fn list_place(at: Timestamp, conversation: ConversationId) -> String {
    format!("{}#{conversation}", sortable(at))
}

pub(crate) fn unread(account: AccountId, audience: Audience) -> String {
    format!("{account}#{audience}#unread")
}

/// The prefix of timeline entries.
pub(crate) const ENTRY: &str = "entry#";

pub(crate) fn entry(account: AccountId, conversation: ConversationId, sequence: u64) -> Key {
    key(in_conversation(account, conversation), entry_place(sequence))
}

/// The sort key of a timeline entry.
pub(crate) fn entry_place(sequence: u64) -> String {
    format!("{ENTRY}{sequence:012}")
}

pub(crate) fn message(account: AccountId, message: MessageId) -> Key {
    key(format!("{account}#{message}"), "message")
}

/// Reads back the partition of a [`message`].
pub(crate) fn parse_message(pk: &str) -> Option<(AccountId, MessageId)> {
    let (account, message) = pk.split_once('#')?;
    Some((account.parse().ok()?, message.parse().ok()?))
}

/// The list of an account's messages that wait for their time.
pub(crate) fn scheduled(account: AccountId) -> String {
    format!("{account}#scheduled")
}

/// The list of a conversation's messages that wait for their time.
pub(crate) fn scheduled_in(account: AccountId, conversation: ConversationId) -> String {
    format!("{account}#{conversation}#scheduled")
}

/// The place in these lists: by time, and by id where two have the same.
pub(crate) fn scheduled_place(send_at: Timestamp, message: MessageId) -> String {
    format!("{}#{message}", sortable(send_at))
}

/// The partition of scheduled messages, for a shard.
pub(crate) fn due_scheduled(shard: u8) -> String {
    format!("scheduled#{shard}")
}

/// The partition of an account's tags.
pub(crate) fn tags(account: AccountId) -> String {
    format!("{account}#tags")
}

pub(crate) fn tag(account: AccountId, tag: TagId) -> Key {
    key(tags(account), tag.to_string())
}

/// Keeps a name to one tag. Names are what people wrote: only their hash is part of a key.
pub(crate) fn tag_name(account: AccountId, name_hash: &[u8; 32]) -> Key {
    key(format!("{account}#tag_names"), hex::encode(name_hash))
}

/// A tag that was removed while conversations may still have it.
pub(crate) fn untagging(account: AccountId, tag: TagId) -> Key {
    key(format!("{account}#{tag}"), "untagging")
}

/// Reads back the partition of an [`untagging`].
pub(crate) fn parse_untagging(pk: &str) -> Option<(AccountId, TagId)> {
    let (account, tag) = pk.split_once('#')?;
    Some((account.parse().ok()?, tag.parse().ok()?))
}

/// The partition of removed tags, for a shard.
pub(crate) fn due_untaggings(shard: u8) -> String {
    format!("untaggings#{shard}")
}

/// The shard of a removed tag.
pub(crate) fn untagging_shard(tag: TagId) -> u8 {
    tag.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}

/// What a user has pinned.
pub(crate) fn pins(account: AccountId, user: UserId) -> Key {
    key(format!("{account}#{user}"), "pins")
}

pub(crate) fn wake(account: AccountId, conversation: ConversationId) -> Key {
    key(in_conversation(account, conversation), "wake")
}

/// The partition of snoozes that end, for a shard.
pub(crate) fn due_wakes(shard: u8) -> String {
    format!("wakes#{shard}")
}

/// The partition of sends on their way, for a shard.
pub(crate) fn due_sends(shard: u8) -> String {
    format!("sends#{shard}")
}

/// The shard of a conversation's work.
pub(crate) fn shard(conversation: ConversationId) -> u8 {
    conversation.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}
