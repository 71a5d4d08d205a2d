//! Publishing: to a topic and on to its subscriptions, to a device, to a phone.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::form::{Form, SnsError, element, list_element};
use super::topics::Subscription;
use super::{Delivery, Published, Target, Topics, filter, keep};
use crate::lock;
use crate::sqs::{Attributes, Sent, is_fifo};

/// The largest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 262_144;

/// The most entries of a batch.
const BATCH_ENTRIES_MAX: usize = 10;

/// How long a FIFO topic remembers a deduplication id.
const DEDUPLICATION_WINDOW: Duration = Duration::from_mins(5);

/// A publish that passed the checks.
struct Message {
    id: String,
    target: Target,
    text: String,
    /// The message by protocol, if `MessageStructure` is `json`.
    by_protocol: Option<Map<String, Value>>,
    subject: Option<String>,
    attributes: Attributes,
    group: Option<String>,
    deduplication: Option<String>,
    /// FIFO topics only.
    sequence: Option<String>,
    at_unix_ms: u64,
}

impl Message {
    /// What a protocol or push platform gets.
    fn body_for(&self, protocol: &str) -> String {
        let parts = self.by_protocol.as_ref();
        let own = parts.and_then(|parts| parts.get(protocol).or_else(|| parts.get("default")));
        own.and_then(Value::as_str).unwrap_or(&self.text).to_owned()
    }

    fn published(&self) -> Published {
        let text = |attribute: &crate::sqs::Attribute| {
            attribute.string_value.clone().or_else(|| attribute.binary_value.clone()).unwrap_or_default()
        };
        Published {
            message_id: self.id.clone(),
            target: self.target.clone(),
            subject: self.subject.clone(),
            message: self.text.clone(),
            structured: self.by_protocol.is_some(),
            attributes: self.attributes.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            group: self.group.clone(),
            at_unix_ms: self.at_unix_ms,
        }
    }

