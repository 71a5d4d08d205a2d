//! Webhooks that the table could not take when they came.
//!
//! Each is verified and applied as if it arrived again, with the time of its arrival. The queue repeats it until the
//! table answers.

use std::convert::Infallible;

use app::App;
use app::ports::RawWebhook;
use worker::{SqsBatchResponse, SqsEvent, sqs_batch};

/// Applies each webhook of a batch.
pub async fn handle(app: &App, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
    let apply = |webhook: RawWebhook, _record| async move { app::webhook::apply_kept(app, &webhook).await };
    Ok(sqs_batch(event, apply).await)
}
