//! Individual read states (E20, X08): what each person has read, where the account wants that.
//!
//! The shared state of a conversation goes on as ever, so that switching back shows what it would have been. Beside it there is
//! a mark for each person and conversation, of which `domain::read_marks` says how it follows. Three things change marks:
//!
//! - the table's stream, by [`follow`]: a customer's message for everybody who may see it, in chunks at any number of people;
//!   a conversation that was settled or that stands elsewhere now, for those who have marks in it;
//! - people themselves, by [`read`] and [`keep_unread`], at once;
//! - [`go_on`], after the setting was switched on: what is unread to all is unread to each.
//!
//! Who looks asks [`unread_of`], [`badge`] and [`unread_page`]. They answer `None` where there is one shared state, which is
//! also what programs and visitors see: then the conversation's own count holds.
//!
//! Whoever comes to see all conversations later begins with what arrives from then on. Whoever is assigned to a conversation
//! finds unread what the customer wrote since it was last completed or archived, as far as they have not read it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    access::{Audience, ConversationAccess, Permission, Viewer},
    account::{User, UserStatus},
    conversation::{Conversation, State, View},
    id::{AccountId, ConversationId, UserId},
    policy::Policy,
    read_marks::{Pile, ReadMark, is_inbound, last_place, not_seen, settled_at},
    timeline::Entry,
};
use futures::future::try_join_all;
use jiff::Timestamp;
use storage::{
    AccountStore, ListQuery, MarkPlace, Page, PageRequest, ReadMarkRecord, StoreError, TimelineFilter,
    Unread,
    projected::{ConversationChange, EntryChange},
};

use crate::{
    App, Caller, Failure,
    conversations::{ATTEMPTS_MAX, COUNT_MAX, ConversationError, Whose},
    project::Projected,
};

/// So many people, or marks, are taken at once.
const CHUNK: u32 = 100;
/// So many marks are written at the same time.
const AT_ONCE: usize = 20;
/// So many of the newest entries of a conversation are looked at for what somebody has not seen.
const LOOKED_BACK: u32 = 200;
/// At most this many accounts of each shard are taken over in one call, and so many pages of each.
const TAKEOVERS: u32 = 5;
const TAKEOVER_PAGES: u32 = 10;
/// So many conversations of a takeover are taken at once.
const TAKEOVER_PAGE: u32 = 20;

/// Since when the caller has a read state of their own; `None`: they share one. Programs and visitors always do.
pub fn individual_since(caller: &Caller) -> Option<Timestamp> {
    caller.assignee().and(caller.policy.individual_read_since)
}

/// How much of each of these conversations is unread to the caller; what is not there is read. `None`: the shared counts of the
/// conversations hold.
pub async fn unread_of(
    app: &App,
    caller: &Caller,
    conversations: &[ConversationId],
) -> Result<Option<BTreeMap<ConversationId, u32>>, StoreError> {
    let Some(since) = individual_since(caller) else { return Ok(None) };
    let store = app.store.account(caller.account);
    Ok(Some(store.unread_to(caller.user, conversations, since).await?))
}

/// The piles of what the caller asks for; `None`: it lies on no pile of theirs.
fn piles(caller: &Caller, whose: Whose) -> Option<&'static [Pile]> {
    match (whose, caller.viewer().access) {
        (Whose::All, ConversationAccess::All) => Some(&Pile::ALL),
        (Whose::All, ConversationAccess::Assigned) => Some(&[Pile::Mine]),
        (Whose::Unassigned, ConversationAccess::All) => Some(&[Pile::Unassigned]),
        (Whose::User(user), _) if user == caller.user => Some(&[Pile::Mine]),
        _ => None,
    }
}

/// What is unread to the caller: their badge (D04). `None`: the shared badge holds, also where they look at another's list.
pub async fn badge(app: &App, caller: &Caller, whose: Whose) -> Result<Option<Unread>, StoreError> {
    let (Some(since), Some(piles)) = (individual_since(caller), piles(caller, whose)) else {
        return Ok(None);
    };
    let store = app.store.account(caller.account);
    Ok(Some(store.marked_unread(caller.user, since, piles, COUNT_MAX).await?))
}

