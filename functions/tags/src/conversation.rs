//! `/v1/conversations/{conversation_id}/tags/{tag_id}`: the tags of one conversation.

use app::App;
use app::conversations::Act;
use axum::Json;
use axum::extract::State;
use domain::id::{ConversationId, TagId};
use http_api::resource::Conversation;
use http_api::{Caller, Param, Problem, schema};

/// Tag a conversation
///
/// Everybody who sees the conversation sees its tags, at most ten. Doing it again changes nothing. Needs `messages:manage`.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation_id}/tags/{tag_id}", operation_id = "tag_conversation", tag = "tags",
    extensions(("x-permission" = json!("messages:manage"))),
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        ("tag_id" = inline(schema::TagId), Path, description = "The tag."),
    ),
    responses(
        (status = 200, description = "The conversation, tagged.", body = Conversation),
        (status = 404, description = "`not-found`: no such conversation, or no such tag"),
        (status = 409, description = "`action-not-available`: it has as many tags as possible"),
    ),
)]
pub(crate) async fn tag(
    State(app): State<App>,
    caller: Caller,
    Param((conversation, tag)): Param<(ConversationId, TagId)>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::conversations::act(&app, &caller, conversation, Act::Tag(tag)).await?;
    Ok(Json(conversation.into()))
}

/// Untag a conversation
///
/// Doing it again changes nothing. Needs `messages:manage`.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation_id}/tags/{tag_id}", operation_id = "untag_conversation", tag = "tags",
    extensions(("x-permission" = json!("messages:manage"))),
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        ("tag_id" = inline(schema::TagId), Path, description = "The tag."),
    ),
    responses(
        (status = 200, description = "The conversation without the tag.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn untag(
    State(app): State<App>,
    caller: Caller,
    Param((conversation, tag)): Param<(ConversationId, TagId)>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::conversations::act(&app, &caller, conversation, Act::Untag(tag)).await?;
    Ok(Json(conversation.into()))
}
