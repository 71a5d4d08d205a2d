//! The alert centre: what a user was told.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    alerts::{Alert, AlertKind},
    id::{ConversationId, NotificationId, UserId},
    timeline::Entry,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    AccountStore,
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    write::Expect,
};

/// How long a notification is kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Why somebody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A customer has written (C10, C11).
    InboundMessage,
    /// Somebody assigned a conversation to them (C13).
    Assigned,
    /// Few credits are left (B03).
    LowBalance,
    /// Many messages failed (B03).
    FailedDeliveries,
    /// A carrier refuses messages because of a gateway (B03).
    GatewayTrouble,
    /// Somebody has signed in as them from a new place (B03).
    NewSignIn,
    /// The security of the account, or their own, was changed (B03).
    SecurityChange,
}

impl NotificationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::InboundMessage,
        Self::Assigned,
        Self::LowBalance,
        Self::FailedDeliveries,
        Self::GatewayTrouble,
        Self::NewSignIn,
        Self::SecurityChange,
    ];
}

impl From<AlertKind> for NotificationKind {
    fn from(kind: AlertKind) -> Self {
        match kind {
            AlertKind::LowBalance => Self::LowBalance,
            AlertKind::FailedDeliveries => Self::FailedDeliveries,
            AlertKind::GatewayTrouble => Self::GatewayTrouble,
            AlertKind::NewSignIn => Self::NewSignIn,
            AlertKind::SecurityChange => Self::SecurityChange,
        }
    }
}

/// One notification in the alert centre of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Why.
    pub kind: NotificationKind,
    /// About which conversation, if about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// About what else: an alert (B03).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<Alert>,
    /// When it happened.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Whether the user has seen it. (`read` is a word of DynamoDB's own.)
    #[serde(rename = "seen")]
    pub read: bool,
    /// Whether a push has gone out for it.
    pub pushed: bool,
}

impl Stored for Notification {
    const KIND: &'static str = "notification";
}

impl Notification {
    /// The notification of a user about a timeline entry. Its id follows from both, so that telling again finds it.
    pub fn about(entry: &Entry, conversation: ConversationId, user: UserId, kind: NotificationKind) -> Self {
        let mut hash = Sha256::new();
        hash.update(conversation.uuid().as_bytes());
        hash.update(entry.sequence.to_be_bytes());
        hash.update(user.uuid().as_bytes());
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        let millis = u64::try_from(entry.at.as_millisecond()).unwrap_or_default();
        let id = NotificationId::new_v7(millis, random);
        let conversation = Some(conversation);
        Self { id, kind, conversation, alert: None, at: entry.at, read: false, pushed: false }
    }

    /// The notification of a user about an alert that was given under a name at a time. Its id follows from all three.
    pub fn of_alert(alert: Alert, name: NotificationId, at: Timestamp, user: UserId) -> Self {
        let random = NotificationId::derive(&[name.uuid().as_bytes(), user.uuid().as_bytes()]);
        let mut bytes = [0; 10];
        for (to, from) in bytes.iter_mut().zip(random.uuid().as_bytes()) {
            *to = *from;
        }
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        let (id, kind) = (NotificationId::new_v7(millis, bytes), alert.kind().into());
        Self { id, kind, conversation: None, alert: Some(alert), at, read: false, pushed: false }
    }
}

impl AccountStore {
    /// Adds a notification unless it is there already; returns it as it lies in the table.
    pub async fn notify(&self, user: UserId, notification: Notification) -> Result<Notification, StoreError> {
        let key = keys::notification(self.account, user, notification.id);
        let mut item = NewItem::new(key.clone(), &notification)?;
        if let Ok(end) = notification.at.checked_add(KEPT_FOR) {
            item = item.expiring(end);
        }
        if self.store.put_if(item, Expect::absent()).await? {
            return Ok(notification);
        }
        Ok(self.store.get(key).await?.unwrap_or(notification))
    }

    /// Records that a push has gone out.
    pub async fn pushed(&self, user: UserId, notification: NotificationId) -> Result<(), StoreError> {
        self.flag(user, notification, "SET pushed = :yes").await.map(drop)
    }

    /// Marks a notification as read; `false`: there is none.
    pub async fn read_notification(
        &self,
        user: UserId,
        notification: NotificationId,
    ) -> Result<bool, StoreError> {
        self.flag(user, notification, "SET seen = :yes").await
    }

    async fn flag(&self, user: UserId, notification: NotificationId, set: &str) -> Result<bool, StoreError> {
        let key = keys::notification(self.account, user, notification);
        let yes = vec![(":yes", AttributeValue::Bool(true))];
        self.store.update_if(key, set, yes, "attribute_exists(pk)").await
    }

    /// A page of a user's notifications, newest first.
    pub async fn notifications(
        &self,
        user: UserId,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Notification>, InvalidCursor>, StoreError> {
        let request =
            Read::new(Index::Table, keys::notifications(self.account, user), page.limit).newest_first();
        self.page(&format!("notifications {user}"), request, page, read).await
    }
}
