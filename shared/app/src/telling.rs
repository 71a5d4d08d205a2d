//! Telling people what happened in the inbox: the alert centre, and their devices (C09 to C13, C17, C21, E07, E11, X06, X18).
//!
//! It follows from the table's stream, which repeats itself: a notification's id follows from what it is about and whom it
//! tells, and says to which devices it has been pushed. Only who is interrupted between pushing and writing that down pushes
//! again, and devices show one notification once. Nothing is pushed to a device whose session has ended, whatever ended it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::{ConversationAccess, Permission, Viewer},
    account::{User, UserStatus, ZoneName},
    id::{AccountId, ContactId, ConversationId, UserId},
    news::News,
    note::Note,
    notify::{Loudness, assignment_recipient, inbound_recipients, mention_recipients},
    policy::Policy,
    push::PushEndpoint,
    timeline::{Actor, Entry},
};
use jiff::{Timestamp, tz::TimeZone};
use storage::{AccountStore, Notification, PushEndpointsChange, Reach, Session, StoreError, UserRecord};

use crate::{
    App, Failure,
    conversations::ATTEMPTS_MAX,
    ports::{Push, PushError, Unreachable},
};

/// A message of a customer.
pub(crate) struct Inbound<'a> {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    pub(crate) entry: &'a Entry,
    /// Who was assigned when it arrived.
    pub(crate) assignees: &'a BTreeSet<UserId>,
    /// Who had muted the conversation when it arrived.
    pub(crate) muted_by: &'a BTreeSet<UserId>,
}

/// Tells whom a customer's message concerns (C09 to C12, X06).
pub(crate) async fn of_message(app: &App, it: &Inbound<'_>) -> Result<(), Failure> {
    let store = app.store.account(it.account);
    let candidates = if it.assignees.is_empty() {
        Candidates::of(&store, store.all_users().await?.into_iter()).await?
    } else {
        Candidates::named(&store, it.assignees).await?
    };
    let told = inbound_recipients(it.assignees, it.muted_by, &candidates.viewers);
    let notify = |(user, loudness): (UserId, Loudness)| {
        let news = News::InboundMessage;
        (user, Notification::about(it.entry, it.conversation, user, news, loudness))
    };
    tell(app, &store, told.into_iter().map(notify).collect()).await
}

/// Tells somebody that they were assigned, unless they did it themselves (C13, E07, X18).
pub(crate) async fn of_assignment(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    entry: &Entry,
    (assignee, actor): (UserId, Actor),
) -> Result<(), Failure> {
    let Some(user) = assignment_recipient(assignee, actor.user()) else { return Ok(()) };
    let store = app.store.account(account);
    let active = store.user(user).await?.is_some_and(|it| it.user.status == UserStatus::Active);
    if !active {
        return Ok(());
    }
    let notification = Notification::about(entry, conversation, user, News::Assigned, Loudness::Loud);
    tell(app, &store, vec![(user, notification)]).await
}

/// What a note is about.
#[derive(Clone, Copy)]
pub(crate) enum NoteOf {
    /// A conversation.
    Conversation(ConversationId),
    /// A customer.
    Contact(ContactId),
}

/// Tells people that a note mentions them, as far as they may read it, but for its author. A customer's note stands in the
/// timelines of their conversations, too, and is told once.
pub(crate) async fn of_mentions(
    app: &App,
    account: AccountId,
    of: NoteOf,
    note: &Note,
    at: Timestamp,
) -> Result<(), Failure> {
    if note.mentions.is_empty() {
        return Ok(());
    }
    let store = app.store.account(account);
    let candidates = Candidates::named(&store, &note.mentions).await?;
    let assignees = match of {
        NoteOf::Conversation(id) => match store.conversation(id).await? {
            Some(conversation) => Some(conversation.assignees),
            None => return Ok(()),
        },
        NoteOf::Contact(_) => None,
    };
    let mut people = candidates.viewers;
    if assignees.is_none() {
        people.retain(|viewer| candidates.see_customers.contains(&viewer.user));
    }
    let told = mention_recipients(&note.mentions, note.author.user(), assignees.as_ref(), &people);
    let notify = |user: UserId| {
        let (conversation, contact) = match of {
            NoteOf::Conversation(id) => (Some(id), None),
            NoteOf::Contact(id) => (None, Some(id)),
        };
        (user, Notification { conversation, contact, ..Notification::about_note(note, at, user) })
    };
    tell(app, &store, told.into_iter().map(notify).collect()).await
}

