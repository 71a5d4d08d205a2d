//! One queue: sending with its deduplication, receiving with its locks, dead letters.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::error::SqsError;
use super::message::{Message, Sent, md5_hex, md5_of_attributes};
use super::settings::Settings;
use super::{Counts, VISIBILITY_SECONDS_MAX};
use crate::ambient::{Ambient, after_seconds};

/// How long a FIFO queue remembers a deduplication id.
const DEDUPLICATION_WINDOW: Duration = Duration::from_mins(5);

/// What a FIFO queue answers to a message that it has seen already.
#[derive(Clone, Debug)]
struct Seen {
    until: Instant,
    message_id: String,
    sequence: String,
}

/// A queue. No operation walks over all messages where it need not: a campaign puts in 100,000 at once.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created_ms: u64,
    /// By place: the order in which they came.
    messages: BTreeMap<u64, Message>,
    next_place: u64,
    /// The place of each message id.
    places: HashMap<String, u64>,
    /// Places that were handed out and may still be in flight.
    in_flight: BTreeSet<u64>,
    seen: HashMap<String, Seen>,
    /// The keys of `seen`, oldest first.
    seen_order: VecDeque<String>,
    sequence: u128,
}

/// What a receive found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The messages, now in flight.
    pub(super) messages: Vec<Message>,
    /// Messages received too often, to be put into the dead-letter queue.
    pub(super) dead: Vec<Message>,
    /// When the next message may become visible.
    pub(super) next_at: Option<Instant>,
}

impl Queue {
    pub(super) fn new(
        name: String,
        settings: Settings,
        tags: BTreeMap<String, String>,
        created_ms: u64,
    ) -> Self {
        Self {
            name,
            settings,
            tags,
            created_ms,
            messages: BTreeMap::new(),
            next_place: 0,
            places: HashMap::new(),
            in_flight: BTreeSet::new(),
            seen: HashMap::new(),
            seen_order: VecDeque::new(),
            sequence: 0,
        }
    }

    /// Every message, oldest first.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// Deletes every message.
    pub(super) fn purge(&mut self) {
        self.messages.clear();
        self.places.clear();
        self.in_flight.clear();
    }

    fn insert(&mut self, message: Message) {
        self.places.insert(message.id.clone(), self.next_place);
        self.messages.insert(self.next_place, message);
        self.next_place += 1;
    }

    /// Takes the message out of its place.
    pub(super) fn remove(&mut self, place: u64) -> Option<Message> {
        let message = self.messages.remove(&place)?;
        self.places.remove(&message.id);
        self.in_flight.remove(&place);
        Some(message)
    }

    /// The first message that could be received, and its place.
    pub(super) fn first_visible(&self, now: Instant) -> Option<(u64, &Message)> {
        let visible = |message: &Message| message.visible_at <= now && message.expires_at > now;
        self.messages.iter().find(|(_, message)| visible(message)).map(|(place, message)| (*place, message))
    }

    /// Takes a message; returns the answer of `SendMessage`.
    pub(super) fn send(&mut self, sent: Sent, ambient: &Ambient) -> Result<Value, SqsError> {
        let body = sent.checked_body(self.settings.number("MaximumMessageSize"))?;
        let now = Instant::now();
        let mut answer = json!({"MD5OfMessageBody": md5_hex(body.as_bytes())});
        let mut put = |name: &str, value: String| {
            if let Some(fields) = answer.as_object_mut() {
                fields.insert(name.to_owned(), Value::String(value));
            }
        };
        if let Some(md5) = md5_of_attributes(&sent.message_attributes) {
            put("MD5OfMessageAttributes", md5);
        }
        if let Some(md5) = md5_of_attributes(&sent.message_system_attributes) {
            put("MD5OfMessageSystemAttributes", md5);
        }
        let id = ambient.id().to_string();
        let (mut deduplication, mut sequence) = (sent.message_deduplication_id.clone(), None);
        if self.settings.is_fifo() {
            let key = self.deduplication_id(&sent, &body)?;
            let (known, number) = self.remember(&key, &sent, &id, now);
            put("SequenceNumber", number.clone());
            (deduplication, sequence) = (Some(key), Some(number));
            if let Some(earlier) = known {
                put("MessageId", earlier);
                return Ok(answer);
            }
        } else if deduplication.is_some() {
            return Err(SqsError::invalid_value(
                "The request includes a parameter that is not valid for this queue type. Reason: \
                 MessageDeduplicationId.",
            ));
        }
        let delay = sent.delay_seconds.unwrap_or_else(|| self.settings.number("DelaySeconds"));
        if delay > 900 {
            return Err(SqsError::invalid_value("DelaySeconds must be >= 0 and <= 900."));
        }
        put("MessageId", id.clone());
        self.insert(Message {
            id,
            body,
            trace: sent.message_system_attributes.get("AWSTraceHeader").and_then(|a| a.string_value.clone()),
            attributes: sent.message_attributes,
            group: sent.message_group_id,
            deduplication,
            sequence,
            sent_ms: ambient.unix_ms(),
            visible_at: after_seconds(now, delay),
            expires_at: after_seconds(now, self.settings.number("MessageRetentionPeriod")),
            receives: 0,
            first_received_ms: 0,
            received_at: None,
            source: None,
        });
        Ok(answer)
    }

