//! Every minute: messages that have been on their way for too long are looked after.

use app::App;
use lambda_runtime::Error;
use serde_json::Value;

/// Queues again what is stuck. The schedule's event says nothing that matters.
pub async fn handle(app: &App, _event: Value) -> Result<(), Error> {
    let queued = app::sweep::sweep(app).await?;
    tracing::info!(queued, "stuck messages queued");
    Ok(())
}