/// A page of what is unread to the caller, newest activity first. `None`: the shared list holds. Another's list is read as it
/// is and filtered, so its pages may be short.
pub async fn unread_page(
    app: &App,
    caller: &Caller,
    whose: Whose,
    page: PageRequest<'_>,
) -> Result<Option<Page<Conversation>>, ConversationError> {
    let Some(since) = individual_since(caller) else { return Ok(None) };
    let store = app.store.account(caller.account);
    let viewer = caller.viewer();
    if let Some(piles) = piles(caller, whose) {
        let shown = |it: &Conversation| Pile::of(it, &viewer).is_some_and(|pile| piles.contains(&pile));
        let found = store.marked_unread_page(caller.user, since, piles, page, shown).await??;
        return Ok(Some(found));
    }
    let Whose::User(user) = whose else { return Ok(None) };
    let query = ListQuery::of(Audience::User(user), View::Inbox);
    let mut found = store.conversations(query, page).await??;
    let ids: Vec<ConversationId> = found.items.iter().map(|it| it.id).collect();
    let unread = store.unread_to(caller.user, &ids, since).await?;
    found.items.retain(|it| unread.contains_key(&it.id));
    Ok(Some(found))
}

/// Marks a conversation as read by the caller, if each has a read state of their own.
pub async fn read(app: &App, caller: &Caller, conversation: &Conversation) -> Result<(), StoreError> {
    own(app, caller, conversation, |mark| mark.read(last_place(conversation))).await
}

/// Marks a conversation as unread for the caller (D18), if each has a read state of their own.
pub async fn keep_unread(app: &App, caller: &Caller, conversation: &Conversation) -> Result<(), StoreError> {
    own(app, caller, conversation, |mark| mark.keep(last_place(conversation))).await
}

async fn own(
    app: &App,
    caller: &Caller,
    conversation: &Conversation,
    step: impl Fn(&mut ReadMark) + Sync,
) -> Result<(), StoreError> {
    let Some(since) = individual_since(caller) else { return Ok(()) };
    let marks = Marks { store: &app.store.account(caller.account), since, conversation };
    marks.change(&[caller.viewer()], &|_, mark| step(mark)).await
}

/// Follows what the stream shows of conversations.
pub(crate) async fn follow(app: &App, change: &Projected) -> Result<(), Failure> {
    match change {
        Projected::Entry(change) => Ok(Box::pin(arrived(app, change)).await?),
        Projected::Conversation(change) => Ok(Box::pin(moved(app, change)).await?),
        _ => Ok(()),
    }
}

/// A message of the customer is unread to everybody who may see it.
async fn arrived(app: &App, change: &EntryChange) -> Result<(), StoreError> {
    let (None, Some(entry)) = (&change.before, &change.after) else { return Ok(()) };
    if !is_inbound(entry) {
        return Ok(());
    }
    let store = app.store.account(change.account);
    let policy = store.policy().await?.policy;
    let Some(since) = policy.individual_read_since.filter(|since| entry.at >= *since) else { return Ok(()) };
    let Some(conversation) = store.conversation(change.conversation).await? else { return Ok(()) };
    let marks = Marks { store: &store, since, conversation: &conversation };
    marks.for_everybody(&policy, &|_, mark| mark.arrived(entry.sequence)).await
}

/// A conversation stands elsewhere now, or has been settled, or is somebody's who has not seen it.
async fn moved(app: &App, change: &ConversationChange) -> Result<(), StoreError> {
    let Some(after) = &change.after else { return Ok(()) };
    let place = |it: &Conversation| (it.folder(), it.assignees.clone(), it.last_activity_at);
    if change.before.as_ref().is_some_and(|before| place(before) == place(after)) {
        return Ok(());
    }
    let store = app.store.account(change.account);
    let policy = store.policy().await?.policy;
    let Some(since) = policy.individual_read_since else { return Ok(()) };
    let Some(now) = store.conversation(after.id).await? else { return Ok(()) };
    let marks = Marks { store: &store, since, conversation: &now };
    let settled = settled_at(after);
    let step = |_: &Viewer, mark: &mut ReadMark| {
        if let Some(place) = settled {
            mark.settled(place);
        }
    };
    marks.for_those_who_have_some(&policy, &step).await?;
    let had = change.before.as_ref().map(|before| before.assignees.clone()).unwrap_or_default();
    let new: BTreeSet<UserId> = after.assignees.difference(&had).copied().collect();
    marks.for_newcomers(&policy, &new).await
}

