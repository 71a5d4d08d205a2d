//! Jobs, from the queue to their next slice, and files of inbound messages, from the carrier to the bucket.
//!
//! A job that failed comes back after the queue's own time; whether anybody works on it, and where it has come to, stands in
//! the table.

use std::convert::Infallible;

use app::media::Copied;
use app::ports::Task;
use app::{App, Failure};
use worker::{SqsBatchResponse, SqsEvent, Verdict, sqs_batch};

/// Works on each job of a batch for a slice.
pub async fn handle(app: &App, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let work = |task: Task, _record| async move { one(app, &task).await };
    Ok(sqs_batch(event, work).await)
}

async fn one(app: &App, task: &Task) -> Result<Verdict, Failure> {
    match task {
        Task::Job(task) => app::jobs::work(app, task).await?,
        Task::Media(task) if app::media::copy(app, task).await? == Copied::NotYet => {
            return Ok(Verdict::Again);
        }
        Task::Media(_) => {}
    }
    Ok(Verdict::Done)
}
