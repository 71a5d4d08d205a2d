//! Looking at conversations, and doing something with one.

use domain::{
    access::{Audience, Permission},
    account::Account,
    audit::By,
    conversation::{Conversation, Folder, NotAvailable, Snooze, View},
    id::{AccountId, ConversationId, UserId},
    snooze::{SnoozeError, SnoozeRequest},
    timeline::{Actor, ConversationEvent, Entry, EntryContent},
};
use jiff::Timestamp;
pub use storage::TimelineFilter;
use storage::{
    Change, ChangeError, ConsentChange, InvalidCursor, ListQuery, Page, PageRequest, StoreError, Unread,
};

use crate::{App, Caller, Failure, caller::Forbidden};

/// How often a step is decided anew when somebody else changed the same thing in between.
pub(crate) const ATTEMPTS_MAX: u32 = 8;

/// A badge shows "99+" beyond this many.
pub const COUNT_MAX: u32 = 100;

/// Why a conversation was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// There is none, or the caller may not see it; which of the two is not told (X19).
    #[error("there is no such conversation")]
    NotFound,
    /// The caller has no business in the inbox.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The action is not possible now.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// It cannot sleep until then.
    #[error(transparent)]
    Snooze(#[from] SnoozeError),
    /// The user to assign is not a member of the account, or may not see conversations at all.
    #[error("there is no such user to assign")]
    NoSuchUser,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ConversationError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Which list a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everything the caller may see.
    All,
    /// What nobody is assigned to.
    Unassigned,
    /// What this user is assigned to.
    User(UserId),
}

/// The list that the caller means and may see.
fn audience(caller: &Caller, whose: Whose) -> Result<Audience, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let viewer = caller.viewer();
    let wanted = match whose {
        Whose::All => viewer.widest_audience(),
        Whose::Unassigned => Some(Audience::Unassigned),
        Whose::User(user) => Some(Audience::User(user)),
    };
    let allowed = wanted.filter(|audience| viewer.may_list(*audience));
    allowed.ok_or(ConversationError::Forbidden(Forbidden::Permission(Permission::MessagesManage)))
}

/// A page of a view.
pub async fn list(
    app: &App,
    caller: &Caller,
    view: View,
    whose: Whose,
    page: PageRequest<'_>,
) -> Result<Page<Conversation>, ConversationError> {
    let query = ListQuery { audience: audience(caller, whose)?, view };
    Ok(app.store.account(caller.account).conversations(query, page).await??)
}

/// How many conversations a folder has, up to [`COUNT_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderCount {
    /// Which folder.
    pub folder: Folder,
    /// How many, at most [`COUNT_MAX`].
    pub conversations: u32,
    /// Whether there are more.
    pub capped: bool,
}

/// What is unread in what the caller may see: the badge (D04).
pub async fn unread(app: &App, caller: &Caller, whose: Whose) -> Result<Unread, ConversationError> {
    let audience = audience(caller, whose)?;
    Ok(app.store.account(caller.account).unread(audience, COUNT_MAX).await?)
}

/// How many conversations stand in each of these folders.
pub async fn counts(
    app: &App,
    caller: &Caller,
    whose: Whose,
    folders: &[Folder],
) -> Result<Vec<FolderCount>, ConversationError> {
    let audience = audience(caller, whose)?;
    let account = app.store.account(caller.account);
    let mut counts = Vec::new();
    for folder in folders.iter().copied() {
        let (conversations, capped) = account.count(audience, folder, COUNT_MAX).await?;
        counts.push(FolderCount { folder, conversations, capped });
    }
    Ok(counts)
}

/// A conversation, if the caller may see it.
pub async fn get(app: &App, caller: &Caller, id: ConversationId) -> Result<Conversation, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let found = app.store.account(caller.account).conversation(id).await?;
    found.filter(|it| caller.viewer().may_read(&it.assignees)).ok_or(ConversationError::NotFound)
}

/// A page of a conversation's timeline, newest first.
pub async fn timeline(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    filter: &TimelineFilter,
    page: PageRequest<'_>,
) -> Result<Page<Entry>, ConversationError> {
    get(app, caller, id).await?;
    Ok(app.store.account(caller.account).timeline(id, filter, page).await??)
}

/// What a person does with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Assigns somebody.
    Assign(UserId),
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
}

/// Does something with a conversation that the caller may see. Doing it again changes nothing and is answered alike.
pub async fn act(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    act: Act,
) -> Result<Conversation, ConversationError> {
    caller.require(Permission::MessagesManage)?;
    let settings = match act {
        Act::Snooze(_) => app.store.account(caller.account).settings().await?,
        _ => None,
    };
    let now = app.now();
    let viewer = caller.viewer();
    let step = |it: &mut Conversation| {
        if !viewer.may_write(&it.assignees) {
            return Err(ConversationError::NotFound);
        }
        decide(it, act, settings.as_ref(), now)
    };
    let who = Who { actor: caller.timeline_actor(), by: Some(caller.by()) };
    change(app, caller.account, id, who, step).await
}

fn decide(
    it: &mut Conversation,
    act: Act,
    settings: Option<&Account>,
    now: Timestamp,
) -> Result<Vec<ConversationEvent>, ConversationError> {
    Ok(match act {
        Act::Assign(user) => it.assign(user)?,
        Act::Unassign(user) => it.unassign(user),
        Act::Snooze(request) => {
            let settings = settings.ok_or(Failure::Broken("the account has no settings"))?;
            let until = request.resolve(now, &settings.time_zone.zone())?;
            it.snooze(Snooze { until, wakes_on_reply: settings.wake_on_reply })?
        }
        Act::Unsnooze => it.unsnooze(),
        Act::Complete => it.complete()?,
        Act::Reopen => it.reopen()?,
        Act::Archive => it.archive(),
        Act::Unarchive => it.unarchive()?,
        Act::Read => {
            it.read();
            Vec::new()
        }
        Act::Unread => {
            it.unread()?;
            Vec::new()
        }
    })
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
    let account = app.store.account(account);
    for _ in 0..ATTEMPTS_MAX {
        let before = account.conversation(id).await?.ok_or(ConversationError::NotFound)?;
        let mut after = before.clone();
        let events = step(&mut after)?;
        if after == before {
            return Ok(before);
        }
        let entries = entries(app, &mut after, who.actor, events, app.now());
        let change = Change {
            before: Some(&before),
            after,
            entries,
            by: who.by,
            record: None,
            new_contact: None,
            consent: ConsentChange::Leave,
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
