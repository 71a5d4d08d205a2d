//! E-mail digests: how much somebody has not read yet, at the hours that they wish.
//!
//! A digest is an item that is due at a time. Working on it counts what happened since the last one and is unread still, puts a
//! letter into the outbox under an id that follows from person and time, and goes on to the next time: so whoever is
//! interrupted, or comes twice, sends it once. If all is read there is no letter. A digest that comes late, because nothing
//! worked for hours, comes once and not for each hour that was missed. Letters have counts, and not a word of what was written.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::Permission,
    account::{User, UserStatus},
    conversation::Conversation,
    id::{AccountId, ConversationId, MailId, UserId},
    mail::{DigestCounts, Letter, Mail},
    news::{News, NewsPreferences},
    notify::Loudness,
    policy::Policy,
};
use jiff::{SignedDuration, Timestamp};
use storage::{AccountStore, DueDigest, Notification, PageRequest, StoreError};

use crate::{App, Failure};

/// At most this many digests of each shard are worked on in one call.
const BATCH: u32 = 50;
/// What happened later than this before a late digest is left to the next: its notification may still be on its way.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(1);
/// At most this many notifications are counted for one digest.
const COUNTED_MAX: u32 = 200;

/// Works on the digests that are due. Called every minute.
pub async fn send_due(app: &App) -> Result<u32, Failure> {
    let mut sent = 0_u32;
    for (account, user) in app.store.due_digests(app.now(), BATCH).await? {
        sent = sent.saturating_add(u32::from(Box::pin(work_off(app, account, user)).await?));
    }
    Ok(sent)
}

/// Works on one digest; answers whether there is a letter.
async fn work_off(app: &App, account: AccountId, user: UserId) -> Result<bool, Failure> {
    let store = app.store.account(account);
    let now = app.now();
    let Some(digest) = store.digest(user).await?.filter(|it| it.due <= now) else { return Ok(false) };
    let record = store.user(user).await?.map(|record| record.user);
    let active = record.filter(|it| it.status == UserStatus::Active && it.is_staff());
    let preferences = store.news(user).await?.preferences;
    let settings = store.settings().await?;
    let policy = store.policy().await?.policy;
    let (Some(recipient), Some(settings)) = (active, settings.filter(|_| policy.suspended_since.is_none()))
    else {
        // Nobody to write to. Whoever comes back says anew what they want.
        store.digest_done(user, digest.due, None).await?;
        return Ok(false);
    };
    let until = now.checked_sub(ON_ITS_WAY).unwrap_or(now).max(digest.due);
    let counts = count(&store, &recipient, &policy, &preferences, (digest.since, until)).await?;
    let letter = !counts.is_empty();
    if letter {
        let id =
            MailId::derive(&[b"digest", user.uuid().as_bytes(), &digest.due.as_millisecond().to_be_bytes()]);
        let mail = Mail { id, to: recipient.email.clone(), at: now, letter: Letter::Digest(counts) };
        store.put_mail(&mail).await?;
    }
    let zone = preferences.time_zone.as_ref().unwrap_or(&settings.time_zone).zone();
    let next = preferences.digest.next(now, &zone).map(|due| DueDigest { due, since: until });
    store.digest_done(user, digest.due, next).await?;
    Ok(letter)
}

/// What happened since the last digest and is unread still.
async fn count(
    store: &AccountStore,
    user: &User,
    policy: &Policy,
    preferences: &NewsPreferences,
    (since, until): (Timestamp, Timestamp),
) -> Result<DigestCounts, Failure> {
    let page = PageRequest { limit: COUNTED_MAX, cursor: None };
    let Ok(unread) = store.unread_notifications(user.id, page).await? else {
        return Err(Failure::Broken("a page without a cursor was refused for it"));
    };
    let more = unread.next_cursor.is_some();
    let counted = |it: &Notification| {
        let loudness = if it.silent { Loudness::Silent } else { Loudness::Loud };
        let is_new = since <= it.at && it.at < until;
        is_new && it.kind.news().is_some_and(|news| preferences.are_counted(news, loudness))
    };
    let told: Vec<Notification> = unread.items.into_iter().filter(counted).collect();
    let seen = Seen::of(store, user, policy, &told).await?;
    let mut counts = DigestCounts {
        since,
        messages: 0,
        conversations: 0,
        assigned: 0,
        mentions: 0,
        more: more && !told.is_empty(),
    };
    let mut conversations = BTreeSet::new();
    for notification in told.iter().filter(|it| seen.counts(it)) {
        let count = match notification.kind.news() {
            Some(News::InboundMessage) => {
                conversations.extend(notification.conversation);
                &mut counts.messages
            }
            Some(News::Assigned) => &mut counts.assigned,
            Some(News::Mentioned) => &mut counts.mentions,
            None => continue,
        };
        *count = count.saturating_add(1);
    }
    counts.conversations = u32::try_from(conversations.len()).unwrap_or(u32::MAX);
    Ok(counts)
}

/// What the person may see of what they were told of, and has not read there.
struct Seen {
    visible: BTreeSet<ConversationId>,
    unread: BTreeSet<ConversationId>,
}

impl Seen {
    async fn of(
        store: &AccountStore,
        user: &User,
        policy: &Policy,
        told: &[Notification],
    ) -> Result<Self, StoreError> {
        let rights = policy.rights(user);
        let viewer = rights.viewer(user.id);
        let ids: BTreeSet<ConversationId> = told.iter().filter_map(|it| it.conversation).collect();
        let mut found = store.conversations_by_id(&ids).await?;
        found.retain(|it| rights.may(Permission::MessagesManage) && viewer.may_read(&it.assignees));
        let own: Option<BTreeMap<ConversationId, u32>> = match policy.individual_read_since {
            Some(since) => {
                let ids: Vec<ConversationId> = found.iter().map(|it| it.id).collect();
                Some(store.unread_to(user.id, &ids, since).await?)
            }
            None => None,
        };
        let is_unread = |it: &&Conversation| match &own {
            Some(own) => own.contains_key(&it.id),
            None => it.unread > 0,
        };
        let unread = found.iter().filter(is_unread).map(|it| it.id).collect();
        Ok(Self { visible: found.into_iter().map(|it| it.id).collect(), unread })
    }

    /// Whether a notification counts: what they may see no more is not told of (I10), and a message that was read in its
    /// conversation was read.
    fn counts(&self, notification: &Notification) -> bool {
        match (notification.kind.news(), notification.conversation) {
            (Some(News::InboundMessage), Some(id)) => self.unread.contains(&id) && self.visible.contains(&id),
            (_, Some(id)) => self.visible.contains(&id),
            (_, None) => true,
        }
    }
}
