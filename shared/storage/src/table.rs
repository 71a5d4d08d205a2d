//! The table's definition, and the document that describes it.
//!
//! `docs/table.md` is [`document`], checked by a test; `infra/template.yaml` is compared with [`definition`]. What a key
//! looks like is read off `keys`, so none of the three can drift from the code.

use std::fmt::Write as _;

use domain::{alerts::WATCHED, message::Status};
use serde_json::{Value, json};

use crate::{
    accounts::AccountItem,
    activity::{ActivityItem, CopiedItem},
    alerts::{AlertItem, AlertPreferencesItem, AlertSettingsItem, FailuresItem},
    api_keys::ApiKeyItem,
    audit::AuditItem,
    automations::{AutomationItem, AutomationRunItem},
    change::MessageRecord,
    changes::ChangeItem,
    connections::{ConnectionItem, ConnectionPlaceItem, UsedTicketItem, WatcherItem},
    contact_fields::ContactFieldsItem,
    contact_leavings::LeavingItem,
    contact_lists::{ClearingItem, ContactListItem, MemberItem},
    contacts::{ContactEmailItem, ContactItem, ConversationOfItem},
    conversations::{ConversationItem, ListEntryItem},
    credits::{BalanceItem, LedgerItem},
    departures::DepartureItem,
    entry::EntryItem,
    gateways::{GatewayItem, OurNumberItem},
    idempotency::IdempotencyItem,
    item::{EXPIRES, KIND, Stored},
    jobs::{JobItem, JobPartItem},
    keys::{ATTENTION, ATTENTION_PK, ATTENTION_SK, DUE_SHARDS, GROUPS, GROUPS_PK, GROUPS_SK, LISTS, LISTS_PK, LISTS_SK, PK, SK},
    keywords::{KeywordItem, KeywordUseItem},
    mails::MailItem,
    news::{DigestItem, NewsItem},
    notifications::Notification,
    numbers::NumberItem,
    orders::OrderItem,
    policy::PolicyItem,
    projected,
    push_endpoints::{PushEndpointsItem, PushTokenItem},
    quick_replies::QuickReplyItem,
    saved_views::SavedViewItem,
    read_marks::{ReadMarkItem, TakeoverItem},
    search::{TermItem, WordItem},
    sign_in::{DecoyItem, TriesItem},
    statistics::{CountItem, CountedItem},
    templates::TemplateItem,
    pins::PinsItem,
    tags::{TagItem, TagNameItem, UntaggingItem},
    timers::WakeItem,
    unknown_events::UnknownEventItem,
    users::{CredentialItem, UserItem},
};

/// The attribute by which DynamoDB removes items.
pub const TIME_TO_LIVE: &str = EXPIRES;
/// Which records of the stream `dispatch` reads, as its event filter says: new timeline entries and mails, entries of audit
/// logs of which somebody is alerted, balances that change, and messages that fail.
pub fn stream_filters() -> Vec<Value> {
    let kind = |kinds: &[&str]| json!({"S": kinds});
    let failed = json!({"S": [Status::Failed, Status::Undelivered]});
    let other = json!({"S": [{"anything-but": [Status::Failed, Status::Undelivered]}]});
    let status = |is: Value| json!({"M": {"delivery": {"M": {"status": is}}}});
    vec![
        json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {(KIND): kind(&[EntryItem::KIND, MailItem::KIND, ActivityItem::KIND])}}}),
        json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {
            (KIND): kind(&[AuditItem::KIND]),
            "entry": {"M": {"action": {"S": WATCHED}}},
        }}}),
        json!({"eventName": ["MODIFY"], "dynamodb": {"NewImage": {(KIND): kind(&[BalanceItem::KIND])}}}),
        json!({"eventName": ["MODIFY"], "dynamodb": {
            "NewImage": {(KIND): kind(&[EntryItem::KIND]), "message": status(failed)},
            "OldImage": {"message": status(other)},
        }}),
    ]
}
/// Which records of the stream `project` reads: conversations, timeline entries and contacts, which things are derived from.
pub fn projection_filters() -> Vec<Value> {
    vec![
        json!({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {(KIND): {"S": projected::KINDS}}}}),
        json!({"eventName": ["REMOVE"], "dynamodb": {"OldImage": {(KIND): {"S": [ContactItem::KIND, ActivityItem::KIND]}}}}),
    ]
}
/// The attribute that names an item's kind.
pub const KIND_ATTRIBUTE: &str = crate::item::KIND;

