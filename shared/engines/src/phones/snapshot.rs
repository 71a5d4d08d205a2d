//! What the phone simulator's page shows: plain structs for JSON.

use domain::{id::MessageId, phone::PhoneNumber};
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::{
    Attachment, PhoneNetwork, Writer,
    magic::{self, MagicNumber},
    state::Text,
};
use crate::lock;

/// The whole network at a glance.
#[derive(Serialize)]
pub struct NetworkSummary {
    /// The businesses' numbers.
    pub lines: Vec<LineSummary>,
    /// The phones that have texted or been texted.
    pub phones: Vec<Phone>,
    /// How many webhooks wait for their time.
    pub webhooks_waiting: usize,
    /// How many webhooks the businesses never took.
    pub webhooks_given_up: u64,
    /// The numbers that misbehave.
    pub magic_numbers: &'static [MagicNumber],
}

/// A business's number.
#[derive(Serialize)]
pub struct LineSummary {
    /// The number.
    pub number: PhoneNumber,
    /// Where its inbound messages go.
    pub inbound_url: Option<Url>,
}

/// A customer's phone.
#[derive(Serialize)]
pub struct Phone {
    /// Its number.
    pub number: PhoneNumber,
    /// Its threads, one for each business.
    pub threads: Vec<ThreadSummary>,
}

/// A thread in the list.
#[derive(Serialize)]
pub struct ThreadSummary {
    /// With whom.
    pub business: PhoneNumber,
    /// How many texts it has.
    pub messages: usize,
    /// When the last one was written.
    pub last_at: Option<Timestamp>,
    /// The last text.
    pub last_text: Option<String>,
}

/// A thread, oldest text first.
#[derive(Serialize)]
pub struct Thread {
    /// Whose phone.
    pub phone: PhoneNumber,
    /// With whom.
    pub business: PhoneNumber,
    /// Its texts.
    pub messages: Vec<ThreadMessage>,
}

/// One text of a thread.
#[derive(Serialize)]
pub struct ThreadMessage {
    /// Who wrote it.
    pub from: Writer,
    /// The carrier's reference.
    pub reference: String,
    /// The business's id, if the business wrote it.
    pub message: Option<MessageId>,
    /// The text.
    pub text: String,
    /// Its files.
    pub media: Vec<Attachment>,
    /// When the carrier had it.
    pub at: Timestamp,
    /// Whether it is on the phone.
    pub arrived: bool,
    /// What the carrier told the business, oldest first.
    pub receipts: Vec<ThreadReceipt>,
}

/// One receipt.
#[derive(Serialize)]
pub struct ThreadReceipt {
    /// The status as sent.
    pub status: String,
    /// When it was first sent.
    pub at: Timestamp,
}

impl PhoneNetwork {
    /// The network at a glance.
    pub fn summary(&self) -> NetworkSummary {
        let (waiting, given_up, lines) = {
            let state = lock(&self.state);
            let line = |line: &super::state::Line| LineSummary {
                number: line.number.clone(),
                inbound_url: line.inbound_url.clone(),
            };
            (state.owed.len(), state.webhooks_given_up, state.lines.values().map(line).collect())
        };
        NetworkSummary {
            lines,
            phones: self.phones(),
            webhooks_waiting: waiting,
            webhooks_given_up: given_up,
            magic_numbers: &magic::TABLE,
        }
    }

    /// The phones that have texted or been texted, by number.
    pub fn phones(&self) -> Vec<Phone> {
        let state = lock(&self.state);
        let mut phones: Vec<Phone> = Vec::new();
        for ((number, business), texts) in &state.threads {
            let last = texts.last();
            let thread = ThreadSummary {
                business: business.clone(),
                messages: texts.len(),
                last_at: last.map(|text| text.at),
                last_text: last.map(|text| text.words.clone()),
            };
            match phones.last_mut() {
                Some(phone) if phone.number == *number => phone.threads.push(thread),
                _ => phones.push(Phone { number: number.clone(), threads: vec![thread] }),
            }
        }
        phones
    }

    /// One thread; without texts if the two have not texted yet.
    pub fn thread(&self, phone: &PhoneNumber, business: &PhoneNumber) -> Thread {
        let state = lock(&self.state);
        let texts = state.threads.get(&(phone.clone(), business.clone()));
        let messages = texts.into_iter().flatten().map(message).collect();
        Thread { phone: phone.clone(), business: business.clone(), messages }
    }
}

fn message(text: &Text) -> ThreadMessage {
    ThreadMessage {
        from: text.writer,
        reference: text.reference.as_str().to_owned(),
        message: text.message,
        text: text.words.clone(),
        media: text.media.clone(),
        at: text.at,
        arrived: text.arrived,
        receipts: text
            .receipts
            .iter()
            .map(|(at, status)| ThreadReceipt { status: status.clone(), at: *at })
            .collect(),
    }
}
