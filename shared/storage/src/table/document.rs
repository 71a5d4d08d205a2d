//! The text of `docs/table.md`: the items, and what is asked of the table.

use std::fmt::Write as _;

use super::items::{ENTITIES, Entity};
use crate::keys::DUE_SHARDS;

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
    (
        "What somebody has pinned",
        "1 GetItem, and 1 BatchGetItem of the conversations on the first page",
        "At most 50 for each person.",
    ),
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
        "Messages that wait for their time",
        "1 Query of `lists`, or of `groups` for one conversation; for an account 1 BatchGetItem of their conversations",
        "One index partition per account: 1,000 messages a second can be scheduled in it.",
    ),
    (
        "Scheduled messages that are due",
        "1 Query of each shard of `attention`",
        "8 shards, each gone through in order: about 2,000 a minute for all accounts together; more wait for the next minute.",
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
