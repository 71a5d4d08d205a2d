//! `DynamoDB` in the same process: dynoxide under the real SDK client.
//!
//! [`Dynamo`] is a handle; clones share the database. In memory for tests ([`Dynamo::memory`]), in a file for the
//! local run ([`Dynamo::file`]). Besides what the SDK can ask, it has what Lambda and AWS do around a table:
//! stream records as event sources deliver them ([`Dynamo::stream`]), the TTL sweep, and loading of test data.
//!
//! Differences from AWS that matter to a test: `ConsistentRead` has no effect (each read is consistent), there
//! are no throttles and no `TransactionConflict` (inject them with [`Dynamo::faults`]), and TTL deletes only
//! when [`Dynamo::sweep_ttl`] is called.

mod capacity;
mod dispatch;
mod open;
mod stream;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use dynoxide::storage_backend::{Clock, ManualClock};
use dynoxide::{Database, DynoxideError, ImportOptions};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::calls::{Call, CallLog, Capacity};
use crate::connector::{Connector, Engine, NoAnswer, Refusal, Request, Response};
use crate::faults::Faults;

pub use stream::{Stream, sequence_number};

/// How many items [`Dynamo::load`] hands over in one transaction.
const LOAD_CHUNK: usize = 10_000;

/// Why the embedded database could not do what it was asked directly (not through the SDK).
#[derive(Debug, thiserror::Error)]
pub enum DynamoError {
    /// The database or its index on the stream table could not be made.
    #[error("the database could not be opened")]
    Open(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The service refused, as AWS would; `code` is the name of its error.
    #[error("{code}: {message}")]
    Refused {
        /// For example `ValidationException`.
        code: String,
        /// The service's explanation.
        message: String,
    },
}

/// The time that TTL and stream records go by, moved by hand.
#[derive(Clone, Debug)]
pub struct TableClock(ManualClock);

impl TableClock {
    /// A clock that stands at this time, in whole seconds since 1970.
    pub fn at(unix_seconds: u64) -> Self {
        Self(ManualClock::new(unix_seconds))
    }

    /// Moves it to this time, in whole seconds since 1970.
    pub fn set(&self, unix_seconds: u64) {
        self.0.set(unix_seconds);
    }
}

/// An embedded `DynamoDB`; clones share it.
#[derive(Clone, Debug)]
pub struct Dynamo {
    connector: Connector<Tables>,
    faults: Faults,
    calls: CallLog,
}

/// The engine proper, without faults and log.
#[derive(Clone)]
struct Tables {
    db: Database,
    /// Counts writes, so that readers of the stream can wait for the next one.
    written: Arc<watch::Sender<u64>>,
    /// Tables are created without their stream (for figures and large seeds that need none).
    streams_off: bool,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("streams_off", &self.streams_off).finish_non_exhaustive()
    }
}

impl Dynamo {
    /// An empty database in memory, on the system's clock.
    ///
    /// # Errors
    /// `SQLite` could not allocate it.
    pub fn memory() -> Result<Self, DynamoError> {
        Ok(Self::around(open::memory(None)?, false))
    }

    /// An empty database in memory whose TTL and stream times follow `clock`.
    ///
    /// # Errors
    /// `SQLite` could not allocate it.
    pub fn memory_with_clock(clock: &TableClock) -> Result<Self, DynamoError> {
        let clock: Arc<dyn Clock> = clock.0.arc();
        Ok(Self::around(open::memory(Some(clock))?, false))
    }

    /// An empty database in memory that ignores the stream part of `CreateTable`: each write costs about half.
    ///
    /// # Errors
    /// `SQLite` could not allocate it.
    pub fn memory_without_stream() -> Result<Self, DynamoError> {
        Ok(Self::around(open::memory(None)?, true))
    }

    /// The database in this file, created if absent. One process at a time may have it open. Stream records of
    /// more than a day ago are dropped, as in AWS.
    ///
    /// # Errors
    /// The file cannot be opened or is not such a database.
    pub fn file(path: &Path) -> Result<Self, DynamoError> {
        Ok(Self::around(open::file(path)?, false))
    }

    fn around(db: Database, streams_off: bool) -> Self {
        let (faults, calls) = (Faults::default(), CallLog::default());
        let tables = Tables { db, written: Arc::new(watch::Sender::new(0)), streams_off };
        Self { connector: Connector::new(tables, faults.clone(), calls.clone()), faults, calls }
    }

    /// What an SDK configuration takes as `http_client`. `Dynamo` itself is accepted there, too.
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

