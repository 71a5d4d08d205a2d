//! The single table: every key, every expression, every item.
//!
//! Nothing else in the product knows how things lie in DynamoDB. [`Store`] answers what needs no account (a webhook's
//! gateway, an e-mail address at sign-in, what is due); everything else hangs on [`AccountStore`], so code without an
//! account cannot name another's data (I09). Reads are by key or by bounded page, never a scan (I14); writes say what
//! they expect to find. `docs/table.md` is generated from [`table`].

mod accounts;
mod activity;
mod administered;
mod alerts;
mod api_keys;
mod audit;
mod automations;
mod change;
mod changes;
mod connections;
mod contact_fields;
mod contact_leavings;
mod contact_lists;
mod contact_saves;
mod contacts;
mod conversation_lists;
mod conversations;
mod credits;
mod cursor;
mod departures;
mod entry;
mod error;
mod feed;
mod gateways;
mod idempotency;
mod item;
mod jobs;
mod keys;
mod keywords;
mod mails;
mod media;
mod news;
mod notifications;
mod numbers;
mod orders;
mod pins;
mod policy;
pub mod projected;
mod push_endpoints;
mod query;
mod quick_replies;
mod read_marks;
mod repairs;
mod saved_views;
mod scheduled;
mod scoped;
pub mod search;
mod sign_in;
pub mod statistics;
pub mod stream;
mod sub_accounts;
pub mod table;
mod tags;
mod templates;
mod timeline;
mod timers;
mod traces;
mod transact;
mod transfers;
mod turns;
mod unknown_events;
mod usage;
mod users;
mod write;

use std::sync::Arc;

use domain::id::AccountId;

pub use crate::{
    accounts::{AccountRecord, AccountUpdate, ReadStateChange, SignUp},
    activity::{Activity, ActivityContent, ActivitySaved, Before},
    alerts::{AlertPreferencesRecord, AlertSettingsRecord},
    api_keys::ApiKey,
    audit::AuditFilter,
    automations::{AutomationRecord, SaveAutomation},
    change::{Change, ChangeError, ConsentChange, MessageRecord},
    changes::{ChangesCursor, ChangesPage, LoggedChange},
    connections::{Connection, Watcher},
    contact_fields::ContactFieldsRecord,
    contact_lists::{ContactList, ContactListRecord, ListAddition, Member},
    contact_saves::{ContactSave, ContactSaved},
    contacts::Contact,
    conversation_lists::{ListQuery, Unread},
    credits::{TopUp, TopUpError},
    cursor::InvalidCursor,
    departures::Departure,
    error::StoreError,
    feed::{FeedPlace, Read as FeedRead},
    gateways::{AddGatewayError, GatewayRecord},
    idempotency::{Begin, StoredAnswer},
    jobs::{JOB_KEPT, JOB_PART_BYTES_MAX, JobPart, JobRecord, Series},
    keywords::{KeywordAnswer, KeywordRecord, KeywordUse, Listed, SaveKeyword},
    mails::MailRecord,
    media::Upload,
    news::{DueDigest, NewsRecord, Reach},
    notifications::{Notification, NotificationKind},
    numbers::KnownNumber,
    orders::CancelOrder,
    pins::{Pin, Pins},
    policy::{Asking, PolicyRecord},
    push_endpoints::{PushEndpointsChange, PushEndpointsRecord, TokenOwner},
    query::{Page, PageRequest},
    quick_replies::QuickReplyRecord,
    read_marks::{MarkPlace, ReadMarkRecord, Takeover},
    saved_views::SavedViewRecord,
    scheduled::{DueScheduled, KnownMessage},
    sign_in::{
        CountedTry, PendingEmail, PendingReset, SaveSecurity, SecurityUpdate, SignInChange, UserSecurity,
    },
    sub_accounts::{NewSubAccount, SupportEntry},
    tags::{SaveTag, TagRecord},
    templates::TemplateRecord,
    timeline::{MessageSaveError, TimelineFilter},
    timers::{DueSend, DueWake},
    traces::{Traces, TracesOfAll},
    transfers::{CreditTransfer, TransferError},
    turns::Turn,
    usage::MONTHS_KEPT,
    users::{
        AddUserError, Credential, CredentialChange, NewUserRecord, SaveUser, Session, UserRecord, UserUpdate,
    },
};

/// The table.
#[derive(Clone)]
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    table: Arc<str>,
    cursors: Arc<cursor::Sealer>,
}

impl Store {
    /// A store over `table`. `cursor_key` authenticates the cursors that lists hand out.
    pub fn new(client: aws_sdk_dynamodb::Client, table: &str, cursor_key: [u8; 32]) -> Self {
        Self { client, table: table.into(), cursors: Arc::new(cursor::Sealer::new(cursor_key)) }
    }

    /// The data of one account. Only who has authenticated as that account, or holds a verified webhook of one of its
    /// gateways, has its id to ask with.
    pub fn account(&self, account: AccountId) -> AccountStore {
        AccountStore { store: self.clone(), account }
    }
}

/// The data of one account (I09).
#[derive(Clone)]
pub struct AccountStore {
    store: Store,
    account: AccountId,
}

impl AccountStore {
    /// Whose data.
    pub fn id(&self) -> AccountId {
        self.account
    }
}
