//! Queue batches: partial failures, and order within the message groups of a FIFO queue.

use crate::{Handled, Verdict, isolated, unreadable};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::error::Error;
use tracing::Instrument;

/// How many records, or message groups of a FIFO queue, are worked on at the same time.
///
/// A handler mostly waits for the network, and a batch must end within the function's time-out even when each of
/// its records waits as long as it may. Ten is the largest batch of a FIFO queue, so there all groups run at once.
pub const RECORDS_AT_ONCE: usize = 10;

/// What the queue knows about the job that a handler is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The queue's own id of this message.
    pub message_id: String,
    /// With what this delivery can be hidden for longer; empty if the queue gave none.
    pub receipt_handle: String,
    /// The message group, on a FIFO queue. Jobs of one group are handled one after the other.
    pub group: Option<String>,
    /// How often the queue has handed this message out, starting with 1.
    pub attempt: u32,
}

/// Handles each record of a queue's batch and answers which ones have to come back.
///
/// Groups (on a standard queue: single records) are worked on concurrently, up to [`RECORDS_AT_ONCE`]; within a
/// group one record follows the other. After a failure the rest of its group is not handled and reported as
/// failed too, so that nothing overtakes the record that has to be tried again (invariant I08). A body that is
/// not a `Job` counts as failed: it ends in the dead-letter queue, where it can be read.
///
/// A record without a message id could neither be reported nor be kept. AWS never sends one; should it happen, no
/// record is handled and the answer is a single empty identifier, which Lambda documents as "the whole batch
/// failed". An empty identifier is never sent otherwise, because it would return the finished records as well.
pub async fn sqs_batch<Job, V, E, H, F>(event: SqsEvent, handler: H) -> SqsBatchResponse
where
    Job: DeserializeOwned,
    V: Into<Verdict>,
    E: Error,
    H: Fn(Job, Record) -> F,
    F: Future<Output = Result<V, E>>,
{
    let Some(records) = event.records.into_iter().map(Pending::read).collect::<Option<Vec<_>>>() else {
        tracing::error!(
            metric = "batches_unreadable",
            "a record has no message id: the whole batch is returned"
        );
        return response(vec![String::new()]);
    };
    let order: HashMap<String, usize> = records
        .iter()
        .enumerate()
        .map(|(position, pending)| (pending.record.message_id.clone(), position))
        .collect();
    let handler = &handler;
    let mut failed: Vec<String> = futures::stream::iter(by_group(records))
        .map(|group| run_group(group, handler))
        .buffer_unordered(RECORDS_AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .flatten()
        .collect();
    failed.sort_by_key(|id| order.get(id).copied());
    response(failed)
}

/// A record that waits for its turn.
struct Pending {
    record: Record,
    body: String,
}

impl Pending {
    /// `None` if the record has no id.
    fn read(message: SqsMessage) -> Option<Self> {
        let message_id = message.message_id.filter(|id| !id.is_empty())?;
        let attribute = |name: &str| message.attributes.get(name).cloned();
        let record = Record {
            message_id,
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            group: attribute("MessageGroupId").filter(|group| !group.is_empty()),
            attempt: attribute("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1),
        };
        Some(Self { record, body: message.body.unwrap_or_default() })
    }
}

/// Records of one group together and in order; each record without a group alone.
fn by_group(records: Vec<Pending>) -> Vec<Vec<Pending>> {
    let mut groups: Vec<Vec<Pending>> = Vec::new();
    let mut position_of: HashMap<String, usize> = HashMap::new();
    for pending in records {
        let known = pending.record.group.as_ref().and_then(|group| position_of.get(group).copied());
        if let Some(group) = known.and_then(|position| groups.get_mut(position)) {
            group.push(pending);
            continue;
        }
        if let Some(group) = &pending.record.group {
            position_of.insert(group.clone(), groups.len());
        }
        groups.push(vec![pending]);
    }
    groups
}

/// Handles the records of one group in order and returns the ids of the first that failed and all after it.
async fn run_group<Job, V, E, H, F>(group: Vec<Pending>, handler: &H) -> Vec<String>
where
    Job: DeserializeOwned,
    V: Into<Verdict>,
    E: Error,
    H: Fn(Job, Record) -> F,
    F: Future<Output = Result<V, E>>,
{
    let mut rest = group.into_iter();
    while let Some(pending) = rest.next() {
        let id = pending.record.message_id.clone();
        if run_record(pending, handler).await == Handled::Failed {
            let held_back: Vec<String> = rest.map(|pending| pending.record.message_id).collect();
            if !held_back.is_empty() {
                tracing::warn!(count = held_back.len(), "later records of the same group are held back");
            }
            return std::iter::once(id).chain(held_back).collect();
        }
    }
    Vec::new()
}

async fn run_record<Job, V, E, H, F>(pending: Pending, handler: &H) -> Handled
where
    Job: DeserializeOwned,
    V: Into<Verdict>,
    E: Error,
    H: Fn(Job, Record) -> F,
    F: Future<Output = Result<V, E>>,
{
    let Pending { record, body } = pending;
    let span = tracing::info_span!("record", message_id = %record.message_id, attempt = record.attempt);
    async {
        match serde_json::from_str::<Job>(&body) {
            // The call itself is inside the future: a handler may panic before it returns one.
            Ok(job) => isolated(async { handler(job, record).await }).await,
            Err(error) => unreadable(&error),
        }
    }
    .instrument(span)
    .await
}

fn response(failed: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;
    use std::convert::Infallible;
    use std::sync::Mutex;

    #[derive(Debug, Deserialize)]
    struct Job {
        number: u32,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("number {0} does not work")]
    struct Refused(u32);

    fn event(records: &[(&str, &str, Option<&str>)]) -> SqsEvent {
        let records: Vec<_> = records
            .iter()
            .map(|(id, body, group)| {
                let mut attributes = json!({"ApproximateReceiveCount": "3"});
                if let Some(group) = group {
                    attributes["MessageGroupId"] = json!(group);
                }
                json!({"messageId": id, "receiptHandle": format!("handle of {id}"), "body": body, "attributes": attributes})
            })
            .collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    fn failed(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
    }

    /// Refuses number 13, panics on 666, and notes all others.
    async fn run(records: &[(&str, &str, Option<&str>)]) -> (SqsBatchResponse, Vec<u32>) {
        let seen = Mutex::new(Vec::new());
        let response = sqs_batch(event(records), |job: Job, _record| {
            let seen = &seen;
            async move {
                assert_ne!(job.number, 666, "the unlucky one");
                if job.number == 13 {
                    return Err(Refused(job.number));
                }
                seen.lock().unwrap().push(job.number);
                Ok(())
            }
        })
        .await;
        (response, seen.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_batch_without_failures_reports_nothing() {
        let (response, seen) = run(&[("a", r#"{"number":1}"#, None), ("b", r#"{"number":2}"#, None)]).await;
        assert_eq!(serde_json::to_value(&response).unwrap(), json!({"batchItemFailures": []}));
        assert_eq!(seen, [1, 2]);
    }

    #[tokio::test]
    async fn a_record_that_has_to_come_back_holds_its_group_as_a_failed_one_does() {
        let first = r#"{"number":1}"#;
        let records = [("a", first, Some("x")), ("b", r#"{"number":2}"#, Some("x")), ("c", first, Some("y"))];
        let response = sqs_batch(event(&records), |job: Job, record: Record| async move {
            let waits = job.number == 1 && record.group.as_deref() == Some("x");
            Ok::<_, Infallible>(if waits { Verdict::Again } else { Verdict::Done })
        })
        .await;
        assert_eq!(failed(&response), ["a", "b"]);
    }

    #[tokio::test]
    async fn a_failed_record_does_not_stop_the_others_of_a_standard_queue() {
        let (response, seen) = run(&[("a", r#"{"number":13}"#, None), ("b", r#"{"number":2}"#, None)]).await;
        assert_eq!(failed(&response), ["a"]);
        assert_eq!(seen, [2]);
    }

    #[tokio::test]
    async fn a_poisoned_body_is_reported_and_the_others_are_handled() {
        for poison in ["", "not json", "{}", "[]", r#"{"number":"1"}"#, r#"{"number":-1}"#] {
            let (response, seen) = run(&[("a", poison, None), ("b", r#"{"number":2}"#, None)]).await;
            assert_eq!(failed(&response), ["a"], "{poison}");
            assert_eq!(seen, [2], "{poison}");
        }
    }

    #[tokio::test]
    async fn a_panic_stays_with_its_record() {
        let (response, seen) = run(&[("a", r#"{"number":666}"#, None), ("b", r#"{"number":2}"#, None)]).await;
        assert_eq!(failed(&response), ["a"]);
        assert_eq!(seen, [2]);
    }

    #[tokio::test]
    async fn a_handler_that_panics_before_its_first_await_is_caught_too() {
        let records = event(&[("a", r#"{"number":1}"#, None)]);
        let response = sqs_batch(records, |_: Job, _| -> std::future::Ready<Result<(), Infallible>> {
            panic!("before any future exists")
        })
        .await;
        assert_eq!(failed(&response), ["a"]);
    }

    #[tokio::test]
    async fn after_a_failure_the_rest_of_its_group_is_returned_unhandled_and_other_groups_go_on() {
        let (response, seen) = run(&[
            ("a1", r#"{"number":1}"#, Some("a")),
            ("b1", r#"{"number":2}"#, Some("b")),
            ("a2", r#"{"number":13}"#, Some("a")),
            ("b2", r#"{"number":3}"#, Some("b")),
            ("a3", r#"{"number":4}"#, Some("a")),
            ("a4", "poison", Some("a")),
        ])
        .await;
        assert_eq!(failed(&response), ["a2", "a3", "a4"]);
        assert_eq!(seen, [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_group_is_handled_in_order_even_when_its_handlers_wait() {
        let records: Vec<(String, String)> =
            (0..10).map(|number| (format!("m{number}"), format!(r#"{{"number":{number}}}"#))).collect();
        let records: Vec<_> =
            records.iter().map(|(id, body)| (id.as_str(), body.as_str(), Some("one group"))).collect();
        let seen = Mutex::new(Vec::new());
        sqs_batch(event(&records), |job: Job, _| {
            let seen = &seen;
            async move {
                for _ in 0..(10 - job.number) {
                    tokio::task::yield_now().await;
                }
                seen.lock().unwrap().push(job.number);
                Ok::<(), Infallible>(())
            }
        })
        .await;
        assert_eq!(seen.into_inner().unwrap(), (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn failures_are_reported_in_the_order_of_the_batch() {
        let (response, _) = run(&[
            ("a1", r#"{"number":13}"#, Some("a")),
            ("b1", r#"{"number":13}"#, Some("b")),
            ("a2", r#"{"number":1}"#, Some("a")),
        ])
        .await;
        assert_eq!(failed(&response), ["a1", "b1", "a2"]);
    }

    #[tokio::test]
    async fn a_record_without_an_id_returns_the_whole_batch_unhandled() {
        let (response, seen) = run(&[("a", r#"{"number":1}"#, None), ("", r#"{"number":2}"#, None)]).await;
        assert_eq!(failed(&response), [""]);
        assert_eq!(seen, Vec::<u32>::new());
    }

    #[tokio::test]
    async fn an_empty_batch_is_fine() {
        let (response, _) = run(&[]).await;
        assert_eq!(failed(&response), Vec::<&str>::new());
    }

    #[tokio::test]
    async fn the_handler_is_told_what_the_queue_knows() {
        let records = event(&[("a", r#"{"number":1}"#, Some("a group"))]);
        let seen = Mutex::new(None);
        sqs_batch(records, |_: Job, record| {
            *seen.lock().unwrap() = Some(record);
            async { Ok::<(), Infallible>(()) }
        })
        .await;
        let expected = Record {
            message_id: "a".into(),
            receipt_handle: "handle of a".into(),
            group: Some("a group".into()),
            attempt: 3,
        };
        assert_eq!(seen.into_inner().unwrap(), Some(expected));
    }
}
