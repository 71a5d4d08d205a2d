//! Every key of the table, and nothing else spells one.
//!
//! A key is made of typed ids, numbers of fixed width and E.164 numbers: never of text that a person wrote, so no key can
//! be forged by choosing a name. The account leads the partition key of everything that belongs to one. Ids are UUIDs, so
//! partitions spread by themselves; where many writers meet at one place, the key says so with a shard.
//!
//! What all keys have in common is here; the keys themselves are in a module for each area.

mod accounts;
mod administration;
mod contacts;
mod conversations;
mod derived;
mod texts;

use domain::id::{AccountId, GatewayId};
use jiff::Timestamp;

pub(crate) use accounts::*;
pub(crate) use administration::*;
pub(crate) use contacts::*;
pub(crate) use conversations::*;
pub(crate) use derived::*;
pub(crate) use texts::*;

/// The name of the partition key.
pub(crate) const PK: &str = "pk";
/// The name of the sort key.
pub(crate) const SK: &str = "sk";
/// The index of lists: conversations by activity, ledger, gateways.
pub(crate) const LISTS: &str = "lists";
/// The partition key of [`LISTS`].
pub(crate) const LISTS_PK: &str = "g1pk";
/// The sort key of [`LISTS`].
pub(crate) const LISTS_SK: &str = "g1sk";
/// The index of what wants attention: unread conversations, due snoozes, sends on their way.
pub(crate) const ATTENTION: &str = "attention";
/// The partition key of [`ATTENTION`].
pub(crate) const ATTENTION_PK: &str = "g2pk";
/// The sort key of [`ATTENTION`].
pub(crate) const ATTENTION_SK: &str = "g2sk";

/// The index of the conversations of a gateway or with a tag.
pub(crate) const GROUPS: &str = "groups";
/// The partition key of [`GROUPS`].
pub(crate) const GROUPS_PK: &str = "g3pk";
/// The sort key of [`GROUPS`].
pub(crate) const GROUPS_SK: &str = "g3sk";

/// Over how many partitions work that is due is spread, so that a busy minute of all accounts together does not meet at
/// one partition.
pub(crate) const DUE_SHARDS: u8 = 8;

/// Over how many partitions what changed lately in one account is spread: each message makes up to four changes, and as many
/// reads make one page.
pub(crate) const CHANGE_SHARDS: u8 = 4;

/// A primary key, or the key of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// A time as digits that sort as the time does.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond().max(0))
}

pub(crate) fn idempotency(account: AccountId, key_hash: &[u8; 32]) -> Key {
    key(format!("{account}#idempotency#{}", hex::encode(key_hash)), "idempotency")
}

pub(crate) fn unknown_event(gateway: GatewayId, hash: &[u8; 32]) -> Key {
    key(format!("{gateway}#unknown"), hex::encode(hash))
}

#[cfg(test)]
mod tests {
    use domain::{
        access::Audience, conversation::Folder, id::Id, link::Nonce, live::ConnectionId, phone::PhoneNumber,
        read_marks::Pile, scope::Scope,
    };
    use uuid::Uuid;

    use super::*;
    use crate::{conversations::Listing, jobs::Series};

