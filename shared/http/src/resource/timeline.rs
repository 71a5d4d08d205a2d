//! An entry of a timeline, as conversations and contacts show it.

use super::Message;
use crate::schema;
use domain::happening::HappeningTitle;
use domain::id::{ApiKeyId, EventId, NoteId, TagId, UserId};
use domain::note::NoteText;
use domain::timeline::{Actor, ConversationEvent, Entry, EntryContent, EntryKind};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// One entry of a timeline: a message, an event, a note, or something that happened to the customer elsewhere.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    /// Its place: entries are numbered in the order in which they were accepted.
    #[schema(example = 12)]
    pub sequence: u64,
    /// When it was accepted.
    #[schema(value_type = schema::Time)]
    pub at: Timestamp,
    /// What it is.
    #[schema(value_type = schema::EntryKind)]
    pub kind: EntryKind,
    /// Who did it.
    pub actor: TimelineActor,
    /// The message, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// The event, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<TimelineEvent>,
    /// The note, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// What happened elsewhere, if it is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happening: Option<Happening>,
}

/// A note. Only members of staff see it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Note {
    /// Its id.
    #[schema(value_type = schema::NoteId)]
    pub id: NoteId,
    /// What it says.
    #[schema(value_type = schema::NoteText)]
    pub text: NoteText,
    /// The colleagues it mentions.
    #[schema(value_type = Vec<schema::UserId>)]
    pub mentions: BTreeSet<UserId>,
}

/// Something that happened to the customer elsewhere.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Happening {
    /// Its id.
    #[schema(value_type = schema::EventId)]
    pub id: EventId,
    /// What it was, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Order 17 was shipped")]
    pub title: Option<HappeningTitle>,
    /// When it happened, if it was told of later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub occurred_at: Option<Timestamp>,
}

/// Who did something.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TimelineActor {
    /// Whether it was a member of staff, a program, the customer, or the product itself.
    #[serde(rename = "type")]
    pub kind: ActorKind,
    /// Which member of staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    pub user_id: Option<UserId>,
    /// With which API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ApiKeyId>)]
    pub api_key_id: Option<ApiKeyId>,
}

/// Who can do something.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    User,
    ApiKey,
    Contact,
    System,
}

/// What happened besides messages.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TimelineEvent {
    /// Its id.
    #[schema(value_type = schema::EventId)]
    pub id: EventId,
    /// Who was assigned, or whose assignment was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    pub user_id: Option<UserId>,
    /// Which tag was put on or taken off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::TagId>)]
    pub tag_id: Option<TagId>,
    /// Until when it was put to sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Time>)]
    pub until: Option<Timestamp>,
}

impl From<Entry> for TimelineEntry {
    fn from(entry: Entry) -> Self {
        let (sequence, at, kind, actor) = (entry.sequence, entry.at, entry.kind(), entry.actor().into());
        let mut shown =
            Self { sequence, at, kind, actor, message: None, event: None, note: None, happening: None };
        match entry.content {
            EntryContent::Message(message) => shown.message = Some((*message).into()),
            EntryContent::Event { id, event, .. } => shown.event = Some(TimelineEvent::new(id, event)),
            EntryContent::Note(note) => shown.note = Some((*note).into()),
            EntryContent::Happening(happening) => shown.happening = Some((*happening).into()),
        }
        shown
    }
}

impl From<domain::note::Note> for Note {
    fn from(it: domain::note::Note) -> Self {
        Self { id: it.id, text: it.text, mentions: it.mentions }
    }
}

impl From<domain::happening::Happening> for Happening {
    fn from(it: domain::happening::Happening) -> Self {
        Self { id: it.id, title: it.title, occurred_at: it.occurred_at }
    }
}

impl From<Actor> for TimelineActor {
    fn from(actor: Actor) -> Self {
        let kind = match actor {
            Actor::User(_) => ActorKind::User,
            Actor::ApiKey(_) => ActorKind::ApiKey,
            Actor::Contact => ActorKind::Contact,
            Actor::System => ActorKind::System,
        };
        let api_key_id = match actor {
            Actor::ApiKey(key) => Some(key),
            Actor::User(_) | Actor::Contact | Actor::System => None,
        };
        Self { kind, user_id: actor.user(), api_key_id }
    }
}

impl TimelineEvent {
    fn new(id: EventId, event: ConversationEvent) -> Self {
        let nothing = Self { id, user_id: None, tag_id: None, until: None };
        match event {
            ConversationEvent::Assigned { user } | ConversationEvent::Unassigned { user } => {
                Self { user_id: Some(user), ..nothing }
            }
            ConversationEvent::Tagged { tag } | ConversationEvent::Untagged { tag } => {
                Self { tag_id: Some(tag), ..nothing }
            }
            ConversationEvent::Snoozed { until } => Self { until: Some(until), ..nothing },
            ConversationEvent::Started
            | ConversationEvent::Unsnoozed
            | ConversationEvent::Completed
            | ConversationEvent::Reopened
            | ConversationEvent::Archived => nothing,
        }
    }
}
