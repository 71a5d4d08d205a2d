//! Keys of what follows from the stream, and of work that takes longer than a request.

use domain::{
    id::{AccountId, ContactId, ConversationId, JobId, UserId},
    link::Nonce,
    live::ConnectionId,
};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::Digest;
use sha2::Sha256;

use super::{CHANGE_SHARDS, DUE_SHARDS, Key, in_conversation, key, sortable};
use crate::jobs::Series;

/// The partition of what changed lately, for a shard.
pub(crate) fn changes(account: AccountId, shard: u8) -> String {
    format!("{account}#changes#{shard}")
}

/// The shard of a conversation's changes.
pub(crate) fn change_shard(conversation: ConversationId) -> u8 {
    conversation.uuid().as_bytes().last().copied().unwrap_or_default() % CHANGE_SHARDS
}

/// The place of a change: when it was written down, then what tells it from others of the same millisecond.
pub(crate) fn change_place(at: Timestamp, conversation: ConversationId, what: &str) -> String {
    format!("{}#{conversation}#{what}", sortable(at))
}

/// Where a connection is found by the name that API Gateway gave it.
pub(crate) fn connection_place(connection: &ConnectionId) -> Key {
    key(format!("connection#{connection}"), "place")
}

/// The partition of an account's connections.
pub(crate) fn connections(account: AccountId) -> String {
    format!("{account}#live")
}

pub(crate) fn connection(account: AccountId, user: UserId, connection: &ConnectionId) -> Key {
    key(connections(account), format!("{user}#{connection}"))
}

/// The partition of those who look at a conversation.
pub(crate) fn watchers(account: AccountId, conversation: ConversationId) -> String {
    format!("{account}#{conversation}#watchers")
}

pub(crate) fn watcher(
    account: AccountId,
    conversation: ConversationId,
    user: UserId,
    connection: &ConnectionId,
) -> Key {
    key(watchers(account, conversation), format!("{user}#{connection}"))
}

/// A ticket that was used.
pub(crate) fn used_ticket(account: AccountId, nonce: Nonce) -> Key {
    key(format!("{account}#ticket#{}", String::from(nonce)), "used")
}

/// The partition of an account's jobs.
pub(crate) fn jobs(account: AccountId) -> String {
    format!("{account}#jobs")
}

pub(crate) fn job(account: AccountId, job: JobId) -> Key {
    key(jobs(account), job.to_string())
}

/// Reads back the key of a [`job`].
pub(crate) fn parse_job(pk: &str, sk: &str) -> Option<(AccountId, JobId)> {
    Some((pk.strip_suffix("#jobs")?.parse().ok()?, sk.parse().ok()?))
}

/// The partition of jobs that are to be worked on, for a shard.
pub(crate) fn due_jobs(shard: u8) -> String {
    format!("jobs#{shard}")
}

/// The shard of a job.
pub(crate) fn job_shard(job: JobId) -> u8 {
    job.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}

/// The partition of what belongs to a job in parts.
pub(crate) fn job_parts(account: AccountId, job: JobId, series: Series) -> String {
    let series = match series {
        Series::Upload => "upload",
        Series::Results => "results",
    };
    format!("{account}#{job}#{series}")
}

pub(crate) fn job_part(account: AccountId, job: JobId, series: Series, number: u32) -> Key {
    key(job_parts(account, job, series), format!("{number:08}"))
}

/// How many bytes of a term are in its key.
const TERM_BYTES_MAX: usize = 32;

/// How a term is spelled in keys.
pub(crate) fn term_key(term: &str) -> String {
    let bytes: Vec<u8> = term.bytes().take(TERM_BYTES_MAX).collect();
    hex::encode(bytes)
}

/// The partition of the terms that begin with the same two characters.
pub(crate) fn terms(account: AccountId, term: &str) -> String {
    let first: String = term.chars().take(2).collect();
    format!("{account}#terms#{}", hex::encode(first))
}

/// That a contact stands under a term.
pub(crate) fn term(account: AccountId, term: &str, contact: ContactId) -> Key {
    key(terms(account, term), format!("{}#{contact}", term_key(term)))
}

/// The partition of the messages that stand under a word.
pub(crate) fn word_hits(account: AccountId, word: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(word).into();
    let short: Vec<u8> = hash.into_iter().take(8).collect();
    format!("{account}#word#{}", hex::encode(short))
}

/// That a message stands under a word.
pub(crate) fn word(
    account: AccountId,
    word: &str,
    at: Timestamp,
    conversation: ConversationId,
    sequence: u64,
) -> Key {
    key(word_hits(account, word), format!("{}#{conversation}#{sequence:012}", sortable(at)))
}

/// Reads back the sort key of a [`word`].
pub(crate) fn parse_word_place(place: &str) -> Option<(ConversationId, u64)> {
    let (_, rest) = place.split_once('#')?;
    let (conversation, sequence) = rest.split_once('#')?;
    Some((conversation.parse().ok()?, sequence.parse().ok()?))
}

/// The partition of what is counted by `gateway`, by `user` or by `tag`.
pub(crate) fn counts(account: AccountId, by: &str) -> String {
    format!("{account}#counts#{by}")
}

/// What was counted of one gateway, user or tag on one day.
pub(crate) fn count_place(id: &str, day: Date) -> String {
    format!("{id}#{day}")
}

/// Reads back the thing and the day of a [`count_place`].
pub(crate) fn parse_count_place(place: &str) -> Option<(&str, Date)> {
    let (id, day) = place.split_once('#')?;
    Some((id, day.parse().ok()?))
}

pub(crate) fn count(account: AccountId, by: &str, id: &str, day: Date) -> Key {
    key(counts(account, by), count_place(id, day))
}

/// That a change of a conversation has been counted.
pub(crate) fn counted_change(account: AccountId, conversation: ConversationId, what: &str) -> Key {
    key(in_conversation(account, conversation), format!("counted#{what}"))
}