/// The `CreateTable` request for a table of this name.
pub fn definition(table: &str) -> Value {
    let names = [PK, SK, LISTS_PK, LISTS_SK, ATTENTION_PK, ATTENTION_SK, GROUPS_PK, GROUPS_SK];
    let attributes: Vec<Value> =
        names.map(|name| json!({"AttributeName": name, "AttributeType": "S"})).into();
    let schema = |pk: &str, sk: &str| json!([{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]);
    json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": schema(PK, SK),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": LISTS,
                "KeySchema": schema(LISTS_PK, LISTS_SK),
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": ATTENTION,
                "KeySchema": schema(ATTENTION_PK, ATTENTION_SK),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["unread"]},
            },
            {
                "IndexName": GROUPS,
                "KeySchema": schema(GROUPS_PK, GROUPS_SK),
                "Projection": {"ProjectionType": "ALL"},
            },
        ],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    })
}

/// A kind of item, for the document.
struct Entity {
    kind: &'static str,
    keys: &'static str,
    lists: &'static str,
    attention: &'static str,
    groups: &'static str,
    lives: &'static str,
    what: &'static str,
}

const fn entity<T: Stored>(keys: &'static str, what: &'static str) -> Entity {
    Entity { kind: T::KIND, keys, lists: "", attention: "", groups: "", lives: "for ever", what }
}

