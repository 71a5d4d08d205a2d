//! One message: what a sender gives, what is kept, what a receiver gets.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::SqsError;
use crate::{ACCOUNT, REGION};

/// The most attributes of one message.
const ATTRIBUTES_MAX: usize = 10;

/// Who every message is from: an id in the form of an IAM user's.
const SENDER: &str = "AIDAENGINESLOCALSENDER";

/// A message attribute as it travels; binary values stay in base64.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    pub(crate) data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

/// Attributes by name; the order of names is that of the MD5.
pub(crate) type Attributes = BTreeMap<String, Attribute>;

/// What `SendMessage` and each entry of `SendMessageBatch` carry.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Sent {
    pub(crate) message_body: Option<String>,
    pub(crate) delay_seconds: Option<u64>,
    pub(crate) message_attributes: Attributes,
    pub(crate) message_system_attributes: Attributes,
    pub(crate) message_group_id: Option<String>,
    pub(crate) message_deduplication_id: Option<String>,
}

/// A message in a queue.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: Attributes,
    pub(super) trace: Option<String>,
    pub(super) group: Option<String>,
    pub(super) deduplication: Option<String>,
    /// FIFO only: 20 digits.
    pub(super) sequence: Option<String>,
    pub(super) sent_ms: u64,
    /// From when it can be received: after its delay, or after the last receive's visibility time-out.
    pub(super) visible_at: Instant,
    pub(super) expires_at: Instant,
    pub(super) receives: u32,
    pub(super) first_received_ms: u64,
    pub(super) received_at: Option<Instant>,
    /// The ARN of the queue it was dead-lettered from.
    pub(super) source: Option<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("receives", &self.receives)
            .finish_non_exhaustive()
    }
}

impl Message {
    /// Whether it was received and not yet given back.
    pub(super) fn is_in_flight(&self, now: Instant) -> bool {
        self.receives > 0 && self.visible_at > now
    }

    /// The handle of the latest receive: names queue, message and receive, so that a stale one is recognised.
    pub(super) fn receipt(&self, queue: &str) -> String {
        STANDARD.encode(format!("{queue} {} {}", self.id, self.receives))
    }

    fn system_attributes(&self) -> BTreeMap<&'static str, String> {
        let mut all = BTreeMap::from([
            ("ApproximateFirstReceiveTimestamp", self.first_received_ms.to_string()),
            ("ApproximateReceiveCount", self.receives.to_string()),
            ("SenderId", SENDER.to_owned()),
            ("SentTimestamp", self.sent_ms.to_string()),
        ]);
        let optional = [
            ("AWSTraceHeader", &self.trace),
            ("DeadLetterQueueSourceArn", &self.source),
            ("MessageDeduplicationId", &self.deduplication),
            ("MessageGroupId", &self.group),
            ("SequenceNumber", &self.sequence),
        ];
        all.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        all
    }

    /// As `ReceiveMessage` answers it, with the attributes asked for.
    pub(super) fn received(&self, queue: &str, system: &[String], wanted: &[String]) -> Value {
        let mut answer = json!({
            "MessageId": self.id,
            "ReceiptHandle": self.receipt(queue),
            "Body": self.body,
            "MD5OfBody": md5_hex(self.body.as_bytes()),
        });
        let mut put = |name: &str, value: Value| {
            if let Some(fields) = answer.as_object_mut() {
                fields.insert(name.to_owned(), value);
            }
        };
        let mut own = self.system_attributes();
        own.retain(|name, _| system.iter().any(|asked| asked == "All" || asked == name));
        if !own.is_empty() {
            put("Attributes", json!(own));
        }
        let chosen: Attributes = self
            .attributes
            .iter()
            .filter(|(name, _)| is_wanted(name, wanted))
            .map(|(n, a)| (n.clone(), a.clone()))
            .collect();
        if let Some(md5) = md5_of_attributes(&chosen) {
            put("MD5OfMessageAttributes", json!(md5));
            put("MessageAttributes", json!(chosen));
        }
        answer
    }

    /// As a record of the event that Lambda delivers.
    pub(super) fn lambda_record(&self, queue: &str) -> Value {
        let attributes: BTreeMap<_, _> = self
            .attributes
            .iter()
            .map(|(name, attribute)| {
                let value = json!({
                    "stringValue": attribute.string_value,
                    "binaryValue": attribute.binary_value,
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": attribute.data_type,
                });
                (name, value)
            })
            .collect();
        json!({
            "messageId": self.id,
            "receiptHandle": self.receipt(queue),
            "body": self.body,
            "attributes": self.system_attributes(),
            "messageAttributes": attributes,
            "md5OfBody": md5_hex(self.body.as_bytes()),
            "md5OfMessageAttributes": md5_of_attributes(&self.attributes),
            "eventSource": "aws:sqs",
            "eventSourceARN": arn(queue),
            "awsRegion": REGION,
        })
    }
}

