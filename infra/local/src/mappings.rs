//! Event source mappings: what Lambda's pollers do between a queue, the table's stream or a clock and a function.
//!
//! Each follows the template: batch size, filters, partial failures, retries, halving of a poisoned batch, the queue for
//! what is given up. The order in which a function sees a message group or a partition is kept.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engines::dynamo::{Dynamo, Stream, sequence_number};
use engines::sqs::Sqs;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::filter;
use crate::functions::Functions;
use crate::template::StreamSource;

/// Invocations of one queue's function at the same time: enough to see that messages overtake, few enough for a laptop.
const QUEUE_CONCURRENCY: usize = 4;
/// Longest poll of a queue (SQS).
const POLL: Duration = Duration::from_secs(20);
/// First pause after a stream's batch failed; doubled up to [`RETRY_PAUSE_MAX`].
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause between two attempts of a stream's batch.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(10);

/// How many invocations of event sources run now; clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Activity(Arc<AtomicUsize>);

impl Activity {
    /// Whether none runs.
    pub fn is_idle(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    fn begin(&self) -> Busy {
        self.0.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }
}

/// One running invocation, counted until it is dropped.
struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Reads a queue for a function, for ever.
pub struct QueueMapping {
    /// The queues.
    pub sqs: Sqs,
    /// URL of the queue.
    pub queue: String,
    /// Most messages of one invocation.
    pub batch_size: usize,
    /// Whether the function says which messages failed.
    pub partial: bool,
    /// Name of the function's resource.
    pub function: String,
    /// All functions.
    pub functions: Functions,
    /// Counts what runs.
    pub activity: Activity,
}

impl QueueMapping {
    /// Polls and invokes. Spawn it; drop it to stop.
    pub async fn run(self) {
        let mapping = Arc::new(self);
        let slots = Arc::new(Semaphore::new(QUEUE_CONCURRENCY));
        while let Ok(slot) = slots.clone().acquire_owned().await {
            match mapping.sqs.poll(&mapping.queue, mapping.batch_size, None, POLL).await {
                Ok(records) if records.is_empty() => {}
                Ok(records) => {
                    let (mapping, busy) = (mapping.clone(), mapping.activity.begin());
                    tokio::spawn(async move {
                        mapping.handle(records).await;
                        drop((busy, slot));
                    });
                }
                Err(error) => {
                    tracing::error!(queue = mapping.queue, error = %error, "the queue cannot be read");
                    return;
                }
            }
        }
    }

    /// Invokes once and deletes what did not fail. What failed comes back after its visibility time-out.
    async fn handle(&self, records: Vec<Value>) {
        let failed = match self.functions.invoke(&self.function, json!({"Records": records})).await {
            Ok(answer) if self.partial => failures(&answer),
            Ok(_) => Failures::Some(vec![]),
            Err(error) => {
                tracing::error!(function = self.function, error = %error, "the function failed");
                Failures::All
            }
        };
        for record in &records {
            let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
            if !failed.contains(field("messageId"))
                && let Err(error) = self.sqs.delete(&self.queue, field("receiptHandle"))
            {
                tracing::warn!(queue = self.queue, error = %error, "a handled message comes again");
            }
        }
    }
}

/// What a function reported as failed.
enum Failures {
    All,
    Some(Vec<String>),
}

impl Failures {
    fn contains(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => ids.iter().any(|failed| failed == id),
        }
    }
}

/// Reads `batchItemFailures`. A list that is none, or an empty id, means that all failed, as for Lambda.
fn failures(answer: &Value) -> Failures {
    let ids = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Failures::Some(vec![]),
        Some(list) => list.as_array().and_then(|list| {
            let id = |item: &Value| {
                item.get("itemIdentifier")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
            };
            list.iter().map(id).collect::<Option<Vec<_>>>()
        }),
    };
    ids.map_or(Failures::All, Failures::Some)
}

/// Where a stream's reader is; clones share it.
#[derive(Clone, Default)]
pub struct Position(Arc<Mutex<Option<String>>>);

impl Position {
    /// Begins after this sequence number; `None`: at the start of the stream.
    pub fn after(number: Option<String>) -> Self {
        Self(Arc::new(Mutex::new(number)))
    }

    /// The last sequence number that was handled.
    pub fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, number: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(number.to_owned());
    }
}