const ENTITIES: &[Entity] = &[
    Entity {
        lists: "`{parent}#accounts` / `{account}`, if it is a sub account",
        ..entity::<AccountItem>("`{account}` / `account`", "An account and its settings.")
    },
    entity::<BalanceItem>(
        "`{account}#credits` / `balance`",
        "The balance: available, held, spent; for 25 months what was sent and spent in each.",
    ),
    Entity {
        lists: "`{account}#ledger` / `{time}#{entry}`",
        ..entity::<LedgerItem>(
            "`{account}#credits` / `ledger#{entry}`",
            "A top-up, a return, or credits that went to a sub account or came from the master.",
        )
    },
    entity::<OrderItem>("`{account}#orders` / `{order}`", "An order of credits."),
    entity::<UserItem>("`{account}#users` / `{user}`", "A user with their sessions."),
    entity::<PolicyItem>(
        "`{account}` / `policy`",
        "What decides, beside the user, whether a request is allowed: standing, plan, roles, teams, security.",
    ),
    entity::<ApiKeyItem>("`{account}#keys` / `{api_key}`", "An API key."),
    entity::<AlertSettingsItem>("`{account}` / `alerts`", "What the account wants to be told of."),
    entity::<AlertPreferencesItem>("`{account}#{user}` / `alerts`", "Where a user wants to be told."),
    Entity {
        lives: "7 days",
        ..entity::<AlertItem>(
            "`{account}#alerts` / `{notification}`",
            "An alert that was given lately, by an id that follows from what it is about.",
        )
    },
    Entity {
        lives: "7 days",
        ..entity::<FailuresItem>(
            "`{account}#failures` / `{time}`",
            "The messages that failed within an hour.",
        )
    },
    Entity {
        lists: "`{account}#audit#by#{actor}` / `{time}#{entry}`",
        attention: "`{account}#audit#of#{object}` / `{time}#{entry}`",
        ..entity::<AuditItem>("`{account}#audit` / `{time}#{entry}`", "An entry of the audit log.")
    },
    Entity {
        attention: "`departures#{shard}` / `{time}`",
        lives: "until done with",
        ..entity::<DepartureItem>(
            "`{account}#{user}` / `departure`",
            "A user who has left and whose conversations are to be given to others.",
        )
    },
    entity::<CredentialItem>("`email#{SHA-256}` / `credential`", "How the user with an address signs in."),
    Entity {
        lives: "24 hours",
        ..entity::<TriesItem>(
            "`email#{SHA-256}` / `tries`",
            "Failed tries at the password of an address, whether or not it is anybody's.",
        )
    },
    Entity {
        lives: "at once",
        ..entity::<DecoyItem>(
            "`email#{SHA-256}` / `decoy#{shard}`",
            "Written for an address that is nobody's, so that it is as much as for somebody's.",
        )
    },
    Entity {
        lists: "`{account}#gateways` / `{gateway}`",
        ..entity::<GatewayItem>("`{gateway}` / `gateway`", "One of our numbers at a carrier.")
    },
    entity::<OurNumberItem>("`{account}#our#{E.164}` / `our_number`", "Keeps a number to one gateway."),
    Entity {
        lists: "`{account}#contacts` / `{time}#{contact}`",
        ..entity::<ContactItem>("`{account}#{contact}` / `contact`", "A customer.")
    },
    entity::<NumberItem>(
        "`{account}#number#{E.164}` / `number`",
        "Whose a number is; whether it has opted out or is on the stop list.",
    ),
    entity::<ContactEmailItem>(
        "`{account}#email#{SHA-256}` / `contact`",
        "Keeps an e-mail address to one contact.",
    ),
    entity::<ConversationOfItem>(
        "`{account}#{contact}` / `conversation#{conversation}`",
        "One of a contact's conversations.",
    ),
    entity::<ActivityItem>(
        "`{account}#{contact}` / `activity#{id}`",
        "A note about a contact, or something that happened to them.",
    ),
    entity::<CopiedItem>(
        "`{account}#{conversation}` / `copied#{id}`",
        "Where such a thing lies in the timeline of a conversation.",
    ),
    Entity {
        attention: "`leavings#{shard}` / `{time}`",
        lives: "until done with",
        ..entity::<LeavingItem>(
            "`{account}#{contact}` / `leaving`",
            "A contact who is gone, and whose notes and memberships are to be moved or removed.",
        )
    },
    entity::<ContactFieldsItem>(
        "`{account}` / `contact_fields`",
        "The custom fields that the account has for its contacts.",
    ),
    Entity {
        lists: "`{account}#everyone#{folder}` / `{activity}#{conversation}`",
        attention: "`{account}#everyone#unread` / `{activity}`, while unread in the inbox",
        groups: "`{account}#{gateway}#{shelf}` / `{activity}#{conversation}`",
        ..entity::<ConversationItem>("`{account}#{conversation}` / `conversation`", "A conversation.")
    },
    Entity {
        lists: "`{account}#{audience}#{folder}` / `{activity}#{conversation}`",
        attention: "`{account}#{audience}#unread` / `{activity}`, while unread in the inbox",
        groups: "`{account}#{tag}#{shelf}` / `{activity}#{conversation}`, if it is a tag's",
        ..entity::<ListEntryItem>(
            "`{account}#{conversation}` / `list#{audience}` or `list#{tag}`",
            "Its copy in the list of an assignee, in the unassigned one, or in that of a tag (which is in `groups` only).",
        )
    },
    Entity {
        attention: "`sends#{shard}` / `{due}`, while on its way",
        ..entity::<EntryItem>(
            "`{account}#{conversation}` / `entry#{sequence}`",
            "A message or an event of the timeline.",
        )
    },
    Entity {
        lists: "`{account}#ledger` / `{time}#{entry}`, if it cost something",
        ..entity::<MessageRecord>(
            "`{account}#{message}` / `message`",
            "Where a message lies, what it was accepted with, what it cost.",
        )
    },
    Entity {
        attention: "`wakes#{shard}` / `{until}`",
        ..entity::<WakeItem>("`{account}#{conversation}` / `wake`", "When a snoozed conversation wakes.")
    },
    Entity {
        attention: "`{account}#{user}#unread_notifications` / `{notification}`, while unread",
        lives: "90 days",
        ..entity::<Notification>(
            "`{account}#{user}#notifications` / `{notification}`",
            "A line of a user's alert centre.",
        )
    },
    entity::<NewsItem>("`{account}#{user}` / `news`", "What a user wants to be told of the inbox, and how."),
    Entity {
        attention: "`digests#{shard}` / `{due}`",
        ..entity::<DigestItem>("`{account}#{user}` / `digest`", "The next e-mail digest of a user.")
    },
    entity::<PushEndpointsItem>("`{account}#{user}` / `push_endpoints`", "The devices of a user, at most 20."),
    entity::<PushTokenItem>("`push_token#{SHA-256}` / `push_token`", "Whose device it is that has a token."),
    Entity {
        attention: "`{account}#{user}#marks#{time}#mine` / `{time}#{conversation}`, while unread to them in their inbox",
        ..entity::<ReadMarkItem>(
            "`{account}#{conversation}` / `mark#{user}`",
            "What one user has read of a conversation, where each has a read state of their own; `unassigned` or `others` instead of `mine` if it is that to them.",
        )
    },
    Entity {
        attention: "`takeovers#{shard}` / `{time}`",
        lives: "until done with",
        ..entity::<TakeoverItem>("`{account}` / `takeover`", "What is still to be taken over from the shared read state.")
    },
    Entity {
        lives: "7 days",
        ..entity::<MailItem>(
            "`{account}#{mail}` / `mail`",
            "A letter to a member of staff, sent or on its way.",
        )
    },
    entity::<TemplateItem>(
        "`{account}#templates` / `{template}`; `{account}#{team}#templates` or `{account}#{user}#templates` if not everybody has it",
        "A message template.",
    ),
    entity::<QuickReplyItem>(
        "`{account}#quick_replies` / `{reply}`; with `{team}` or `{user}` as for templates",
        "A quick reply.",
    ),
    entity::<SavedViewItem>("`{account}#views` / `{view}`; with `{user}` if it is not shared", "A saved view."),
    entity::<AutomationItem>("`{account}#automations` / `{automation}`", "An automation."),
    Entity {
        lives: "7 days",
        ..entity::<AutomationRunItem>(
            "`{account}#{automation}` / `{event}`",
            "What an event has started, and whether it has come to its end.",
        )
    },
    entity::<TagItem>("`{account}#tags` / `{tag}`", "A tag."),
    entity::<TagNameItem>("`{account}#tag_names` / `{SHA-256}`", "Keeps a name to one tag, whatever its case."),
    Entity {
        attention: "`untaggings#{shard}` / `{time}`",
        lives: "until no conversation has it",
        ..entity::<UntaggingItem>("`{account}#{tag}` / `untagging`", "A tag that was removed.")
    },
    entity::<PinsItem>("`{account}#{user}` / `pins`", "The conversations that a user has pinned."),
    entity::<ContactListItem>("`{account}#contact_lists` / `{list}`", "A list of contacts."),
    Entity {
        attention: "`{account}#{contact}#lists` / `{list}`",
        ..entity::<MemberItem>("`{account}#{list}#members` / `{contact}`", "Somebody on a list.")
    },
    Entity {
        attention: "`clearings#{shard}` / `{time}`",
        lives: "until the members are gone",
        ..entity::<ClearingItem>("`{account}#{list}` / `clearing`", "A list that was removed.")
    },
    entity::<KeywordItem>(
        "`{account}#keywords` / `{keyword}`",
        "A keyword: its id follows from the word by a hash, so that each word is there once.",
    ),
    Entity {
        lives: "7 days",
        ..entity::<KeywordUseItem>(
            "`{account}#{message}` / `keyword`",
            "What a text that is a keyword has led to.",
        )
    },
    Entity {
        lives: "25 hours",
        ..entity::<ChangeItem>(
            "`{account}#changes#{shard}` / `{time}#{conversation}#{version}#{sequence}`, and `#{user}` if it is for one",
            "A line of the log of changes, at the time at which it was written down.",
        )
    },
    Entity {
        lives: "2 hours",
        ..entity::<ConnectionItem>(
            "`{account}#live` / `{user}#{connection}`",
            "A connection of somebody who is told of changes.",
        )
    },
    Entity {
        lives: "2 hours",
        ..entity::<ConnectionPlaceItem>("`connection#{connection}` / `place`", "Whose a connection is.")
    },
    Entity {
        lives: "2 hours",
        ..entity::<WatcherItem>(
            "`{account}#{conversation}#watchers` / `{user}#{connection}`",
            "Somebody who looks at a conversation or writes in it at this moment.",
        )
    },
    Entity {
        lives: "a minute",
        ..entity::<UsedTicketItem>("`{account}#ticket#{nonce}` / `used`", "A ticket that has opened its connection.")
    },
    Entity {
        attention: "`jobs#{shard}` / `{due}`, until it has ended",
        lives: "30 days",
        ..entity::<JobItem>("`{account}#jobs` / `{job}`", "Work that takes longer than a request may.")
    },
    Entity {
        lives: "30 days",
        ..entity::<JobPartItem>(
            "`{account}#{job}#upload` or `{account}#{job}#results` / `{number}`",
            "A part of a job's file or of its results, at most 256 KiB.",
        )
    },
    entity::<TermItem>(
        "`{account}#terms#{first two characters, hex}` / `{term, hex}#{contact}`",
        "That a contact is found by a term: a word of the name, an e-mail address, an end of a number.",
    ),
    entity::<WordItem>(
        "`{account}#word#{hash}` / `{time}#{conversation}#{sequence}`",
        "That a message is found by a word.",
    ),
    entity::<CountItem>(
        "`{account}#counts#gateway` or `{account}#counts#user` or `{account}#counts#tag` / `{gateway}#{day}` or `{user}#{day}` or `{tag}#{day}`",
        "What was counted of one of them on one day.",
    ),
    Entity {
        lives: "7 days",
        ..entity::<CountedItem>(
            "`{account}#{conversation}` / `counted#{version}`, `counted#entry#{sequence}#{version}`",
            "That a change of a conversation was counted.",
        )
    },
    Entity {
        lives: "24 hours",
        ..entity::<IdempotencyItem>(
            "`{account}#idempotency#{SHA-256}` / `idempotency`",
            "The answer to a request with an idempotency key.",
        )
    },
    Entity {
        lives: "30 days",
        ..entity::<UnknownEventItem>(
            "`{gateway}#unknown` / `{SHA-256}`",
            "A genuine webhook event of a kind that we do not know yet.",
        )
    },
];

