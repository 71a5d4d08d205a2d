//! `POST /v1/conversations/{conversation_id}/snooze`: putting a conversation to sleep.

use app::App;
use app::conversations::Act;
use axum::Json;
use axum::extract::State;
use domain::id::ConversationId;
use domain::snooze::{SnoozePreset, SnoozeRequest};
use http_api::resource::Conversation;
use http_api::{Caller, Code, FieldError, Param, Problem, Valid, schema};
use jiff::Timestamp;
use serde::Deserialize;

/// Until when: exactly one of the two.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Snooze)]
pub(crate) struct SnoozeBody {
    /// Until this moment, at most ten years from now.
    #[schema(value_type = Option<schema::Time>)]
    until: Option<Moment>,
    /// Until a named time.
    #[schema(value_type = Option<schema::SnoozePreset>)]
    preset: Option<SnoozePreset>,
}

/// A moment in whole milliseconds, the precision that is kept: asking for the same again changes nothing.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Moment(Timestamp);

impl TryFrom<String> for Moment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read =
            text.parse().and_then(|time: Timestamp| Timestamp::from_millisecond(time.as_millisecond()));
        read.map(Self).map_err(|_| "expected a time such as 2026-11-23T15:14:00Z")
    }
}

/// Snooze a conversation
///
/// Takes it out of the inbox until then. It comes back by itself, and earlier if the customer writes and the account
/// says so. Snoozing again sets another time.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation_id}/snooze", operation_id = "snooze_conversation",
    extensions(("x-permission" = json!("messages:manage"))),
    tag = "conversations",
    params(("conversation_id" = inline(schema::ConversationId), Path, description = "The conversation.")),
    request_body = SnoozeBody,
    responses(
        (status = 200, description = "The conversation, asleep.", body = Conversation),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`action-not-available`"),
        (status = 422, description = "`invalid`: for example a time that has passed"),
    ),
)]
pub(crate) async fn snooze(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ConversationId>,
    Valid(body): Valid<SnoozeBody>,
) -> Result<Json<Conversation>, Problem> {
    let act = Act::Snooze(request(&body)?);
    let conversation = app::conversations::act(&app, &caller, id, act).await?;
    Ok(Json(conversation.into()))
}

fn request(body: &SnoozeBody) -> Result<SnoozeRequest, Problem> {
    let wrong = |field, code| {
        let detail = "expected either \"until\" or \"preset\"";
        Err(Problem::invalid(FieldError::body([field], code, detail)))
    };
    match (body.until, body.preset) {
        (Some(Moment(until)), None) => Ok(SnoozeRequest::Until(until)),
        (None, Some(preset)) => Ok(SnoozeRequest::Preset(preset)),
        (Some(_), Some(_)) => wrong("preset", Code::NotTogether),
        (None, None) => wrong("until", Code::MissingField),
    }
}
