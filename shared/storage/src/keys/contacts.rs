//! Keys of contacts, and of what belongs to one.

use domain::{
    id::{AccountId, ContactId, ConversationId},
    phone::PhoneNumber,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{DUE_SHARDS, Key, in_conversation, key, sortable};

pub(crate) fn contact(account: AccountId, contact: ContactId) -> Key {
    key(format!("{account}#{contact}"), "contact")
}

/// The partition of everything about a contact.
pub(crate) fn of_contact(account: AccountId, contact: ContactId) -> String {
    format!("{account}#{contact}")
}

/// Reads back what [`of_contact`] wrote.
pub(crate) fn parse_of_contact(pk: &str) -> Option<(AccountId, ContactId)> {
    let (account, contact) = pk.split_once('#')?;
    Some((account.parse().ok()?, contact.parse().ok()?))
}

/// The list of an account's contacts.
pub(crate) fn contacts(account: AccountId) -> String {
    format!("{account}#contacts")
}

/// The place of a contact in that list: by when the account came to know them.
pub(crate) fn contact_place(at: Timestamp, contact: ContactId) -> String {
    format!("{}#{contact}", sortable(at))
}

/// The prefix of a contact's conversations.
pub(crate) const CONVERSATION_OF: &str = "conversation#";

/// One of a contact's conversations.
pub(crate) fn conversation_of(account: AccountId, contact: ContactId, conversation: ConversationId) -> Key {
    key(of_contact(account, contact), format!("{CONVERSATION_OF}{conversation}"))
}

/// The prefix of what happened to a contact and what was noted about them.
pub(crate) const ACTIVITY: &str = "activity#";

/// A note about a contact, or something that happened to them: `id` orders by time.
pub(crate) fn activity(account: AccountId, contact: ContactId, id: Uuid) -> Key {
    key(of_contact(account, contact), activity_place(id))
}

/// The sort key of an activity.
pub(crate) fn activity_place(id: Uuid) -> String {
    format!("{ACTIVITY}{}", id.as_simple())
}

/// Where a contact's activity lies in the timeline of a conversation.
pub(crate) fn copied(account: AccountId, conversation: ConversationId, id: Uuid) -> Key {
    key(in_conversation(account, conversation), format!("copied#{}", id.as_simple()))
}

/// A contact that is gone while something of theirs is still to be moved or removed.
pub(crate) fn leaving(account: AccountId, contact: ContactId) -> Key {
    key(of_contact(account, contact), "leaving")
}

/// The partition of contacts that are gone but not cleared up after, for a shard.
pub(crate) fn due_leavings(shard: u8) -> String {
    format!("leavings#{shard}")
}

/// The shard of a contact that is gone.
pub(crate) fn leaving_shard(contact: ContactId) -> u8 {
    contact.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}

/// The lists that a contact is on.
pub(crate) fn memberships(account: AccountId, contact: ContactId) -> String {
    format!("{account}#{contact}#lists")
}

/// E-mail addresses are what people wrote: only their hash is part of a key.
pub(crate) fn contact_email(account: AccountId, email_hash: &[u8; 32]) -> Key {
    key(format!("{account}#email#{}", hex::encode(email_hash)), "contact")
}

/// The custom fields that an account has for its contacts.
pub(crate) fn contact_fields(account: AccountId) -> Key {
    key(account.to_string(), "contact_fields")
}

pub(crate) fn number(account: AccountId, number: &PhoneNumber) -> Key {
    key(format!("{account}#number#{}", number.as_str()), "number")
}
