//! `POST /v1/messages`: a message is accepted.

use app::App;
use app::send::{Accepted, Later, Request};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::body::MessageBody;
use domain::id::{ContactId, ConversationId, GatewayId, MessageId, QuickReplyId, TemplateId};
use domain::message::Status;
use domain::segments::Encoding;
use domain::template::Fields;
use http_api::{Caller, Code, FieldError, IdempotencyKey, Problem, Valid, schema};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::content::{NewMessageMedia, addressee, content, prepared};
use crate::problem;

/// A message to send: to a number or in a conversation; a text, media, or both, or a template or a quick reply.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub(crate) struct NewMessage {
    /// The customer's number, as a person of the account's region writes it. Either this, `contact_id` or `conversation_id`;
    /// with `contact_id`: which of the contact's numbers.
    #[schema(example = "+12025550143")]
    to: Option<String>,
    /// The contact to write to, at their first number unless `to` names another of theirs.
    #[schema(value_type = Option<schema::ContactId>)]
    contact_id: Option<ContactId>,
    /// The conversation to answer in. Either this or `to`.
    #[schema(value_type = Option<schema::ConversationId>)]
    conversation_id: Option<ConversationId>,
    /// From which of our numbers. If absent: with `conversation_id` the one of the conversation, otherwise the account's default.
    /// With another one than that of the conversation, the message goes to the same customer, in the conversation that they
    /// have with that number.
    #[schema(value_type = Option<schema::GatewayId>)]
    gateway_id: Option<GatewayId>,
    /// The text.
    #[schema(value_type = Option<schema::MessageBody>)]
    body: Option<MessageBody>,
    /// Pictures and other files, up to ten, as far as the gateway's carrier takes them.
    #[serde(default)]
    #[schema(required = false, max_items = 10, example = json!(["https://example.com/menu.jpg"]))]
    media: Vec<NewMessageMedia>,
    /// The template to send, in place of `body` and `media`.
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<TemplateId>,
    /// The quick reply to send as it stands, in place of `body` and `media`. It counts as a text of your own.
    #[schema(value_type = Option<schema::QuickReplyId>)]
    quick_reply_id: Option<QuickReplyId>,
    /// What stands for the fields of the template or the quick reply, as far as the customer's record does not say it: one
    /// short line each.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"day": "Monday"}))]
    fields: Option<Fields>,
    /// When to send it: from one minute to one year ahead. It is checked and charged at its time. If absent, it is sent now.
    #[schema(value_type = Option<schema::Time>)]
    send_at: Option<Timestamp>,
    /// With `send_at`: whether it is cancelled if the customer writes before.
    #[schema(value_type = Option<bool>)]
    stop_if_answered: Option<bool>,
    /// Replace characters that only look different, such as curly quotes, where the text then travels in GSM 7-bit and costs
    /// less. The preview shows which.
    #[serde(default)]
    #[schema(required = false, example = true)]
    smart_encoding: bool,
    /// In the customer's quiet hours what is no answer is deferred until they are over. With true it leaves at once; this needs
    /// `messages:override-quiet-hours`.
    #[serde(default)]
    #[schema(required = false)]
    override_quiet_hours: bool,
    /// Send only if this is still the newest message of the conversation; null: only if there is none. Otherwise the answer is
    /// `conversation-has-moved-on`. If absent, it is sent whatever has been written.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::MessageId>)]
    if_last_message: Option<Option<MessageId>>,
}

