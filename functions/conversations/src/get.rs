//! `GET /v1/conversations/{conversation_id}`: one conversation.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use http_api::resource::Conversation;
use http_api::{Caller, Param, Problem, schema};

/// Get a conversation
///
/// With the actions that are possible now. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation_id}", operation_id = "get_conversation", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    responses(
        (status = 200, description = "The conversation.", body = Conversation),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app::conversations::get(&app, &caller, id).await?;
    Ok(Json(conversation.into()))
}
