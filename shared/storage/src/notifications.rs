//! The alert centre: what a user was told.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    alerts::{Alert, AlertKind},
    id::{ContactId, ConversationId, NotificationId, PushEndpointId, UserId},
    news::News,
    note::Note,
    notify::Loudness,
    timeline::Entry,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    AccountStore,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, ATTENTION_PK, ATTENTION_SK, SK},
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
    /// Somebody mentioned them in a note (D33).
    Mentioned,
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
    pub const ALL: [Self; 8] = [
        Self::InboundMessage,
        Self::Assigned,
        Self::Mentioned,
        Self::LowBalance,
        Self::FailedDeliveries,
        Self::GatewayTrouble,
        Self::NewSignIn,
        Self::SecurityChange,
    ];
}

impl NotificationKind {
    /// What happened in the inbox, if it is that.
    pub fn news(self) -> Option<News> {
        News::ALL.into_iter().find(|news| Self::from(*news) == self)
    }
}

impl From<News> for NotificationKind {
    fn from(news: News) -> Self {
        match news {
            News::InboundMessage => Self::InboundMessage,
            News::Assigned => Self::Assigned,
            News::Mentioned => Self::Mentioned,
        }
    }
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
    /// About which customer, if about one and no conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// About what else: an alert (B03).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<Alert>,
    /// When it happened.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Whether the user has seen it. (`read` is a word of DynamoDB's own.)
    #[serde(rename = "seen")]
    pub read: bool,
    /// Whether it was only recorded, because its owner had muted the conversation (X06).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Whether nothing is left to push for it.
    pub pushed: bool,
    /// The devices that it has been pushed to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pushed_to: BTreeSet<PushEndpointId>,
}

impl Stored for Notification {
    const KIND: &'static str = "notification";
}

impl Notification {
    /// The notification of a user about a timeline entry. Its id follows from both, so that telling again finds it.
    pub fn about(
        entry: &Entry,
        conversation: ConversationId,
        user: UserId,
        news: News,
        loudness: Loudness,
    ) -> Self {
        let (id, place) = (conversation.uuid(), entry.sequence.to_be_bytes());
        let what: [&[u8]; 2] = [id.as_bytes(), &place];
        let (conversation, silent) = (Some(conversation), loudness == Loudness::Silent);
        Self { conversation, silent, ..Self::of_news(&what, user, entry.at, news) }
    }

    /// The notification of a user about a note that mentions them. Its id follows from note and user, so that a note that
    /// stands in several timelines is told once.
    pub fn about_note(note: &Note, at: Timestamp, user: UserId) -> Self {
        Self::of_news(&[b"note", note.id.uuid().as_bytes()], user, at, News::Mentioned)
    }

    fn of_news(what: &[&[u8]], user: UserId, at: Timestamp, news: News) -> Self {
        let mut hash = Sha256::new();
        for part in what {
            hash.update(part);
        }
        hash.update(user.uuid().as_bytes());
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Self {
            id: NotificationId::new_v7(millis, random),
            kind: news.into(),
            conversation: None,
            contact: None,
            alert: None,
            at,
            read: false,
            silent: false,
            pushed: false,
            pushed_to: BTreeSet::new(),
        }
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
        // What an account tells about itself is for the alert centre and the mailbox.
        Self {
            id,
            kind,
            conversation: None,
            contact: None,
            alert: Some(alert),
            at,
            read: false,
            silent: false,
            pushed: true,
            pushed_to: BTreeSet::new(),
        }
    }
}

impl AccountStore {
    /// Adds a notification unless it is there already; returns it as it lies in the table.
    pub async fn notify(&self, user: UserId, notification: Notification) -> Result<Notification, StoreError> {
        let key = keys::notification(self.account, user, notification.id);
        let mut item = NewItem::new(key.clone(), &notification)?;
        if !notification.read {
            let list = keys::unread_notifications(self.account, user);
            item = item.concerning(list, notification.id.to_string());
        }
        if let Ok(end) = notification.at.checked_add(KEPT_FOR) {
            item = item.expiring(end);
        }
        if self.store.put_if(item, Expect::absent()).await? {
            return Ok(notification);
        }
        Ok(self.store.get(key).await?.unwrap_or(notification))
    }

    /// Records to which devices a notification has been pushed, and whether nothing is left to push.
    pub async fn pushed(
        &self,
        user: UserId,
        notification: NotificationId,
        to: &BTreeSet<PushEndpointId>,
        done: bool,
    ) -> Result<(), StoreError> {
        let to = to.iter().map(|endpoint| AttributeValue::S(endpoint.to_string())).collect();
        let values = vec![(":to", AttributeValue::L(to)), (":done", AttributeValue::Bool(done))];
        let key = keys::notification(self.account, user, notification);
        let set = "SET pushed = :done, pushed_to = :to";
        self.store.update_if(key, set, values, "attribute_exists(pk)").await.map(drop)
    }

    /// Marks a notification as read; `false`: there is none.
    pub async fn read_notification(
        &self,
        user: UserId,
        notification: NotificationId,
    ) -> Result<bool, StoreError> {
        let key = keys::notification(self.account, user, notification);
        let yes = vec![(":yes", AttributeValue::Bool(true))];
        let set = format!("SET seen = :yes REMOVE {ATTENTION_PK}, {ATTENTION_SK}");
        self.store.update_if(key, &set, yes, "attribute_exists(pk)").await
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

    /// A page of what a user has not read, newest first.
    pub async fn unread_notifications(
        &self,
        user: UserId,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Notification>, InvalidCursor>, StoreError> {
        let pk = keys::unread_notifications(self.account, user);
        let request = Read::new(Index::Attention, pk, page.limit).newest_first();
        let key = |item: Item| Ok(text(&item, SK).and_then(|id| id.parse::<NotificationId>().ok()));
        let found = match self.page(&format!("unread notifications {user}"), request, page, key).await? {
            Ok(found) => found,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let ids: BTreeSet<NotificationId> = found.items.into_iter().flatten().collect();
        let wanted = ids.into_iter().map(|id| keys::notification(self.account, user, id)).collect();
        let items = self.store.get_many(wanted, true).await?.into_iter().map(read);
        let mut items = items.collect::<Result<Vec<Notification>, _>>()?;
        // The index may lag behind.
        items.retain(|it| !it.read);
        items.sort_by_key(|it| std::cmp::Reverse(it.id));
        Ok(Ok(Page { items, next_cursor: found.next_cursor }))
    }

    /// How much a user has not read, counting at most `limit`, and whether there is more.
    pub async fn count_unread_notifications(
        &self,
        user: UserId,
        limit: u32,
    ) -> Result<(u32, bool), StoreError> {
        let pk = keys::unread_notifications(self.account, user);
        let found = self.store.query(Read::new(Index::Attention, pk, limit)).await?;
        Ok((u32::try_from(found.items.len()).unwrap_or(u32::MAX), found.more))
    }
}
