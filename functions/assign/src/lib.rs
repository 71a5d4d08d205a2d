//! Who answers a conversation.
//!
//! Assigning and taking back are `PUT` and `DELETE` of the pair of conversation and user, or `PUT` of all at once: doing it
//! twice changes nothing.
//! The colleague is told by what follows from the table's stream.

use std::collections::BTreeSet;

use app::App;
use app::conversations::ConversationError;
use axum::Json;
use axum::extract::State;
use domain::conversation::MAX_ASSIGNEES;
use domain::id::{ConversationId, UserId};
use http_api::resource::Conversation;
use http_api::{Caller, Code, FieldError, Param, Problem, Valid, schema};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(assign, unassign)).routes(routes!(replace))
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

/// Who is to be assigned.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignees {
    /// These users and nobody else, at most twenty; none makes it unassigned.
    #[schema(value_type = Vec<schema::UserId>)]
    user_ids: Vec<UserId>,
}

/// Replace the assignees of a conversation
///
/// Assigns these people and nobody else. Whoever is new is notified.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation_id}/assignees", operation_id = "replace_assignees",
    extensions(("x-permission" = json!("messages:manage"))),
    tag = "conversations",
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    request_body = Assignees,
    responses(
        (status = 200, description = "The conversation, assigned.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`: too many, or one is no user who may see conversations"),
    ),
)]
async fn replace(
    State(app): State<App>,
    caller: Caller,
    Param(conversation): Param<ConversationId>,
    Valid(body): Valid<Assignees>,
) -> Result<Json<Conversation>, Problem> {
    let wrong = |code, detail| Problem::invalid(FieldError::body(["user_ids"], code, detail));
    let users: BTreeSet<UserId> = body.user_ids.into_iter().collect();
    if users.len() > MAX_ASSIGNEES {
        return Err(wrong(Code::TooLong, format!("at most {MAX_ASSIGNEES} people can be assigned")));
    }
    let replaced = app::assign::replace(&app, &caller, conversation, users).await;
    let conversation = replaced.map_err(|error| match error {
        ConversationError::NoSuchUser => wrong(Code::NoSuchThing, error.to_string()),
        other => other.into(),
    })?;
    Ok(Json(conversation.into()))
}
