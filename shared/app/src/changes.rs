//! What changed: the log from which clients catch up (D06), and whoever looks is told at once.
//!
//! The stream shows each new version of a conversation and each new or changed timeline entry to [`follow`], which writes a
//! line of the log and tells the connections of those who may see it. The log is the truth; a client that was told nothing
//! asks for what it has missed.
//!
//! **No gaps.** A line's place is the time at which it was written down, read just before. Writing ends after [`WRITE_WITHIN`]
//! with the line there or with an error, after which the stream shows the change again and it gets another place. So
//! whatever is not there when a reader looks gets a place behind that moment less [`OVERLAP`], which also covers clocks that
//! differ; and that is where the reader's cursor points when the end is reached. Lines within the overlap may be given again:
//! a conversation's `version` says what is known already. Neither the order of lines nor a line too many matters, because a
//! reader gets what they name as it is then.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    access::{ConversationAccess, Permission},
    conversation::Conversation,
    id::{AccountId, ConversationId, UserId},
    message::Status,
    timeline::{Entry, EntryContent},
};
use jiff::SignedDuration;
use storage::{ChangesCursor, InvalidCursor, LoggedChange, StoreError, projected::Projected};

use crate::{
    App, Caller, Failure,
    caller::Forbidden,
    conversations::{ConversationError, Shown, shown_all},
    live,
    ports::Unreachable,
};

/// How long writing a line may take.
pub const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// How far a cursor at the end of the log lies back: longer than [`WRITE_WITHIN`], by what clocks may differ and an answer may
/// be late.
pub const OVERLAP: SignedDuration = SignedDuration::from_secs(15);
/// How far back the log reaches.
pub const REACH: SignedDuration = SignedDuration::from_hours(24);

/// At most this many entries are named in one line: one step adds a few.
const ENTRIES_MAX: usize = 50;

/// Why changes were not given.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The caller has no business in the inbox.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is not one of these, or somebody else's.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// The cursor is too old, or the caller may see more or less than when it was made: the lists are to be loaded anew.
    #[error("the cursor has expired")]
    Expired,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for ChangesError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// What became of a conversation.
#[derive(Clone, Debug)]
pub enum Changed {
    /// It is like this now.
    Now(Box<Shown>),
    /// The caller may not see it any more.
    Gone(ConversationId),
}

/// What changed, each once, as it is now.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The conversations.
    pub conversations: Vec<Changed>,
    /// New and changed entries of their timelines, in order.
    pub entries: Vec<(ConversationId, Entry)>,
    /// Where to go on.
    pub next: String,
    /// Whether there is more already.
    pub more: bool,
}

/// What changed since a cursor, among what the caller may see (I10). Without one: from now on.
pub async fn since(
    app: &App,
    caller: &Caller,
    since: Option<&str>,
    limit: u32,
) -> Result<Changes, ChangesError> {
    caller.require(Permission::MessagesManage)?;
    let viewer = caller.viewer();
    if viewer.widest_audience().is_none() {
        return Err(Forbidden::Permission(Permission::MessagesManage).into());
    }
    let (store, now) = (app.store.account(caller.account), app.now());
    let seal = |cursor: &ChangesCursor| {
        let sealed = store.seal_changes(&reader(caller.user, viewer.access), cursor);
        sealed.ok_or(Failure::Broken("a cursor could not be made"))
    };
    let Some(since) = since else {
        let next = seal(&ChangesCursor::at(now.checked_sub(OVERLAP).unwrap_or(now)))?;
        return Ok(Changes { conversations: vec![], entries: vec![], next, more: false });
    };
    let cursor = open(app, caller, since)?;
    let reach = now.checked_sub(REACH).unwrap_or(now);
    if cursor.time().is_none_or(|time| time < reach) {
        return Err(ChangesError::Expired);
    }
    let page = store.changes(&cursor, now, OVERLAP, limit).await?;
    let (next, more) = (seal(&page.next)?, page.more);
    let lines: Vec<_> = page
        .changes
        .into_iter()
        .filter(|line| line.only_for.is_none_or(|user| user == caller.user))
        .collect();
    let mut seen = visible(app, caller, &lines).await?;
    let places = lines.iter().filter(|line| seen.contains_key(&line.conversation));
    let places = places.flat_map(|line| line.entries.iter().map(|at| (line.conversation, *at))).collect();
    let entries = store.entries_by_place(&places).await?;
    let lost = lines.iter().filter(|line| line.lost.contains(&caller.user));
    let mut gone: BTreeSet<_> = lost.map(|line| line.conversation).collect();
    let mut conversations = Vec::new();
    for line in lines {
        match seen.remove(&line.conversation) {
            Some(conversation) => {
                gone.remove(&line.conversation);
                conversations.push(Changed::Now(Box::new(conversation)));
            }
            // Given above, lost, or never seen by the caller: then they learn nothing of it.
            None if gone.remove(&line.conversation) => conversations.push(Changed::Gone(line.conversation)),
            None => {}
        }
    }
    Ok(Changes { conversations, entries, next, more })
}