/// What is asked of the table: the question, how it is read, and what limits it at scale.
const ACCESS_PATTERNS: &[(&str, &str, &str)] = &[
    (
        "Session check",
        "1 BatchGetItem of the user and the policy (and the API key), eventually consistent",
        "One policy per account: 6,000 reads of half a unit a second.",
    ),
    (
        "Audit log by time, actor or object",
        "1 Query of a partition or of `lists`; by object 1 Query of `attention` and 1 BatchGetItem; an action is picked out of at most 1,000 entries a page",
        "One partition per account: 1,000 administrative changes a second.",
    ),
    (
        "An alert",
        "1 GetItem of the settings, 1 or 2 calls for the alert itself; given: 1 Query of the users, 1 BatchGetItem of their \
         preferences, 2 conditional puts for each who is told",
        "Given at most once an hour for one thing.",
    ),
    (
        "A failed message",
        "2 conditional writes and 1 GetItem of its hour",
        "At most 200 of an hour are kept by name.",
    ),
    ("API keys of an account", "1 Query of `{account}#keys`", "Rarely read."),
    (
        "Departures that are not done with",
        "1 Query of each shard of `attention`",
        "Rare; each hands over up to 200 conversations a minute.",
    ),
    ("User by e-mail address", "1 GetItem by hash", "Spread by the hash."),
    (
        "Tries at a password",
        "1 GetItem, 1 conditional PutItem, before the password is compared",
        "Spread by the hash.",
    ),
    ("Users of an account", "1 Query of `{account}#users`", "3,000 units a second in the same partition."),
    (
        "Gateway by id alone",
        "1 GetItem, remembered for a minute by each environment",
        "A famous number is read once a minute by each environment.",
    ),
    ("Gateways of an account", "1 Query of `lists`", "Rarely read."),
    (
        "Conversation by gateway and number",
        "1 GetItem: its id is derived from both",
        "One partition per conversation.",
    ),
    (
        "Page of a view",
        "1 Query of `lists`; All merges 4; Unread is 1 Query of `attention` and 1 BatchGetItem of the conversations",
        "One index partition per audience and folder: 1,000 writes a second, two for each message, so about 500 messages a second in one account's inbox; DynamoDB slows the table's writes down beyond that.",
    ),
    (
        "Page of a mailbox or of a tag",
        "1 Query of `groups` for each shelf of the view: 1, but 2 for the inbox and 5 for all; with a second filter up to 5 times 200 entries are looked at",
        "One index partition per gateway and shelf, and per tag and shelf: as above.",
    ),
    ("What somebody has pinned", "1 GetItem, and 1 BatchGetItem of the conversations on the first page", "At most 50 for each person."),
    (
        "Badge",
        "1 Query of `attention`, at most 101 lean entries",
        "Reads are bounded; writes as above, but only while unread.",
    ),
    (
        "Timeline",
        "1 Query of the conversation's partition; with a filter up to 5, of 200 entries each",
        "A conversation takes 1,000 writes a second.",
    ),
    ("Message by id", "2 GetItem: its record, then its place", "Spread by the id."),
    (
        "Search",
        "By name, number or e-mail 1 Query of a partition of terms and 1 BatchGetItem of at most 100 contacts, for \
         conversations 1 Query more for each contact that is found; by words 1 Query of the word, 1 BatchGetItem each of at \
         most 100 messages, their conversations and contacts; at most 4 such steps for a page",
        "Terms are spread by their first two characters, words by their hash; a word that stands in each message of an \
         account takes 1,000 messages a second.",
    ),
    (
        "Statistics",
        "2 Query for each gateway, user or tag, of at most 92 small items",
        "One partition per account for gateways, one for users, one for tags; written in transactions, at 2 units each: 500 \
         messages a second in one account.",
    ),
    ("Has this webhook been received?", "the record of the message, written if absent", "Spread by the id."),
    (
        "Number: contact and consent",
        "1 GetItem, or a check inside the send's transaction",
        "Spread by the number.",
    ),
    (
        "Contacts of an account",
        "1 Query of `lists`",
        "One index partition per account: 1,000 contacts a second can be made or changed in it.",
    ),
    (
        "A contact with their numbers and addresses",
        "1 transaction: the contact, an item for each number and address that comes or goes, the audit log",
        "Spread by the contact.",
    ),
    (
        "Conversations of a contact",
        "1 Query of `{account}#{contact}`, 1 BatchGetItem of the conversations",
        "One partition per contact.",
    ),
    (
        "Activity of a contact",
        "1 Query of `{account}#{contact}` and of each of at most 25 conversations, 1 BatchGetItem of what is copied",
        "Reads are bounded by the page and by the number of conversations.",
    ),
    (
        "Balance",
        "1 GetItem",
        "One item takes 1,000 writes a second; a send writes it twice (hold, settle) in transactions, at 2 units each: about 250 sends a second in one account. A campaign holds its whole price at once.",
    ),
    (
        "Sub accounts of a master",
        "1 Query of `lists`, 1 BatchGetItem of their policies",
        "One index partition per master, written when a sub account is opened or renamed.",
    ),
    (
        "Credits from a master to a sub account, or back",
        "1 transaction: both balances, a line in each ledger, an entry in each audit log",
        "Each balance as above.",
    ),
    ("Orders of credits", "1 Query of `{account}#orders`", "Rarely read."),
    ("What was used in a month", "1 read of the balance", "Counted by the update that settles a message."),
    (
        "A job",
        "1 GetItem; working: 1 conditional PutItem to take it up and 1 for each step; its parts 1 GetItem or PutItem each",
        "A part is 256 KiB: 32 read units eventually consistent, 256 write units. One partition per job: 4 parts a second.",
    ),
    ("Jobs of an account", "1 Query of `{account}#jobs`", "Rarely read."),
    ("Jobs that are to be worked on", "1 Query of each shard of `attention`", "Rare."),
    ("Ledger", "1 Query of `lists`", "One index partition per account: one write for each outbound message."),
    (
        "Due snoozes",
        "1 Query of each shard of `attention`",
        "8 shards: 8,000 writes a second for all accounts together.",
    ),
    (
        "Sends that take too long",
        "1 Query of each shard of `attention`",
        "Two index writes for each send (in when accepted, out when settled): about 4,000 sends a second for all accounts together; raise the number of shards beyond that.",
    ),
    ("Alert centre of a user", "1 Query of `{account}#{user}#notifications`", "One partition per user."),
    ("Templates, lists and keywords of an account", "1 Query of a partition each", "Rarely written."),
    (
        "Templates, quick replies and views that somebody has",
        "1 Query for each scope: the account, their teams, their own; at most 20 for a page. By id 1 BatchGetItem",
        "Rarely written.",
    ),
    (
        "What does this event start?",
        "1 Query of the account's automations when a conversation begins or is completed",
        "At most 50 small items; an account would have to complete 500 conversations a second.",
    ),
    (
        "Members of a list",
        "1 Query of `{account}#{list}#members`, 1 BatchGetItem of the contacts for each hundred",
        "One partition per list: 500 members a second can join it, each by a transaction.",
    ),
    (
        "Is this text a keyword?",
        "1 GetItem, eventually consistent, if the text is one word",
        "Spread by the id; one famous keyword: 6,000 texts a second.",
    ),
    (
        "Removed lists that are not cleared",
        "1 Query of each shard of `attention`",
        "Rare; each loses up to 400 members a minute.",
    ),
    (
        "What has changed since",
        "1 Query of each shard of `{account}#changes`, 1 BatchGetItem of the conversations and 1 of the entries that it names",
        "4 shards: 4,000 lines a second in one account; a message that goes out makes up to five, one that comes in makes \
         one, so the balance and the lists of conversations are in the way before.",
    ),
    (
        "Who is to be told at once",
        "1 Query of `{account}#live` for each hundred connections, at most 20",
        "One partition per account; a hundred connections are 30 KB: about 400 changes a second. Whoever is not told \
         asks what has changed.",
    ),
    (
        "Who looks at a conversation",
        "1 Query of its watchers, 1 BatchGetItem of their connections",
        "One partition per conversation; at most 50 are looked at.",
    ),
    ("Connection by its name", "1 GetItem, then 1 of the connection", "Spread by the name."),
    ("Mail by id", "1 GetItem, and 1 UpdateItem when it is sent", "Spread by the id."),
    ("Idempotency key", "1 transaction of one conditional write", "Spread by the hash."),
    (
        "Unknown events of a gateway",
        "1 Query of `{gateway}#unknown`",
        "For people; nothing reads it while serving.",
    ),
];

