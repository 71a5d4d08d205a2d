//! `POST /v1/messages`: a message is accepted.

use app::App;
use app::send::Request;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::body::MessageBody;
use domain::id::{ConversationId, GatewayId, MessageId, TemplateId};
use domain::message::Status;
use domain::segments::Encoding;
use domain::template::Fields;
use http_api::{Caller, Code, FieldError, IdempotencyKey, Problem, Valid, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::content::{content, no_fields, recipient, template};
use crate::problem;

/// A message to send: to a number or in a conversation; a text, media, or both, or a template.
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
    /// The template to send, in place of `body` and `media`.
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<TemplateId>,
    /// What stands for the template's fields, as far as the customer's record does not say it: one short line each.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"day": "Monday"}))]
    fields: Option<Fields>,
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
/// conversation. Needs `messages:manage`, and for anything but a template `messages:compose` too.
#[utoipa::path(
    post, path = "/v1/messages", operation_id = "send_message", tag = "messages", params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewMessage,
    responses(
        (status = 202, description = "The message is on its way.", body = AcceptedMessage),
        (status = 402, description = "`not-enough-credits`"),
        (status = 403, description = "`forbidden`, `not-in-plan`, `recipient-opted-out`"),
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
    let content = if let Some(id) = body.template_id {
        template(id, body.fields, body.body.is_some() || !body.media.is_empty())?
    } else {
        no_fields(body.fields.as_ref())?;
        content(body.body.as_ref(), &body.media)?
    };
    let to = recipient(body.to, body.conversation_id, body.gateway_id)?.ok_or_else(|| {
        let detail = "expected either \"to\" or \"conversation_id\"";
        Problem::invalid(FieldError::body(["to"], Code::MissingField, detail))
    })?;
    let request = Request { to, content, key: key.map(|key| key.as_str().to_owned()) };
    let accepted = app::send::send(&app, &caller, &request).await.map_err(problem)?;
    let answer = AcceptedMessage {
        id: accepted.message,
        conversation_id: accepted.conversation,
        status: Status::Queued,
        encoding: accepted.encoding,
        segments: accepted.segments,
        credits: accepted.credits.get(),
        accepted_at: accepted.at,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
