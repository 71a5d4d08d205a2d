//! The timeline: messages and events of a conversation, each at its place.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    credits::{CreditMove, Credits, LedgerEntry, LedgerKind},
    id::{AccountId, ConversationId, EventId, GatewayId, LedgerEntryId, MessageId, UserId},
    message::{
        CarrierReference, Charge, Delivery, Failure, Lease, Media, Message, Origin, Refusal, Status, Way,
    },
    phone::PhoneNumber,
    segments::Encoding,
    timeline::{Actor, ConversationEvent, Entry, EntryContent, EntryKind},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    change::MessageRecord,
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Range, Read},
    transact::{Expect, Transaction, TransactionError},
};

/// How long a send may take before `sweep` looks after it.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Which entries of a timeline (D12, E16 to E19). Empty lists pick everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineFilter {
    /// Only these kinds.
    pub kinds: Vec<EntryKind>,
    /// Only outbound messages of these origins; inbound messages and events are not concerned.
    pub origins: Vec<Origin>,
    /// Only failed messages.
    pub failed: bool,
}

/// Why a message could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum MessageSaveError {
    /// Somebody else has changed it since it was read. Read it again and decide again.
    #[error("the message has changed")]
    Changed,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActorItem {
    User(UserId),
    Contact,
    System,
}

impl From<Actor> for ActorItem {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::User(user) => Self::User(user),
            Actor::Contact => Self::Contact,
            Actor::System => Self::System,
        }
    }
}

