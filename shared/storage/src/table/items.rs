//! Every kind of item, as the document describes it.

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
    item::Stored,
    jobs::{JobItem, JobPartItem},
    keywords::{KeywordItem, KeywordUseItem},
    mails::MailItem,
    media::UploadItem,
    news::{DigestItem, NewsItem},
    notifications::Notification,
    numbers::NumberItem,
    orders::OrderItem,
    pins::PinsItem,
    policy::PolicyItem,
    push_endpoints::{PushEndpointsItem, PushTokenItem},
    quick_replies::QuickReplyItem,
    read_marks::{ReadMarkItem, TakeoverItem},
    saved_views::SavedViewItem,
    scheduled::ScheduledItem,
    search::{TermItem, WordItem},
    sign_in::{DecoyItem, TriesItem},
    statistics::{CountItem, CountedItem},
    tags::{TagItem, TagNameItem, UntaggingItem},
    templates::TemplateItem,
    timers::WakeItem,
    turns::TurnsItem,
    unknown_events::UnknownEventItem,
    users::{CredentialItem, UserItem},
};

/// A kind of item, for the document.
pub(super) struct Entity {
    pub(super) kind: &'static str,
    pub(super) keys: &'static str,
    pub(super) lists: &'static str,
    pub(super) attention: &'static str,
    pub(super) groups: &'static str,
    pub(super) lives: &'static str,
    pub(super) what: &'static str,
}

const fn entity<T: Stored>(keys: &'static str, what: &'static str) -> Entity {
    Entity { kind: T::KIND, keys, lists: "", attention: "", groups: "", lives: "for ever", what }
}

pub(super) const ENTITIES: &[Entity] = &[
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
    entity::<TurnsItem>(
        "`{gateway}` / `turns`",
        "Until when a gateway's carrier is busy, so that it is not sent to too fast.",
    ),
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
        lists: "`{account}#scheduled` / `{time}#{message}`, while it waits",
        attention: "`scheduled#{shard}` / `{time}`, while it waits",
        groups: "`{account}#{conversation}#scheduled` / `{time}#{message}`, while it waits",
        lives: "until its time, then the record of the message is there; for ever if it was taken back",
        ..entity::<ScheduledItem>("`{account}#{message}` / `message`", "A message to be sent later.")
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
    entity::<PushEndpointsItem>(
        "`{account}#{user}` / `push_endpoints`",
        "The devices of a user, at most 20.",
    ),
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
        ..entity::<TakeoverItem>(
            "`{account}` / `takeover`",
            "What is still to be taken over from the shared read state.",
        )
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
    entity::<UploadItem>(
        "`{account}#{media}` / `upload`",
        "A file that somebody uploaded for a message: what it is, how large, and whose. The file lies in the bucket.",
    ),
    entity::<QuickReplyItem>(
        "`{account}#quick_replies` / `{reply}`; with `{team}` or `{user}` as for templates",
        "A quick reply.",
    ),
    entity::<SavedViewItem>(
        "`{account}#views` / `{view}`; with `{user}` if it is not shared",
        "A saved view.",
    ),
    entity::<AutomationItem>("`{account}#automations` / `{automation}`", "An automation."),
    Entity {
        lives: "7 days",
        ..entity::<AutomationRunItem>(
            "`{account}#{automation}` / `{event}`",
            "What an event has started, and whether it has come to its end.",
        )
    },
    entity::<TagItem>("`{account}#tags` / `{tag}`", "A tag."),
    entity::<TagNameItem>(
        "`{account}#tag_names` / `{SHA-256}`",
        "Keeps a name to one tag, whatever its case.",
    ),
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
        ..entity::<UsedTicketItem>(
            "`{account}#ticket#{nonce}` / `used`",
            "A ticket that has opened its connection.",
        )
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
