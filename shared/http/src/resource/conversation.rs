//! A conversation, as lists and its own page show it.

use crate::schema;
use domain::conversation::{Action, Direction, State};
use domain::id::{ContactId, ConversationId, GatewayId, UserId};
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
    /// Unread messages; zero if it is read.
    #[schema(example = 2)]
    pub unread: u32,
    /// Who it is assigned to.
    #[schema(value_type = Vec<schema::UserId>)]
    pub assignees: BTreeSet<UserId>,
    /// The last message in either direction, or its waking. Lists are ordered by it.
    #[schema(value_type = schema::Time)]
    pub last_activity_at: Timestamp,
    /// The beginning of the last message.
    #[schema(example = "Are you open on Sunday?")]
    pub preview: String,
    /// Which way the last message went.
    #[schema(value_type = schema::Direction)]
    pub preview_direction: Direction,
    /// When it began.
    #[schema(value_type = schema::Time)]
    pub created_at: Timestamp,
    /// What can be done with it now.
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
}

impl From<domain::conversation::Conversation> for Conversation {
    fn from(it: domain::conversation::Conversation) -> Self {
        Self {
            available_actions: it.available_actions(),
            id: it.id,
            gateway_id: it.gateway,
            contact: Contact { id: it.contact, number: it.contact_number, name: it.contact_name },
            state: it.state,
            snoozed_until: it.snooze.map(|snooze| snooze.until),
            unread: it.unread,
            assignees: it.assignees,
            last_activity_at: it.last_activity_at,
            preview: it.preview,
            preview_direction: it.preview_direction,
            created_at: it.created_at,
        }
    }
}
