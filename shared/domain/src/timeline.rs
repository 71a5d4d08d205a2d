//! The timeline of a conversation: messages and events in one order (D08, D12, D38).

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    happening::{Happening, HappeningKind},
    id::{ApiKeyId, EventId, TagId, UserId},
    message::Message,
    note::Note,
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
    /// It began: D12 calls it Conversation Started.
    Started,
    /// It was tagged (D14).
    Tagged {
        /// With what.
        tag: TagId,
    },
    /// A tag was taken off (D14).
    Untagged {
        /// Which.
        tag: TagId,
    },
}

/// Writes the built-in kinds of timeline entries and their names in one place.
macro_rules! entry_kinds {
    ($($kind:ident, $name:literal, $meaning:literal;)+) => {
        /// The kinds of timeline entries: what the event filter can pick (D12).
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum EntryKind {
            $(#[doc = $meaning] $kind,)+
            /// Something that happened to the customer elsewhere, by the name it was told of with.
            Happening(HappeningKind),
        }

        impl EntryKind {
            /// Every kind that the product makes itself.
            pub const BUILT_IN: &'static [Self] = &[$(Self::$kind),+];

            /// The kind's name in the API.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$kind => $name,)+
                    Self::Happening(kind) => kind.as_str(),
                }
            }
        }
    };
}

entry_kinds! {
    IncomingMessage, "incoming_message", "A message from the customer.";
    OutgoingMessage, "outgoing_message", "A message to the customer.";
    Note, "note", "A note of a member of staff (D33).";
    ConversationStarted, "conversation_started", "[`ConversationEvent::Started`].";
    Assigned, "assigned", "[`ConversationEvent::Assigned`].";
    Unassigned, "unassigned", "[`ConversationEvent::Unassigned`].";
    Tagged, "tagged", "[`ConversationEvent::Tagged`].";
    Untagged, "untagged", "[`ConversationEvent::Untagged`].";
    Snoozed, "snoozed", "[`ConversationEvent::Snoozed`].";
    Unsnoozed, "unsnoozed", "[`ConversationEvent::Unsnoozed`].";
    ConversationFinished, "conversation_finished", "[`ConversationEvent::Completed`].";
    Reopened, "reopened", "[`ConversationEvent::Reopened`].";
    Archived, "archived", "[`ConversationEvent::Archived`].";
}

/// The text names no [`EntryKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of timeline entry: a name of lower-case letters, digits and underscores")]
pub struct UnknownEntryKind;

impl FromStr for EntryKind {
    type Err = UnknownEntryKind;

    /// Names that are not the product's own are those of happenings, which others choose.
    fn from_str(text: &str) -> Result<Self, UnknownEntryKind> {
        match Self::BUILT_IN.iter().find(|kind| kind.name() == text) {
            Some(kind) => Ok(kind.clone()),
            None => text.parse().map(Self::Happening).map_err(|_| UnknownEntryKind),
        }
    }
}

impl TryFrom<String> for EntryKind {
    type Error = UnknownEntryKind;

    fn try_from(text: String) -> Result<Self, UnknownEntryKind> {
        text.parse()
    }
}

impl From<EntryKind> for String {
    fn from(kind: EntryKind) -> Self {
        kind.name().to_owned()
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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
            Self::Started => EntryKind::ConversationStarted,
            Self::Tagged { .. } => EntryKind::Tagged,
            Self::Untagged { .. } => EntryKind::Untagged,
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
    /// A note (D33 to D35).
    Note(Box<Note>),
    /// Something that happened to the customer elsewhere (D12).
    Happening(Box<Happening>),
}

impl Entry {
    /// The entry's kind.
    pub fn kind(&self) -> EntryKind {
        match &self.content {
            EntryContent::Message(message) => message.kind(),
            EntryContent::Event { event, .. } => event.kind(),
            EntryContent::Note(_) => EntryKind::Note,
            EntryContent::Happening(happening) => EntryKind::Happening(happening.kind.clone()),
        }
    }

    /// The message, if the entry is one.
    pub fn message(&self) -> Option<&Message> {
        match &self.content {
            EntryContent::Message(message) => Some(message),
            EntryContent::Event { .. } | EntryContent::Note(_) | EntryContent::Happening(_) => None,
        }
    }

    /// Who is behind the entry.
    pub fn actor(&self) -> Actor {
        match &self.content {
            EntryContent::Message(message) => message.delivery().map_or(Actor::Contact, |it| it.author),
            EntryContent::Event { actor, .. } => *actor,
            EntryContent::Note(note) => note.author,
            EntryContent::Happening(happening) => happening.actor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d12_every_kind_reads_back_from_its_name() {
        for kind in EntryKind::BUILT_IN {
            assert_eq!(kind.name().parse(), Ok(kind.clone()));
        }
        let other: EntryKind = "order_shipped".parse().unwrap();
        assert_eq!(other.name(), "order_shipped");
        assert!(matches!(other, EntryKind::Happening(_)));
        for wrong in ["", "Assigned", "order shipped", "assigned,"] {
            assert_eq!(wrong.parse::<EntryKind>(), Err(UnknownEntryKind), "{wrong}");
        }
    }
}
