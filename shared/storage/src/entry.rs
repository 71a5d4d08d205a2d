//! A timeline entry as it lies in the table.

use domain::{
    audit::By,
    consent::Said,
    credits::Credits,
    happening::{Happening, HappeningKind, HappeningTitle},
    id::{
        AccountId, ApiKeyId, ConversationId, EventId, GatewayId, MessageId, NoteId, TagId, TemplateId, UserId,
    },
    message::{
        CarrierReference, Charge, Delivery, Failure, Lease, Media, Message, Origin, Refusal, Scheduling,
        Status, Way,
    },
    note::{Note, NoteText},
    phone::PhoneNumber,
    segments::Encoding,
    timeline::{Actor, ConversationEvent, Entry, EntryContent, EntryKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::{
    error::StoreError,
    item::{Stored, is_false, millis},
    keys,
};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActorItem {
    User(UserId),
    ApiKey(ApiKeyId),
    Contact,
    System,
}

impl From<Actor> for ActorItem {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::User(user) => Self::User(user),
            Actor::ApiKey(key) => Self::ApiKey(key),
            Actor::Contact => Self::Contact,
            Actor::System => Self::System,
        }
    }
}

impl From<ActorItem> for Actor {
    fn from(actor: ActorItem) -> Self {
        match actor {
            ActorItem::User(user) => Self::User(user),
            ActorItem::ApiKey(key) => Self::ApiKey(key),
            ActorItem::Contact => Self::Contact,
            ActorItem::System => Self::System,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EventKindItem {
    Assigned(UserId),
    Unassigned(UserId),
    Snoozed(#[serde(with = "millis")] Timestamp),
    Unsnoozed,
    Completed,
    Reopened,
    Archived,
    Started,
    Tagged(TagId),
    Untagged(TagId),
}

impl From<ConversationEvent> for EventKindItem {
    fn from(event: ConversationEvent) -> Self {
        match event {
            ConversationEvent::Assigned { user } => Self::Assigned(user),
            ConversationEvent::Unassigned { user } => Self::Unassigned(user),
            ConversationEvent::Snoozed { until } => Self::Snoozed(until),
            ConversationEvent::Unsnoozed => Self::Unsnoozed,
            ConversationEvent::Completed => Self::Completed,
            ConversationEvent::Reopened => Self::Reopened,
            ConversationEvent::Archived => Self::Archived,
            ConversationEvent::Started => Self::Started,
            ConversationEvent::Tagged { tag } => Self::Tagged(tag),
            ConversationEvent::Untagged { tag } => Self::Untagged(tag),
        }
    }
}

impl From<EventKindItem> for ConversationEvent {
    fn from(event: EventKindItem) -> Self {
        match event {
            EventKindItem::Assigned(user) => Self::Assigned { user },
            EventKindItem::Unassigned(user) => Self::Unassigned { user },
            EventKindItem::Snoozed(until) => Self::Snoozed { until },
            EventKindItem::Unsnoozed => Self::Unsnoozed,
            EventKindItem::Completed => Self::Completed,
            EventKindItem::Reopened => Self::Reopened,
            EventKindItem::Archived => Self::Archived,
            EventKindItem::Started => Self::Started,
            EventKindItem::Tagged(tag) => Self::Tagged { tag },
            EventKindItem::Untagged(tag) => Self::Untagged { tag },
        }
    }
}

#[derive(Serialize, Deserialize)]
struct EventItem {
    id: EventId,
    event: EventKindItem,
    actor: ActorItem,
}

#[derive(Serialize, Deserialize)]
struct FailureItem {
    reason: Refusal,
    code: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct LeaseItem {
    #[serde(with = "millis")]
    until: Timestamp,
    holder: uuid::Uuid,
}

#[derive(Serialize, Deserialize)]
struct DeliveryItem {
    author: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_key: Option<ApiKeyId>,
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<TemplateId>,
    gateway: GatewayId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rerouted_from: Option<GatewayId>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    exempt_until: Option<Timestamp>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    leave_before: Option<Timestamp>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    deferred_until: Option<Timestamp>,
    to: PhoneNumber,
    encoding: Encoding,
    segments: u32,
    credits: Credits,
    charge: Charge,
    status: Status,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    scheduled_at: Option<Timestamp>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    attempts: u32,
    lease: Option<LeaseItem>,
    reference: Option<CarrierReference>,
    failure: Option<FailureItem>,
    #[serde(with = "millis")]
    updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct InboundItem {
    reference: CarrierReference,
    assignees: BTreeSet<UserId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    muted_by: BTreeSet<UserId>,
    #[serde(default, skip_serializing_if = "is_false")]
    blocked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent: Option<Said>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct NoteItem {
    id: NoteId,
    text: NoteText,
    author: ActorItem,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    mentions: BTreeSet<UserId>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct HappeningItem {
    id: EventId,
    kind: HappeningKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<HappeningTitle>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Timestamp>,
    actor: ActorItem,
}

#[derive(Serialize, Deserialize)]
struct MessageItem {
    id: MessageId,
    text: String,
    media: Vec<Media>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inbound: Option<InboundItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryItem>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct EntryItem {
    conversation: ConversationId,
    sequence: u64,
    kind: EntryKind,
    #[serde(with = "millis")]
    at: Timestamp,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<MessageItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<EventItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<NoteItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    happening: Option<HappeningItem>,
    /// For the audit log, which `dispatch` keeps. (`by` is a word of DynamoDB's own.)
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "done_by")]
    by: Option<By>,
}

impl Stored for EntryItem {
    const KIND: &'static str = "entry";
}

impl DeliveryItem {
    fn new(it: &Delivery) -> Self {
        Self {
            author: it.author.user(),
            api_key: it.author.api_key(),
            origin: it.origin,
            template: it.template,
            gateway: it.gateway,
            rerouted_from: it.rerouted_from,
            exempt_until: it.exempt_until,
            leave_before: it.leave_before,
            deferred_until: it.deferred_until,
            to: it.to.clone(),
            encoding: it.encoding,
            segments: it.segments,
            credits: it.credits,
            charge: it.charge,
            status: it.status,
            scheduled_at: it.scheduled.map(|it| it.accepted_at),
            send_at: it.scheduled.map(|it| it.send_at),
            attempts: it.attempts,
            lease: it.lease.map(|Lease { until, holder }| LeaseItem { until, holder }),
            reference: it.reference.clone(),
            failure: it.failure.clone().map(|Failure { reason, code }| FailureItem { reason, code }),
            updated_at: it.updated_at,
        }
    }

    fn into_delivery(self, version: u64) -> Delivery {
        Delivery {
            author: match (self.author, self.api_key) {
                (_, Some(key)) => Actor::ApiKey(key),
                (Some(user), None) => Actor::User(user),
                (None, None) => Actor::System,
            },
            origin: self.origin,
            template: self.template,
            gateway: self.gateway,
            rerouted_from: self.rerouted_from,
            exempt_until: self.exempt_until,
            leave_before: self.leave_before,
            deferred_until: self.deferred_until,
            to: self.to,
            encoding: self.encoding,
            segments: self.segments,
            credits: self.credits,
            charge: self.charge,
            status: self.status,
            scheduled: self
                .scheduled_at
                .zip(self.send_at)
                .map(|(accepted_at, send_at)| Scheduling { accepted_at, send_at }),
            attempts: self.attempts,
            lease: self.lease.map(|LeaseItem { until, holder }| Lease { until, holder }),
            reference: self.reference,
            failure: self.failure.map(|FailureItem { reason, code }| Failure { reason, code }),
            updated_at: self.updated_at,
            version,
        }
    }
}

impl From<&Note> for NoteItem {
    fn from(it: &Note) -> Self {
        Self { id: it.id, text: it.text.clone(), author: it.author.into(), mentions: it.mentions.clone() }
    }
}

impl From<NoteItem> for Note {
    fn from(it: NoteItem) -> Self {
        Self { id: it.id, text: it.text, author: it.author.into(), mentions: it.mentions }
    }
}

impl From<&Happening> for HappeningItem {
    fn from(it: &Happening) -> Self {
        Self {
            id: it.id,
            kind: it.kind.clone(),
            title: it.title.clone(),
            occurred_at: it.occurred_at,
            actor: it.actor.into(),
        }
    }
}

impl From<HappeningItem> for Happening {
    fn from(it: HappeningItem) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            title: it.title,
            occurred_at: it.occurred_at,
            actor: it.actor.into(),
        }
    }
}

impl MessageItem {
    fn new(it: &Message) -> Self {
        let (inbound, delivery) = match &it.way {
            Way::Inbound { reference, assignees, muted_by, blocked, consent } => {
                let (assignees, muted_by) = (assignees.clone(), muted_by.clone());
                let reference = reference.clone();
                let (blocked, consent) = (*blocked, *consent);
                (Some(InboundItem { reference, assignees, muted_by, blocked, consent }), None)
            }
            Way::Outbound(delivery) => (None, Some(DeliveryItem::new(delivery))),
        };
        Self { id: it.id, text: it.text.clone(), media: it.media.clone(), inbound, delivery }
    }
}

impl EntryItem {
    pub(crate) fn new(conversation: ConversationId, entry: &Entry, by: Option<By>) -> Self {
        let mut item = Self {
            conversation,
            sequence: entry.sequence,
            kind: entry.kind(),
            at: entry.at,
            version: 0,
            message: None,
            event: None,
            note: None,
            happening: None,
            by,
        };
        match &entry.content {
            EntryContent::Message(message) => {
                item.version =
                    message.delivery().map_or_else(|| message.copies(), |delivery| delivery.version);
                item.message = Some(MessageItem::new(message));
            }
            EntryContent::Event { id, event, actor } => {
                item.event = Some(EventItem { id: *id, event: (*event).into(), actor: (*actor).into() });
            }
            EntryContent::Note(note) => item.note = Some(note.as_ref().into()),
            EntryContent::Happening(happening) => item.happening = Some(happening.as_ref().into()),
        }
        item
    }

    pub(crate) fn conversation(&self) -> ConversationId {
        self.conversation
    }

    pub(crate) fn into_entry(self) -> Result<Entry, StoreError> {
        let neither = || StoreError::unreadable(Self::KIND, "it is not exactly one thing");
        let content = match (self.message, self.event, self.note, self.happening) {
            (Some(message), None, None, None) => EntryContent::Message(Box::new(Message {
                id: message.id,
                conversation: self.conversation,
                sequence: self.sequence,
                accepted_at: self.at,
                text: message.text,
                media: message.media,
                way: match (message.inbound, message.delivery) {
                    (Some(inbound), None) => {
                        let InboundItem { reference, assignees, muted_by, blocked, consent } = inbound;
                        Way::Inbound { reference, assignees, muted_by, blocked, consent }
                    }
                    (None, Some(delivery)) => Way::Outbound(Box::new(delivery.into_delivery(self.version))),
                    _ => return Err(neither()),
                },
            })),
            (None, Some(event), None, None) => {
                EntryContent::Event { id: event.id, event: event.event.into(), actor: event.actor.into() }
            }
            (None, None, Some(note), None) => EntryContent::Note(Box::new(note.into())),
            (None, None, None, Some(happening)) => EntryContent::Happening(Box::new(happening.into())),
            _ => return Err(neither()),
        };
        Ok(Entry { sequence: self.sequence, at: self.at, content })
    }
}

/// Whose entry it is, in which conversation, the entry, and who caused it.
pub(crate) type Streamed = (AccountId, ConversationId, Entry, Option<By>);

/// Reads a timeline entry as the stream shows it, with who is behind it.
pub(crate) fn streamed(item: serde_dynamo::Item) -> Result<Option<Streamed>, StoreError> {
    let text = |name: &str| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    if text(crate::item::KIND).as_deref() != Some(EntryItem::KIND) {
        return Ok(None);
    }
    let Some((account, conversation)) = text(keys::PK).as_deref().and_then(keys::parse_in_conversation)
    else {
        return Err(StoreError::unreadable(EntryItem::KIND, "the partition key is not a conversation's"));
    };
    let entry: EntryItem = serde_dynamo::from_item(item)
        .map_err(|error| StoreError::unreadable_item(EntryItem::KIND, &error))?;
    let by = entry.by;
    Ok(Some((account, conversation, entry.into_entry()?, by)))
}
