//! Doing something with a conversation, by whomever: read, decide, write over what was read.

use std::collections::BTreeSet;

use domain::{
    access::Permission,
    account::Account,
    audit::By,
    conversation::{Conversation, NotAvailable, Snooze},
    id::{AccountId, ConversationId, TagId, UserId},
    snooze::SnoozeRequest,
    timeline::{Actor, ConversationEvent, Entry, EntryContent},
};
use jiff::Timestamp;
use storage::{Change, ChangeError, ConsentChange, StoreError};

use super::{ConversationError, Shown, shown};
use crate::{App, Caller, Failure, read_marks};

/// How often a step is decided anew when somebody else changed the same thing in between.
pub(crate) const ATTEMPTS_MAX: u32 = 8;

/// What a person does with a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Assigns somebody. Whether they can be assigned is asked in [`crate::assign`].
    Assign(UserId),
    /// Assigns these people and nobody else.
    AssignOnly(BTreeSet<UserId>),
    /// Removes an assignment.
    Unassign(UserId),
    /// Puts to sleep.
    Snooze(SnoozeRequest),
    /// Wakes.
    Unsnooze,
    /// Marks as complete.
    Complete,
    /// Takes back after completing.
    Reopen,
    /// Puts away.
    Archive,
    /// Takes back after archiving.
    Unarchive,
    /// Marks as read.
    Read,
    /// Marks as unread.
    Unread,
    /// Puts a tag on it. Whether there is such a tag is asked in [`act`].
    Tag(TagId),
    /// Takes a tag off.
    Untag(TagId),
    /// Gets no more alerts of it (E11).
    Mute,
    /// Gets alerts of it again.
    Unmute,
}

/// Does something with a conversation that the caller may see. Doing it again changes nothing and is answered alike.
pub async fn act(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    act: Act,
) -> Result<Shown, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    let settings = match act {
        Act::Snooze(_) => account.settings().await?,
        _ => None,
    };
    if let Act::Tag(tag) = act
        && account.tag(tag).await?.is_none()
    {
        return Err(ConversationError::NoSuchTag);
    }
    let now = app.now();
    let viewer = caller.viewer();
    let step = |it: &mut Conversation| {
        if !viewer.may_write(&it.assignees) {
            return Err(ConversationError::NotFound);
        }
        decide(it, &act, caller.user, settings.as_ref(), now)
    };
    let who = Who { actor: caller.timeline_actor(), by: Some(caller.by()) };
    let conversation = match change(app, caller.account, id, who, step).await {
        Err(ConversationError::NotAvailable(refused)) => return Err(instead(app, caller, id, refused).await?),
        changed => changed?,
    };
    match act {
        Act::Read => read_marks::read(app, caller, &conversation).await?,
        Act::Unread => read_marks::keep_unread(app, caller, &conversation).await?,
        _ => {}
    }
    shown(app, caller, conversation).await
}

/// What is refused, with what this person can do instead.
async fn instead(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    refused: NotAvailable,
) -> Result<ConversationError, ConversationError> {
    let available = super::get(app, caller, id).await?.available_actions;
    Ok(NotAvailable { available, ..refused }.into())
}

fn decide(
    it: &mut Conversation,
    act: &Act,
    user: UserId,
    settings: Option<&Account>,
    now: Timestamp,
) -> Result<Vec<ConversationEvent>, ConversationError> {
    let mut events = Vec::new();
    match act {
        Act::Assign(user) => events = it.assign(*user)?,
        Act::AssignOnly(users) => events = it.assign_only(users)?,
        Act::Unassign(user) => events = it.unassign(*user),
        Act::Snooze(request) => {
            let settings = settings.ok_or(Failure::Broken("the account has no settings"))?;
            let until = request.resolve(now, &settings.time_zone.zone())?;
            events = it.snooze(Snooze { until, wakes_on_reply: settings.wake_on_reply })?;
        }
        Act::Unsnooze => events = it.unsnooze(),
        Act::Complete => events = it.complete()?,
        Act::Reopen => events = it.reopen(now)?,
        Act::Archive => events = it.archive(),
        Act::Unarchive => events = it.unarchive(now)?,
        Act::Read => it.read(),
        Act::Unread => it.unread()?,
        Act::Tag(tag) => events = it.tag(*tag)?,
        Act::Untag(tag) => events = it.untag(*tag),
        Act::Mute => it.mute(user)?,
        Act::Unmute => it.unmute(user),
    }
    Ok(events)
}

/// Who changes a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    /// Who the timeline says it was.
    pub(crate) actor: Actor,
    /// Who the audit log says it was; `None`: the change is not for the log.
    pub(crate) by: Option<By>,
}

impl Who {
    /// The product itself.
    pub(crate) const SYSTEM: Self = Self { actor: Actor::System, by: None };
}

/// Reads a conversation, lets `step` change it and writes it, again and again until nobody else came in between. Writes
/// nothing if nothing changed.
pub(crate) async fn change(
    app: &App,
    account: AccountId,
    id: ConversationId,
    who: Who,
    step: impl Fn(&mut Conversation) -> Result<Vec<ConversationEvent>, ConversationError>,
) -> Result<Conversation, ConversationError> {
    change_and_add(app, account, id, who, step, |_| Vec::new()).await
}

/// As [`change`], with further entries of the timeline: what `add` makes at the places that it takes.
pub(crate) async fn change_and_add(
    app: &App,
    account: AccountId,
    id: ConversationId,
    who: Who,
    step: impl Fn(&mut Conversation) -> Result<Vec<ConversationEvent>, ConversationError>,
    add: impl Fn(&mut Conversation) -> Vec<Entry>,
) -> Result<Conversation, ConversationError> {
    let account = app.store.account(account);
    for _ in 0..ATTEMPTS_MAX {
        let before = account.conversation(id).await?.ok_or(ConversationError::NotFound)?;
        let mut after = before.clone();
        let events = step(&mut after)?;
        let added = add(&mut after);
        if after == before {
            return Ok(before);
        }
        let mut entries = entries(app, &mut after, who.actor, events, app.now());
        entries.extend(added);
        let change = Change {
            before: Some(&before),
            after,
            entries,
            by: who.by,
            records: Vec::new(),
            new_contact: None,
            consent: ConsentChange::Leave,
            other_numbers: Vec::new(),
        };
        match account.change(change).await {
            Ok(conversation) => return Ok(conversation),
            Err(ChangeError::Changed) => {}
            Err(ChangeError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(Failure::Broken("a change without a message was refused for one").into()),
        }
    }
    Err(StoreError::Contention.into())
}

/// The timeline entries of events, each at its place.
pub(crate) fn entries(
    app: &App,
    conversation: &mut Conversation,
    actor: Actor,
    events: Vec<ConversationEvent>,
    at: Timestamp,
) -> Vec<Entry> {
    let mut entry = |event| Entry {
        sequence: conversation.take_sequence(),
        at,
        content: EntryContent::Event { id: app.new_id(), event, actor },
    };
    events.into_iter().map(&mut entry).collect()
}