    /// The notification that subscribers get. Lambda spells two of its fields differently.
    fn envelope(&self, subscription: &Subscription, for_lambda: bool) -> Value {
        let (certificate, unsubscribe) = if for_lambda {
            ("SigningCertUrl", "UnsubscribeUrl")
        } else {
            ("SigningCertURL", "UnsubscribeURL")
        };
        let at =
            i64::try_from(self.at_unix_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let attributes: Map<_, _> = self
            .attributes
            .iter()
            .map(|(name, a)| {
                let value = a.string_value.as_ref().or(a.binary_value.as_ref());
                (name.clone(), json!({"Type": a.data_type, "Value": value}))
            })
            .collect();
        let mut envelope = json!({
            "Type": "Notification",
            "MessageId": self.id,
            "TopicArn": subscription.topic,
            "Message": self.body_for(&subscription.protocol),
            "Timestamp": at.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            "SignatureVersion": "1",
            "Signature": "LOCAL",
            certificate: "http://sns.local/certificate.pem",
            unsubscribe: format!("http://sns.local/?Action=Unsubscribe&SubscriptionArn={}", subscription.arn),
        });
        let optional = [
            ("Subject", self.subject.clone().map(Value::from)),
            ("SequenceNumber", self.sequence.clone().map(Value::from)),
            ("MessageAttributes", (for_lambda || !attributes.is_empty()).then(|| attributes.into())),
        ];
        if let Some(fields) = envelope.as_object_mut() {
            fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        envelope
    }

    fn passes(&self, subscription: &Subscription) -> bool {
        let Some(policy) = subscription.attributes.get("FilterPolicy") else { return true };
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        if subscription.filters_body() {
            serde_json::from_str(&self.text).is_ok_and(|body| filter::matches(&policy, &body))
        } else {
            filter::matches(&policy, &filter::data_of(&self.attributes))
        }
    }
}

impl Topics {
    pub(super) fn publish_one(&self, form: &Form) -> Result<String, SnsError> {
        let target = match (form.get("TopicArn").or_else(|| form.get("TargetArn")), form.get("PhoneNumber")) {
            (Some(arn), _) if arn.contains(":endpoint/") => Target::Endpoint(arn.to_owned()),
            (Some(arn), _) => Target::Topic(arn.to_owned()),
            (None, Some(number)) => Target::Phone(number.to_owned()),
            (None, None) => {
                let reason = "TopicArn or TargetArn Reason: no value for required parameter";
                return Err(SnsError::invalid(reason));
            }
        };
        self.publish(form, target)
    }

    pub(super) fn publish_batch(&self, form: &Form) -> Result<String, SnsError> {
        let topic = form.required("TopicArn")?;
        let entries: Vec<_> = (1..).map_while(|number| form.batch_entry(number)).collect();
        if entries.is_empty() {
            return Err(SnsError::new("EmptyBatchRequest", "The batch request doesn't contain any entries."));
        }
        if entries.len() > BATCH_ENTRIES_MAX {
            let message = "The batch request contains more entries than permissible.";
            return Err(SnsError::new("TooManyEntriesInBatchRequest", message));
        }
        let ids: HashSet<_> = entries.iter().map(|entry| entry.text("Id")).collect();
        if ids.len() < entries.len() {
            let message = "Two or more batch entries in the request have the same Id.";
            return Err(SnsError::new("BatchEntryIdsNotDistinct", message));
        }
        if entries.iter().map(|entry| entry.text("Message").len()).sum::<usize>() > MESSAGE_BYTES_MAX {
            return Err(SnsError::new(
                "BatchRequestTooLong",
                "The length of all the batch messages exceeds the limit",
            ));
        }
        if !lock(&self.state).topics.contains_key(topic) {
            return Err(SnsError::not_found("Topic"));
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in &entries {
            let id = element("Id", entry.text("Id"));
            match self.publish(entry, Target::Topic(topic.to_owned())) {
                Ok(published) => successful.push(id + &published),
                Err(error) => failed.push(
                    id + &element("Code", error.code())
                        + &element("Message", error.message())
                        + &element("SenderFault", "true"),
                ),
            }
        }
        Ok(list_element("Successful", successful) + &list_element("Failed", failed))
    }

    fn publish(&self, form: &Form, target: Target) -> Result<String, SnsError> {
        let mut message = self.check(form, target)?;
        let mut subscriptions = Vec::new();
        match &message.target {
            Target::Endpoint(arn) => self.push(arn, &message.id, &|platform| message.body_for(platform))?,
            Target::Phone(number) => self.deliver_sms(number, &message),
            Target::Topic(arn) => {
                let arn = arn.clone();
                if let Some(earlier) = self.accept(&arn, &mut message)? {
                    return Ok(earlier);
                }
                let state = lock(&self.state);
                let mine = state.subscriptions.iter().filter(|one| one.topic == arn);
                subscriptions = mine.filter(|one| message.passes(one)).cloned().collect();
            }
        }
        keep(&mut lock(&self.state).published, message.published());
        for subscription in &subscriptions {
            self.deliver(subscription, &message);
        }
        Ok(answer(&message.id, message.sequence.as_deref()))
    }

    fn check(&self, form: &Form, target: Target) -> Result<Message, SnsError> {
        let text = form.get("Message").filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| SnsError::invalid("Empty message"))?.to_owned();
        if text.len() > MESSAGE_BYTES_MAX {
            return Err(SnsError::invalid("Message too long"));
        }
        if form.get("Subject").is_some_and(|subject| subject.is_empty() || subject.chars().count() > 100) {
            return Err(SnsError::invalid("Subject"));
        }
        let by_protocol = match form.get("MessageStructure") {
            Some("json") => Some(parse_structure(&text)?),
            _ => None,
        };
        let attributes = form.message_attributes();
        let untyped = |attribute: &crate::sqs::Attribute| attribute.data_type.is_empty();
        if let Some((name, _)) = attributes.iter().find(|(_, attribute)| untyped(attribute)) {
            return Err(SnsError::invalid(format_args!(
                "The message attribute '{name}' must contain a type"
            )));
        }
        let ambient = &self.sqs.queues().ambient;
        Ok(Message {
            id: ambient.id().to_string(),
            target,
            text,
            by_protocol,
            subject: form.get("Subject").map(str::to_owned),
            attributes,
            group: form.get("MessageGroupId").map(str::to_owned),
            deduplication: form.get("MessageDeduplicationId").map(str::to_owned),
            sequence: None,
            at_unix_ms: ambient.unix_ms(),
        })
    }

    /// Lets a message into a topic. A FIFO topic answers a duplicate as it answered the first.
    fn accept(&self, arn: &str, message: &mut Message) -> Result<Option<String>, SnsError> {
        let mut state = lock(&self.state);
        let topic = state.topics.get_mut(arn).ok_or_else(|| SnsError::not_found("Topic"))?;
        if !topic.is_true("FifoTopic") {
            return Ok(None);
        }
        if message.group.is_none() {
            return Err(SnsError::invalid("The MessageGroupId parameter is required for FIFO topics"));
        }
        let by_content = topic.is_true("ContentBasedDeduplication");
        let content = || by_content.then(|| hex::encode(Sha256::digest(&message.text)));
        let key = message.deduplication.clone().or_else(content).ok_or_else(|| {
            SnsError::invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
                 provided explicitly",
            )
        })?;
        let now = Instant::now();
        topic.seen.retain(|_, (until, ..)| *until > now);
        if let Some((_, id, sequence)) = topic.seen.get(&key) {
            return Ok(Some(answer(id, Some(sequence))));
        }
        topic.sequence += 1;
        let sequence = format!("1{:019}", topic.sequence);
        topic.seen.insert(key.clone(), (now + DEDUPLICATION_WINDOW, message.id.clone(), sequence.clone()));
        message.deduplication = Some(key);
        message.sequence = Some(sequence);
        Ok(None)
    }

    fn deliver(&self, subscription: &Subscription, message: &Message) {
        match subscription.protocol.as_str() {
            "sqs" => self.deliver_to_queue(subscription, message),
            "lambda" => {
                let callback = lock(&self.state).functions.get(&subscription.endpoint).cloned();
                if let Some(callback) = callback {
                    let record = json!({
                        "EventSource": "aws:sns",
                        "EventVersion": "1.0",
                        "EventSubscriptionArn": subscription.arn,
                        "Sns": message.envelope(subscription, true),
                    });
                    callback(json!({"Records": [record]}));
                }
            }
            "sms" => self.deliver_sms(&subscription.endpoint, message),
            _ => {
                // A disabled endpoint gets nothing; the publisher to a topic does not learn of it.
                let _ =
                    self.push(&subscription.endpoint, &message.id, &|platform| message.body_for(platform));
            }
        }
    }

    /// A queue that cannot take the message: the subscription's own dead-letter queue gets it, if it has one.
    fn deliver_to_queue(&self, subscription: &Subscription, message: &Message) {
        let raw = subscription.is_raw();
        let body =
            if raw { message.body_for("sqs") } else { message.envelope(subscription, false).to_string() };
        let sent = |queue: &str| Sent {
            message_body: Some(body.clone()),
            message_attributes: if raw { message.attributes.clone() } else { Attributes::new() },
            message_group_id: message.group.clone(),
            message_deduplication_id: message.deduplication.clone().filter(|_| is_fifo(queue)),
            ..Sent::default()
        };
        let queues = self.sqs.queues();
        if queues.send(&subscription.endpoint, sent(&subscription.endpoint)).is_err() {
            let policy = subscription.attributes.get("RedrivePolicy");
            let policy: Value = policy.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            if let Some(dead) = policy.get("deadLetterTargetArn").and_then(Value::as_str) {
                // With nowhere left to go the message is lost, as it is in AWS.
                let _ = queues.send(dead, sent(dead));
            }
        }
    }

    fn deliver_sms(&self, number: &str, message: &Message) {
        let delivery = Delivery {
            message_id: message.id.clone(),
            protocol: "sms".to_owned(),
            endpoint: number.to_owned(),
            token: String::new(),
            body: message.body_for("sms"),
            at_unix_ms: message.at_unix_ms,
        };
        keep(&mut lock(&self.state).deliveries, delivery);
    }
}

fn parse_structure(text: &str) -> Result<Map<String, Value>, SnsError> {
    let parts: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| SnsError::invalid("Message Structure - JSON message body failed to parse"))?;
    if !parts.get("default").is_some_and(Value::is_string) {
        return Err(SnsError::invalid("Message Structure - No default entry in JSON message body"));
    }
    Ok(parts)
}

fn answer(message_id: &str, sequence: Option<&str>) -> String {
    let sequence = sequence.map(|number| element("SequenceNumber", number)).unwrap_or_default();
    element("MessageId", message_id) + &sequence
}
