//! What was found, as the API shows it.

use app::search::Found;
use domain::conversation::Direction;
use domain::email::EmailAddress;
use domain::id::{ContactId, MessageId};
use domain::message::{Message, Way};
use domain::name::DisplayName;
use domain::phone::PhoneNumber;
use http_api::{resource::Conversation, schema};
use jiff::Timestamp;
use serde::Serialize;

/// A conversation or a contact that was found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SearchResult {
    /// The conversation; null if it is a contact.
    #[schema(required = true)]
    conversation: Option<Conversation>,
    /// The message of the conversation that was found; null if it was found by whom it is with or by a tag.
    #[schema(required = true)]
    message: Option<FoundMessage>,
    /// The contact; null if it is a conversation.
    #[schema(required = true)]
    contact: Option<FoundContact>,
}

/// A message that was found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FoundMessage {
    /// Its id.
    #[schema(value_type = schema::MessageId)]
    id: MessageId,
    /// Which way it went.
    #[schema(value_type = schema::Direction)]
    direction: Direction,
    /// Its text.
    #[schema(example = "Are you open on Sunday?")]
    text: String,
    /// When it was accepted.
    #[schema(value_type = schema::Time)]
    at: Timestamp,
}

/// A contact that was found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FoundContact {
    /// Their id.
    #[schema(value_type = schema::ContactId)]
    id: ContactId,
    /// Their name; null if it is not known.
    #[schema(value_type = Option<schema::DisplayName>, required = true)]
    name: Option<DisplayName>,
    /// Their numbers.
    #[schema(value_type = Vec<schema::PhoneNumber>)]
    numbers: Vec<PhoneNumber>,
    /// Their e-mail addresses.
    #[schema(value_type = Vec<schema::EmailAddress>)]
    emails: Vec<EmailAddress>,
}

impl From<Message> for FoundMessage {
    fn from(it: Message) -> Self {
        let direction = match it.way {
            Way::Inbound { .. } => Direction::Inbound,
            Way::Outbound(_) => Direction::Outbound,
        };
        Self { id: it.id, direction, text: it.text, at: it.accepted_at }
    }
}

impl SearchResult {
    pub(crate) fn conversation(it: Found) -> Self {
        Self {
            conversation: Some(it.conversation.into()),
            message: it.message.map(Into::into),
            contact: None,
        }
    }

    pub(crate) fn contact(it: domain::contact::Contact) -> Self {
        let contact = FoundContact { id: it.id, name: it.name, numbers: it.numbers, emails: it.emails };
        Self { conversation: None, message: None, contact: Some(contact) }
    }
}
