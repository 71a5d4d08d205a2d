//! A message, alone and on a timeline.

use crate::schema::{self, RECEIVED};
use domain::consent::Wish;
use domain::conversation::Direction;
use domain::id::{ApiKeyId, ConversationId, GatewayId, MediaId, MessageId, TemplateId, UserId};
use domain::media::MediaCopy;
use domain::message::{Origin, Refusal, Way};
use domain::phone::PhoneNumber;
use domain::segments::Encoding;
use domain::timeline::Actor;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// A message. What only outgoing messages have is null on those from customers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Message {
    /// Its id.
    #[schema(value_type = schema::MessageId)]
    pub id: MessageId,
    /// Its conversation.
    #[schema(value_type = schema::ConversationId)]
    pub conversation_id: ConversationId,
    /// Which way it went.
    #[schema(value_type = schema::Direction)]
    pub direction: Direction,
    /// Its text; empty if it has only media.
    #[schema(example = "Your table is ready.")]
    pub text: String,
    /// Its media, in order.
    pub media: Vec<Media>,
    /// What it says about consent, if it is from a customer and says anything: `unclear` may be an opt-out, for a person to read.
    #[schema(value_type = Option<schema::ConsentWish>, required = true)]
    pub consent: Option<Wish>,
    /// How far it has come.
    #[schema(value_type = schema::MessageStatus)]
    pub status: Value,
    /// When we accepted it.
    #[schema(value_type = schema::Time)]
    pub accepted_at: Timestamp,
    /// When its status last changed.
    #[schema(value_type = schema::Time)]
    pub updated_at: Timestamp,
    /// Where it comes from.
    #[schema(value_type = Option<schema::Origin>, required = true)]
    pub origin: Option<Origin>,
    /// The template that its text was made from; null if it was composed.
    #[schema(value_type = Option<schema::TemplateId>, required = true)]
    pub template_id: Option<TemplateId>,
    /// Who sent it; null for the product itself, and for messages from customers.
    #[schema(required = true)]
    pub author: Option<Author>,
    /// The gateway it leaves by.
    #[schema(value_type = Option<schema::GatewayId>, required = true)]
    pub gateway_id: Option<GatewayId>,
    /// The number it goes to.
    #[schema(value_type = Option<schema::PhoneNumber>, required = true)]
    pub to: Option<PhoneNumber>,
    /// How many segments it has.
    #[schema(required = true, example = 1)]
    pub segments: Option<u32>,
    /// The alphabet it travels in.
    #[schema(value_type = Option<schema::Encoding>, required = true)]
    pub encoding: Option<Encoding>,
    /// What it costs.
    #[schema(required = true, example = 1)]
    pub credits: Option<u64>,
    /// Until when the customer's quiet hours hold it back, or have held it back.
    #[schema(value_type = Option<schema::Time>, required = true)]
    pub deferred_until: Option<Timestamp>,
    /// When it is to be sent, or was, if it was scheduled.
    #[schema(value_type = Option<schema::Time>, required = true)]
    pub send_at: Option<Timestamp>,
    /// How often it was handed to the carrier.
    #[schema(required = true, example = 1)]
    pub attempts: Option<u32>,
    /// Why it failed, if it did.
    #[schema(required = true)]
    pub failure: Option<Failure>,
}

/// Who sent a message: a member of staff, or a program.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MessageAuthor)]
pub struct Author {
    /// Which member of staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    pub user_id: Option<UserId>,
    /// With which API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ApiKeyId>)]
    pub api_key_id: Option<ApiKeyId>,
}

impl Author {
    fn of(actor: Actor) -> Option<Self> {
        let author = Self { user_id: actor.user(), api_key_id: actor.api_key() };
        (author.user_id.is_some() || author.api_key_id.is_some()).then_some(author)
    }
}

