//! One queue: sending with its deduplication, receiving with its locks, dead letters.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::error::SqsError;
use super::message::{Message, Sent, hex, md5_hex, md5_of_attributes};
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

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created_ms: u64,
    pub(super) messages: VecDeque<Message>,
    seen: HashMap<String, Seen>,
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
        let (messages, seen) = (VecDeque::new(), HashMap::new());
        Self { name, settings, tags, created_ms, messages, seen, sequence: 0 }
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
        let mut id = ambient.id().to_string();
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
        self.messages.push_back(Message {
            id: std::mem::take(&mut id),
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
            None if self.settings.deduplicates_by_content() => Ok(hex(&Sha256::digest(body))),
            None => Err(SqsError::invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
                 provided explicitly",
            )),
        }
    }

    /// The sequence number of a message, and the id of the earlier one if this is a duplicate.
    fn remember(&mut self, key: &str, sent: &Sent, id: &str, now: Instant) -> (Option<String>, String) {
        self.seen.retain(|_, seen| seen.until > now);
        let scope =
            if self.settings.deduplicates_by_group() { sent.message_group_id.as_deref() } else { None };
        let key = format!("{} {key}", scope.unwrap_or_default());
        if let Some(seen) = self.seen.get(&key) {
            return (Some(seen.message_id.clone()), seen.sequence.clone());
        }
        let sequence = self.next_sequence();
        let seen =
            Seen { until: now + DEDUPLICATION_WINDOW, message_id: id.to_owned(), sequence: sequence.clone() };
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
        self.messages.push_back(message);
    }

    /// Takes up to `max` visible messages in order. In a FIFO queue a group with a message in flight, or with
    /// an earlier one that is still delayed, gives nothing.
    pub(super) fn receive(&mut self, max: usize, visibility_seconds: u64, ambient: &Ambient) -> Found {
        let now = Instant::now();
        self.messages.retain(|message| message.expires_at > now);
        let receives_max = self.settings.redrive().map(|redrive| redrive.receives_max);
        let mut locked = self.groups_in_flight(now);
        let fifo = self.settings.is_fifo();
        let mut found = Found::default();
        let mut kept = VecDeque::with_capacity(self.messages.len());
        while let Some(mut message) = self.messages.pop_front() {
            if message.visible_at > now {
                found.next_at =
                    Some(found.next_at.map_or(message.visible_at, |at| at.min(message.visible_at)));
                if fifo {
                    locked.extend(message.group.clone());
                }
            } else if found.messages.len() < max
                && !message.group.as_ref().is_some_and(|g| locked.contains(g))
            {
                if receives_max.is_some_and(|receives_max| message.receives >= receives_max) {
                    found.dead.push(message);
                    continue;
                }
                message.receives += 1;
                message.received_at = Some(now);
                message.visible_at = after_seconds(now, visibility_seconds);
                if message.first_received_ms == 0 {
                    message.first_received_ms = ambient.unix_ms();
                }
                found.messages.push(message.clone());
            }
            kept.push_back(message);
        }
        self.messages = kept;
        found
    }

    /// Takes the first visible message out of the queue.
    pub(super) fn take_visible(&mut self, now: Instant) -> Option<Message> {
        let index =
            self.messages.iter().position(|message| message.visible_at <= now && message.expires_at > now)?;
        self.messages.remove(index)
    }

    fn groups_in_flight(&self, now: Instant) -> HashSet<String> {
        if !self.settings.is_fifo() {
            return HashSet::new();
        }
        self.messages
            .iter()
            .filter(|message| message.is_in_flight(now))
            .filter_map(|m| m.group.clone())
            .collect()
    }

    /// Deletes the message of this receipt. A message that is gone, or was received again since, is left.
    pub(super) fn delete(&mut self, receipt: &str) -> Result<(), SqsError> {
        let name = self.name.clone();
        let id = self.message_of(receipt)?;
        let now = Instant::now();
        let Some(index) = self.messages.iter().position(|message| message.id == id) else { return Ok(()) };
        let current = self.messages.get(index).is_some_and(|message| message.receipt(&name) == receipt);
        let expired = self.messages.get(index).is_some_and(|message| !message.is_in_flight(now));
        if self.settings.is_fifo() && (expired || !current) {
            return Err(SqsError::invalid_value(format!(
                "Value {receipt} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
            )));
        }
        if current {
            self.messages.remove(index);
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
        let (name, now) = (self.name.clone(), Instant::now());
        let id = self.message_of(receipt)?;
        let message =
            self.messages.iter_mut().find(|message| message.id == id && message.receipt(&name) == receipt);
        let message = message.filter(|m| m.is_in_flight(now)).ok_or_else(SqsError::not_in_flight)?;
        let since = message.received_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        if since.as_secs() + seconds > VISIBILITY_SECONDS_MAX {
            return Err(SqsError::invalid_value(format!(
                "Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_SECONDS_MAX} seconds]"
            )));
        }
        message.visible_at = after_seconds(now, seconds);
        Ok(())
    }

    /// The message id in a receipt of this queue.
    fn message_of(&self, receipt: &str) -> Result<String, SqsError> {
        let decoded = STANDARD.decode(receipt).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let parts: Vec<_> = decoded.as_deref().map(|text| text.split(' ').collect()).unwrap_or_default();
        match parts.as_slice() {
            [queue, id, _] if *queue == self.name => Ok((*id).to_owned()),
            _ => Err(SqsError::invalid_receipt(receipt)),
        }
    }

    /// How many messages are where.
    pub(super) fn counts(&self) -> Counts {
        let now = Instant::now();
        let mut counts = Counts::default();
        for message in self.messages.iter().filter(|message| message.expires_at > now) {
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
