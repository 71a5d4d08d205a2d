//! Jobs, from the queue to their next slice.
//!
//! A job that failed comes back after the queue's own time; whether anybody works on it, and where it has come to, stands in
//! the table.

use std::convert::Infallible;

use app::App;
use app::ports::JobTask;
use worker::{SqsBatchResponse, SqsEvent, sqs_batch};

/// Works on each job of a batch for a slice.
pub async fn handle(app: &App, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let work = |task: JobTask, _record| async move { app::jobs::work(app, &task).await };
    Ok(sqs_batch(event, work).await)
}
