//! A conversation, as lists and its own page show it.

use crate::schema;
use app::conversations::Shown;
use domain::conversation::{Action, Direction, State};
use domain::id::{ContactId, ConversationId, GatewayId, MessageId, TagId, UserId};
use domain::name::DisplayName;
use domain::phone::PhoneNumber;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// One thread between one of our numbers and a customer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Conversation {
    /// Its id.
    #[schema(value_type = schema::ConversationId)]
    pub id: ConversationId,
    /// Which of our numbers it is with.
    #[schema(value_type = schema::GatewayId)]
    pub gateway_id: GatewayId,
    /// Who it is with.
    pub contact: Contact,
    /// Where it stands.
    #[schema(value_type = schema::ConversationState)]
    pub state: State,
    /// Until when it sleeps; null if it is awake.
    #[schema(value_type = Option<schema::Time>, required = true)]
    pub snoozed_until: Option<Timestamp>,
    /// Unread messages; zero if it is read. Your own count, if the account keeps one for each person.
    #[schema(example = 2)]
    pub unread: u32,
    /// Who it is assigned to.
    #[schema(value_type = Vec<schema::UserId>)]
    pub assignees: BTreeSet<UserId>,
    /// What it is about.
    #[schema(value_type = Vec<schema::TagId>)]
    pub tags: BTreeSet<TagId>,
    /// Whether you get no alerts of it.
    #[schema(example = false)]
    pub muted: bool,
    /// Whether you keep it on top of your inbox.
    #[schema(example = false)]
    pub pinned: bool,
    /// The last message in either direction, or its waking. Lists are ordered by it.
    #[schema(value_type = schema::Time)]
    pub last_activity_at: Timestamp,
    /// The beginning of the last message.
    #[schema(example = "Are you open on Sunday?")]
    pub preview: String,
    /// Which way the last message went.
    #[schema(value_type = schema::Direction)]
    pub preview_direction: Direction,
    /// The last message in either direction: what `if_last_message` of a message to send is compared with.
    #[schema(value_type = Option<schema::MessageId>, required = true)]
    pub last_message_id: Option<MessageId>,
    /// Since when the customer has been waiting for an answer of a person; null if they are not.
    #[schema(value_type = Option<schema::Time>, required = true)]
    pub waiting_since: Option<Timestamp>,
    /// When it began.
    #[schema(value_type = schema::Time)]
    pub created_at: Timestamp,
    /// Rises with every change of the conversation, but not of what is yours alone: your pins, and your own read state.
    #[schema(example = 12)]
    pub version: u64,
    /// What you can do with it now.
    #[schema(value_type = Vec<schema::Action>)]
    pub available_actions: BTreeSet<Action>,
}

/// The customer of a conversation.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ConversationContact)]
pub struct Contact {
    /// Their id.
    #[schema(value_type = schema::ContactId)]
    pub id: ContactId,
    /// Their number.
    #[schema(value_type = schema::PhoneNumber)]
    pub number: PhoneNumber,
    /// Their name, as far as known.
    #[schema(value_type = Option<schema::DisplayName>, required = true)]
    pub name: Option<DisplayName>,
    /// Whether they are blocked: nothing can be sent to them, and what they write stays out of the inbox.
    #[schema(example = false)]
    pub blocked: bool,
}

impl From<Shown> for Conversation {
    fn from(Shown { conversation: it, personal, available_actions }: Shown) -> Self {
        let contact =
            Contact { id: it.contact, number: it.contact_number, name: it.contact_name, blocked: it.blocked };
        Self {
            available_actions,
            id: it.id,
            gateway_id: it.gateway,
            contact,
            state: it.state,
            snoozed_until: it.snooze.map(|snooze| snooze.until),
            unread: personal.unread,
            assignees: it.assignees,
            tags: it.tags,
            muted: it.muted_by.contains(&personal.user),
            pinned: personal.pinned,
            last_activity_at: it.last_activity_at,
            preview: it.preview,
            preview_direction: it.preview_direction,
            last_message_id: it.last_message,
            waiting_since: it.waiting_since,
            created_at: it.created_at,
            version: it.version,
        }
    }
}
