//! `GET /v1/conversations/counts`: the badge, and how full the folders are.

use app::App;
use app::conversations::{Selection, Unread, Whose};
use axum::Json;
use axum::extract::State;
use domain::conversation::View;
use domain::id::{GatewayId, TagId};
use http_api::{Caller, Code, FieldError, Problem, Query, schema};
use serde::{Deserialize, Serialize};

use crate::names::{Member, Names};

/// A folder by its name in the API.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FolderName {
    Inbox,
    Snoozed,
    Completed,
    Archived,
}

impl From<FolderName> for View {
    fn from(name: FolderName) -> Self {
        match name {
            FolderName::Inbox => Self::Inbox,
            FolderName::Snoozed => Self::Snoozed,
            FolderName::Completed => Self::Completed,
            FolderName::Archived => Self::Archived,
        }
    }
}

/// What to count.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountsQuery {
    /// Only what is assigned to this user; `me` is you.
    #[param(value_type = Option<String>, example = "me")]
    user_id: Option<Member>,
    /// Only what nobody is assigned to.
    #[serde(default)]
    #[param(required = false)]
    unassigned: bool,
    /// Only what has come to this number of ours: a mailbox.
    #[param(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// Only what has this tag.
    #[param(value_type = Option<schema::TagId>)]
    tag_id: Option<TagId>,
    /// With `true`: what is unread in each mailbox too.
    #[serde(default)]
    #[param(required = false)]
    mailboxes: bool,
    /// Count these folders too, separated by commas: `inbox`, `snoozed`, `completed`, `archived`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "inbox,snoozed")]
    folders: Names<FolderName>,
}

/// What there is to do. Counting stops at 100: a badge shows "99+".
#[derive(Default, Serialize, utoipa::ToSchema)]
#[schema(as = ConversationCounts)]
pub(crate) struct Counts {
    /// What is unread in the inbox.
    unread: UnreadCount,
    /// The inbox, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    inbox: Option<Count>,
    /// What sleeps, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    snoozed: Option<Count>,
    /// What is completed, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed: Option<Count>,
    /// What is archived, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<Count>,
    /// What is unread in each mailbox, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailboxes: Option<Vec<MailboxCount>>,
}

/// What is unread in a mailbox.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MailboxCount {
    /// Which.
    #[schema(value_type = schema::GatewayId)]
    gateway_id: GatewayId,
    /// How much.
    unread: UnreadCount,
}

/// What is unread.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub(crate) struct UnreadCount {
    /// Unread conversations, at most 100.
    #[schema(example = 3)]
    conversations: u32,
    /// Unread messages in them.
    #[schema(example = 7)]
    messages: u32,
    /// Whether there are more.
    capped: bool,
}

/// The conversations of a folder.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[schema(as = FolderCount)]
pub(crate) struct Count {
    /// How many, at most 100.
    #[schema(example = 12)]
    conversations: u32,
    /// Whether there are more.
    capped: bool,
}

/// Count conversations
///
/// Counts what is unread among what you may see, and the folders that are asked for. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/conversations/counts", operation_id = "count_conversations", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(CountsQuery),
    responses(
        (status = 200, description = "The counts.", body = Counts),
        (status = 403, description = "`forbidden`: you may not see this list"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn counts(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<CountsQuery>,
) -> Result<Json<Counts>, Problem> {
    let selection = selection(&query, &caller)?;
    let unread = app::conversations::unread(&app, &caller, selection).await?;
    let mut counts = Counts { unread: unread.into(), ..Counts::default() };
    for name in &query.folders.0 {
        let view = View::from(*name);
        let count = app::conversations::count(&app, &caller, Selection { view, ..selection }).await?;
        let count = Some(Count { conversations: count.conversations, capped: count.capped });
        match name {
            FolderName::Inbox => counts.inbox = count,
            FolderName::Snoozed => counts.snoozed = count,
            FolderName::Completed => counts.completed = count,
            FolderName::Archived => counts.archived = count,
        }
    }
    if query.mailboxes {
        let found = app::conversations::unread_by_mailbox(&app, &caller, selection).await?;
        let count = |(gateway_id, unread): (_, Unread)| MailboxCount { gateway_id, unread: unread.into() };
        counts.mailboxes = Some(found.into_iter().map(count).collect());
    }
    Ok(Json(counts))
}

fn selection(query: &CountsQuery, caller: &Caller) -> Result<Selection, Problem> {
    let whose = match (query.user_id, query.unassigned) {
        (None, false) => Whose::All,
        (None, true) => Whose::Unassigned,
        (Some(user), false) => user.whose(caller),
        (Some(_), true) => {
            let detail = "what is assigned to a user is not unassigned";
            return Err(Problem::invalid(FieldError::query("unassigned", Code::NotTogether, detail)));
        }
    };
    Ok(Selection { view: View::Inbox, whose, gateway: query.gateway_id, tag: query.tag_id })
}

impl From<Unread> for UnreadCount {
    fn from(it: Unread) -> Self {
        Self { conversations: it.conversations, messages: it.messages, capped: it.capped }
    }
}
