//! Looking after messages that have been on their way for too long. Called every minute.
//!
//! A job may get lost, a worker may die in the middle, a receipt may never come. Whatever it was, giving the message to
//! [`crate::deliver`] once more is safe and decides: it is sent, looked up, waited for or given up (I04).

use domain::message::Message;
use storage::DueSend;

use crate::{App, Failure, ports::SendJob};

/// At most this many messages of each shard are looked after in one call.
const BATCH: u32 = 100;
/// Jobs for the same message within this many seconds are one: SQS's own interval of deduplication.
const DEDUPLICATION_SECONDS: i64 = 300;

/// Queues what is stuck; returns how many messages it was.
pub async fn sweep(app: &App) -> Result<u32, Failure> {
    let mut queued = 0_u32;
    for DueSend { account, conversation, sequence } in app.store.due_sends(app.now(), BATCH).await? {
        let Some(Message { id, .. }) = app.store.account(account).message_at(conversation, sequence).await?
        else {
            continue;
        };
        let job = SendJob { account, conversation, sequence, message: id };
        let interval = app.now().as_second().div_euclid(DEDUPLICATION_SECONDS);
        app.queues.enqueue_send(&job, &format!("{id}-{interval}")).await?;
        queued = queued.saturating_add(1);
    }
    if queued > 0 {
        tracing::warn!(
            queued,
            metric = "sends_stuck",
            "messages on their way for too long were queued again"
        );
    }
    Ok(queued)
}