/// The text of `docs/table.md`.
pub fn document() -> String {
    let mut text = String::from(
        "# The table\n\n\
         Generated from `shared/storage/src/table.rs`: a test compares it, and `UPDATE=1 cargo test -p storage` writes it anew.\n\n\
         One table, primary key `pk`/`sk`. The account leads the key of everything that belongs to one. Keys are made of\n\
         typed ids, numbers of fixed width and E.164 numbers, never of text that a person wrote; they are spelled only in\n\
         `shared/storage/src/keys.rs`. Each item has its kind in `_t` and the version of its shape in `_v`. Items that expire\n\
         carry `expires_at` (seconds), by which DynamoDB removes them within days; where the moment matters, as for idempotency\n\
         keys, the code compares it itself.\n\n\
         Three indexes, all sparse: `lists` (`g1pk`/`g1sk`, all attributes) orders what people page through, `attention`\n\
         (`g2pk`/`g2sk`, keys and `unread` only) holds what wants attention: unread conversations, due snoozes, sends on their\n\
         way, and `groups` (`g3pk`/`g3sk`, all attributes) the conversations of a gateway or with a tag. An *audience* is\n\
         `everyone`, `unassigned` or a user; a *folder* is `inbox`, `snoozed`, `completed` or `archived`; a *shelf* is a folder,\n\
         where the inbox is two: `unread` and `read`.\n\n\
         ## Items\n\n\
         | kind | pk / sk | `lists` | `attention` | `groups` | lives | what |\n|---|---|---|---|---|---|---|\n",
    );
    for Entity { kind, keys, lists, attention, groups, lives, what } in ENTITIES {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{kind}` | {keys} | {lists} | {attention} | {groups} | {lives} | {what} |");
    }
    text.push_str(
        "\n## Access patterns and their limits\n\n\
         A partition takes 1,000 write units and 3,000 read units a second; a write in a transaction counts twice, and each\n\
         index that changes once or twice more.\n\n\
         | question | how | limit |\n|---|---|---|\n",
    );
    for (question, how, limit) in ACCESS_PATTERNS {
        let _ = writeln!(text, "| {question} | {how} | {limit} |");
    }
    let _ = writeln!(text, "\nWork that is due is spread over {DUE_SHARDS} shards by conversation.");
    text.push_str(
        "\nWhat each step costs in calls and units is measured by `shared/storage/tests/storage/budgets.rs` and recorded in\n\
         the snapshots beside it.\n",
    );
    text
}
