//! `POST /v1/conversations/{conversation_id}/notes`: what colleagues write for each other.

use std::collections::BTreeSet;

use app::App;
use app::notes::NoteError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::{ConversationId, UserId};
use domain::note::NoteText;
use http_api::resource::TimelineEntry;
use http_api::{Caller, Code, FieldError, IdempotencyKey, Param, Problem, Valid, idempotent, schema};
use serde::{Deserialize, Serialize};

/// A note to add.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// What it says.
    #[schema(value_type = schema::NoteText)]
    text: NoteText,
    /// Colleagues to notify of it, at most twenty. Each has to be one who may read the conversation.
    #[serde(default)]
    #[schema(value_type = Vec<schema::UserId>, required = false)]
    mentions: Vec<UserId>,
}

/// Add a note to a conversation
///
/// Only members of staff see it. It makes nothing unread and does not move the conversation in the inbox. Needs
/// `messages:manage`.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/notes", operation_id = "add_conversation_note", tag = "conversations",
    extensions(("x-permission" = json!("messages:manage"))),
    params(
        ("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation."),
        IdempotencyKey,
    ),
    request_body = NewNote,
    responses(
        (status = 201, description = "The note, at its place in the timeline.", body = TimelineEntry),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Param(id): Param<ConversationId>,
    Valid(body): Valid<NewNote>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value((id, &body)).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let mentions: BTreeSet<UserId> = body.mentions.iter().copied().collect();
        let added = app::notes::add(&app, &caller, id, body.text.clone(), mentions).await;
        let entry = added.map_err(|error| problem(error, &body.mentions))?;
        Ok((StatusCode::CREATED, TimelineEntry::from(entry)))
    });
    idempotent(&app, &caller, key, "add a note", &request, run).await
}

fn problem(error: NoteError, mentions: &[UserId]) -> Problem {
    match error {
        NoteError::Conversation(error) => error.into(),
        NoteError::TooManyMentions => {
            Problem::invalid(FieldError::body(["mentions"], Code::TooLong, error.to_string()))
        }
        NoteError::NoSuchColleague { user } => {
            let place = mentions.iter().position(|it| *it == user).unwrap_or_default().to_string();
            Problem::invalid(FieldError::body(["mentions", &place], Code::NoSuchThing, error.to_string()))
        }
    }
}