    /// What goes wrong in front of this database.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The SDK calls since the last [`Dynamo::take_calls`], with the capacity each consumed.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }

    /// The same, and forgets them.
    pub fn take_calls(&self) -> Vec<Call> {
        self.calls.take()
    }

    /// Creates a table from the JSON of a `CreateTable` request or from the properties of an
    /// `AWS::DynamoDB::Table` resource (which may carry `TimeToLiveSpecification`, and whose stream needs no
    /// `StreamEnabled`). A table that exists already stays as it is.
    ///
    /// # Errors
    /// The request is not valid.
    pub fn create_table(&self, request: Value) -> Result<(), DynamoError> {
        let mut request = request;
        let table = request.get("TableName").cloned().unwrap_or_default();
        let ttl = request.as_object_mut().and_then(|fields| fields.remove("TimeToLiveSpecification"));
        if let Some(stream) = request.get_mut("StreamSpecification").and_then(Value::as_object_mut) {
            stream.entry("StreamEnabled").or_insert(Value::Bool(true));
        }
        match self.run("CreateTable", &request) {
            Err(DynamoError::Refused { code, .. }) if code == "ResourceInUseException" => return Ok(()),
            other => other?,
        };
        if let Some(ttl) = ttl {
            self.run("UpdateTimeToLive", &json!({"TableName": table, "TimeToLiveSpecification": ttl}))?;
        }
        Ok(())
    }

    /// Runs one operation given as the JSON of its request, past faults and log: for set-up and assertions.
    ///
    /// # Errors
    /// The service refuses the request.
    pub fn run(&self, operation: &str, request: &Value) -> Result<Value, DynamoError> {
        let answer =
            self.tables().run(operation, request.to_string().as_bytes()).map_err(DynamoError::from)?;
        Ok(serde_json::from_str(&answer.json).unwrap_or_default())
    }

    /// Writes many items at once, as maps of attribute values (`{"pk": {"S": "…"}, …}`), replacing items with
    /// the same key. Nothing reaches the stream, faults or log. Returns the number of items.
    ///
    /// # Errors
    /// No such table, or an item without its keys; items before that chunk of 10,000 stay written.
    pub fn load(&self, table: &str, items: impl IntoIterator<Item = Value>) -> Result<usize, DynamoError> {
        let db = &self.tables().db;
        let mut items = items.into_iter().peekable();
        let mut loaded = 0;
        db.enable_bulk_loading()?;
        while items.peek().is_some() {
            let chunk = items.by_ref().take(LOAD_CHUNK).map(serde_json::from_value);
            let chunk = chunk.collect::<Result<Vec<_>, _>>().map_err(|error| dispatch::unreadable(&error))?;
            loaded += db.import_items(table, chunk, ImportOptions::default())?.items_imported;
        }
        db.disable_bulk_loading()?;
        Ok(loaded)
    }

    /// Deletes what is past its time to live, as AWS does in the background. Returns the number of items.
    ///
    /// # Errors
    /// `SQLite` failed.
    pub fn sweep_ttl(&self) -> Result<usize, DynamoError> {
        let deleted = self.tables().db.sweep_ttl()?;
        if deleted > 0 {
            self.tables().announce();
        }
        Ok(deleted)
    }

    fn tables(&self) -> &Tables {
        self.connector.engine()
    }
}

impl HttpClient for Dynamo {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.connector.clone())
    }
}

/// An operation's answer and what it consumed.
struct Answer {
    json: String,
    capacity: Option<Capacity>,
}

impl Tables {
    fn run(&self, operation: &str, body: &[u8]) -> Result<Answer, DynoxideError> {
        let answer = dispatch::dispatch(&self.db, operation, body, self.streams_off)?;
        if dispatch::writes(operation) {
            self.announce();
        }
        Ok(answer)
    }

    fn announce(&self) {
        self.written.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Engine for Tables {
    fn operation(&self, request: &Request) -> String {
        request.target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        match self.run(operation, &request.body) {
            Ok(answer) => {
                let mut response = Response::new(200, dispatch::CONTENT_TYPE, answer.json);
                response.capacity = answer.capacity;
                response
            }
            Err(error) => dispatch::error_response(&error),
        }
    }

    fn refuse(&self, refusal: Refusal, operation: &str, request: &Request) -> Option<Response> {
        dispatch::refusal(refusal, operation, &request.body)
    }
}

impl From<DynoxideError> for DynamoError {
    fn from(error: DynoxideError) -> Self {
        Self::Refused { code: dispatch::error_name(&error).to_owned(), message: error.to_string() }
    }
}
