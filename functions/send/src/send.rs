//! `POST /v1/messages`: a message is accepted.

use app::App;
use app::send::{Recipient, Request};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::body::MessageBody;
use domain::id::{ConversationId, GatewayId, MessageId};
use domain::message::Status;
use domain::segments::Encoding;
use http_api::{Caller, Code, FieldError, IdempotencyKey, Problem, Valid, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::content::content;
use crate::problem;

/// A message to send: to a number or in a conversation, with a text, media, or both.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub(crate) struct NewMessage {
    /// The customer's number, as a person of the account's region writes it. Either this or `conversation_id`.
    #[schema(example = "+12025550143")]
    to: Option<String>,
    /// The conversation to answer in. Either this or `to`.
    #[schema(value_type = Option<schema::ConversationId>)]
    conversation_id: Option<ConversationId>,
    /// With `to`: from which of our numbers; the account's default if absent.
    #[schema(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// The text.
    #[schema(value_type = Option<schema::MessageBody>)]
    body: Option<MessageBody>,
    /// Where the media lie, up to ten: public addresses, from which the carrier fetches them.
    #[serde(default)]
    #[schema(required = false, max_items = 10, example = json!(["https://example.com/menu.jpg"]))]
    media: Vec<String>,
}

/// An accepted message.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AcceptedMessage {
    /// Its id.
    #[schema(value_type = schema::MessageId)]
    id: MessageId,
    /// Its conversation, which is new if there was none.
    #[schema(value_type = schema::ConversationId)]
    conversation_id: ConversationId,
    /// Its status: `queued`. `GET /v1/messages/{message_id}` tells how it goes on.
    #[schema(value_type = schema::MessageStatus)]
    status: Status,
    /// The alphabet it travels in.
    #[schema(value_type = schema::Encoding)]
    encoding: Encoding,
    /// How many segments it has.
    #[schema(example = 1)]
    segments: u32,
    /// What it costs. The credits are held until the carrier takes it, and come back if it does not.
    #[schema(example = 1)]
    credits: u64,
    /// When it was accepted.
    #[schema(value_type = schema::Time)]
    accepted_at: Timestamp,
}

/// Send a message
///
/// Accepts a message; it leaves in the order of acceptance within its conversation. Whoever sends is assigned to the
/// conversation. Needs `messages:manage`.
#[utoipa::path(
    post, path = "/v1/messages", operation_id = "send_message", tag = "messages", params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewMessage,
    responses(
        (status = 202, description = "The message is on its way.", body = AcceptedMessage),
        (status = 402, description = "`not-enough-credits`"),
        (status = 403, description = "`forbidden`, `recipient-opted-out`"),
        (status = 404, description = "`not-found`: there is no such conversation"),
        (status = 409, description = "`conflict`: the account has no gateway"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewMessage>,
) -> Result<(StatusCode, Json<AcceptedMessage>), Problem> {
    let content = content(body.body.as_ref(), &body.media)?;
    let segmentation = content.segmentation();
    let to = recipient(body.to, body.conversation_id, body.gateway_id)?;
    let request = Request { to, content, key: key.map(|key| key.as_str().to_owned()) };
    let accepted = app::send::send(&app, &caller, &request).await.map_err(problem)?;
    let answer = AcceptedMessage {
        id: accepted.message,
        conversation_id: accepted.conversation,
        status: Status::Queued,
        encoding: segmentation.encoding,
        segments: segmentation.segments,
        credits: accepted.credits.get(),
        accepted_at: accepted.at,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn recipient(
    to: Option<String>,
    conversation: Option<ConversationId>,
    gateway: Option<GatewayId>,
) -> Result<Recipient, Problem> {
    let wrong = |field, code, detail: &str| Err(Problem::invalid(FieldError::body([field], code, detail)));
    match (to, conversation, gateway) {
        (Some(number), None, gateway) => Ok(Recipient::Number { number, gateway }),
        (None, Some(conversation), None) => Ok(Recipient::Conversation(conversation)),
        (None, Some(_), Some(_)) => {
            wrong("gateway_id", Code::NotTogether, "a conversation has its gateway; leave this out")
        }
        (Some(_), Some(_), _) => {
            wrong("conversation_id", Code::NotTogether, "expected either \"to\" or \"conversation_id\"")
        }
        (None, None, _) => wrong("to", Code::MissingField, "expected either \"to\" or \"conversation_id\""),
    }
}
