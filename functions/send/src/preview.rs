//! `POST /v1/messages/preview`: what a message would cost, while it is being written.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use domain::body::{MessageBody, MessageBodyError};
use domain::id::{ConversationId, QuickReplyId, TemplateId};
use domain::segments::{Encoding, Replacement, Segmentation};
use domain::template::Fields;
use http_api::{Caller, Code, FieldError, Problem, Valid, schema};
use serde::{Deserialize, Serialize};

use crate::content::{NewMessageMedia, content, prepared, recipient};
use crate::problem;

/// A message that is being written.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageDraft)]
pub(crate) struct Draft {
    /// The text so far; it may still be empty.
    #[serde(default)]
    #[schema(required = false, max_length = 1600, example = "Your table is ready 🎉")]
    body: String,
    /// Its media so far. Only whether there are any matters.
    #[serde(default)]
    #[schema(required = false, example = json!([]))]
    media: Vec<NewMessageMedia>,
    /// The template to send, in place of `body` and `media`.
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<TemplateId>,
    /// The quick reply to begin with, in place of `body` and `media`: the answer's `text` is what the composer shows.
    #[schema(value_type = Option<schema::QuickReplyId>)]
    quick_reply_id: Option<QuickReplyId>,
    /// What stands for the fields of the template or the quick reply.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"day": "Monday"}))]
    fields: Option<Fields>,
    /// The customer's number, which says what the message costs; without one, the price is that of the cheapest destination.
    /// In a template or a quick reply, fields about the customer are filled from their record.
    #[schema(example = "+12025550143")]
    to: Option<String>,
    /// The conversation to answer in, in place of `to`.
    #[schema(value_type = Option<schema::ConversationId>)]
    conversation_id: Option<ConversationId>,
    /// Whether it will be sent with smart encoding.
    #[serde(default)]
    #[schema(required = false, example = true)]
    smart_encoding: bool,
}

/// What a message takes to send.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MessagePreview)]
pub(crate) struct Preview {
    /// The text as it would leave.
    #[schema(example = "Your table is ready 🎉")]
    text: String,
    /// The alphabet it travels in.
    #[schema(value_type = schema::Encoding)]
    encoding: Encoding,
    /// In how many segments.
    #[schema(example = 1)]
    segments: u32,
    /// The length of the text in units of the alphabet: septets of GSM 7-bit, code units of UCS-2.
    #[schema(example = 22)]
    characters: u32,
    /// How many units still fit the last segment.
    #[schema(example = 48)]
    remaining: u32,
    /// The characters that force UCS-2, each once.
    #[schema(value_type = Vec<String>, example = json!(["🎉"]))]
    offending_characters: Vec<char>,
    /// What smart encoding has replaced, each character once.
    replaced_characters: Vec<ReplacedCharacter>,
    /// What it costs: exactly what is charged when it is sent.
    #[schema(example = 1)]
    credits: u64,
}

/// A character that smart encoding has replaced.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ReplacedCharacter {
    /// What was written.
    #[schema(value_type = String, example = "’")]
    character: char,
    /// What is sent in its place; empty for what cannot be seen.
    #[schema(example = "'")]
    with: String,
}

/// Preview a message
///
/// Says in how many segments a text or a filled template travels, why, and what it costs. Nothing is sent. Needs
/// `messages:manage`.
#[utoipa::path(
    post, path = "/v1/messages/preview", operation_id = "preview_message", tag = "messages",
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = Draft,
    responses(
        (status = 200, description = "What the message takes to send.", body = Preview),
        (status = 404, description = "`not-found`: there is no such conversation"),
        (status = 422, description = "`invalid`: the text is too long or cannot be sent"),
    ),
)]
pub(crate) async fn preview(
    State(app): State<App>,
    caller: Caller,
    Valid(draft): Valid<Draft>,
) -> Result<Json<Preview>, Problem> {
    caller.require(Permission::MessagesManage)?;
    let to = recipient(draft.to, draft.conversation_id, None)?;
    let is_composed = !draft.body.is_empty() || !draft.media.is_empty();
    let is_blank = draft.body.trim().is_empty();
    let content = match prepared(draft.template_id, draft.quick_reply_id, draft.fields, is_composed)? {
        Some(prepared) => Some(prepared),
        // Where it goes says what it costs.
        None if to.is_some() && !is_blank => {
            check(&draft.body)?;
            let text = draft.body.parse::<MessageBody>().ok();
            Some(content(text.as_ref(), &draft.media)?)
        }
        None => None,
    };
    let found = if let Some(content) = content {
        let content = content.with_smart_encoding(draft.smart_encoding);
        app::send::preview(&app, &caller, to.as_ref(), &content).await.map_err(problem)?
    } else {
        check(&draft.body)?;
        let has_media = !draft.media.is_empty();
        app::send::Preview::of_text(draft.body, draft.smart_encoding, has_media, app.now())
    };
    Ok(Json(found.into()))
}

impl From<app::send::Preview> for Preview {
    fn from(it: app::send::Preview) -> Self {
        let Segmentation { encoding, segments, characters, remaining, offending_characters } =
            it.segmentation;
        let replaced = it.replaced.into_iter();
        let replaced_characters =
            replaced.map(|Replacement { character, with }| ReplacedCharacter { character, with }).collect();
        Self {
            text: it.text,
            encoding,
            segments,
            characters,
            remaining,
            offending_characters,
            replaced_characters,
            credits: it.credits.get(),
        }
    }
}

/// As for sending, but what is still blank is no mistake yet.
fn check(text: &str) -> Result<(), Problem> {
    let Err(error) = text.parse::<MessageBody>() else { return Ok(()) };
    let code = match error {
        MessageBodyError::Blank => return Ok(()),
        MessageBodyError::TooLong { .. } => Code::TooLong,
        MessageBodyError::ControlCharacter { .. } => Code::Invalid,
    };
    Err(Problem::invalid(FieldError::body(["body"], code, error.to_string())))
}
