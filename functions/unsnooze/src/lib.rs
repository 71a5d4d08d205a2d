//! Every minute, what has come to its time: snoozed conversations are back in the inbox, scheduled messages are sent.

use app::App;
use lambda_runtime::Error;
use serde_json::Value;

/// Wakes and sends what is due. The schedule's event says nothing that matters.
pub async fn handle(app: &App, _event: Value) -> Result<(), Error> {
    let (woken, sent) =
        tokio::join!(Box::pin(app::unsnooze::wake_due(app)), Box::pin(app::send::send_due(app)));
    // Neither waits for the other, and neither fails because of the other.
    let (woken, sent) = (woken?, sent?);
    tracing::info!(woken, sent, "conversations woken, scheduled messages sent or ended");
    Ok(())
}