/// Active members of staff who may have to be told.
struct Candidates {
    /// Those who may use the inbox or see customers.
    viewers: Vec<Viewer>,
    /// Those of them who may see customers.
    see_customers: BTreeSet<UserId>,
}

impl Candidates {
    async fn named(store: &AccountStore, users: &BTreeSet<UserId>) -> Result<Self, StoreError> {
        let records = store.users_by_id(users.iter().copied()).await?;
        Self::of(store, records.into_iter().map(|record| record.user)).await
    }

    async fn of(store: &AccountStore, users: impl Iterator<Item = User>) -> Result<Self, StoreError> {
        let policy = store.policy().await?.policy;
        let (mut viewers, mut see_customers) = (Vec::new(), BTreeSet::new());
        for user in users.filter(|user| user.status == UserStatus::Active && user.is_staff()) {
            let rights = policy.rights(&user);
            if rights.may(Permission::ContactsRead) {
                see_customers.insert(user.id);
            }
            let viewer = rights.viewer(user.id);
            if rights.may(Permission::MessagesManage) || see_customers.contains(&user.id) {
                let access = if rights.may(Permission::MessagesManage) {
                    viewer.access
                } else {
                    ConversationAccess::None
                };
                viewers.push(Viewer { access, ..viewer });
            }
        }
        Ok(Self { viewers, see_customers })
    }
}

