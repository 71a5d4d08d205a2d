//! Who answers a conversation.
//!
//! Assigning and taking back are `PUT` and `DELETE` of the pair of conversation and user: doing it twice changes nothing.
//! The colleague is told by what follows from the table's stream.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::id::{ConversationId, UserId};
use http_api::resource::Conversation;
use http_api::{Caller, Param, Problem, schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(assign, unassign))
}

/// Assign a conversation
///
/// A conversation may be assigned to several people, up to twenty. Whoever is assigned by somebody else is notified.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation_id}/assignees/{user_id}", operation_id = "assign_conversation",
    extensions(("x-permission" = json!("messages:manage"))),
    tag = "conversations",
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        ("user_id" = inline(schema::UserId), Path, description = "A user with access to conversations."),
    ),
    responses(
        (status = 200, description = "The conversation, assigned.", body = Conversation),
        (status = 404, description = "`not-found`: no such conversation, or no such user who may see conversations"),
        (status = 409, description = "`action-not-available`: it is assigned to as many people as possible"),
    ),
)]
async fn assign(
    State(app): State<App>,
    caller: Caller,
    Param((conversation, user)): Param<(ConversationId, UserId)>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::assign::assign(&app, &caller, conversation, user).await?;
    Ok(Json(conversation.into()))
}

/// Unassign a conversation
///
/// Removes the assignment of a user. Whoever may see only what is assigned to them loses sight of it.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation_id}/assignees/{user_id}", operation_id = "unassign_conversation",
    extensions(("x-permission" = json!("messages:manage"))),
    tag = "conversations",
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        ("user_id" = inline(schema::UserId), Path, description = "The user."),
    ),
    responses(
        (status = 200, description = "The conversation without the assignment.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
async fn unassign(
    State(app): State<App>,
    caller: Caller,
    Param((conversation, user)): Param<(ConversationId, UserId)>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::assign::unassign(&app, &caller, conversation, user).await?;
    Ok(Json(conversation.into()))
}
