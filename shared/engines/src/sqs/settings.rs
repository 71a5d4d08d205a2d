//! A queue's attributes: which there are, their ranges and defaults.
//! (AWS: `SetQueueAttributes` in the SQS API reference.)

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::SqsError;

/// Numeric attributes: name, least, most, default.
const NUMBERS: [(&str, u64, u64, u64); 5] = [
    ("DelaySeconds", 0, 900, 0),
    ("MaximumMessageSize", 1_024, super::MESSAGE_BYTES_MAX, super::MESSAGE_BYTES_MAX),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("ReceiveMessageWaitTimeSeconds", 0, super::WAIT_SECONDS_MAX, 0),
    ("VisibilityTimeout", 0, super::VISIBILITY_SECONDS_MAX, 30),
];

/// The other attributes that may be set.
const OTHERS: [&str; 10] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
];

/// Attributes that the service computes.
pub(super) const COMPUTED: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Where a queue's failed messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    /// The name of the dead-letter queue.
    pub(super) target: String,
    /// A message received this often goes there instead of being received again.
    pub(super) receives_max: u32,
}

/// A queue's settable attributes as given; a missing one has its default.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(super) fn parse(given: BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut settings = Self::default();
        settings.update(given)?;
        Ok(settings)
    }

    /// Sets some attributes; an empty value removes one. Nothing changes if one is invalid.
    pub(super) fn update(&mut self, given: BTreeMap<String, String>) -> Result<(), SqsError> {
        for (name, value) in &given {
            check(name, value)?;
        }
        for (name, value) in given {
            if value.is_empty() {
                self.0.remove(&name);
            } else {
                self.0.insert(name, value);
            }
        }
        Ok(())
    }

    /// The first given attribute that differs from what the queue has.
    pub(super) fn first_difference(&self, given: &BTreeMap<String, String>) -> Option<String> {
        given
            .iter()
            .find(|(name, value)| self.effective(name).as_ref() != Some(*value))
            .map(|(name, _)| name.clone())
    }

    fn effective(&self, name: &str) -> Option<String> {
        let default = || NUMBERS.iter().find(|row| row.0 == name).map(|row| row.3.to_string());
        self.0.get(name).cloned().or_else(default)
    }

    /// The value of a numeric attribute.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.effective(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.is_true("FifoQueue")
    }

    pub(super) fn deduplicates_by_content(&self) -> bool {
        self.is_true("ContentBasedDeduplication")
    }

    pub(super) fn deduplicates_by_group(&self) -> bool {
        self.0.get("DeduplicationScope").is_some_and(|scope| scope == "messageGroup")
    }

    fn is_true(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value == "true")
    }

    pub(super) fn redrive(&self) -> Option<Redrive> {
        parse_redrive(self.0.get("RedrivePolicy")?)
    }

    /// Every attribute with a value, defaults included.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let defaults = NUMBERS.iter().map(|row| (row.0.to_owned(), row.3.to_string()));
        let managed = ("SqsManagedSseEnabled".to_owned(), "true".to_owned());
        let mut all: BTreeMap<_, _> = defaults.chain([managed]).collect();
        all.extend(self.0.clone());
        all
    }
}

/// Whether an attribute of this name can be asked for.
pub(super) fn is_known(name: &str) -> bool {
    name == "All"
        || NUMBERS.iter().any(|row| row.0 == name)
        || OTHERS.contains(&name)
        || COMPUTED.contains(&name)
}

fn check(name: &str, value: &str) -> Result<(), SqsError> {
    if value.is_empty() && is_known(name) {
        return Ok(());
    }
    if let Some((_, least, most, _)) = NUMBERS.iter().find(|row| row.0 == name) {
        let fits = value.parse::<u64>().is_ok_and(|number| (*least..=*most).contains(&number));
        return if fits { Ok(()) } else { Err(SqsError::invalid_attribute_value(name)) };
    }
    let fits = match name {
        "ContentBasedDeduplication" | "FifoQueue" | "SqsManagedSseEnabled" => {
            matches!(value, "true" | "false")
        }
        "DeduplicationScope" => matches!(value, "messageGroup" | "queue"),
        "FifoThroughputLimit" => matches!(value, "perQueue" | "perMessageGroupId"),
        "RedrivePolicy" => parse_redrive(value).is_some(),
        known if OTHERS.contains(&known) => true,
        unknown => return Err(SqsError::invalid_attribute_name(unknown)),
    };
    if fits { Ok(()) } else { Err(SqsError::invalid_attribute_value(name)) }
}

/// `maxReceiveCount` may be a number or, as `CloudFormation` writes it, a string.
fn parse_redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let target = policy.get("deadLetterTargetArn")?.as_str()?.rsplit(':').next()?.to_owned();
    let count = policy.get("maxReceiveCount")?;
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
    let receives_max = u32::try_from(count).ok().filter(|count| (1..=1_000).contains(count))?;
    Some(Redrive { target, receives_max })
}