impl From<ActorItem> for Actor {
    fn from(actor: ActorItem) -> Self {
        match actor {
            ActorItem::User(user) => Self::User(user),
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
    origin: Origin,
    gateway: GatewayId,
    to: PhoneNumber,
    encoding: Encoding,
    segments: u32,
    credits: Credits,
    charge: Charge,
    status: Status,
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
    assignees: std::collections::BTreeSet<UserId>,
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
}

impl Stored for EntryItem {
    const KIND: &'static str = "entry";
}

impl DeliveryItem {
    fn new(it: &Delivery) -> Self {
        Self {
            author: it.author,
            origin: it.origin,
            gateway: it.gateway,
            to: it.to.clone(),
            encoding: it.encoding,
            segments: it.segments,
            credits: it.credits,
            charge: it.charge,
            status: it.status,
            attempts: it.attempts,
            lease: it.lease.map(|Lease { until, holder }| LeaseItem { until, holder }),
            reference: it.reference.clone(),
            failure: it.failure.clone().map(|Failure { reason, code }| FailureItem { reason, code }),
            updated_at: it.updated_at,
        }
    }

    fn into_delivery(self, version: u64) -> Delivery {
        Delivery {
            author: self.author,
            origin: self.origin,
            gateway: self.gateway,
            to: self.to,
            encoding: self.encoding,
            segments: self.segments,
            credits: self.credits,
            charge: self.charge,
            status: self.status,
            attempts: self.attempts,
            lease: self.lease.map(|LeaseItem { until, holder }| Lease { until, holder }),
            reference: self.reference,
            failure: self.failure.map(|FailureItem { reason, code }| Failure { reason, code }),
            updated_at: self.updated_at,
            version,
        }
    }
}

impl MessageItem {
    fn new(it: &Message) -> Self {
        let (inbound, delivery) = match &it.way {
            Way::Inbound { reference, assignees } => {
                (Some(InboundItem { reference: reference.clone(), assignees: assignees.clone() }), None)
            }
            Way::Outbound(delivery) => (None, Some(DeliveryItem::new(delivery))),
        };
        Self { id: it.id, text: it.text.clone(), media: it.media.clone(), inbound, delivery }
    }
}

impl EntryItem {
    fn new(conversation: ConversationId, entry: &Entry) -> Self {
        let mut item = Self {
            conversation,
            sequence: entry.sequence,
            kind: entry.kind(),
            at: entry.at,
            version: 0,
            message: None,
            event: None,
        };
        match &entry.content {
            EntryContent::Message(message) => {
                item.version = message.delivery().map_or(0, |delivery| delivery.version);
                item.message = Some(MessageItem::new(message));
            }
            EntryContent::Event { id, event, actor } => {
                item.event = Some(EventItem { id: *id, event: (*event).into(), actor: (*actor).into() });
            }
        }
        item
    }

    pub(crate) fn into_entry(self) -> Result<Entry, StoreError> {
        let neither = || StoreError::unreadable(Self::KIND, "neither a message nor an event");
        let content = match (self.message, self.event) {
            (Some(message), None) => EntryContent::Message(Box::new(Message {
                id: message.id,
                conversation: self.conversation,
                sequence: self.sequence,
                accepted_at: self.at,
                text: message.text,
                media: message.media,
                way: match (message.inbound, message.delivery) {
                    (Some(inbound), None) => {
                        Way::Inbound { reference: inbound.reference, assignees: inbound.assignees }
                    }
                    (None, Some(delivery)) => Way::Outbound(Box::new(delivery.into_delivery(self.version))),
                    _ => return Err(neither()),
                },
            })),
            (None, Some(event)) => {
                EntryContent::Event { id: event.id, event: event.event.into(), actor: event.actor.into() }
            }
            _ => return Err(neither()),
        };
        Ok(Entry { sequence: self.sequence, at: self.at, content })
    }
}

/// When `sweep` has to look after a delivery; `None`: never again.
fn due(delivery: &Delivery) -> Option<Timestamp> {
    if delivery.status.is_settled() { None } else { delivery.updated_at.checked_add(STUCK_AFTER).ok() }
}

impl AccountStore {
    pub(crate) fn entry_item(
        &self,
        conversation: ConversationId,
        entry: &Entry,
    ) -> Result<NewItem, StoreError> {
        let key = keys::entry(self.account, conversation, entry.sequence);
        let item = NewItem::new(key, &EntryItem::new(conversation, entry))?;
        let due = match &entry.content {
            EntryContent::Message(message) => message.delivery().and_then(due),
            EntryContent::Event { .. } => None,
        };
        Ok(match due {
            Some(at) => item.wanting_attention(keys::due_sends(keys::shard(conversation)), at),
            None => item,
        })
    }

    /// A page of a timeline, newest first.
    pub async fn timeline(
        &self,
        conversation: ConversationId,
        filter: &TimelineFilter,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Entry>, InvalidCursor>, StoreError> {
        let query = format!("timeline {conversation} {filter:?}");
        let pk = keys::in_conversation(self.account, conversation);
        let mut request =
            Read::new(Index::Table, pk, page.limit).newest_first().range(Range::Prefix(keys::ENTRY));
        request.filter = filter.expression();
        let place = match self.open_cursor(&query, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        if let Some(place) = place {
            request = request.range(Range::Between(keys::ENTRY.to_owned(), place));
        }
        let found = self.store.query(request).await?;
        let entries = found
            .items
            .into_iter()
            .map(|item| read::<EntryItem>(item)?.into_entry())
            .collect::<Result<_, _>>()?;
        let next_cursor = found
            .last_key
            .as_ref()
            .and_then(|key| crate::item::text(key, keys::SK))
            .and_then(|place| place.strip_prefix(keys::ENTRY))
            .and_then(|sequence| sequence.parse::<u64>().ok())
            .and_then(|sequence| sequence.checked_sub(1))
            .and_then(|below| self.seal_cursor(&query, &keys::entry_place(below)));
        Ok(Ok(Page { items: entries, next_cursor }))
    }

    /// The outbound messages before `sequence` that have not left yet, oldest first, looking back at most `back` entries.
    pub async fn waiting_before(
        &self,
        conversation: ConversationId,
        sequence: u64,
        back: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let Some(last) = sequence.checked_sub(1) else { return Ok(Vec::new()) };
        let range = Range::Between(keys::ENTRY.to_owned(), keys::entry_place(last));
        let pk = keys::in_conversation(self.account, conversation);
        let request = Read::new(Index::Table, pk, back).newest_first().range(range);
        let found = self.store.query(request).await?;
        let mut waiting = Vec::new();
        for item in found.items.into_iter().rev() {
            if let EntryContent::Message(message) = read::<EntryItem>(item)?.into_entry()?.content
                && message.delivery().is_some_and(|it| matches!(it.status, Status::Queued | Status::Sending))
            {
                waiting.push(*message);
            }
        }
        Ok(waiting)
    }

    /// Where a message lies, and what it was accepted with.
    pub async fn message_record(&self, message: MessageId) -> Result<Option<MessageRecord>, StoreError> {
        self.store.get(keys::message(self.account, message)).await
    }

    /// The message at a place of a timeline.
    pub async fn message_at(
        &self,
        conversation: ConversationId,
        sequence: u64,
    ) -> Result<Option<Message>, StoreError> {
        let item: Option<EntryItem> =
            self.store.get(keys::entry(self.account, conversation, sequence)).await?;
        Ok(match item.map(EntryItem::into_entry).transpose()?.map(|entry| entry.content) {
            Some(EntryContent::Message(message)) => Some(*message),
            _ => None,
        })
    }

    /// Saves a step of a delivery over the version that `before` has, together with the move of credits that belongs to
    /// it.
    pub async fn save_delivery(
        &self,
        before: &Message,
        mut after: Delivery,
        credits: Option<CreditMove>,
    ) -> Result<Message, MessageSaveError> {
        let version = before.delivery().map_or(0, |delivery| delivery.version);
        after.version = version.saturating_add(1);
        let at = after.updated_at;
        let message = Message { way: Way::Outbound(Box::new(after)), ..before.clone() };
        let entry = Entry {
            sequence: message.sequence,
            at: message.accepted_at,
            content: EntryContent::Message(Box::new(message.clone())),
        };
        let item = self.entry_item(message.conversation, &entry)?;
        let Some(credits) = credits else {
            return match self.store.put_if(item, Expect::version(version)).await? {
                true => Ok(message),
                false => Err(MessageSaveError::Changed),
            };
        };
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), item, Some(Expect::version(version)));
        self.move_credits(&mut transaction, (), credits);
        if let CreditMove::Return(amount) = credits {
            let id = LedgerEntryId::derive(&[b"return", message.id.uuid().as_bytes()]);
            let kind = LedgerKind::Return { amount, message: message.id };
            transaction.put((), self.ledger_item(&LedgerEntry { id, at, kind })?, None);
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(message),
            Err(TransactionError::Refused(_)) => Err(MessageSaveError::Changed),
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }
}

/// Values of a filter expression, by their placeholders.
type FilterValues = Vec<(String, AttributeValue)>;

impl TimelineFilter {
    fn expression(&self) -> Option<(String, FilterValues)> {
        let mut clauses = Vec::new();
        let mut values = FilterValues::new();
        let mut one_of = |attribute: &str, prefix: &str, names: Vec<String>| {
            let holders: Vec<String> = (0..names.len()).map(|n| format!(":{prefix}{n}")).collect();
            values.extend(holders.iter().cloned().zip(names.into_iter().map(AttributeValue::S)));
            format!("{attribute} IN ({})", holders.join(", "))
        };
        if !self.kinds.is_empty() {
            clauses.push(one_of("kind", "k", self.kinds.iter().map(name).collect()));
        }
        if !self.origins.is_empty() {
            let origins = one_of("message.delivery.origin", "o", self.origins.iter().map(name).collect());
            clauses.push(format!("(attribute_not_exists(message.delivery) OR {origins})"));
        }
        if self.failed {
            clauses.push("attribute_type(message.delivery.failure, :map)".to_owned());
            values.push((":map".to_owned(), AttributeValue::S("M".to_owned())));
        }
        (!clauses.is_empty()).then(|| (clauses.join(" AND "), values))
    }
}

/// The name under which an enum's value is stored.
fn name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Reads a timeline entry as the stream shows it.
pub(crate) fn streamed(
    item: serde_dynamo::Item,
) -> Result<Option<(AccountId, ConversationId, Entry)>, StoreError> {
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
    let entry: EntryItem =
        serde_dynamo::from_item(item).map_err(|error| StoreError::unreadable(EntryItem::KIND, error))?;
    Ok(Some((account, conversation, entry.into_entry()?)))
}
