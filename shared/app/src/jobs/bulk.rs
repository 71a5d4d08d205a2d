//! Doing one thing with many conversations (D16 to D24): with those that are named, at once, or with everything that a
//! filter shows, as a job.
//!
//! Each conversation is changed as if it were the only one: the caller's permission and sight are asked for each, and so is
//! whether the action is possible. What could not be done says why, by the type of problem that the single route would
//! answer with.

use domain::{
    access::Permission,
    conversation::View,
    id::{ConversationId, GatewayId, TagId, UserId},
    job::{Job, JobState, Outcome},
    snooze::SnoozeRequest,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::{Page, PageRequest};

use super::{JobError, Step, Work, Worker, begin, next_results, of_kind, put_results};
use crate::{
    App, Caller, Failure,
    assign::require_able,
    conversations::{Act, ConversationError, Selection, Whose, act, query},
};

/// At most this many conversations by name in one request.
pub const NAMED_MAX: usize = 100;
/// Conversations changed in one step of a job.
const AT_ONCE: u32 = 50;

/// What is to be done with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum BulkAction {
    /// Assign this user (D16).
    Assign {
        /// Whom.
        user: UserId,
    },
    /// Remove their assignment.
    Unassign {
        /// Whose.
        user: UserId,
    },
    /// Put a tag on (D14).
    Tag {
        /// Which.
        tag: TagId,
    },
    /// Take a tag off.
    Untag {
        /// Which.
        tag: TagId,
    },
    /// Put to sleep until then (D17).
    Snooze {
        /// Until when.
        until: Timestamp,
    },
    /// Wake.
    Unsnooze,
    /// Mark as complete (D19).
    Complete,
    /// Take back after completing.
    Reopen,
    /// Put away (D24).
    Archive,
    /// Take back after archiving.
    Unarchive,
    /// Mark as read.
    Read,
    /// Mark as unread (D18).
    Unread,
    /// Get no more alerts of them (E11).
    Mute,
    /// Get alerts of them again.
    Unmute,
}

impl BulkAction {
    fn act(self) -> Act {
        match self {
            Self::Assign { user } => Act::Assign(user),
            Self::Unassign { user } => Act::Unassign(user),
            Self::Tag { tag } => Act::Tag(tag),
            Self::Untag { tag } => Act::Untag(tag),
            Self::Snooze { until } => Act::Snooze(SnoozeRequest::Until(until)),
            Self::Unsnooze => Act::Unsnooze,
            Self::Complete => Act::Complete,
            Self::Reopen => Act::Reopen,
            Self::Archive => Act::Archive,
            Self::Unarchive => Act::Unarchive,
            Self::Read => Act::Read,
            Self::Unread => Act::Unread,
            Self::Mute => Act::Mute,
            Self::Unmute => Act::Unmute,
        }
    }
}

/// Why something could not be done with one conversation: the types of problems of the single routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// There is none, or the caller may not see it.
    NotFound,
    /// The caller may not.
    Forbidden,
    /// It is not possible in its present state.
    ActionNotAvailable,
    /// The time to snooze until has passed, or the user or tag is gone.
    Invalid,
    /// The table did not answer. Try again.
    Unavailable,
}

/// What became of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// Which.
    pub conversation: ConversationId,
    /// Why not; `None`: it was done.
    pub refused: Option<Refusal>,
}

/// Why nothing was done at all.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// For a reason that conversations have: no permission, a list that the caller may not see, no such user or tag.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// For a reason that jobs have.
    #[error(transparent)]
    Job(#[from] JobError),
}

impl From<storage::StoreError> for BulkError {
    fn from(error: storage::StoreError) -> Self {
        Self::Conversation(error.into())
    }
}

/// Which conversations, as a job remembers them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Filter {
    view: View,
    #[serde(default)]
    unassigned: bool,
    #[serde(default)]
    user: Option<UserId>,
    #[serde(default)]
    gateway: Option<GatewayId>,
    #[serde(default)]
    tag: Option<TagId>,
}

impl From<Selection> for Filter {
    fn from(it: Selection) -> Self {
        let user = match it.whose {
            Whose::User(user) => Some(user),
            Whose::All | Whose::Unassigned => None,
        };
        let unassigned = it.whose == Whose::Unassigned;
        Self { view: it.view, unassigned, user, gateway: it.gateway, tag: it.tag }
    }
}

impl From<Filter> for Selection {
    fn from(it: Filter) -> Self {
        let whose = match it.user {
            Some(user) => Whose::User(user),
            None if it.unassigned => Whose::Unassigned,
            None => Whose::All,
        };
        Self { view: it.view, whose, gateway: it.gateway, tag: it.tag }
    }
}

/// What is to be done with which, and where it has come to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bulk {
    action: BulkAction,
    filter: Filter,
    /// Where the list goes on.
    #[serde(default)]
    cursor: Option<String>,
    /// What was read of the list and is to be done next. It is saved before anything is done, because doing it may take it
    /// out of the list.
    #[serde(default)]
    pending: Vec<ConversationId>,
    /// Whether the list was read to its end.
    #[serde(default)]
    read: bool,
    /// How many parts the results have.
    #[serde(default)]
    parts: u32,
}

