//! `POST /v1/conversations/{conversation_id}/…`: what is done with a conversation and needs no body.
//!
//! Doing again what has been done changes nothing and is answered alike, so none of these takes an `Idempotency-Key`.

use app::App;
use app::conversations::Act;
use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use http_api::resource::Conversation;
use http_api::{Caller, Param, Problem, schema};

async fn act(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    act: Act,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::conversations::act(app, caller, id, act).await?;
    Ok(Json(conversation.into()))
}

/// Wake a conversation
///
/// Takes it back into the inbox before its time. Waking one that is awake changes nothing.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/unsnooze", operation_id = "unsnooze_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, awake.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn unsnooze(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Unsnooze).await
}

/// Complete a conversation
///
/// Marks it as done: read, awake, and out of the inbox until the customer writes again.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/complete", operation_id = "complete_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, completed.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`action-not-available`"),
    ),
)]
pub(crate) async fn complete(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Complete).await
}

/// Reopen a conversation
///
/// Takes a completed conversation back into the inbox.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/reopen", operation_id = "reopen_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, open.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`action-not-available`"),
    ),
)]
pub(crate) async fn reopen(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Reopen).await
}

/// Archive a conversation
///
/// Puts it away: read, awake, and out of the inbox until the customer writes again.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/archive", operation_id = "archive_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, archived.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn archive(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Archive).await
}

/// Unarchive a conversation
///
/// Takes an archived conversation back into the inbox.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/unarchive", operation_id = "unarchive_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, open.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`action-not-available`"),
    ),
)]
pub(crate) async fn unarchive(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Unarchive).await
}

/// Mark a conversation as read
///
/// For everybody, or for you alone, as the account's `individual_read_state` says.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/read", operation_id = "read_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, read.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Read).await
}

/// Mark a conversation as unread
///
/// So that it is not forgotten; for everybody, or for you alone. Only an open conversation can be unread.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/unread", operation_id = "unread_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation, unread.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`action-not-available`"),
    ),
)]
pub(crate) async fn unread(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Unread).await
}

/// Mute a conversation
///
/// You get no more alerts of it; your alert centre still lists what comes. Nobody else is concerned.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/mute", operation_id = "mute_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`action-not-available`: fifty people have muted it"),
    ),
)]
pub(crate) async fn mute(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Mute).await
}

/// Unmute a conversation
///
/// You get alerts of it again.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/unmute", operation_id = "unmute_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn unmute(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    act(&app, &caller, id, Act::Unmute).await
}

/// Pin a conversation
///
/// Keeps it on top of your inbox while nothing is filtered. Nobody else is concerned.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/pin", operation_id = "pin_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: you have pinned fifty"),
    ),
)]
pub(crate) async fn pin(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::pins::pin(&app, &caller, id).await?;
    Ok(Json(conversation.into()))
}

/// Unpin a conversation
///
/// Lets it stand where it belongs again.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/unpin", operation_id = "unpin_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn unpin(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::pins::unpin(&app, &caller, id).await?;
    Ok(Json(conversation.into()))
}
