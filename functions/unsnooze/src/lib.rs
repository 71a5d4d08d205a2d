//! Every minute: snoozed conversations whose time has come are back in the inbox.

use app::App;
use lambda_runtime::Error;
use serde_json::Value;

/// Wakes what is due. The schedule's event says nothing that matters.
pub async fn handle(app: &App, _event: Value) -> Result<(), Error> {
    let woken = app::unsnooze::wake_due(app).await?;
    tracing::info!(woken, "conversations woken");
    Ok(())
}
