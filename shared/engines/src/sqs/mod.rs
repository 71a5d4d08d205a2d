//! SQS in memory: standard and FIFO queues under the real SDK client.
//!
//! [`Sqs`] is a handle; clones share the queues. All time is tokio's: delays, visibility time-outs, long polls,
//! the five minutes of FIFO deduplication and retention follow a paused clock. Besides the SDK's operations it
//! has what Lambda's event sources do ([`Sqs::receive`], [`Sqs::poll`]: records as in a Lambda event) and what
//! assertions need ([`Sqs::counts`], [`Sqs::bodies`]).
//!
//! Left out, because nothing here needs it: permissions, the 60-second rules after `PurgeQueue` and
//! `DeleteQueue`, limits on messages in flight, server-side encryption.

mod batch;
mod error;
mod message;
mod moves;
mod operations;
mod queue;
mod settings;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::ambient::Ambient;
use crate::calls::{Call, CallLog};
use crate::connector::{Connector, NoAnswer, Request, Response};
use crate::faults::Faults;
use crate::lock;
use queue::{Found, Queue};

pub use error::SqsError;
pub(crate) use message::{Attribute, Attributes, Sent};

/// The largest message and the largest batch, in bytes (since 2025: 1 MiB).
pub const MESSAGE_BYTES_MAX: u64 = 1_048_576;

/// The longest visibility time-out: twelve hours.
pub const VISIBILITY_SECONDS_MAX: u64 = 43_200;

/// The longest long poll.
pub const WAIT_SECONDS_MAX: u64 = 20;

/// Where queue URLs begin: a name that resolves nowhere.
const BASE_URL: &str = "http://sqs.local";

/// How many messages of a queue are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Can be received now (FIFO: apart from group locks).
    pub visible: usize,
    /// Received, neither deleted nor given back.
    pub in_flight: usize,
    /// Not yet past their delay.
    pub delayed: usize,
}

/// In-memory queues; clones share them.
#[derive(Clone, Debug)]
pub struct Sqs {
    connector: Connector<Queues>,
    faults: Faults,
    calls: CallLog,
}

/// The engine proper, without faults and log.
#[derive(Clone, Debug)]
pub(crate) struct Queues {
    state: Arc<Mutex<State>>,
    /// Counts changes that may make a message visible.
    changed: Arc<watch::Sender<u64>>,
    pub(crate) ambient: Ambient,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<String, Queue>,
    moves: Vec<moves::MoveTask>,
}

impl Default for Sqs {
    fn default() -> Self {
        Self::new()
    }
}

impl Sqs {
    /// No queues yet; time begins at the system's.
    pub fn new() -> Self {
        Self::with(Ambient::system())
    }

    /// No queues yet; time begins at this one, in milliseconds since 1970, which also decides all ids.
    pub fn starting_at(unix_ms: u64) -> Self {
        Self::with(Ambient::starting_at(unix_ms))
    }

    fn with(ambient: Ambient) -> Self {
        let (faults, calls) = (Faults::default(), CallLog::default());
        let queues = Queues { state: Arc::default(), changed: Arc::new(watch::Sender::new(0)), ambient };
        Self { connector: Connector::new(queues, faults.clone(), calls.clone()), faults, calls }
    }

    /// What an SDK configuration takes as `http_client`. `Sqs` itself is accepted there, too.
    pub fn http_client(&self) -> SharedHttpClient {
        self.connector.http_client()
    }

    /// Answers one request, for serving the engine over a socket.
    ///
    /// # Errors
    /// An injected fault hid the answer.
    pub async fn respond(&self, request: Request) -> Result<Response, NoAnswer> {
        self.connector.respond(request).await
    }

