//! The outbox: what was written to the table becomes jobs, notifications and pushes.
//!
//! Reads the table's stream, in which a conversation's entries keep their order. The event source's filter lets only new
//! timeline entries and mails through; whatever else arrives is passed over.

use std::convert::Infallible;

use app::{App, Failure};
use aws_lambda_events::dynamodb::EventRecord;
use worker::{StreamBatchResponse, StreamEvent, stream_batch};

/// What the stream calls an item that was not there before.
const INSERTED: &str = "INSERT";

/// Dispatches each record of a batch.
pub async fn handle(app: &App, event: StreamEvent) -> Result<StreamBatchResponse, Infallible> {
    // Boxed, because the compiler gives up on the layout of futures that are nested too deeply.
    Ok(stream_batch(event, |record| Box::pin(dispatch(app, record))).await)
}

async fn dispatch(app: &App, record: EventRecord) -> Result<(), Failure> {
    if record.event_name != INSERTED {
        return Ok(());
    }
    match app::dispatch::added(record.change.new_image)? {
        Some(added) => app::dispatch::dispatch(app, &added).await,
        None => Ok(()),
    }
}
