//! The outbox: what was written to the table becomes jobs, notifications and pushes.
//!
//! Reads the table's stream, in which a conversation's entries keep their order. The event source's filter lets only what has
//! consequences through (`storage::table::stream_filters`); whatever else arrives is passed over.

use std::convert::Infallible;

use app::{App, Failure};
use aws_lambda_events::dynamodb::EventRecord;
use worker::{StreamBatchResponse, StreamEvent, stream_batch};

/// Dispatches each record of a batch.
pub async fn handle(app: &App, event: StreamEvent) -> Result<StreamBatchResponse, Infallible> {
    // Boxed, because the compiler gives up on the layout of futures that are nested too deeply.
    Ok(stream_batch(event, |record| Box::pin(dispatch(app, record))).await)
}

async fn dispatch(app: &App, record: EventRecord) -> Result<(), Failure> {
    app::dispatch::record(app, &record.event_name, record.change.old_image, record.change.new_image).await
}