/// Tells null from nothing.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<MessageId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl NewMessage {
    /// When it is to be sent, if not now.
    pub(crate) fn later(&self) -> Result<Option<Later>, Problem> {
        let stop_if_answered = self.stop_if_answered.unwrap_or_default();
        match (self.send_at, self.stop_if_answered) {
            (Some(send_at), _) => {
                let whole = Timestamp::from_millisecond(send_at.as_millisecond());
                Ok(Some(Later { send_at: whole.unwrap_or(send_at), stop_if_answered }))
            }
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let detail = "only a message with \"send_at\" can stop";
                Err(Problem::invalid(FieldError::body(["stop_if_answered"], Code::NotTogether, detail)))
            }
        }
    }

    /// What is asked for, or which field is wrong.
    pub(crate) fn request(self, key: Option<IdempotencyKey>) -> Result<Request, Problem> {
        let is_composed = self.body.is_some() || !self.media.is_empty();
        let content = match prepared(self.template_id, self.quick_reply_id, self.fields, is_composed)? {
            Some(prepared) => prepared,
            None => content(self.body.as_ref(), &self.media)?,
        };
        let content = content.with_smart_encoding(self.smart_encoding);
        let to =
            addressee(self.to, self.contact_id, self.conversation_id, self.gateway_id)?.ok_or_else(|| {
                let detail = "expected \"to\", \"contact_id\" or \"conversation_id\"";
                Problem::invalid(FieldError::body(["to"], Code::MissingField, detail))
            })?;
        Ok(Request {
            to,
            content,
            key: key.map(|key| key.as_str().to_owned()),
            seen: self.if_last_message,
            overrides_quiet_hours: self.override_quiet_hours,
        })
    }
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
    /// Its status: `queued`, or `scheduled`. `GET /v1/messages/{message_id}` tells how it goes on.
    #[schema(value_type = schema::MessageStatus)]
    status: Status,
    /// The alphabet it travels in.
    #[schema(value_type = schema::Encoding)]
    encoding: Encoding,
    /// How many segments it has.
    #[schema(example = 1)]
    segments: u32,
    /// What it costs. The credits are held until the carrier takes it, and come back if it does not; for a scheduled message
    /// nothing is held before its time.
    #[schema(example = 1)]
    credits: u64,
    /// When it was accepted.
    #[schema(value_type = schema::Time)]
    accepted_at: Timestamp,
    /// Until when the customer has quiet hours, if that is what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    deferred_until: Option<Timestamp>,
    /// When it is sent, if it is scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    send_at: Option<Timestamp>,
}

impl AcceptedMessage {
    pub(crate) fn new(it: &Accepted) -> Self {
        Self {
            id: it.message,
            conversation_id: it.conversation,
            status: if it.send_at.is_some() { Status::Scheduled } else { Status::Queued },
            encoding: it.encoding,
            segments: it.segments,
            credits: it.credits.get(),
            accepted_at: it.at,
            deferred_until: it.send_at.filter(|_| it.is_deferred),
            send_at: it.send_at,
        }
    }
}

/// Send a message
///
/// Accepts a message; it leaves in the order of acceptance within its conversation. Whoever sends is assigned to the
/// conversation. With `send_at`, and in the customer's quiet hours, it waits: what it says is settled now, whether it may be sent and can be paid is asked at its
/// time. Needs `messages:manage`, and for anything but a template `messages:compose` too.
#[utoipa::path(
    post, path = "/v1/messages", operation_id = "send_message", tag = "messages", params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewMessage,
    responses(
        (status = 202, description = "The message is on its way.", body = AcceptedMessage),
        (status = 402, description = "`not-enough-credits`"),
        (status = 403, description = "`forbidden`, `not-in-plan`, `recipient-opted-out`, `recipient-blocked`"),
        (status = 404, description = "`not-found`: there is no such conversation"),
        (status = 409, description = "`conflict`: the account has no gateway, `conversation-has-moved-on`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewMessage>,
) -> Result<(StatusCode, Json<AcceptedMessage>), Problem> {
    let later = body.later()?;
    let request = body.request(key)?;
    let accepted = match later {
        None => app::send::send(&app, &caller, &request).await,
        Some(later) => app::send::schedule(&app, &caller, &request, later).await,
    };
    let accepted = accepted.map_err(problem)?;
    Ok((StatusCode::ACCEPTED, Json(AcceptedMessage::new(&accepted))))
}