/// A picture or another file of a message.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MessageMedia)]
pub struct Media {
    /// Its id, once it is kept: `GET /v1/messages/{message_id}/media/{media_id}` gives a link to it.
    #[schema(value_type = Option<schema::MediaId>, required = true)]
    pub id: Option<MediaId>,
    /// Where it lies, unless it is kept.
    #[schema(format = "uri", required = true, example = "https://example.com/menu.jpg")]
    pub url: Option<String>,
    /// Its media type: by its content once it is kept, before that as far as known.
    #[schema(required = true, example = "image/jpeg")]
    pub content_type: Option<String>,
    /// How many bytes it has, once it is kept.
    #[schema(required = true, example = 48_213)]
    pub bytes: Option<u64>,
    /// Where it is.
    pub state: MediaState,
}

/// Where a file of a message is.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// Where its sender put it: it was named by its address.
    Elsewhere,
    /// At the carrier, from which it is being copied.
    Copying,
    /// Here.
    Kept,
    /// Nowhere: it is of a type that is not kept.
    RefusedType,
    /// Nowhere: it was too large.
    TooLarge,
    /// Nowhere: it could not be fetched.
    Lost,
}

/// Why a message failed.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MessageFailure)]
pub struct Failure {
    /// The kind of reason.
    #[schema(value_type = schema::FailureReason)]
    pub reason: Refusal,
    /// The carrier's own code, if it gave one.
    #[schema(required = true, example = "30006")]
    pub code: Option<String>,
}

impl From<domain::message::Message> for Message {
    fn from(message: domain::message::Message) -> Self {
        let consent = match &message.way {
            Way::Inbound { consent, .. } => consent.map(|it| it.wish),
            Way::Outbound(_) => None,
        };
        let direction = message.direction();
        let delivery = message.delivery().cloned();
        let delivery = delivery.as_ref();
        let status = delivery
            .map_or_else(|| RECEIVED.into(), |it| serde_json::to_value(it.status).unwrap_or_default());
        let failure = |it: &domain::message::Failure| Failure { reason: it.reason, code: it.code.clone() };
        Self {
            id: message.id,
            conversation_id: message.conversation,
            direction,
            text: message.text,
            media: message.media.into_iter().map(|it| Media::new(it, direction)).collect(),
            consent,
            status,
            accepted_at: message.accepted_at,
            updated_at: delivery.map_or(message.accepted_at, |it| it.updated_at),
            origin: delivery.map(|it| it.origin),
            template_id: delivery.and_then(|it| it.template),
            author: delivery.and_then(|it| Author::of(it.author)),
            gateway_id: delivery.map(|it| it.gateway),
            to: delivery.map(|it| it.to.clone()),
            segments: delivery.map(|it| it.segments),
            encoding: delivery.map(|it| it.encoding),
            credits: delivery.map(|it| it.credits.get()),
            deferred_until: delivery.and_then(|it| it.deferred_until),
            send_at: delivery.and_then(|it| it.scheduled).map(|it| it.send_at),
            attempts: delivery.map(|it| it.attempts),
            failure: delivery.and_then(|it| it.failure.as_ref()).map(failure),
        }
    }
}

impl Media {
    fn new(media: domain::message::Media, direction: Direction) -> Self {
        let file = media.file();
        Self {
            id: file.map(|it| it.id),
            url: (file.is_none() && !media.url.is_empty()).then_some(media.url),
            content_type: file.map(|it| it.file_type.mime().to_owned()).or(media.content_type),
            bytes: file.map(|it| it.bytes),
            state: match (media.copy, direction) {
                (Some(MediaCopy::Kept(_)), _) => MediaState::Kept,
                (Some(MediaCopy::RefusedType), _) => MediaState::RefusedType,
                (Some(MediaCopy::TooLarge), _) => MediaState::TooLarge,
                (Some(MediaCopy::Lost), _) => MediaState::Lost,
                (None, Direction::Inbound) => MediaState::Copying,
                (None, Direction::Outbound) => MediaState::Elsewhere,
            },
        }
    }
}