/// Puts each notification into its user's alert centre and pushes it to their devices, as they wish.
async fn tell(
    app: &App,
    store: &AccountStore,
    notifications: Vec<(UserId, Notification)>,
) -> Result<(), Failure> {
    let reach = store.reach_of(notifications.iter().map(|(user, _)| *user)).await?;
    let sessions = Sessions::of(store, &reach).await?;
    let zone = Zone::of(store, &reach).await?;
    let mut failed = None;
    for (user, notification) in notifications {
        let devices = match reach.get(&user) {
            Some(reach) => devices(reach, user, &notification, app.now(), (&sessions, &zone)),
            None => Vec::new(),
        };
        let pushed = devices.is_empty();
        let told = store.notify(user, Notification { pushed, ..notification }).await?;
        if !told.pushed {
            // Others are told even if the push service does not answer for one.
            failed = push(app, store, user, &told, &devices).await?.or(failed);
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// The sessions of those who have devices, and what says whether they last.
struct Sessions {
    records: BTreeMap<UserId, UserRecord>,
    policy: Policy,
}

impl Sessions {
    async fn of(store: &AccountStore, reach: &BTreeMap<UserId, Reach>) -> Result<Self, StoreError> {
        let users = reach.iter().filter(|(_, reach)| !reach.endpoints.endpoints.is_empty());
        let users: Vec<UserId> = users.map(|(user, _)| *user).collect();
        if users.is_empty() {
            return Ok(Self { records: BTreeMap::new(), policy: Policy::default() });
        }
        let records = store.users_by_id(users.into_iter()).await?;
        let policy = store.policy().await?.policy;
        let records = records.into_iter().map(|it| (it.user.id, it)).collect();
        Ok(Self { records, policy })
    }

    /// Whether the app on the device is still signed in.
    fn last(&self, user: UserId, endpoint: &PushEndpoint, now: Timestamp) -> bool {
        self.records.get(&user).is_some_and(|record| is_signed_in(record, endpoint, &self.policy, now))
    }
}

/// Whether the app on a device is signed in, as somebody who is.
pub(crate) fn is_signed_in(
    record: &UserRecord,
    endpoint: &PushEndpoint,
    policy: &Policy,
    now: Timestamp,
) -> bool {
    let ends = |it: &Session| policy.security.session_ends_at(it.created_at).min(it.expires_at);
    record.user.status == UserStatus::Active
        && policy.suspended_since.is_none()
        && record.sessions.iter().any(|it| it.id == endpoint.session && ends(it) > now)
}

/// The account's zone, if somebody has quiet times and no zone of their own.
struct Zone(TimeZone);

impl Zone {
    async fn of(store: &AccountStore, reach: &BTreeMap<UserId, Reach>) -> Result<Self, StoreError> {
        let needed = reach
            .values()
            .any(|it| it.preferences.time_zone.is_none() && !it.preferences.quiet_times.is_empty());
        let settings = if needed { store.settings().await? } else { None };
        Ok(Self(settings.map_or(TimeZone::UTC, |account| account.time_zone.zone())))
    }
}

/// The devices that a notification is to be pushed to at this moment.
fn devices(
    reach: &Reach,
    user: UserId,
    notification: &Notification,
    now: Timestamp,
    (sessions, zone): (&Sessions, &Zone),
) -> Vec<PushEndpoint> {
    let Some(news) = notification.kind.news() else { return Vec::new() };
    let loudness = if notification.silent { Loudness::Silent } else { Loudness::Loud };
    let own = reach.preferences.time_zone.as_ref().map(ZoneName::zone);
    if !reach.preferences.are_pushed(news, loudness, now, own.as_ref().unwrap_or(&zone.0)) {
        return Vec::new();
    }
    let enabled = reach.endpoints.endpoints.iter().filter(|it| it.disabled_since.is_none());
    enabled.filter(|it| sessions.last(user, it, now)).cloned().collect()
}

/// Pushes to each device that has not got it yet, and writes down which have; what the push service did not take is the answer.
async fn push(
    app: &App,
    store: &AccountStore,
    user: UserId,
    told: &Notification,
    devices: &[PushEndpoint],
) -> Result<Option<Unreachable>, Failure> {
    let push = Push {
        notification: told.id,
        account: store.id(),
        user,
        conversation: told.conversation,
        contact: told.contact,
        kind: told.kind,
    };
    let (mut to, mut failed) = (told.pushed_to.clone(), None);
    for device in devices.iter().filter(|it| !told.pushed_to.contains(&it.id)) {
        match app.notifier.push(&device.address, &push).await {
            Ok(()) => drop(to.insert(device.id)),
            Err(PushError::Disabled | PushError::InvalidToken) => disable(app, store, user, device).await?,
            Err(PushError::NoApplication) => {
                tracing::error!(
                    platform = device.platform.name(),
                    metric = "push_not_set_up",
                    "the application of a push platform is missing or disabled"
                );
            }
            Err(PushError::Unreachable(error)) => failed = Some(error),
        }
    }
    store.pushed(user, told.id, &to, failed.is_none()).await?;
    Ok(failed)
}

/// Notes that a device takes nothing any more, until its app tells its token again.
async fn disable(
    app: &App,
    store: &AccountStore,
    user: UserId,
    device: &PushEndpoint,
) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS_MAX {
        let mut record = store.push_endpoints(user).await?;
        let same = |it: &&mut PushEndpoint| it.id == device.id && it.refreshed_at == device.refreshed_at;
        // Whatever was refreshed since is another matter.
        let Some(known) = record.endpoints.iter_mut().find(same) else { return Ok(()) };
        if known.disabled_since.is_some() {
            return Ok(());
        }
        known.disabled_since = Some(app.now());
        let change =
            PushEndpointsChange { user, after: record, taken: None, released: Vec::new(), loser: None };
        if store.change_push_endpoints(&change).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention)
}