/// The marks of one conversation, as it is now.
struct Marks<'a> {
    store: &'a AccountStore,
    since: Timestamp,
    conversation: &'a Conversation,
}

type Step<'a> = dyn Fn(&Viewer, &mut ReadMark) + Sync + 'a;

impl Marks<'_> {
    /// Changes the marks of everybody who may see the conversation, a chunk of people at a time.
    async fn for_everybody(&self, policy: &Policy, step: &Step<'_>) -> Result<(), StoreError> {
        let mut cursor: Option<String> = None;
        loop {
            let page = PageRequest { limit: CHUNK, cursor: cursor.as_deref() };
            let Ok(found) = self.store.users(page).await? else { return Ok(()) };
            let viewers: Vec<Viewer> = found.items.iter().filter_map(|user| viewer(policy, user)).collect();
            let those: Vec<Viewer> =
                viewers.into_iter().filter(|it| it.may_see(&self.conversation.assignees)).collect();
            self.change(&those, step).await?;
            cursor = found.next_cursor;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// Changes the marks that there are, and puts them where the conversation stands now.
    async fn for_those_who_have_some(&self, policy: &Policy, step: &Step<'_>) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let marks = self.store.read_marks_in(self.conversation.id, after, self.since, CHUNK).await?;
            let Some(last) = marks.last().map(|it| it.user) else { return Ok(()) };
            let users = self.store.users_by_id(marks.iter().map(|it| it.user)).await?;
            let viewers = users.iter().filter_map(|record| viewer(policy, &record.user));
            let viewers: Vec<Viewer> = viewers.collect();
            self.change(&viewers, step).await?;
            after = Some(last);
        }
    }

    /// Who only sees what is assigned to them finds what they have not seen before.
    async fn for_newcomers(&self, policy: &Policy, new: &BTreeSet<UserId>) -> Result<(), StoreError> {
        if new.is_empty() || self.conversation.state != State::Open {
            return Ok(());
        }
        let users = self.store.users_by_id(new.iter().copied()).await?;
        let viewers = users.iter().filter_map(|record| viewer(policy, &record.user));
        let viewers: Vec<Viewer> =
            viewers.filter(|viewer| viewer.access == ConversationAccess::Assigned).collect();
        if viewers.is_empty() {
            return Ok(());
        }
        let entries = self.newest().await?;
        let places = not_seen(&entries, |entry| entry.at >= self.since);
        let step = |_: &Viewer, mark: &mut ReadMark| places.iter().for_each(|place| mark.arrived(*place));
        self.change(&viewers, &step).await
    }

    async fn newest(&self) -> Result<Vec<Entry>, StoreError> {
        let page = PageRequest { limit: LOOKED_BACK, cursor: None };
        let found = self.store.timeline(self.conversation.id, &TimelineFilter::default(), page).await?;
        Ok(found.map(|page| page.items).unwrap_or_default())
    }

    /// Changes the marks of these people.
    async fn change(&self, viewers: &[Viewer], step: &Step<'_>) -> Result<(), StoreError> {
        let mut left: Vec<Viewer> = viewers.to_vec();
        for _ in 0..ATTEMPTS_MAX {
            if left.is_empty() {
                return Ok(());
            }
            let users: Vec<UserId> = left.iter().map(|it| it.user).collect();
            let marks = self.store.read_marks(self.conversation.id, &users, self.since).await?;
            let by_user: BTreeMap<UserId, Viewer> = left.iter().map(|it| (it.user, *it)).collect();
            let mut next = Vec::new();
            let pairs = marks.into_iter().filter_map(|mark| Some((*by_user.get(&mark.user)?, mark)));
            let changes: Vec<(Viewer, ReadMarkRecord)> = pairs
                .filter_map(|(viewer, mark)| Some((viewer, self.changed(&viewer, &mark, step)?)))
                .collect();
            for some in changes.chunks(AT_ONCE) {
                let saves = some.iter().map(|(_, mark)| self.store.save_read_mark(mark, self.since));
                let written = try_join_all(saves).await?;
                let refused = some.iter().zip(written).filter(|(_, written)| !written);
                next.extend(refused.map(|((viewer, _), _)| *viewer));
            }
            left = next;
        }
        if left.is_empty() { Ok(()) } else { Err(StoreError::Contention) }
    }

    /// A mark as it shall be; `None`: as it is.
    fn changed(&self, viewer: &Viewer, before: &ReadMarkRecord, step: &Step<'_>) -> Option<ReadMarkRecord> {
        let mut after = before.clone();
        step(viewer, &mut after.mark);
        if let Some(place) = settled_at(self.conversation) {
            after.mark.settled(place);
        }
        let place = MarkPlace {
            version: self.conversation.version,
            pile: Pile::of(self.conversation, viewer),
            active_at: self.conversation.last_activity_at,
        };
        // Where a mark without anything unread would stand does not matter.
        if place.version >= after.place.version && (after.mark.count() > 0 || before.mark.count() > 0) {
            after.place = place;
        }
        (after != *before).then_some(after)
    }
}