/// Reads the table's stream for a function, for ever.
pub struct StreamMapping {
    /// The table.
    pub dynamo: Dynamo,
    /// Takes what is given up.
    pub sqs: Sqs,
    /// What the template says.
    pub source: StreamSource,
    /// URL of the queue for what is given up.
    pub on_failure: Option<String>,
    /// Name of the function's resource.
    pub function: String,
    /// All functions.
    pub functions: Functions,
    /// Where it begins, and where it is.
    pub position: Position,
    /// Told after each batch, so that it can be kept.
    pub moved: Arc<dyn Fn(&str) + Send + Sync>,
    /// Counts what runs.
    pub activity: Activity,
}

impl StreamMapping {
    /// Reads and invokes. Spawn it; drop it to stop.
    pub async fn run(self) {
        let mut stream: Stream = self.dynamo.stream(self.position.get().as_deref());
        let limit = usize::try_from(self.source.batch_size).unwrap_or(usize::MAX);
        loop {
            let records = match stream.read(limit) {
                Ok(records) => records,
                Err(error) => {
                    tracing::error!(error = %error, "the table's stream cannot be read");
                    return;
                }
            };
            let Some(last) = records.last().cloned() else {
                stream.written().await;
                continue;
            };
            let wanted = records.into_iter().filter(|record| filter::passes(&self.source.filters, record));
            let busy = self.activity.begin();
            self.handle(wanted.collect()).await;
            stream.advance(&last);
            if let Some(number) = stream.position() {
                self.position.set(number);
                (self.moved)(number);
            }
            drop(busy);
        }
    }

    /// Handles one batch until each of its records is done or given up.
    async fn handle(&self, records: Vec<Value>) {
        let mut batches = VecDeque::from([Batch { records, attempts: 0 }]);
        while let Some(batch) = batches.pop_front() {
            if batch.records.is_empty() {
                continue;
            }
            if batch.attempts > self.source.retries_max {
                self.give_up(&batch);
                continue;
            }
            if batch.attempts > 0 {
                tokio::time::sleep(pause(batch.attempts)).await;
            }
            let event = json!({"Records": batch.records});
            match self.functions.invoke(&self.function, event).await {
                Ok(answer) if self.source.partial => match failures(&answer) {
                    Failures::Some(ids) if ids.is_empty() => {}
                    failed => batches.push_front(batch.after_failure(&failed)),
                },
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(function = self.function, error = %error, "the function failed");
                    let (first, second) = batch.again(self.source.bisect);
                    batches.push_front(second);
                    batches.push_front(first);
                }
            }
        }
    }

    /// Sends the position of a batch to the queue for failures. Like Lambda, it does not send the records.
    fn give_up(&self, batch: &Batch) {
        let number = |record: Option<&Value>| record.and_then(sequence_number).unwrap_or_default().to_owned();
        let body = json!({
            "requestContext": {"functionArn": self.function, "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": batch.attempts},
            "DDBStreamBatchInfo": {"startSequenceNumber": number(batch.records.first()),
                "endSequenceNumber": number(batch.records.last()), "batchSize": batch.records.len()},
        });
        tracing::error!(
            function = self.function,
            records = batch.records.len(),
            "records of the stream are given up"
        );
        if let Some(queue) = &self.on_failure
            && let Err(error) = self.sqs.send(queue, &body.to_string(), None, None)
        {
            tracing::error!(error = %error, "nor does the queue for failures take them");
        }
    }
}

struct Batch {
    records: Vec<Value>,
    attempts: u64,
}

impl Batch {
    /// What is left after the function reported failures: everything from the first of them.
    fn after_failure(mut self, failed: &Failures) -> Self {
        let first = self
            .records
            .iter()
            .position(|record| sequence_number(record).is_some_and(|id| failed.contains(id)));
        // An id that is none of ours: all of them again.
        Self { records: self.records.split_off(first.unwrap_or(0)), attempts: self.attempts + 1 }
    }

    /// The batch once more, in two halves if it may be halved and can be.
    fn again(mut self, bisect: bool) -> (Self, Self) {
        let attempts = self.attempts + 1;
        let middle =
            if bisect && self.records.len() > 1 { self.records.len() / 2 } else { self.records.len() };
        let second = self.records.split_off(middle);
        (Self { records: self.records, attempts }, Self { records: second, attempts })
    }
}

fn pause(attempts: u64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    RETRY_PAUSE.saturating_mul(1 << doublings).min(RETRY_PAUSE_MAX)
}

/// The event that `EventBridge` Scheduler sends when a schedule names no input.
pub fn schedule_event(id: &str, time: jiff::Timestamp) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": engines::ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": engines::REGION,
        "resources": [format!("arn:aws:scheduler:{}:{}:schedule/default/{id}", engines::REGION, engines::ACCOUNT)],
        "detail": "{}",
    })
}
