//! The AWS services that Textdesk uses, small enough to live inside a test or a laptop's one process.
//!
//! `DynamoDB`, SQS, SNS, SES and Secrets Manager, each plugged *under* the real AWS SDK client as its HTTP client:
//! the production code, the SDK's serialiser and its error parsing run unchanged, only the wire is missing.
//! Nothing here opens a socket, reads the environment or talks to AWS.
//!
//! ```ignore
//! let dynamo = engines::dynamo::Dynamo::memory()?;
//! let config = aws_sdk_dynamodb::Config::builder().http_client(dynamo.http_client()) /* … */.build();
//! dynamo.faults().push_next(engines::faults::Fault::LostResponse);
//! ```
//!
//! * [`dynamo`]: dynoxide, an embedded `DynamoDB` on `SQLite`, with streams for event sources and TTL sweeps.
//! * [`sqs`], [`sns`], [`ses`], [`secrets`]: written here, in memory, because no crate covers what the product uses.
//! * [`bucket`]: files of messages behind signed links; [`web`]: files that others have on the internet.
//! * [`connections`]: the management of WebSocket connections that API Gateway offers.
//! * [`connector`]: how an engine becomes an SDK's HTTP client; [`faults`]: what may go wrong between the two;
//!   [`calls`]: what was asked and what it cost, for the budgets that tests assert.
//!
//! Queues and topics take their time from tokio's clock, so a test with paused time runs a twelve-hour
//! visibility time-out in milliseconds. The crate is for development only and is never linked into a function.

mod ambient;
pub mod bucket;
pub mod calls;
pub mod connections;
pub mod connector;
pub mod dynamo;
pub mod faults;
pub mod phones;
pub mod secrets;
pub mod ses;
pub mod sns;
pub mod sqs;
pub mod web;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The region in every ARN that an engine hands out.
pub const REGION: &str = "us-east-1";

/// The account number in every ARN that an engine hands out.
pub const ACCOUNT: &str = "000000000000";

/// Locks, also after a panic of another test thread: engine state is changed in one step or not at all.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