/// Somebody of the staff as a viewer; `None`: they have left, or are none.
fn viewer(policy: &Policy, user: &User) -> Option<Viewer> {
    let is_one = user.is_staff() && user.status != UserStatus::Removed;
    let rights = is_one.then(|| policy.rights(user)).filter(|rights| rights.may(Permission::MessagesManage));
    rights.map(|rights| rights.viewer(user.id))
}

/// Takes over the shared read state where individual ones were switched on lately. Called every minute.
pub async fn go_on(app: &App) -> Result<u32, Failure> {
    let mut taken = 0_u32;
    for account in app.store.due_takeovers(app.now(), TAKEOVERS).await? {
        taken = taken.saturating_add(Box::pin(take_over(app, account)).await?);
    }
    Ok(taken)
}

/// Makes what is unread to all unread to each, up to a bound; answers how many conversations it was.
async fn take_over(app: &App, account: AccountId) -> Result<u32, Failure> {
    let store = app.store.account(account);
    let Some(takeover) = store.takeover().await? else { return Ok(0) };
    let policy = store.policy().await?.policy;
    if policy.individual_read_since != Some(takeover.since) {
        store.takeover_has_come(takeover.since, None).await?;
        return Ok(0);
    }
    let (mut place, mut taken) = (takeover.place, 0_u32);
    for _ in 0..TAKEOVER_PAGES {
        // The views one after another; what sleeps may be unread, too.
        let (view, cursor) = match place.split_once(' ') {
            Some(("snoozed", cursor)) => (View::Snoozed, cursor),
            Some((_, cursor)) => (View::Unread, cursor),
            None => (View::Unread, ""),
        };
        let cursor = Some(cursor).filter(|cursor| !cursor.is_empty());
        let page = PageRequest { limit: TAKEOVER_PAGE, cursor };
        let found = store.conversations(ListQuery::of(Audience::Everyone, view), page).await?;
        let Ok(found) = found else {
            // The cursors' key was changed. What was taken over before changes nothing again.
            return Ok(store.takeover_has_come(takeover.since, Some(String::new())).await.map(|()| taken)?);
        };
        for conversation in found.items.iter().filter(|it| it.unread > 0) {
            let marks = Marks { store: &store, since: takeover.since, conversation };
            Box::pin(marks.take_over(&policy)).await?;
            taken = taken.saturating_add(1);
        }
        place = match (view, found.next_cursor) {
            (View::Unread, Some(cursor)) => format!("unread {cursor}"),
            (View::Unread, None) => "snoozed ".to_owned(),
            (_, Some(cursor)) => format!("snoozed {cursor}"),
            (_, None) => {
                store.takeover_has_come(takeover.since, None).await?;
                return Ok(taken);
            }
        };
        store.takeover_has_come(takeover.since, Some(place.clone())).await?;
    }
    Ok(taken)
}

impl Marks<'_> {
    /// The newest messages of the customer are unread to each, as many as are unread to all; where there are none, somebody has
    /// marked the conversation as unread, for all.
    async fn take_over(&self, policy: &Policy) -> Result<(), StoreError> {
        let entries = self.newest().await?;
        let count = usize::try_from(self.conversation.unread).unwrap_or(usize::MAX);
        let places: BTreeSet<u64> = not_seen(&entries, |_| true).into_iter().rev().take(count).collect();
        let at = last_place(self.conversation);
        let step = |_: &Viewer, mark: &mut ReadMark| {
            for place in &places {
                mark.arrived(*place);
            }
            if places.is_empty() && mark.read_up_to < at {
                mark.keep(at);
            }
        };
        self.for_everybody(policy, &step).await
    }
}
