//! Batches of records from a queue or from the table's stream, one record at a time.
//!
//! Lambda hands a worker function several records at once and takes back the list of those that failed.
//! Everything that can go wrong with a single record stays with that record: an unreadable body, an error, a
//! panic. The others are finished and leave the queue. What failed comes back after the visibility time-out and
//! ends in the dead-letter queue with its body, where a person can look at it.
//!
//! [`sqs_batch`] is for queues (standard and FIFO), [`stream_batch`] for a `DynamoDB` stream. Handlers see each
//! record at least once, possibly twice at the same time; they start with a conditional change of state.

mod sqs;
mod stream;

pub use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
pub use aws_lambda_events::streams::DynamoDbEventResponse as StreamBatchResponse;
pub use sqs::{RECORDS_AT_ONCE, Record, sqs_batch};
pub use stream::{StreamEvent, stream_batch};

use futures::FutureExt;
use std::error::Error;
use std::panic::AssertUnwindSafe;

/// What a handler says of a record that it could handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Done,
    /// It has to come back, and nothing is wrong: what it waits for is not there yet.
    Again,
}

impl From<()> for Verdict {
    fn from((): ()) -> Self {
        Self::Done
    }
}

/// How one record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handled {
    Done,
    Failed,
}

/// Runs one record's handler. An error or a panic is logged once, here, with its chain of causes, and becomes
/// [`Handled::Failed`].
///
/// A panic's message is not logged: it may quote the data that caused it.
async fn isolated<V, E>(handler: impl Future<Output = Result<V, E>>) -> Handled
where
    V: Into<Verdict>,
    E: Error,
{
    match AssertUnwindSafe(handler).catch_unwind().await {
        Ok(Ok(verdict)) => match verdict.into() {
            Verdict::Done => Handled::Done,
            Verdict::Again => {
                tracing::info!("record has to come back");
                Handled::Failed
            }
        },
        Ok(Err(error)) => {
            tracing::error!(error = %error, causes = %Causes(&error), metric = "records_failed", "record failed");
            Handled::Failed
        }
        Err(_panic) => {
            tracing::error!(metric = "records_panicked", "record's handler panicked");
            Handled::Failed
        }
    }
}

/// Reports a record that could not be read. Only the place of the mistake is logged: serde's own message quotes
/// the value.
fn unreadable(error: &serde_json::Error) -> Handled {
    tracing::error!(
        line = error.line(),
        column = error.column(),
        category = ?error.classify(),
        metric = "records_unreadable",
        "record could not be read"
    );
    Handled::Failed
}

/// The causes below an error, outermost first, joined by `: `.
struct Causes<'a>(&'a dyn Error);

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut next = self.0.source();
        let mut separator = "";
        while let Some(cause) = next {
            write!(f, "{separator}{cause}")?;
            separator = ": ";
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Inner);
    #[derive(Debug, thiserror::Error)]
    #[error("inner")]
    struct Inner(#[source] Innermost);
    #[derive(Debug, thiserror::Error)]
    #[error("innermost")]
    struct Innermost;

    #[test]
    fn causes_are_listed_from_the_outside_in() {
        assert_eq!(Causes(&Outer(Inner(Innermost))).to_string(), "inner: innermost");
        assert_eq!(Causes(&Innermost).to_string(), "");
    }
}