    /// What a FIFO queue needs of a message.
    fn deduplication_id(&self, sent: &Sent, body: &str) -> Result<String, SqsError> {
        if sent.message_group_id.as_deref().unwrap_or_default().is_empty() {
            return Err(SqsError::missing("MessageGroupId"));
        }
        if sent.delay_seconds.is_some_and(|delay| delay > 0) {
            return Err(SqsError::invalid_value(
                "The request includes a parameter that is not valid for this queue type. Reason: DelaySeconds.",
            ));
        }
        match &sent.message_deduplication_id {
            Some(id) => Ok(id.clone()),
            None if self.settings.deduplicates_by_content() => Ok(hex::encode(Sha256::digest(body))),
            None => Err(SqsError::invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
                 provided explicitly",
            )),
        }
    }

    /// The sequence number of a message, and the id of the earlier one if this is a duplicate.
    fn remember(&mut self, key: &str, sent: &Sent, id: &str, now: Instant) -> (Option<String>, String) {
        while self
            .seen_order
            .front()
            .and_then(|oldest| self.seen.get(oldest))
            .is_some_and(|seen| seen.until <= now)
        {
            if let Some(oldest) = self.seen_order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
        let scope =
            if self.settings.deduplicates_by_group() { sent.message_group_id.as_deref() } else { None };
        let key = format!("{} {key}", scope.unwrap_or_default());
        if let Some(seen) = self.seen.get(&key) {
            return (Some(seen.message_id.clone()), seen.sequence.clone());
        }
        let sequence = self.next_sequence();
        let seen =
            Seen { until: now + DEDUPLICATION_WINDOW, message_id: id.to_owned(), sequence: sequence.clone() };
        self.seen_order.push_back(key.clone());
        self.seen.insert(key, seen);
        (None, sequence)
    }

    fn next_sequence(&mut self) -> String {
        self.sequence += 1;
        format!("{:020}", self.sequence)
    }

    /// Puts in a message that comes from another queue: visible at once, not yet received.
    pub(super) fn put_moved(&mut self, mut message: Message, now: Instant) {
        message.receives = 0;
        message.first_received_ms = 0;
        message.received_at = None;
        message.visible_at = now;
        message.expires_at = after_seconds(now, self.settings.number("MessageRetentionPeriod"));
        if self.settings.is_fifo() {
            message.sequence = Some(self.next_sequence());
        }
        self.insert(message);
    }

    /// Takes up to `max` visible messages in order. In a FIFO queue a group with a message in flight, or with
    /// an earlier one that is still delayed, gives nothing.
    pub(super) fn receive(&mut self, max: usize, visibility_seconds: u64, ambient: &Ambient) -> Found {
        let now = Instant::now();
        let mut found = Found::default();
        let (taken, dead) = self.choose(max, now, &mut found.next_at);
        found.dead = dead.into_iter().filter_map(|place| self.remove(place)).collect();
        for place in taken {
            let Some(message) = self.messages.get_mut(&place) else { continue };
            message.receives += 1;
            message.received_at = Some(now);
            message.visible_at = after_seconds(now, visibility_seconds);
            if message.first_received_ms == 0 {
                message.first_received_ms = ambient.unix_ms();
            }
            found.messages.push(message.clone());
            self.in_flight.insert(place);
        }
        found
    }

    /// The places to receive, and those received too often. Expired messages are dropped on the way.
    fn choose(&mut self, max: usize, now: Instant, next_at: &mut Option<Instant>) -> (Vec<u64>, Vec<u64>) {
        let receives_max = self.settings.redrive().map(|redrive| redrive.receives_max);
        let fifo = self.settings.is_fifo();
        let mut locked = self.groups_in_flight(now);
        let (mut taken, mut dead, mut expired) = (Vec::new(), Vec::new(), Vec::new());
        for (place, message) in &self.messages {
            if taken.len() == max {
                break;
            }
            if message.expires_at <= now {
                expired.push(*place);
            } else if message.visible_at > now {
                *next_at = Some(next_at.map_or(message.visible_at, |at| at.min(message.visible_at)));
                if fifo {
                    locked.extend(message.group.clone());
                }
            } else if message.group.as_ref().is_some_and(|group| locked.contains(group)) {
                // Waits for the one before it.
            } else if receives_max.is_some_and(|receives_max| message.receives >= receives_max) {
                dead.push(*place);
            } else {
                taken.push(*place);
            }
        }
        for place in expired {
            self.remove(place);
        }
        (taken, dead)
    }

    fn groups_in_flight(&mut self, now: Instant) -> HashSet<String> {
        let messages = &self.messages;
        self.in_flight.retain(|place| messages.get(place).is_some_and(|message| message.is_in_flight(now)));
        if !self.settings.is_fifo() {
            return HashSet::new();
        }
        self.in_flight.iter().filter_map(|place| messages.get(place)?.group.clone()).collect()
    }

    /// Deletes the message of this receipt. A message that is gone, or was received again since, is left.
    pub(super) fn delete(&mut self, receipt: &str) -> Result<(), SqsError> {
        let Some(place) = self.place_of(receipt)? else { return Ok(()) };
        let Some(message) = self.messages.get(&place) else { return Ok(()) };
        let current = message.receipt(&self.name) == receipt;
        let expired = !message.is_in_flight(Instant::now());
        if self.settings.is_fifo() && (expired || !current) {
            return Err(SqsError::invalid_value(format!(
                "Value {receipt} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
            )));
        }
        if current {
            self.remove(place);
        }
        Ok(())
    }

    /// Makes the message of this receipt visible again after so many seconds.
    pub(super) fn change_visibility(&mut self, receipt: &str, seconds: u64) -> Result<(), SqsError> {
        if seconds > VISIBILITY_SECONDS_MAX {
            return Err(SqsError::invalid_value(format!(
                "Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and \
                 {VISIBILITY_SECONDS_MAX}."
            )));
        }
        let now = Instant::now();
        let place = self.place_of(receipt)?;
        let message = place.and_then(|place| self.messages.get_mut(&place));
        let current = message.filter(|m| m.is_in_flight(now) && m.receipt(&self.name) == receipt);
        let message = current.ok_or_else(SqsError::not_in_flight)?;
        let since = message.received_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        if since.as_secs() + seconds > VISIBILITY_SECONDS_MAX {
            return Err(SqsError::invalid_value(format!(
                "Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_SECONDS_MAX} seconds]"
            )));
        }
        message.visible_at = after_seconds(now, seconds);
        Ok(())
    }

    /// The place of the message in a receipt of this queue; `None` if the message is gone.
    fn place_of(&self, receipt: &str) -> Result<Option<u64>, SqsError> {
        let decoded = STANDARD.decode(receipt).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let parts: Vec<_> = decoded.as_deref().map(|text| text.split(' ').collect()).unwrap_or_default();
        match parts.as_slice() {
            [queue, id, _] if *queue == self.name => Ok(self.places.get(*id).copied()),
            _ => Err(SqsError::invalid_receipt(receipt)),
        }
    }

    /// How many messages are where.
    pub(super) fn counts(&self) -> Counts {
        let now = Instant::now();
        let mut counts = Counts::default();
        for message in self.messages.values().filter(|message| message.expires_at > now) {
            if message.is_in_flight(now) {
                counts.in_flight += 1;
            } else if message.visible_at > now {
                counts.delayed += 1;
            } else {
                counts.visible += 1;
            }
        }
        counts
    }
}