/// The conversations that lines name, as they are now, those that the caller may see.
async fn visible(
    app: &App,
    caller: &Caller,
    lines: &[LoggedChange],
) -> Result<BTreeMap<ConversationId, Shown>, Failure> {
    let named: BTreeSet<_> = lines.iter().map(|line| line.conversation).collect();
    let mut found = app.store.account(caller.account).conversations_by_id(&named).await?;
    found.retain(|it| caller.viewer().may_see(&it.assignees));
    if found.is_empty() {
        return Ok(BTreeMap::new());
    }
    let shown = shown_all(app, caller, found).await.map_err(|error| match error {
        ConversationError::Failure(failure) => failure,
        _ => Failure::Broken("a conversation that may be seen is not shown"),
    })?;
    Ok(shown.into_iter().map(|it| (it.conversation.id, it)).collect())
}

/// Whose cursor it is: what somebody has not seen because they might not, no later change would tell them.
fn reader(user: UserId, access: ConversationAccess) -> String {
    format!("{user} {access:?}")
}

/// The cursor behind its text.
fn open(app: &App, caller: &Caller, since: &str) -> Result<ChangesCursor, ChangesError> {
    let store = app.store.account(caller.account);
    let access = caller.viewer().access;
    store.open_changes(&reader(caller.user, access), since).map_err(|invalid| {
        let others = [ConversationAccess::All, ConversationAccess::Assigned];
        let of_other_rights =
            others.iter().any(|other| store.open_changes(&reader(caller.user, *other), since).is_ok());
        if of_other_rights { ChangesError::Expired } else { invalid.into() }
    })
}

/// What a change of the table means for those who look.
struct Followed {
    account: AccountId,
    line: LoggedChange,
    /// Who is assigned now, where the change says so.
    assignees: Option<BTreeSet<UserId>>,
}

/// Writes down what changed, and tells who looks.
pub(crate) async fn follow(app: &App, change: &Projected) -> Result<(), Failure> {
    let Some(Followed { account, line, assignees }) = read(change) else { return Ok(()) };
    let now = app.now();
    let store = app.store.account(account);
    let writing = tokio::time::timeout(WRITE_WITHIN, store.log_change(&line, now)).await;
    writing.map_err(|source| Unreachable { service: "the table", source: source.into() })??;
    live::tell(app, account, &line, assignees).await;
    Ok(())
}

/// What a change of the table is to the log; `None`: nothing that a client sees.
fn read(change: &Projected) -> Option<Followed> {
    match change {
        Projected::Conversation(change) => {
            let of =
                |it: &Option<Conversation>| it.as_ref().map(|it| it.assignees.clone()).unwrap_or_default();
            let (before, assignees) = (of(&change.before), of(&change.after));
            let conversation = change.after.as_ref().or(change.before.as_ref())?;
            let first = change.before.as_ref().map_or(1, |it| it.next_sequence);
            let line = LoggedChange {
                conversation: conversation.id,
                version: Some(conversation.version),
                // Entries are added with their conversation.
                entries: (first..conversation.next_sequence).take(ENTRIES_MAX).collect(),
                lost: before.difference(&assignees).copied().collect(),
                only_for: None,
            };
            Some(Followed { account: change.account, line, assignees: Some(assignees) })
        }
        Projected::Entry(change) => {
            let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
            let line = LoggedChange {
                conversation: change.conversation,
                version: None,
                entries: vec![after.sequence],
                lost: BTreeSet::new(),
                only_for: None,
            };
            (shown(before) != shown(after)).then_some(Followed {
                account: change.account,
                line,
                assignees: None,
            })
        }
        _ => None,
    }
}

/// What clients see of an entry that can change: how its message fares.
fn shown(entry: &Entry) -> Option<(Status, Option<&domain::message::Failure>)> {
    let EntryContent::Message(message) = &entry.content else { return None };
    message.delivery().map(|delivery| (delivery.status, delivery.failure.as_ref()))
}