    /// What goes wrong in front of these queues.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The SDK calls since the last [`Sqs::take_calls`].
    pub fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }

    /// The same, and forgets them.
    pub fn take_calls(&self) -> Vec<Call> {
        self.calls.take()
    }

    /// Creates a queue with these attributes (names and values as in `CreateQueue`), or finds it unchanged.
    /// Returns its URL. The dead-letter queue of its redrive policy must exist already.
    ///
    /// # Errors
    /// As `CreateQueue`.
    pub fn create_queue(
        &self,
        name: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<String, SqsError> {
        self.queues().create(name, attributes, BTreeMap::new())
    }

    /// The URL of a queue of this name, whether or not there is one.
    pub fn url(&self, name: &str) -> String {
        url(name)
    }

    /// The ARN of a queue of this name, whether or not there is one.
    pub fn arn(&self, name: &str) -> String {
        message::arn(name)
    }

    /// Sends as a service would (an event rule, a topic), past faults and log. `queue` is a name, URL or ARN.
    ///
    /// # Errors
    /// As `SendMessage`.
    pub fn send(
        &self,
        queue: &str,
        body: &str,
        group: Option<&str>,
        dedupe: Option<&str>,
    ) -> Result<(), SqsError> {
        let sent = Sent {
            message_body: Some(body.to_owned()),
            message_group_id: group.map(str::to_owned),
            message_deduplication_id: dedupe.map(str::to_owned),
            ..Sent::default()
        };
        self.queues().send(queue, sent)
    }

    /// Takes up to `max` messages as records of a Lambda event, in flight for `visibility` (by default as the
    /// queue says), without waiting. `queue` is a name, URL or ARN.
    ///
    /// # Errors
    /// No such queue.
    pub fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Option<Duration>,
    ) -> Result<Vec<Value>, SqsError> {
        let name = name_of(queue);
        let found = self.queues().take(name, max, visibility.map(|visibility| visibility.as_secs()))?;
        Ok(found.messages.iter().map(|message| message.lambda_record(name)).collect())
    }

    /// The same, waiting up to `wait` for a first message, as an event source polls.
    ///
    /// # Errors
    /// No such queue.
    pub async fn poll(
        &self,
        queue: &str,
        max: usize,
        visibility: Option<Duration>,
        wait: Duration,
    ) -> Result<Vec<Value>, SqsError> {
        let name = name_of(queue);
        let seconds = visibility.map(|visibility| visibility.as_secs());
        let found = self.queues().take_waiting(name, max, seconds, wait).await?;
        Ok(found.messages.iter().map(|message| message.lambda_record(name)).collect())
    }

    /// Deletes a received message, as an event source does after success.
    ///
    /// # Errors
    /// No such queue, or not a receipt of it (FIFO: or an expired one).
    pub fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), SqsError> {
        self.queues().on_queue(queue, |queue| queue.delete(receipt_handle))?;
        // It may have held up the rest of its group.
        self.queues().announce();
        Ok(())
    }

    /// Makes a received message visible again after this time.
    ///
    /// # Errors
    /// No such queue, or the message is not in flight under this receipt.
    pub fn change_visibility(
        &self,
        queue: &str,
        receipt_handle: &str,
        after: Duration,
    ) -> Result<(), SqsError> {
        self.queues().on_queue(queue, |queue| queue.change_visibility(receipt_handle, after.as_secs()))?;
        self.queues().announce();
        Ok(())
    }

    /// How many messages a queue has where.
    ///
    /// # Errors
    /// No such queue.
    pub fn counts(&self, queue: &str) -> Result<Counts, SqsError> {
        self.queues().on_queue(queue, |queue| Ok(queue.counts()))
    }

    /// The bodies of every message in a queue, whatever its state, oldest first, without receiving any.
    ///
    /// # Errors
    /// No such queue.
    pub fn bodies(&self, queue: &str) -> Result<Vec<String>, SqsError> {
        self.queues()
            .on_queue(queue, |queue| Ok(queue.messages().map(|message| message.body.clone()).collect()))
    }

    /// The names of all queues.
    pub fn queue_names(&self) -> Vec<String> {
        lock(&self.queues().state).queues.keys().cloned().collect()
    }

    pub(crate) fn queues(&self) -> &Queues {
        self.connector.engine()
    }
}

impl HttpClient for Sqs {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.connector.clone())
    }
}

fn url(name: &str) -> String {
    format!("{BASE_URL}/{}/{name}", crate::ACCOUNT)
}

/// Whether something of this name is FIFO: the service tells by the name's end.
pub(crate) fn is_fifo(name: &str) -> bool {
    name.strip_suffix(".fifo").is_some()
}

/// The queue's name in a name, URL or ARN.
fn name_of(queue: &str) -> &str {
    queue.rsplit(['/', ':']).next().unwrap_or(queue)
}

impl Queues {
    fn announce(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn on_queue<T>(
        &self,
        queue: &str,
        run: impl FnOnce(&mut Queue) -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        let mut state = lock(&self.state);
        run(state.queues.get_mut(name_of(queue)).ok_or_else(SqsError::no_such_queue)?)
    }

    pub(crate) fn send(&self, queue: &str, sent: Sent) -> Result<(), SqsError> {
        self.on_queue(queue, |queue| queue.send(sent, &self.ambient))?;
        self.announce();
        Ok(())
    }

    /// Receives once; messages received too often go to the dead-letter queue.
    fn take(&self, queue: &str, max: usize, visibility_seconds: Option<u64>) -> Result<Found, SqsError> {
        let mut state = lock(&self.state);
        let name = name_of(queue);
        let queue = state.queues.get_mut(name).ok_or_else(SqsError::no_such_queue)?;
        let seconds = visibility_seconds.unwrap_or_else(|| queue.settings.number("VisibilityTimeout"));
        let mut found = queue.receive(max, seconds, &self.ambient);
        let target = queue.settings.redrive().map(|redrive| redrive.target);
        let target = target.and_then(|target| state.queues.get_mut(&target));
        if let Some(target) = target.filter(|_| !found.dead.is_empty()) {
            for mut dead in found.dead.drain(..) {
                dead.source = Some(message::arn(name));
                target.put_moved(dead, Instant::now());
            }
            self.announce();
        }
        Ok(found)
    }

    /// Receives as soon as there is something, for up to `wait`.
    async fn take_waiting(
        &self,
        queue: &str,
        max: usize,
        visibility_seconds: Option<u64>,
        wait: Duration,
    ) -> Result<Found, SqsError> {
        let until = Instant::now() + wait;
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            let found = self.take(queue, max, visibility_seconds)?;
            if !found.messages.is_empty() || Instant::now() >= until {
                return Ok(found);
            }
            let wake_at = found.next_at.map_or(until, |at| at.min(until));
            // Either way the queue is looked at again; the sender lives as long as `self`.
            let _ = tokio::time::timeout_at(wake_at, changed.changed()).await;
        }
    }
}
