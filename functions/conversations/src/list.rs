//! `GET /v1/conversations`: one page of a view.

use app::App;
use app::administered::Denied;
use app::conversations::{Selection, Whose};
use app::views::ViewError;
use axum::Json;
use axum::extract::State;
use domain::conversation::View;
use domain::id::{GatewayId, SavedViewId, TagId};
use domain::search::SearchText;
use http_api::resource::Conversation;
use http_api::{Caller, Code, FieldError, Page, PageLimit, Problem, Query, schema};
use serde::Deserialize;

use crate::names::Member;

/// A view by its name in the API: those of the domain, and two that say whose conversations of the inbox.
#[derive(Clone, Copy, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConversationView)]
pub(crate) enum ViewName {
    Inbox,
    Unread,
    Snoozed,
    Completed,
    Archived,
    All,
    Unassigned,
    Assigned,
}

/// Which conversations.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `inbox`: open and awake; `unread`: those of them with unread messages; `unassigned`: those of them that nobody is
    /// assigned to; `assigned`: those of them assigned to `user_id`, or to you. `snoozed`, `completed` and `archived` are
    /// what they say. `all`: every conversation. Without it: the inbox, or all if you look for something.
    #[param(inline, required = false)]
    view: Option<ViewName>,
    /// What a saved view shows, in place of all other filters.
    #[param(value_type = Option<schema::SavedViewId>)]
    saved_view: Option<SavedViewId>,
    /// What to look for among them: a name, a part of a number, an e-mail address, a tag, words of messages.
    #[param(value_type = Option<String>, min_length = 2, max_length = 200)]
    q: Option<SearchText>,
    /// Only what is assigned to this user; `me` is you.
    #[param(value_type = Option<String>, example = "me")]
    user_id: Option<Member>,
    /// Only those with this number of ours: a mailbox.
    #[param(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// Only those with this tag.
    #[param(value_type = Option<schema::TagId>)]
    tag_id: Option<TagId>,
    /// How many entries a page has at most, beside what you have pinned. Where two filters meet it may have fewer although
    /// more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// List conversations
///
/// Those that you may see, newest activity first. What you have pinned stands on top of the first page of the inbox while
/// nothing is filtered. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/conversations", operation_id = "list_conversations", tag = "conversations", params(ListQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "A page of the view.", body = Page<Conversation>),
        (status = 403, description = "`forbidden`: you may not see this list"),
        (status = 409, description = "`conflict`: the saved view names something that does not exist any more"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let wanted = match query.saved_view {
        Some(view) => saved(&app, &caller, &query, view).await?,
        None => wanted(&query, &caller)?,
    };
    let page = query.limit.request(query.cursor.as_deref());
    let found = match &query.q {
        Some(text) => app::conversations::search(&app, &caller, wanted, text, page).await?,
        None => app::conversations::list(&app, &caller, wanted, page).await?,
    };
    Ok(Json(Page::of(found, Conversation::from)))
}

/// What a saved view shows to the caller. It is the whole question: other filters do not go with it.
async fn saved(
    app: &App,
    caller: &Caller,
    query: &ListQuery,
    view: SavedViewId,
) -> Result<Selection, Problem> {
    let wrong = |code, detail: &str| Problem::invalid(FieldError::query("saved_view", code, detail));
    let ListQuery { view: name, user_id, gateway_id, tag_id, .. } = query;
    if name.is_some() || user_id.is_some() || gateway_id.is_some() || tag_id.is_some() {
        return Err(wrong(Code::NotTogether, "a saved view has its filters; leave the others out"));
    }
    app::views::selection(app, caller, view).await.map_err(|error| match error {
        ViewError::Denied(Denied::NotFound) => wrong(Code::NoSuchThing, "there is no such saved view"),
        ViewError::Denied(denied) => denied.into(),
        ViewError::NoSuch(_) | ViewError::Broken { .. } | ViewError::TooMany => {
            Problem::Conflict(error.to_string().into())
        }
    })
}

/// Which conversations are asked for.
fn wanted(query: &ListQuery, caller: &Caller) -> Result<Selection, Problem> {
    let user = query.user_id;
    let of_user = user.map_or(Whose::All, |user| user.whose(caller));
    let default = if query.q.is_some() { ViewName::All } else { ViewName::Inbox };
    let (view, whose) = match query.view.unwrap_or(default) {
        ViewName::Inbox => (View::Inbox, of_user),
        ViewName::Unread => (View::Unread, of_user),
        ViewName::Snoozed => (View::Snoozed, of_user),
        ViewName::Completed => (View::Completed, of_user),
        ViewName::Archived => (View::Archived, of_user),
        ViewName::All => (View::All, of_user),
        ViewName::Assigned => (View::Inbox, user.unwrap_or(Member::Me).whose(caller)),
        ViewName::Unassigned if user.is_none() => (View::Inbox, Whose::Unassigned),
        ViewName::Unassigned => {
            let detail = "what is assigned to a user is not unassigned";
            return Err(Problem::invalid(FieldError::query("user_id", Code::NotTogether, detail)));
        }
    };
    Ok(Selection { view, whose, gateway: query.gateway_id, tag: query.tag_id })
}
