//! The batch operations: checks on the batch as a whole, then each entry succeeds or fails by itself.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::SqsError;
use super::{MESSAGE_BYTES_MAX, Sent};

/// The most entries of a batch, and the most messages of a receive.
pub(super) const BATCH_ENTRIES_MAX: usize = 10;

/// A batch request of any of the three operations.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Batch {
    pub(super) queue_url: String,
    entries: Vec<Entry>,
}

/// One entry of any of the three operations.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entry {
    id: String,
    pub(super) receipt_handle: String,
    pub(super) visibility_timeout: Option<u64>,
    #[serde(flatten)]
    pub(super) sent: Sent,
}

impl Batch {
    /// The entries, if the batch as a whole is acceptable.
    pub(super) fn checked(&self) -> Result<&[Entry], SqsError> {
        if self.entries.is_empty() {
            return Err(SqsError::empty_batch());
        }
        if self.entries.len() > BATCH_ENTRIES_MAX {
            return Err(SqsError::batch_too_many(self.entries.len()));
        }
        let mut ids = HashSet::new();
        for entry in &self.entries {
            let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if entry.id.is_empty() || entry.id.len() > 80 || !entry.id.chars().all(legal) {
                return Err(SqsError::batch_id_invalid());
            }
            if !ids.insert(&entry.id) {
                return Err(SqsError::batch_id_twice(&entry.id));
            }
        }
        let bytes: usize = self.entries.iter().map(|entry| entry.sent.bytes()).sum();
        let limit = usize::try_from(MESSAGE_BYTES_MAX).unwrap_or(usize::MAX);
        if bytes > limit {
            return Err(SqsError::batch_too_long(limit, bytes));
        }
        Ok(&self.entries)
    }
}

/// Runs each entry and lists successes and failures.
pub(super) fn run(entries: &[Entry], mut one: impl FnMut(&Entry) -> Result<Value, SqsError>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match one(entry) {
            Ok(mut answer) => {
                if let Some(fields) = answer.as_object_mut() {
                    fields.insert("Id".to_owned(), json!(entry.id));
                }
                successful.push(answer);
            }
            Err(error) => failed.push(error.batch_entry(&entry.id)),
        }
    }
    json!({"Successful": successful, "Failed": failed})
}