    fn id<K: domain::id::Kind>(n: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    fn socket() -> ConnectionId {
        "L0SM9cOFvHcCIhw=".to_owned().try_into().unwrap()
    }

    /// Keys are stored: changing one loses data. This list may grow, its lines may not change.
    #[test]
    fn keys_are_stable() {
        let number: PhoneNumber = "+12025550123".parse().unwrap();
        let at = Timestamp::from_millisecond(1_767_225_600_000).unwrap();
        let date = jiff::civil::date(2030, 1, 8);
        let show = |key: Key| format!("{} | {}", key.pk, key.sk);
        let keys = [
            show(account(id(1))),
            show(user(id(1), id(2))),
            show(credential(&[7; 32])),
            show(gateway(id(3))),
            show(turns(id(3))),
            gateways(id(1)),
            show(our_number(id(1), &number.clone().into())),
            show(contact(id(1), id(4))),
            show(super::number(id(1), &number)),
            format!("{} | {}", contacts(id(1)), contact_place(at, id(4))),
            show(conversation_of(id(1), id(4), id(5))),
            show(activity(id(1), id(4), Uuid::from_u128(9))),
            show(copied(id(1), id(5), Uuid::from_u128(9))),
            format!("{} {}", show(leaving(id(1), id(4))), due_leavings(leaving_shard(id(4)))),
            memberships(id(1), id(4)),
            format!("{} {}", show(contact_email(id(1), &[7; 32])), show(contact_fields(id(1)))),
            show(conversation(id(1), id(5))),
            show(list_entry(id(1), id(5), Listing::Audience(Audience::Everyone))),
            show(list_entry(id(1), id(5), Listing::Audience(Audience::Unassigned))),
            show(list_entry(id(1), id(5), Listing::Audience(Audience::User(id(2))))),
            list(id(1), Audience::User(id(2)), Folder::Snoozed),
            list_place(at, id(5)),
            unread(id(1), Audience::Everyone),
            show(entry(id(1), id(5), 42)),
            show(message(id(1), id(6))),
            show(wake(id(1), id(5))),
            format!("{} {}", due_wakes(shard(id(5))), due_sends(shard(id(5)))),
            show(balance(id(1))),
            show(ledger_entry(id(1), id(7))),
            format!("{} | {}", ledger(id(1)), ledger_place(at, id(7))),
            show(notification(id(1), id(2), id(8))),
            show(policy(id(1))),
            show(api_key(id(1), id(9))),
            format!("{} | {}", audit(id(1)), audit_place(at, id(9))),
            format!("{} {}", audit_by(id(1), "operator"), audit_of(id(1), "usr_1")),
            format!("{} {}", show(alert_settings(id(1))), show(alert_preferences(id(1), id(2)))),
            format!("{} {}", show(alert(id(1), id(8))), show(failures(id(1), at))),
            show(departure(id(1), id(2))),
            due_departures(departure_shard(id(2))),
            format!("{} | {}", show(template(id(1), id(9))), show(contact_list(id(1), id(9)))),
            format!("{} | {}", show(member(id(1), id(9), id(4))), show(clearing(id(1), id(9)))),
            due_clearings(clearing_shard(id(9))),
            format!("{} | {}", show(keyword(id(1), id(9))), show(keyword_use(id(1), id(6)))),
            format!("{} {}", show(automation(id(1), id(9))), show(automation_run(id(1), id(9), id(8)))),
            show(template_in(id(1), Scope::Team { team: id(3) }, id(9))),
            show(quick_reply(id(1), Scope::Account, id(9))),
            show(upload(id(1), id(9))),
            show(saved_view(id(1), Scope::Personal { user: id(2) }, id(9))),
            show(idempotency(id(1), &[9; 32])),
            format!("{} | {}", changes(id(1), change_shard(id(5))), change_place(at, id(5), "7")),
            show(connection_place(&socket())),
            format!(
                "{} {}",
                show(connection(id(1), id(2), &socket())),
                show(watcher(id(1), id(5), id(2), &socket()))
            ),
            show(used_ticket(id(1), Nonce([9; 16]))),
            show(unknown_event(id(3), &[9; 32])),
            format!("{} {}", show(job(id(1), id(9))), due_jobs(job_shard(id(9)))),
            show(job_part(id(1), id(9), Series::Upload, 7)),
            show(job_part(id(1), id(9), Series::Results, 7)),
            show(mail(id(1), id(9))),
            format!("{} {}", show(tries(&[7; 32])), show(decoy(&[7; 32], 2))),
            format!(
                "{} | {}",
                show(term(id(1), "jose alvarez", id(4))),
                show(term(id(1), &"王".repeat(20), id(4)))
            ),
            show(word(id(1), "sourdough", at, id(5), 42)),
            format!(
                "{} | {}",
                show(count(id(1), "tag", "tag_1", date)),
                show(counted_change(id(1), id(5), "7"))
            ),
            format!("{} | {}", unread_notifications(id(1), id(2)), show(news(id(1), id(2)))),
            format!("{} {}", show(digest(id(1), id(2))), due_digests(3)),
            format!("{} {}", show(push_endpoints(id(1), id(2))), show(push_token("ab12"))),
            format!(
                "{} {}",
                show(read_mark(id(1), id(5), id(2))),
                marked_unread(id(1), id(2), at, Pile::Mine)
            ),
            format!("{} {} {}", scheduled(id(1)), scheduled_in(id(1), id(5)), due_scheduled(shard(id(5)))),
            scheduled_place(at, id(6)),
            format!("{} {}", show(takeover(id(1))), due_takeovers(takeover_shard(id(1)))),
        ];
        insta::assert_snapshot!(keys.join("\n"));
    }

    #[test]
    fn a_conversation_partition_reads_back() {
        assert_eq!(parse_in_conversation(&in_conversation(id(1), id(5))), Some((id(1), id(5))));
        assert_eq!(parse_in_conversation("acc_1#users"), None);
    }

    #[test]
    fn a_mail_reads_back_from_its_partition() {
        assert_eq!(parse_mail(&mail(id(1), id(9)).pk), Some((id(1), id(9))));
        assert_eq!(parse_mail(&in_conversation(id(1), id(5))), None);
    }

    #[test]
    fn a_message_under_a_word_and_a_count_read_back() {
        let at = Timestamp::from_millisecond(1_767_225_600_000).unwrap();
        assert_eq!(parse_word_place(&word(id(1), "sourdough", at, id(5), 42).sk), Some((id(5), 42)));
        let date = jiff::civil::date(2030, 1, 8);
        assert_eq!(parse_count_place(&count_place("tag_1", date)), Some(("tag_1", date)));
    }

    #[test]
    fn nothing_of_the_same_length_lies_between_a_place_and_just_below_it() {
        let place = audit_place(Timestamp::UNIX_EPOCH, id(0x10));
        let before = audit_place(Timestamp::UNIX_EPOCH, id(0x0f));
        assert!(before <= just_below(&place) && just_below(&place) < place);
    }
}
