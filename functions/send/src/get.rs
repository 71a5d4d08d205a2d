//! `GET /v1/messages/{message_id}`: how far a message has come.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::id::MessageId;
use http_api::resource::Message;
use http_api::{Caller, Param, Problem, schema};

use crate::problem;

/// Get a message
///
/// Whoever may see its conversation may see it.
#[utoipa::path(
    get, path = "/v1/messages/{message_id}", operation_id = "get_message", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("message_id" = inline(schema::MessageId), Path, description = "The message.")),
    responses(
        (status = 200, description = "The message.", body = Message),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<MessageId>,
) -> Result<Json<Message>, Problem> {
    let message = app::send::get(&app, &caller, id).await.map_err(problem)?;
    Ok(Json(message.into()))
}
