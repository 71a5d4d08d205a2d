//! Letters to the people who work with the product, from the queue to the mail service.
//!
//! A job that failed comes back after the queue's own time; a mail that was sent says so in the table.

use std::convert::Infallible;

use app::App;
use app::ports::MailJob;
use worker::{SqsBatchResponse, SqsEvent, sqs_batch};

/// Sends the mail of each job of a batch.
pub async fn handle(app: &App, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let send = |job: MailJob, _record| async move { app::mail::send(app, &job).await };
    Ok(sqs_batch(event, send).await)
}
