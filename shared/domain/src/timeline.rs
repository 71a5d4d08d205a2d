//! The timeline of a conversation: messages and events in one order (D08, D12, D38).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{ApiKeyId, EventId, UserId},
    message::Message,
};

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member of staff.
    User(UserId),
    /// A program, with an API key.
    ApiKey(ApiKeyId),
    /// The customer, by writing.
    Contact,
    /// The product itself, such as a snooze that ended.
    System,
}

impl Actor {
    /// The member of staff, if it was one.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::ApiKey(_) | Self::Contact | Self::System => None,
        }
    }

    /// The API key, if it was a program.
    pub fn api_key(self) -> Option<ApiKeyId> {
        match self {
            Self::ApiKey(key) => Some(key),
            Self::User(_) | Self::Contact | Self::System => None,
        }
    }
}

/// What happened to a conversation besides its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationEvent {
    /// Somebody was assigned.
    Assigned {
        /// Who.
        user: UserId,
    },
    /// Somebody's assignment was removed.
    Unassigned {
        /// Whose.
        user: UserId,
    },
    /// It was put to sleep.
    Snoozed {
        /// Until when.
        until: Timestamp,
    },
    /// It woke.
    Unsnoozed,
    /// It was marked as complete: D12 calls it Conversation Finished.
    Completed,
    /// It came back into the inbox.
    Reopened,
    /// It was put away.
    Archived,
}

/// The kinds of timeline entries: what the event filter can pick (D12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A message from the customer.
    IncomingMessage,
    /// A message to the customer.
    OutgoingMessage,
    /// [`ConversationEvent::Assigned`].
    Assigned,
    /// [`ConversationEvent::Unassigned`].
    Unassigned,
    /// [`ConversationEvent::Snoozed`].
    Snoozed,
    /// [`ConversationEvent::Unsnoozed`].
    Unsnoozed,
    /// [`ConversationEvent::Completed`].
    ConversationFinished,
    /// [`ConversationEvent::Reopened`].
    Reopened,
    /// [`ConversationEvent::Archived`].
    Archived,
}

impl ConversationEvent {
    /// The event's kind.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Assigned { .. } => EntryKind::Assigned,
            Self::Unassigned { .. } => EntryKind::Unassigned,
            Self::Snoozed { .. } => EntryKind::Snoozed,
            Self::Unsnoozed => EntryKind::Unsnoozed,
            Self::Completed => EntryKind::ConversationFinished,
            Self::Reopened => EntryKind::Reopened,
            Self::Archived => EntryKind::Archived,
        }
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place: entries of one conversation are numbered in the order in which they were accepted (I08).
    pub sequence: u64,
    /// When it was accepted.
    pub at: Timestamp,
    /// What it is.
    pub content: EntryContent,
}

/// What a timeline entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryContent {
    /// A message.
    Message(Box<Message>),
    /// An event.
    Event {
        /// Its id.
        id: EventId,
        /// What happened.
        event: ConversationEvent,
        /// Who did it.
        actor: Actor,
    },
}

impl Entry {
    /// The entry's kind.
    pub fn kind(&self) -> EntryKind {
        match &self.content {
            EntryContent::Message(message) => message.kind(),
            EntryContent::Event { event, .. } => event.kind(),
        }
    }
}
