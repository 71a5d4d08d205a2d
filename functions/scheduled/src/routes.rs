//! `GET /v1/messages?status=scheduled`, and what can be done with one of them.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::body::MessageBody;
use domain::id::{ConversationId, MessageId};
use domain::scheduled::Edit;
use http_api::resource::Message;
use http_api::{Caller, Page, PageLimit, Param, Problem, Query, Valid, schema};
use jiff::Timestamp;
use serde::Deserialize;

use crate::problem;

/// The status by which messages are listed.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ListedStatus {
    /// They wait for their time.
    Scheduled,
}

/// Which messages.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// By this status: the only one by which they are listed. Others are found in the timelines of conversations.
    #[param(inline)]
    #[serde(rename = "status")]
    _status: ListedStatus,
    /// Only those of this conversation.
    #[param(value_type = Option<schema::ConversationId>)]
    conversation_id: Option<ConversationId>,
    /// How many a page has at most. It may have fewer although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// What to change of a scheduled message. What is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduledMessageChange {
    /// Another text, as a text of your own.
    #[schema(value_type = Option<schema::MessageBody>)]
    body: Option<MessageBody>,
    /// Another time, from one minute to one year ahead.
    #[schema(value_type = Option<schema::Time>)]
    send_at: Option<Timestamp>,
    /// Whether it is cancelled if the customer writes before. When that is switched on, what has come until then is no answer.
    #[schema(value_type = Option<bool>)]
    stop_if_answered: Option<bool>,
}

/// List scheduled messages
///
/// The messages that wait for their time, soonest first, of the conversations in your inbox or of one conversation. Needs
/// `messages:manage`.
#[utoipa::path(
    get, path = "/v1/messages", operation_id = "list_scheduled_messages", tag = "messages", params(ListQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "A page of scheduled messages.", body = Page<Message>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`: there is no such conversation"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Message>>, Problem> {
    let page = query.limit.request(query.cursor.as_deref());
    let found = app::send::list(&app, &caller, query.conversation_id, page).await.map_err(problem)?;
    Ok(Json(Page::of(found, Message::from)))
}

/// Change a scheduled message
///
/// From then on it is yours: it is sent in your name, if you may send it when its time comes. Needs `messages:manage`, and for
/// anything but a template `messages:compose` too.
#[utoipa::path(
    patch, path = "/v1/messages/{message_id}", operation_id = "change_message", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("message_id" = inline(schema::MessageId), Path, description = "The message.")),
    request_body = ScheduledMessageChange,
    responses(
        (status = 200, description = "The message.", body = Message),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: it does not wait for its time any more"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<MessageId>,
    Valid(body): Valid<ScheduledMessageChange>,
) -> Result<Json<Message>, Problem> {
    let ScheduledMessageChange { body, send_at, stop_if_answered } = body;
    let edit = Edit { body, send_at, stop_if_answered };
    Ok(Json(app::send::edit(&app, &caller, id, edit).await.map_err(problem)?.into()))
}

/// Cancel a scheduled message
///
/// It is not sent. Cancelling it again changes nothing. Needs `messages:manage`.
#[utoipa::path(
    delete, path = "/v1/messages/{message_id}", operation_id = "cancel_message", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("message_id" = inline(schema::MessageId), Path, description = "The message.")),
    responses(
        (status = 200, description = "The message, cancelled.", body = Message),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: it does not wait for its time any more"),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<MessageId>,
) -> Result<Json<Message>, Problem> {
    Ok(Json(app::send::cancel(&app, &caller, id).await.map_err(problem)?.into()))
}
