//! `GET /v1/conversations/{conversation_id}/timeline`: messages, events and notes in one order.

use app::App;
use app::conversations::TimelineFilter;
use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use domain::message::Origin;
use domain::timeline::EntryKind;
use http_api::resource::TimelineEntry;
use http_api::{Caller, Page, PageLimit, Param, Problem, Query, schema};
use serde::Deserialize;

use crate::names::Names;

/// Which entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// Only entries of these kinds, separated by commas.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "incoming_message,outgoing_message")]
    events: Names<EntryKind>,
    /// Of the messages only those of these origins, separated by commas. What a customer writes is `manual`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "manual")]
    origins: Names<Origin>,
    /// With `true`: only messages that failed.
    #[serde(default)]
    #[param(required = false)]
    failed: bool,
    /// How many entries a page has at most. With a filter it may have fewer although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// Get a timeline
///
/// The messages, events and notes of a conversation, newest first. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation_id}/timeline", operation_id = "get_timeline", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        TimelineQuery,
    ),
    responses(
        (status = 200, description = "A page of the timeline.", body = Page<TimelineEntry>),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
    Query(query): Query<TimelineQuery>,
) -> Result<Json<Page<TimelineEntry>>, Problem> {
    let filter = TimelineFilter { kinds: query.events.0, origins: query.origins.0, failed: query.failed };
    let page = query.limit.request(query.cursor.as_deref());
    let entries = app::conversations::timeline(&app, &caller, id, &filter, page).await?;
    Ok(Json(Page::of(entries, TimelineEntry::from)))
}
