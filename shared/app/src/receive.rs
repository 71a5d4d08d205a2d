//! A customer's message comes in.

use carriers::{InboundMessage, OptOut as CarrierOptOut};
use domain::{
    consent::{OptOut, OptOutSource, Reading, Said, Wish, read},
    conversation::Conversation,
    credits::Credits,
    gateway::Gateway,
    message::{Media, Message, Way},
    phone::PhoneNumber,
    sender_id::SenderKind,
    timeline::{Actor, Entry, EntryContent},
};
use jiff::Timestamp;
use storage::{AccountStore, Change, ChangeError, ConsentChange, MessageRecord, StoreError};

use crate::{
    App, Failure,
    begin::begin,
    conversations::{ATTEMPTS_MAX, entries},
};

/// At most this many characters of a text are kept: more than any carrier carries, far less than an item holds.
const TEXT_CHARACTERS_MAX: usize = 20_000;

/// What became of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is in the table now.
    New,
    /// It had been received before (I02).
    Again,
}

/// Stores an inbound message with all that follows from it, in one transaction (I01 to I03). Whatever else is to happen
/// (notifications, automations) follows from the table's stream.
pub async fn receive(
    app: &App,
    gateway: &Gateway,
    inbound: &InboundMessage,
    at: Timestamp,
) -> Result<Received, Failure> {
    let account = app.store.account(gateway.account);
    let reading = reading(inbound);
    let id = Conversation::id_for(gateway.account, gateway.id, &inbound.from);
    for _ in 0..ATTEMPTS_MAX {
        let before = account.conversation(id).await?;
        let (mut after, new_contact) = match before.clone() {
            Some(conversation) => (conversation, None),
            None => begin(app, &account, gateway.id, &inbound.from, at).await?,
        };
        let heard = hear(&account, gateway, inbound, reading, &after, at).await?;
        let message = message(gateway, inbound, &mut after, heard.said, at);
        let events = after.receive(at, &message.text);
        let record = MessageRecord {
            message: message.id,
            conversation: after.id,
            sequence: message.sequence,
            fingerprint: String::new(),
            credits: Credits::ZERO,
            at,
        };
        let mut all =
            vec![Entry { sequence: message.sequence, at, content: EntryContent::Message(Box::new(message)) }];
        all.extend(entries(app, &mut after, Actor::Contact, events, at));
        let change = Change {
            before: before.as_ref(),
            after,
            entries: all,
            by: None,
            records: vec![record],
            new_contact,
            consent: heard.change,
            other_numbers: heard.other_numbers,
        };
        match account.change(change).await {
            Ok(_) => return Ok(Received::New),
            Err(ChangeError::Accepted(_)) => return Ok(Received::Again),
            Err(ChangeError::Changed) => {}
            Err(ChangeError::Store(error)) => return Err(error.into()),
            Err(
                ChangeError::NotEnoughCredits { .. }
                | ChangeError::OptedOut { .. }
                | ChangeError::Blocked { .. }
                | ChangeError::Scheduled,
            ) => {
                return Err(Failure::Broken("an inbound message was refused as if it were sent"));
            }
        }
    }
    Err(StoreError::Contention.into())
}

fn message(
    gateway: &Gateway,
    inbound: &InboundMessage,
    conversation: &mut Conversation,
    consent: Option<Said>,
    at: Timestamp,
) -> Message {
    let media =
        inbound.media.iter().map(|media| Media::at(media.url.to_string(), Some(media.content_type.clone())));
    let id = Message::inbound_id(gateway.id, &inbound.reference);
    Message {
        id,
        conversation: conversation.id,
        sequence: conversation.take_place(id),
        accepted_at: at,
        text: inbound.text.chars().take(TEXT_CHARACTERS_MAX).collect(),
        media: media.collect(),
        way: Way::Inbound {
            reference: inbound.reference.clone(),
            assignees: conversation.assignees.clone(),
            muted_by: conversation.muted_by.clone(),
            blocked: conversation.blocked,
            consent,
        },
    }
}

/// What the message says about consent, in the carrier's words or in its own (I07).
fn reading(inbound: &InboundMessage) -> Option<Reading> {
    let wish = match inbound.opt_out {
        Some(CarrierOptOut::Stop) => Wish::OptOut,
        Some(CarrierOptOut::Start) => Wish::OptIn,
        Some(CarrierOptOut::Help) => Wish::Help,
        None => return read(&inbound.text),
    };
    Some(Reading { wish, is_standard: true })
}

/// What follows from what the message says about consent.
struct Heard {
    said: Option<Said>,
    change: ConsentChange,
    /// The contact's other numbers, which it is about as well.
    other_numbers: Vec<PhoneNumber>,
}

/// Two reads, and only for a text that says something about consent.
async fn hear(
    account: &AccountStore,
    gateway: &Gateway,
    inbound: &InboundMessage,
    reading: Option<Reading>,
    conversation: &Conversation,
    at: Timestamp,
) -> Result<Heard, Failure> {
    let mut heard = Heard { said: None, change: ConsentChange::Leave, other_numbers: Vec::new() };
    let Some(Reading { wish, is_standard }) = reading else { return Ok(heard) };
    let before = account.number(&inbound.from).await?.and_then(|it| it.opt_out);
    // In the United States and Canada the network itself answers for toll-free numbers, whatever the carrier.
    let answers = carriers::carrier(gateway.carrier).answers_consent_words()
        || gateway.sender.kind() == SenderKind::TollFree;
    let answered = inbound.opt_out.is_some() || (is_standard && answers);
    heard.said = Some(Said::new(wish, &inbound.from, before, at, answered));
    heard.change = match wish {
        Wish::OptOut => ConsentChange::OptOut(OptOut { since: at, source: OptOutSource::Keyword }),
        Wish::OptIn => ConsentChange::OptIn,
        Wish::Help | Wish::Unclear => return Ok(heard),
    };
    if let Some(contact) = account.contact(conversation.contact).await? {
        heard.other_numbers = contact.numbers.into_iter().filter(|it| *it != inbound.from).collect();
    }
    Ok(heard)
}
