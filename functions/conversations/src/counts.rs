//! `GET /v1/conversations/counts`: the badge, and how full the folders are.

use std::collections::BTreeSet;

use app::App;
use app::conversations::Whose;
use axum::Json;
use axum::extract::State;
use domain::conversation::Folder;
use http_api::{Caller, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::names::{Member, Names};

/// A folder by its name in the API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FolderName {
    Inbox,
    Snoozed,
    Completed,
    Archived,
}

impl From<FolderName> for Folder {
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
    /// Count these folders too, separated by commas: `inbox`, `snoozed`, `completed`, `archived`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "inbox,snoozed")]
    folders: Names<FolderName>,
}

/// What there is to do. Counting stops at 100: a badge shows "99+".
#[derive(Serialize, utoipa::ToSchema)]
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
}

/// What is unread.
#[derive(Serialize, utoipa::ToSchema)]
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
    ),
)]
pub(crate) async fn counts(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<CountsQuery>,
) -> Result<Json<Counts>, Problem> {
    let whose = query.user_id.map_or(Whose::All, |user| user.whose(&caller));
    let wanted: BTreeSet<FolderName> = query.folders.0.into_iter().collect();
    let folders: Vec<Folder> = wanted.into_iter().map(Folder::from).collect();
    let unread = app::conversations::unread(&app, &caller, whose).await?;
    let counted = app::conversations::counts(&app, &caller, whose, &folders).await?;
    let of = |folder| {
        let found = counted.iter().find(|count| count.folder == folder);
        found.map(|count| Count { conversations: count.conversations, capped: count.capped })
    };
    Ok(Json(Counts {
        unread: UnreadCount {
            conversations: unread.conversations,
            messages: unread.messages,
            capped: unread.capped,
        },
        inbox: of(Folder::Inbox),
        snoozed: of(Folder::Snoozed),
        completed: of(Folder::Completed),
        archived: of(Folder::Archived),
    }))
}
