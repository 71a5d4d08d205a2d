//! Every key of the table, and nothing else spells one.
//!
//! A key is made of typed ids, numbers of fixed width and E.164 numbers: never of text that a person wrote, so no key can
//! be forged by choosing a name. The account leads the partition key of everything that belongs to one. Ids are UUIDs, so
//! partitions spread by themselves; where many writers meet at one place, the key says so with a shard.

use crate::conversations::{Group, Listing, Shelf};
use crate::jobs::Series;
use domain::{
    access::Audience,
    conversation::Folder,
    id::{
        AccountId, ApiKeyId, AuditEntryId, AutomationId, ContactId, ContactListId, ConversationId, CreditOrderId,
        EventId, GatewayId, JobId, KeywordId, LedgerEntryId, MailId, MessageId, NotificationId, QuickReplyId, SavedViewId, TagId, TemplateId, UserId,
    },
    link::Nonce,
    live::ConnectionId,
    phone::PhoneNumber,
    read_marks::Pile,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use sha2::{Digest, Sha256};
use uuid::Uuid;

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

pub(crate) fn account(account: AccountId) -> Key {
    key(account.to_string(), "account")
}

/// The list of an account's sub accounts.
pub(crate) fn sub_accounts(parent: AccountId) -> String {
    format!("{parent}#accounts")
}

pub(crate) fn users(account: AccountId) -> String {
    format!("{account}#users")
}

pub(crate) fn user(account: AccountId, user: UserId) -> Key {
    key(users(account), user.to_string())
}

/// E-mail addresses are what people wrote: only their hash is part of a key.
pub(crate) fn credential(email_hash: &[u8; 32]) -> Key {
    key(format!("email#{}", hex::encode(email_hash)), "credential")
}

/// Tries at the password of an address, whether or not it is anybody's.
pub(crate) fn tries(email_hash: &[u8; 32]) -> Key {
    key(format!("email#{}", hex::encode(email_hash)), "tries")
}

/// What is written for an address that is nobody's, so that it is as much as for somebody's.
pub(crate) fn decoy(email_hash: &[u8; 32], number: u8) -> Key {
    key(format!("email#{}", hex::encode(email_hash)), format!("decoy#{number}"))
}

pub(crate) fn gateway(gateway: GatewayId) -> Key {
    key(gateway.to_string(), "gateway")
}

pub(crate) fn gateways(account: AccountId) -> String {
    format!("{account}#gateways")
}

pub(crate) fn our_number(account: AccountId, number: &PhoneNumber) -> Key {
    key(format!("{account}#our#{}", number.as_str()), "our_number")
}

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
pub(crate) fn conversation_of(
    account: AccountId,
    contact: ContactId,
    conversation: ConversationId,
) -> Key {
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

/// The things of a kind that lie in a scope: of the account, of a team, or of one person.
fn in_scope(account: AccountId, scope: Scope, kind: &str) -> String {
    match scope {
        Scope::Account => format!("{account}#{kind}"),
        Scope::Team { team } => format!("{account}#{team}#{kind}"),
        Scope::Personal { user } => format!("{account}#{user}#{kind}"),
    }
}

/// The partition of the templates of a scope.
pub(crate) fn templates(account: AccountId, scope: Scope) -> String {
    in_scope(account, scope, "templates")
}

pub(crate) fn template(account: AccountId, template: TemplateId) -> Key {
    template_in(account, Scope::Account, template)
}

pub(crate) fn template_in(account: AccountId, scope: Scope, template: TemplateId) -> Key {
    key(templates(account, scope), template.to_string())
}

/// The partition of the quick replies of a scope.
pub(crate) fn quick_replies(account: AccountId, scope: Scope) -> String {
    in_scope(account, scope, "quick_replies")
}

pub(crate) fn quick_reply(account: AccountId, scope: Scope, id: QuickReplyId) -> Key {
    key(quick_replies(account, scope), id.to_string())
}

/// The partition of the saved views of a scope.
pub(crate) fn saved_views(account: AccountId, scope: Scope) -> String {
    in_scope(account, scope, "views")
}

pub(crate) fn saved_view(account: AccountId, scope: Scope, id: SavedViewId) -> Key {
    key(saved_views(account, scope), id.to_string())
}

/// The partition of an account's automations.
pub(crate) fn automations(account: AccountId) -> String {
    format!("{account}#automations")
}

pub(crate) fn automation(account: AccountId, automation: AutomationId) -> Key {
    key(automations(account), automation.to_string())
}

/// What became of an automation that an event has started.
pub(crate) fn automation_run(account: AccountId, automation: AutomationId, event: EventId) -> Key {
    key(format!("{account}#{automation}"), event.to_string())
}

/// The partition of an account's lists of contacts.
pub(crate) fn contact_lists(account: AccountId) -> String {
    format!("{account}#contact_lists")
}

pub(crate) fn contact_list(account: AccountId, list: ContactListId) -> Key {
    key(contact_lists(account), list.to_string())
}

/// The partition of those who are on a list.
pub(crate) fn members(account: AccountId, list: ContactListId) -> String {
    format!("{account}#{list}#members")
}

pub(crate) fn member(account: AccountId, list: ContactListId, contact: ContactId) -> Key {
    key(members(account, list), contact.to_string())
}

/// A list that was removed while somebody may still be on it.
pub(crate) fn clearing(account: AccountId, list: ContactListId) -> Key {
    key(format!("{account}#{list}"), "clearing")
}

/// Reads back the partition of a [`clearing`].
pub(crate) fn parse_clearing(pk: &str) -> Option<(AccountId, ContactListId)> {
    let (account, list) = pk.split_once('#')?;
    Some((account.parse().ok()?, list.parse().ok()?))
}

/// The partition of lists to clear, for a shard.
pub(crate) fn due_clearings(shard: u8) -> String {
    format!("clearings#{shard}")
}

/// The shard of a list to clear.
pub(crate) fn clearing_shard(list: ContactListId) -> u8 {
    list.uuid().as_bytes().last().copied().unwrap_or_default() % DUE_SHARDS
}

/// The partition of an account's keywords.
pub(crate) fn keywords(account: AccountId) -> String {
    format!("{account}#keywords")
}

/// Words are what people wrote: the id follows from the word by a hash.
pub(crate) fn keyword(account: AccountId, keyword: KeywordId) -> Key {
    key(keywords(account), keyword.to_string())
}

/// What a text that is a keyword has led to: beside the message's record.
pub(crate) fn keyword_use(account: AccountId, message: MessageId) -> Key {
    key(format!("{account}#{message}"), "keyword")
}

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

pub(crate) fn idempotency(account: AccountId, key_hash: &[u8; 32]) -> Key {
    key(format!("{account}#idempotency#{}", hex::encode(key_hash)), "idempotency")
}

pub(crate) fn unknown_event(gateway: GatewayId, hash: &[u8; 32]) -> Key {
    key(format!("{gateway}#unknown"), hex::encode(hash))
}

#[cfg(test)]
mod tests {
    use domain::id::Id;

    use super::*;

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
            gateways(id(1)),
            show(our_number(id(1), &number)),
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
            show(saved_view(id(1), Scope::Personal { user: id(2) }, id(9))),
            show(idempotency(id(1), &[9; 32])),
            format!("{} | {}", changes(id(1), change_shard(id(5))), change_place(at, id(5), "7")),
            show(connection_place(&socket())),
            format!("{} {}", show(connection(id(1), id(2), &socket())), show(watcher(id(1), id(5), id(2), &socket()))),
            show(used_ticket(id(1), Nonce([9; 16]))),
            show(unknown_event(id(3), &[9; 32])),
            format!("{} {}", show(job(id(1), id(9))), due_jobs(job_shard(id(9)))),
            show(job_part(id(1), id(9), Series::Upload, 7)),
            show(job_part(id(1), id(9), Series::Results, 7)),
            show(mail(id(1), id(9))),
            format!("{} {}", show(tries(&[7; 32])), show(decoy(&[7; 32], 2))),
            format!("{} | {}", show(term(id(1), "jose alvarez", id(4))), show(term(id(1), &"王".repeat(20), id(4)))),
            show(word(id(1), "sourdough", at, id(5), 42)),
            format!("{} | {}", show(count(id(1), "tag", "tag_1", date)), show(counted_change(id(1), id(5), "7"))),
            format!("{} | {}", unread_notifications(id(1), id(2)), show(news(id(1), id(2)))),
            format!("{} {}", show(digest(id(1), id(2))), due_digests(3)),
            format!("{} {}", show(push_endpoints(id(1), id(2))), show(push_token("ab12"))),
            format!("{} {}", show(read_mark(id(1), id(5), id(2))), marked_unread(id(1), id(2), at, Pile::Mine)),
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
