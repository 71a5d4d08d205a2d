//! The projector: what is derived from conversations, their timelines and contacts follows them.
//!
//! It reads the table's stream beside `dispatch`, with a position and a dead-letter queue of its own, so that what may lag (the
//! search index, the change log, statistics, copies) never holds up what may not (messages on their way, notifications). The
//! event source's filter lets only what something is derived from through (`storage::table::projection_filters`).

use std::convert::Infallible;

use app::{App, Failure};
use aws_lambda_events::dynamodb::EventRecord;
use worker::{StreamBatchResponse, StreamEvent, stream_batch};

/// Projects each record of a batch.
pub async fn handle(app: &App, event: StreamEvent) -> Result<StreamBatchResponse, Infallible> {
    // Boxed, because the compiler gives up on the layout of futures that are nested too deeply.
    Ok(stream_batch(event, |record| Box::pin(project(app, record))).await)
}

async fn project(app: &App, record: EventRecord) -> Result<(), Failure> {
    app::project::record(app, record.change.old_image, record.change.new_image).await
}
