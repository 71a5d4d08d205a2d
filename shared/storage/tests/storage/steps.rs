//! Steps as the use cases write them.

use domain::{
    conversation::{Conversation, Start},
    credits::Credits,
    id::MessageId,
    message::{CarrierReference, Charge, Delivery, Message, Origin, Status, Way},
    phone::PhoneNumber,
    segments::Encoding,
    timeline::{Actor, ConversationEvent, Entry, EntryContent},
};
use jiff::Timestamp;
use storage::{Change, ChangeError, ConsentChange, Contact, MessageRecord};

use crate::support::{World, credits, id};

/// What a message costs in these tests.
pub(crate) const PRICE: u32 = 2;

pub(crate) fn reference(text: &str) -> CarrierReference {
    text.to_owned().try_into().unwrap()
}

/// A conversation that has not been written yet.
pub(crate) fn start(world: &World, number: &PhoneNumber, at: Timestamp) -> Conversation {
    Conversation::start(Start {
        account: world.account.id(),
        gateway: world.gateway.id,
        contact: contact(number, at).id,
        contact_number: number.clone(),
        contact_name: None,
        at,
    })
}

pub(crate) fn contact(number: &PhoneNumber, at: Timestamp) -> Contact {
    let id = domain::id::ContactId::derive(&[number.as_str().as_bytes()]);
    Contact { version: 1, ..Contact::with_number(id, number.clone(), at) }
}

/// The timeline entries of events, each at its place.
pub(crate) fn events(
    conversation: &mut Conversation,
    events: Vec<ConversationEvent>,
    actor: Actor,
    at: Timestamp,
) -> Vec<Entry> {
    let mut entry = |event| {
        let sequence = conversation.take_sequence();
        Entry { sequence, at, content: EntryContent::Event { id: id(sequence), event, actor } }
    };
    events.into_iter().map(&mut entry).collect()
}

/// What a customer's message writes. `before`: the conversation, unless it is the first message.
pub(crate) fn inbound<'a>(
    world: &World,
    before: Option<&'a Conversation>,
    number: &PhoneNumber,
    name: &str,
    text: &str,
    at: Timestamp,
) -> Change<'a> {
    let mut after = before.cloned().unwrap_or_else(|| start(world, number, at));
    let message = Message {
        id: Message::inbound_id(world.gateway.id, &reference(name)),
        conversation: after.id,
        sequence: after.take_sequence(),
        accepted_at: at,
        text: text.into(),
        media: Vec::new(),
        way: Way::Inbound {
            reference: reference(name),
            assignees: after.assignees.clone(),
            muted_by: after.muted_by.clone(),
            blocked: after.blocked,
            consent: None,
        },
    };
    let happened = after.receive(at, text);
    let record = record(&message, Credits::ZERO, "");
    let mut entries = vec![entry(&message)];
    entries.extend(events(&mut after, happened, Actor::Contact, at));
    let new_contact = before.is_none().then(|| contact(number, at));
    Change {
        before,
        after,
        entries,
        by: None,
        records: vec![record],
        new_contact,
        consent: ConsentChange::Leave,
        other_numbers: Vec::new(),
    }
}

/// What sending a message writes; the manager sends.
pub(crate) fn outbound<'a>(
    world: &World,
    before: Option<&'a Conversation>,
    number: &PhoneNumber,
    message: MessageId,
    text: &str,
    at: Timestamp,
) -> Change<'a> {
    let mut after = before.cloned().unwrap_or_else(|| start(world, number, at));
    let message = Message {
        id: message,
        conversation: after.id,
        sequence: after.take_sequence(),
        accepted_at: at,
        text: text.into(),
        media: Vec::new(),
        way: Way::Outbound(Box::new(delivery(world, number, at))),
    };
    let happened = after.send(at, text, Some(world.manager.id));
    let record = record(&message, credits(PRICE), "fingerprint");
    let mut entries = vec![entry(&message)];
    entries.extend(events(&mut after, happened, Actor::User(world.manager.id), at));
    let new_contact = before.is_none().then(|| contact(number, at));
    let consent = if before.is_none() { ConsentChange::Leave } else { ConsentChange::Require };
    Change {
        before,
        after,
        entries,
        by: None,
        records: vec![record],
        new_contact,
        consent,
        other_numbers: Vec::new(),
    }
}