/// Refuses what could be done with no conversation at all.
async fn require_possible(app: &App, caller: &Caller, action: BulkAction) -> Result<(), BulkError> {
    caller.require(Permission::MessagesManage).map_err(ConversationError::from)?;
    match action {
        BulkAction::Assign { user } => require_able(app, caller, user).await?,
        BulkAction::Tag { tag } => {
            let found = app.store.account(caller.account).tag(tag).await?;
            found.ok_or(ConversationError::NoSuchTag).map(drop)?;
        }
        _ => {}
    }
    Ok(())
}

/// When conversations wake that are put to sleep by this request: the same moment for all of them.
pub async fn wake_at(app: &App, caller: &Caller, request: SnoozeRequest) -> Result<Timestamp, BulkError> {
    let settings = app.store.account(caller.account).settings().await?;
    let settings =
        settings.ok_or(ConversationError::Failure(Failure::Broken("the account has no settings")))?;
    Ok(request.resolve(app.now(), &settings.time_zone.zone()).map_err(ConversationError::from)?)
}

/// Does it with each of the named conversations, and says of each what became of it, in their order.
pub async fn with_named(
    app: &App,
    caller: &Caller,
    action: BulkAction,
    conversations: &[ConversationId],
) -> Result<Vec<BulkResult>, BulkError> {
    require_possible(app, caller, action).await?;
    let mut results = Vec::new();
    for conversation in conversations {
        let done = with_one(app, caller, action, *conversation).await;
        let refused = done.unwrap_or(Some(Refusal::Unavailable));
        results.push(BulkResult { conversation: *conversation, refused });
    }
    Ok(results)
}

/// Starts a job that does it with everything that the filter shows when it is at work.
pub async fn with_filter(
    app: &App,
    caller: &Caller,
    action: BulkAction,
    selection: Selection,
) -> Result<Job, BulkError> {
    require_possible(app, caller, action).await?;
    query(caller, selection)?;
    let filter = selection.into();
    let bulk = Bulk { action, filter, cursor: None, pending: Vec::new(), read: false, parts: 0 };
    let about = json!({"bulk": action, "filter": filter});
    Ok(begin(app, caller, &Work::ConversationsBulk(bulk), JobState::Queued, about).await?)
}

async fn with_one(
    app: &App,
    caller: &Caller,
    action: BulkAction,
    conversation: ConversationId,
) -> Result<Option<Refusal>, Failure> {
    Ok(Some(match act(app, caller, conversation, action.act()).await {
        Ok(_) => return Ok(None),
        Err(ConversationError::Failure(failure)) => return Err(failure),
        Err(ConversationError::NotFound) => Refusal::NotFound,
        Err(ConversationError::Forbidden(_)) => Refusal::Forbidden,
        Err(ConversationError::NotAvailable(_)) => Refusal::ActionNotAvailable,
        Err(_) => Refusal::Invalid,
    }))
}

pub(super) async fn step(worker: &Worker<'_>, job: &mut Job, bulk: &mut Bulk) -> Result<Step, Failure> {
    if bulk.pending.is_empty() {
        if bulk.read {
            return Ok(Step::Done);
        }
        return read_on(worker, bulk).await;
    }
    let mut results = Vec::new();
    for conversation in bulk.pending.iter().copied() {
        let refused = with_one(worker.app, worker.caller, bulk.action, conversation).await?;
        results.push(BulkResult { conversation, refused });
        job.progress.count(if refused.is_none() { Outcome::Done } else { Outcome::Failed });
    }
    bulk.parts = bulk.parts.saturating_add(1);
    put_results(worker, job, bulk.parts, &results).await?;
    bulk.pending.clear();
    Ok(if bulk.read { Step::Done } else { Step::More })
}

/// Reads what is to be done next.
async fn read_on(worker: &Worker<'_>, bulk: &mut Bulk) -> Result<Step, Failure> {
    let list = match query(worker.caller, bulk.filter.into()) {
        Ok(list) => list,
        Err(ConversationError::Failure(failure)) => return Err(failure),
        Err(_) => return Ok(Step::Failed(domain::job::JobFailure::NotAllowed)),
    };
    let page = PageRequest { limit: AT_ONCE, cursor: bulk.cursor.as_deref() };
    let Ok(found) = worker.store.conversations(list, page).await? else {
        return Err(Failure::Broken("the cursor of a job is not understood"));
    };
    bulk.pending = found.items.iter().map(|it| it.id).collect();
    bulk.read = found.next_cursor.is_none();
    bulk.cursor = found.next_cursor;
    Ok(if bulk.pending.is_empty() && bulk.read { Step::Done } else { Step::More })
}

/// The next part of what became of each conversation.
pub async fn results(
    app: &App,
    caller: &Caller,
    id: domain::id::JobId,
    cursor: Option<&str>,
) -> Result<Page<BulkResult>, JobError> {
    let kind = domain::job::JobKind::ConversationsBulk;
    of_kind(app, caller, id, kind, Permission::MessagesManage).await?;
    next_results(&app.store.account(caller.account), id, cursor).await
}
