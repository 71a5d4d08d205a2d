//! Keys of credits, of what people are told, of rights, and of the audit log.

use domain::{
    id::{
        AccountId, ApiKeyId, AuditEntryId, ConversationId, CreditOrderId, LedgerEntryId, MailId,
        NotificationId, UserId,
    },
    read_marks::Pile,
};
use jiff::Timestamp;

use super::{DUE_SHARDS, Key, in_conversation, key, sortable};

pub(crate) fn balance(account: AccountId) -> Key {
    key(format!("{account}#credits"), "balance")
}

/// Reads back the account of a [`balance`].
pub(crate) fn parse_balance(pk: &str) -> Option<AccountId> {
    pk.strip_suffix("#credits")?.parse().ok()
}

pub(crate) fn ledger_entry(account: AccountId, entry: LedgerEntryId) -> Key {
    key(format!("{account}#credits"), format!("ledger#{entry}"))
}

pub(crate) fn ledger(account: AccountId) -> String {
    format!("{account}#ledger")
}

pub(crate) fn ledger_place(at: Timestamp, entry: LedgerEntryId) -> String {
    format!("{}#{entry}", sortable(at))
}

/// The partition of an account's orders of credits.
pub(crate) fn orders(account: AccountId) -> String {
    format!("{account}#orders")
}

pub(crate) fn order(account: AccountId, order: CreditOrderId) -> Key {
    key(orders(account), order.to_string())
}

pub(crate) fn notifications(account: AccountId, user: UserId) -> String {
    format!("{account}#{user}#notifications")
}

pub(crate) fn notification(account: AccountId, user: UserId, notification: NotificationId) -> Key {
    key(notifications(account, user), notification.to_string())
}

/// The list of what a user was told and has not seen.
pub(crate) fn unread_notifications(account: AccountId, user: UserId) -> String {
    format!("{account}#{user}#unread_notifications")
}

/// What a user wants to be told of the inbox, and how.
pub(crate) fn news(account: AccountId, user: UserId) -> Key {
    key(format!("{account}#{user}"), "news")
}

/// The next e-mail digest of a user.
pub(crate) fn digest(account: AccountId, user: UserId) -> Key {
    key(format!("{account}#{user}"), "digest")
}

/// Reads back the partition of a [`digest`].
pub(crate) fn parse_digest(pk: &str) -> Option<(AccountId, UserId)> {
    parse_departure(pk)
}

/// The partition of digests, for a shard.
pub(crate) fn due_digests(shard: u8) -> String {
    format!("digests#{shard}")
}

/// The devices of a user.
pub(crate) fn push_endpoints(account: AccountId, user: UserId) -> Key {
    key(format!("{account}#{user}"), "push_endpoints")
}

/// Whose device it is that a push service calls so: only a hash of that is part of the key.
pub(crate) fn push_token(token_sha256: &str) -> Key {
    key(format!("push_token#{token_sha256}"), "push_token")
}

/// The prefix of what people have read of a conversation.
pub(crate) const READ_MARK: &str = "mark#";

/// What one person has read of a conversation.
pub(crate) fn read_mark(account: AccountId, conversation: ConversationId, user: UserId) -> Key {
    key(in_conversation(account, conversation), format!("{READ_MARK}{user}"))
}

/// The list of what is unread to one person, since each has a read state of their own.
pub(crate) fn marked_unread(account: AccountId, user: UserId, since: Timestamp, pile: Pile) -> String {
    format!("{account}#{user}#marks#{}#{}", sortable(since), pile.name())
}

/// What is still to be taken over from the shared read state.
pub(crate) fn takeover(account: AccountId) -> Key {
    key(account.to_string(), "takeover")
}

/// The partition of takeovers, for a shard.
pub(crate) fn due_takeovers(shard: u8) -> String {
    format!("takeovers#{shard}")
}

/// The shard of a takeover.
pub(crate) fn takeover_shard(account: AccountId) -> u8 {
    account.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}

pub(crate) fn mail(account: AccountId, mail: MailId) -> Key {
    key(format!("{account}#{mail}"), "mail")
}

/// Reads back the partition key of [`mail`].
pub(crate) fn parse_mail(pk: &str) -> Option<(AccountId, MailId)> {
    let (account, mail) = pk.split_once('#')?;
    Some((account.parse().ok()?, mail.parse().ok()?))
}

/// What decides, beside the user, whether a request is allowed.
pub(crate) fn policy(account: AccountId) -> Key {
    key(account.to_string(), "policy")
}

/// What the account wants to be told of.
pub(crate) fn alert_settings(account: AccountId) -> Key {
    key(account.to_string(), "alerts")
}

/// Where a user wants to be told.
pub(crate) fn alert_preferences(account: AccountId, user: UserId) -> Key {
    key(format!("{account}#{user}"), "alerts")
}

/// An alert that was given lately, by its name.
pub(crate) fn alert(account: AccountId, name: NotificationId) -> Key {
    key(format!("{account}#alerts"), name.to_string())
}

/// The messages that failed within an hour.
pub(crate) fn failures(account: AccountId, hour: Timestamp) -> Key {
    key(format!("{account}#failures"), sortable(hour))
}

/// The partition of an account's API keys.
pub(crate) fn api_keys(account: AccountId) -> String {
    format!("{account}#keys")
}

pub(crate) fn api_key(account: AccountId, id: ApiKeyId) -> Key {
    key(api_keys(account), id.to_string())
}

/// The partition of the audit log.
pub(crate) fn audit(account: AccountId) -> String {
    format!("{account}#audit")
}

/// Reads back the account of an [`audit`] log.
pub(crate) fn parse_audit(pk: &str) -> Option<AccountId> {
    pk.strip_suffix("#audit")?.parse().ok()
}

/// The list of what an actor did. `actor` is an id or a word of ours.
pub(crate) fn audit_by(account: AccountId, actor: &str) -> String {
    format!("{account}#audit#by#{actor}")
}

/// The list of what was done to an object. `object` is an id.
pub(crate) fn audit_of(account: AccountId, object: &str) -> String {
    format!("{account}#audit#of#{object}")
}

/// The place of an entry in each of the log's lists. All places have the same length.
pub(crate) fn audit_place(at: Timestamp, entry: AuditEntryId) -> String {
    format!("{}#{entry}", sortable(at))
}

/// The greatest text below a place of the same length.
pub(crate) fn just_below(place: &str) -> String {
    let mut text = place.to_owned();
    let last = text.pop().and_then(|last| char::from_u32(u32::from(last).saturating_sub(1)));
    text.extend(last);
    text.push('~');
    text
}

/// A user who has left and whose conversations are still to be given to others.
pub(crate) fn departure(account: AccountId, user: UserId) -> Key {
    key(format!("{account}#{user}"), "departure")
}

/// Reads back the partition of a [`departure`].
pub(crate) fn parse_departure(pk: &str) -> Option<(AccountId, UserId)> {
    let (account, user) = pk.split_once('#')?;
    Some((account.parse().ok()?, user.parse().ok()?))
}

/// The partition of departures, for a shard.
pub(crate) fn due_departures(shard: u8) -> String {
    format!("departures#{shard}")
}

/// The shard of a departure.
pub(crate) fn departure_shard(user: UserId) -> u8 {
    user.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}
