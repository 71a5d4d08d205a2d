//! The table's stream as Lambda's event source delivers it.
//!
//! A [`Stream`] is a position in the records of the one table that has a stream. A reader takes a batch, handles
//! it, and only then moves on ([`Stream::advance`]), so a batch that failed is read again, as Lambda does.
//! [`Stream::written`] waits for the next write without polling.

use dynoxide::DynoxideError;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::{ListStreamsRequest, StreamSummary};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Dynamo, DynamoError, Tables};
use crate::REGION;

/// The most records that one read returns, as in AWS.
const RECORDS_MAX: usize = 1_000;

/// dynoxide's name for the region, replaced by ours in what it hands out.
const ENGINE_REGION: &str = "dynoxide";

/// A reader's position in the stream.
#[derive(Debug)]
pub struct Stream {
    tables: Tables,
    after: Option<String>,
    written: watch::Receiver<u64>,
}

impl Dynamo {
    /// Up to `limit` stream records (at most 1,000) after this sequence number, or from the start, as the
    /// `Records` of a Lambda event. Empty if no table has a stream. With several, the first by name counts:
    /// the product has one table.
    ///
    /// # Errors
    /// `after` is not a sequence number of this stream.
    pub fn stream_records(&self, after: Option<&str>, limit: usize) -> Result<Vec<Value>, DynamoError> {
        Ok(self.tables().records(after, limit)?)
    }

    /// A reader of the stream that begins after this sequence number, or at the start.
    pub fn stream(&self, after: Option<&str>) -> Stream {
        let written = self.tables().written.subscribe();
        Stream { tables: self.tables().clone(), after: after.map(str::to_owned), written }
    }

    /// A reader that sees only what is written from now on.
    ///
    /// # Errors
    /// `SQLite` failed.
    pub fn stream_latest(&self) -> Result<Stream, DynamoError> {
        let mut stream = self.stream(None);
        loop {
            let records = stream.read(RECORDS_MAX)?;
            let Some(last) = records.last() else { return Ok(stream) };
            stream.advance(last);
        }
    }
}

impl Stream {
    /// The next records (at most 1,000), without moving on.
    ///
    /// # Errors
    /// The position is not one of this stream.
    pub fn read(&mut self, limit: usize) -> Result<Vec<Value>, DynamoError> {
        // Marked as seen first: a write during the read wakes `written` again.
        self.written.borrow_and_update();
        Ok(self.tables.records(self.after.as_deref(), limit)?)
    }

    /// Moves on to after this record.
    pub fn advance(&mut self, record: &Value) {
        if let Some(number) = sequence_number(record) {
            self.after = Some(number.to_owned());
        }
    }

    /// The sequence number of the last record that was handled; `None` at the start.
    pub fn position(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Waits until something was written since the last [`Stream::read`]; returns at once if it was already.
    pub async fn written(&mut self) {
        if self.written.changed().await.is_err() {
            // Cannot happen while `tables` holds the sender; never return, rather than spin.
            std::future::pending::<()>().await;
        }
    }
}

/// A record's sequence number.
pub fn sequence_number(record: &Value) -> Option<&str> {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str)
}

impl Tables {
    fn records(&self, after: Option<&str>, limit: usize) -> Result<Vec<Value>, DynoxideError> {
        let streams = self.db.list_streams(ListStreamsRequest::default())?.streams;
        let Some(stream) = streams.into_iter().next() else { return Ok(Vec::new()) };
        let source = stream.stream_arn.replace(ENGINE_REGION, REGION);
        let mut after = after.map(str::to_owned);
        loop {
            let page = self.page(&stream, after, limit)?;
            let Some(last) = page.last() else { return Ok(Vec::new()) };
            after = Some(last.dynamodb.sequence_number.clone());
            let changes: Vec<_> =
                page.iter().map(|record| lambda_record(record, &source)).filter(changed).collect();
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    fn page(
        &self,
        stream: &StreamSummary,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Record>, DynoxideError> {
        let kind = if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
        let position = self.db.get_shard_iterator(GetShardIteratorRequest {
            stream_arn: stream.stream_arn.clone(),
            shard_id: dynoxide::streams::shard_id(&stream.table_name),
            shard_iterator_type: kind.to_owned(),
            sequence_number: after,
        })?;
        let request = GetRecordsRequest {
            shard_iterator: position.shard_iterator.unwrap_or_default(),
            limit: Some(limit.clamp(1, RECORDS_MAX)),
        };
        Ok(self.db.get_records(request)?.records)
    }
}

/// `DynamoDB` writes no record for a write that left the item as it was; dynoxide does.
fn changed(record: &Value) -> bool {
    let image = |name| record.pointer(name);
    image("/eventName").and_then(Value::as_str) != Some("MODIFY")
        || image("/dynamodb/OldImage") != image("/dynamodb/NewImage")
        || image("/dynamodb/NewImage").is_none()
}

fn lambda_record(record: &Record, source: &str) -> Value {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("awsRegion".to_owned(), json!(REGION));
        fields.insert("eventSourceARN".to_owned(), json!(source));
    }
    value
}