/// A queue's ARN.
pub(super) fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

fn is_wanted(name: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|asked| match asked.as_str() {
        "All" | ".*" => true,
        asked => asked == name || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix)),
    })
}

impl Sent {
    /// Checks body and attributes against the queue's size limit and returns the body.
    pub(super) fn checked_body(&self, bytes_max: u64) -> Result<String, SqsError> {
        let body = self.message_body.clone().filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| SqsError::missing("MessageBody"))?;
        if !body.chars().all(is_allowed) {
            return Err(SqsError::invalid_contents());
        }
        let attributes = self.message_attributes.len();
        if attributes > ATTRIBUTES_MAX {
            return Err(SqsError::invalid_value(format!(
                "Number of message attributes [{attributes}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
            )));
        }
        for (name, attribute) in &self.message_attributes {
            attribute.check(name)?;
        }
        if u64::try_from(self.bytes()).unwrap_or(u64::MAX) > bytes_max {
            return Err(SqsError::invalid_value(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {bytes_max} bytes."
            )));
        }
        Ok(body)
    }

    /// What counts for the size limits: body, and name, type and value of each attribute.
    pub(super) fn bytes(&self) -> usize {
        let body = self.message_body.as_ref().map_or(0, String::len);
        body + self
            .message_attributes
            .iter()
            .map(|(name, attribute)| name.len() + attribute.bytes())
            .sum::<usize>()
    }
}

impl Attribute {
    fn check(&self, name: &str) -> Result<(), SqsError> {
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let has_value = match kind {
            "String" | "Number" => self.string_value.as_ref().is_some_and(|value| !value.is_empty()),
            "Binary" => self.binary_value.as_ref().is_some_and(|value| !value.is_empty()),
            other => {
                return Err(SqsError::invalid_value(format!(
                    "The type of message (user) attribute '{name}' is invalid. You must use only the following \
                     supported type prefixes: Binary, Number, String, not {other:?}."
                )));
            }
        };
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || !name.chars().all(legal) || name.starts_with('.') || name.ends_with('.') {
            return Err(SqsError::invalid_value(format!(
                "Message (user) attribute name '{name}' is invalid."
            )));
        }
        if !has_value {
            return Err(SqsError::invalid_value(format!(
                "The message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
            )));
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        let binary =
            self.binary_value.as_ref().map_or(0, |value| STANDARD.decode(value).map_or(0, |raw| raw.len()));
        self.data_type.len() + self.string_value.as_ref().map_or(0, String::len) + binary
    }
}

/// The characters that SQS takes in a body: those of XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// MD5 in hexadecimal.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// The MD5 that SDKs compare: for each attribute in the order of names, length-prefixed name and type, one byte
/// for the kind of value (1 text, 2 binary), the length-prefixed value.
/// (AWS: "Calculating the MD5 message digest for message attributes".)
pub(super) fn md5_of_attributes(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    let mut prefixed = |kind: Option<u8>, bytes: &[u8]| {
        digest.update(kind.as_slice());
        digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.update(bytes);
    };
    for (name, attribute) in attributes {
        prefixed(None, name.as_bytes());
        prefixed(None, attribute.data_type.as_bytes());
        match &attribute.binary_value {
            Some(binary) => prefixed(Some(2), &STANDARD.decode(binary).unwrap_or_default()),
            None => prefixed(Some(1), attribute.string_value.clone().unwrap_or_default().as_bytes()),
        }
    }
    Some(hex::encode(digest.finalize()))
}