pub(crate) fn delivery(world: &World, to: &PhoneNumber, at: Timestamp) -> Delivery {
    Delivery {
        author: Actor::User(world.manager.id),
        origin: Origin::Manual,
        template: None,
        gateway: world.gateway.id,
        to: to.clone(),
        encoding: Encoding::Gsm7,
        segments: PRICE,
        credits: credits(PRICE),
        charge: Charge::Held,
        status: Status::Queued,
        scheduled: None,
        rerouted_from: None,
        exempt_until: None,
        leave_before: None,
        deferred_until: None,
        attempts: 0,
        lease: None,
        reference: None,
        failure: None,
        updated_at: at,
        version: 1,
    }
}

fn record(message: &Message, credits: Credits, fingerprint: &str) -> MessageRecord {
    MessageRecord {
        message: message.id,
        conversation: message.conversation,
        sequence: message.sequence,
        fingerprint: fingerprint.into(),
        credits,
        at: message.accepted_at,
    }
}

pub(crate) fn entry(message: &Message) -> Entry {
    let content = EntryContent::Message(Box::new(message.clone()));
    Entry { sequence: message.sequence, at: message.accepted_at, content }
}

/// What a step without a message writes; `None`: nothing.
pub(crate) fn act(
    before: &Conversation,
    at: Timestamp,
    step: impl FnOnce(&mut Conversation) -> Vec<ConversationEvent>,
) -> Option<Change<'_>> {
    let mut after = before.clone();
    let happened = step(&mut after);
    if after == *before {
        return None;
    }
    let entries = events(&mut after, happened, Actor::System, at);
    let consent = ConsentChange::Leave;
    Some(Change {
        before: Some(before),
        after,
        entries,
        by: None,
        records: Vec::new(),
        new_contact: None,
        consent,
        other_numbers: Vec::new(),
    })
}

impl World {
    /// A message from a customer, stored.
    pub(crate) async fn receive(&self, number: &PhoneNumber, name: &str, at: Timestamp) -> Conversation {
        let before = self.find(number).await;
        let change = inbound(self, before.as_ref(), number, name, "Is the ring ready?", at);
        self.account.change(change).await.unwrap()
    }

    /// A message to a customer, accepted.
    pub(crate) async fn send(&self, number: &PhoneNumber, message: u64, at: Timestamp) -> Message {
        let before = self.find(number).await;
        let change = outbound(self, before.as_ref(), number, id(message), "It is ready.", at);
        let (conversation, sequence) = (change.after.id, change.entries[0].sequence);
        self.account.change(change).await.unwrap();
        self.account.message_at(conversation, sequence).await.unwrap().unwrap()
    }

    /// The conversation with a customer.
    pub(crate) async fn find(&self, number: &PhoneNumber) -> Option<Conversation> {
        let id = Conversation::id_for(self.account.id(), self.gateway.id, number);
        self.account.conversation(id).await.unwrap()
    }

    /// A step without a message, stored.
    pub(crate) async fn act(
        &self,
        before: &Conversation,
        at: Timestamp,
        step: impl FnOnce(&mut Conversation) -> Vec<ConversationEvent>,
    ) -> Conversation {
        match act(before, at, step) {
            Some(change) => self.account.change(change).await.unwrap(),
            None => before.clone(),
        }
    }

    /// Tries a change that is to be refused, and insists that nothing of it was written.
    pub(crate) async fn refused(&self, change: Change<'_>) -> ChangeError {
        let before = self.items();
        let error = self.account.change(change).await.unwrap_err();
        assert_eq!(self.items(), before, "a refused change left something behind");
        error
    }
}
