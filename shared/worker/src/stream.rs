//! Stream batches: strictly in order, up to the first failure.

use crate::{Handled, isolated, unreadable};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::error::Error;
use tracing::Instrument;

/// A batch of a `DynamoDB` stream whose records are read one by one, so that one that cannot be read fails alone.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StreamEvent {
    /// The records as Lambda sent them, oldest first.
    #[serde(rename = "Records", default)]
    pub records: Vec<Value>,
}

impl StreamEvent {
    /// A batch of these records, in the shape in which Lambda sends them.
    pub fn new(records: Vec<Value>) -> Self {
        Self { records }
    }
}

/// Handles the records of a stream's batch in order and stops at the first failure.
///
/// The answer names the sequence number of that record: Lambda goes on from there (with `BisectBatchOnFunctionError`
/// and a limit of retries, after which the record goes to the on-failure destination). The records before it are
/// done; those after it have not been touched, so nothing overtakes anything. A record of the wrong shape is a
/// failure like any other. If the failed record has no sequence number the answer is an empty identifier: Lambda
/// then repeats the whole batch, which handlers bear because a stream may repeat any record anyway.
pub async fn stream_batch<R, E, H, F>(event: StreamEvent, handler: H) -> DynamoDbEventResponse
where
    R: DeserializeOwned,
    E: Error,
    H: Fn(R) -> F,
    F: Future<Output = Result<(), E>>,
{
    let mut response = DynamoDbEventResponse::default();
    for record in event.records {
        let text =
            |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let sequence_number = text("/dynamodb/SequenceNumber");
        let span = tracing::info_span!("record", event_id = text("/eventID"), sequence_number);
        let outcome = async {
            match serde_json::from_value::<R>(record) {
                // The call itself is inside the future: a handler may panic before it returns one.
                Ok(record) => isolated(async { handler(record).await }).await,
                Err(error) => unreadable(&error),
            }
        }
        .instrument(span)
        .await;
        if outcome == Handled::Failed {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence_number);
            response.batch_item_failures.push(failure);
            break;
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Mutex;

    #[derive(Debug, thiserror::Error)]
    #[error("refused")]
    struct Refused;

    #[derive(Deserialize)]
    struct Change {
        dynamodb: Image,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Image {
        new_image: Value,
    }

    fn record(sequence_number: &str, number: u64) -> Value {
        json!({"eventID": "e", "eventName": "INSERT",
            "dynamodb": {"SequenceNumber": sequence_number, "NewImage": {"n": {"N": number.to_string()}}}})
    }

    /// Refuses number 13, panics on 666, and notes all others.
    async fn run(records: Vec<Value>) -> (Value, Vec<String>) {
        let seen = Mutex::new(Vec::new());
        let response = stream_batch(StreamEvent::new(records), |change: Change| {
            let seen = &seen;
            async move {
                let number = change.dynamodb.new_image["n"]["N"].as_str().unwrap().to_owned();
                assert_ne!(number, "666", "the unlucky one");
                if number == "13" {
                    return Err(Refused);
                }
                seen.lock().unwrap().push(number);
                Ok(())
            }
        })
        .await;
        (serde_json::to_value(response).unwrap(), seen.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_batch_without_failures_reports_nothing() {
        let (response, seen) = run(vec![record("100", 1), record("101", 2)]).await;
        assert_eq!(response, json!({"batchItemFailures": []}));
        assert_eq!(seen, ["1", "2"]);
    }

    #[tokio::test]
    async fn the_first_failure_stops_the_batch_and_is_named() {
        let (response, seen) = run(vec![record("100", 1), record("101", 13), record("102", 3)]).await;
        assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "101"}]}));
        assert_eq!(seen, ["1"]);
    }

    #[tokio::test]
    async fn a_panic_and_an_unreadable_record_are_failures_like_any_other() {
        let poison = json!({"dynamodb": {"SequenceNumber": "101"}});
        for bad in [record("101", 666), poison] {
            let (response, seen) = run(vec![record("100", 1), bad, record("102", 3)]).await;
            assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": "101"}]}));
            assert_eq!(seen, ["1"]);
        }
    }

    #[tokio::test]
    async fn a_failure_without_a_sequence_number_repeats_the_batch() {
        let (response, _) = run(vec![json!("not a record")]).await;
        assert_eq!(response, json!({"batchItemFailures": [{"itemIdentifier": ""}]}));
    }

    #[tokio::test]
    async fn an_event_is_read_as_lambda_sends_it() {
        let event: StreamEvent = serde_json::from_value(json!({ "Records": [record("1", 1)] })).unwrap();
        assert_eq!(event.records.len(), 1);
        let empty: StreamEvent = serde_json::from_value(json!({})).unwrap();
        assert!(empty.records.is_empty());
    }
}
