//! `GET /v1/changes`: what happened since one looked, for clients that were away or were told only that something did (D06).

use app::App;
use app::changes::{Changed, ChangesError};
use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use domain::timeline::Entry;
use http_api::resource::{Conversation, TimelineEntry};
use http_api::{Caller, Code, FieldError, PageLimit, Problem, Query, schema};
use serde::{Deserialize, Serialize};

/// Since when.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangesQuery {
    /// `next` of the answer before. Without it, the answer has nothing but a `next` that begins now: ask for it, then load
    /// what you show.
    since: Option<String>,
    /// How many changes are looked at, at most. What changed several times is given once.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
}

/// What changed.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Changes)]
pub(crate) struct ChangesBody {
    /// The conversations, as they are now. One that you knew in this `version` or a later one is nothing new: what changed
    /// within the last seconds may be given twice.
    conversations: Vec<ChangedConversation>,
    /// New and changed entries of their timelines, as they are now; `sequence` says which.
    entries: Vec<ChangedEntry>,
    /// For `since`, to go on. It is good for 24 hours.
    next: String,
    /// Whether there is more already.
    more: bool,
}

/// A conversation that changed, or one that you may not see any more.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum ChangedConversation {
    Now(Box<Conversation>),
    Gone(GoneConversation),
}

/// A conversation that you may not see any more.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct GoneConversation {
    /// Its id.
    #[schema(value_type = schema::ConversationId)]
    id: ConversationId,
    /// Always `true`.
    #[schema(example = true)]
    gone: bool,
}

/// An entry of a timeline.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ChangedEntry {
    /// Of which conversation.
    #[schema(value_type = schema::ConversationId)]
    conversation_id: ConversationId,
    #[serde(flatten)]
    entry: TimelineEntry,
}

impl From<Changed> for ChangedConversation {
    fn from(changed: Changed) -> Self {
        match changed {
            Changed::Now(conversation) => Self::Now(Box::new((*conversation).into())),
            Changed::Gone(id) => Self::Gone(GoneConversation { id, gone: true }),
        }
    }
}

impl From<(ConversationId, Entry)> for ChangedEntry {
    fn from((conversation_id, entry): (ConversationId, Entry)) -> Self {
        Self { conversation_id, entry: entry.into() }
    }
}

/// What changed
///
/// Among the conversations that you may see, since the last answer; nothing is left out. Somebody who sees assigned
/// conversations only is told of one that they lost. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/changes", operation_id = "list_changes", tag = "changes", params(ChangesQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "What changed.", body = ChangesBody),
        (status = 403, description = "`forbidden`: you have no conversations to look at"),
        (status = 410, description = "`changes-expired`: load the lists anew"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn changes(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<ChangesBody>, Problem> {
    let limit = u32::from(query.limit.get());
    let found = app::changes::since(&app, &caller, query.since.as_deref(), limit).await.map_err(problem)?;
    Ok(Json(ChangesBody {
        conversations: found.conversations.into_iter().map(ChangedConversation::from).collect(),
        entries: found.entries.into_iter().map(ChangedEntry::from).collect(),
        next: found.next,
        more: found.more,
    }))
}

fn problem(error: ChangesError) -> Problem {
    match error {
        ChangesError::Forbidden(forbidden) => forbidden.into(),
        ChangesError::Cursor(_) => {
            Problem::invalid(FieldError::query("since", Code::Invalid, "this is not a cursor of changes"))
        }
        ChangesError::Expired => Problem::ChangesExpired,
        ChangesError::Failure(failure) => failure.into(),
    }
}
