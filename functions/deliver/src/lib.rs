//! From the queue to the carriers.
//!
//! The queue keeps the order of each conversation and hands a job out again until it is done. A job that has to wait
//! comes back when it says, not before.

use std::convert::Infallible;

use app::App;
use app::Failure;
use app::deliver::DeliverError;
use app::ports::SendJob;
use worker::{Record, SqsBatchResponse, SqsEvent, Verdict, sqs_batch};

/// Delivers each job of a batch.
pub async fn handle(app: &App, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    Ok(sqs_batch(event, |job, record| deliver(app, job, record)).await)
}

async fn deliver(app: &App, job: SendJob, record: Record) -> Result<Verdict, Failure> {
    match app::deliver::deliver(app, &job).await {
        Ok(()) => Ok(Verdict::Done),
        Err(DeliverError::Later { seconds }) => {
            if let Err(error) = app.queues.delay_send(&record.receipt_handle, seconds).await {
                // Then it comes back after the queue's own time.
                tracing::warn!(%error, message = %job.message, "a job could not be delayed");
            }
            Ok(Verdict::Again)
        }
        Err(DeliverError::Failure(failure)) => Err(failure),
    }
}
