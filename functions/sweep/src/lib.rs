//! Every minute: messages that have been on their way for too long are looked after, and the conversations of people who have
//! left go to others.

use app::App;
use lambda_runtime::Error;
use serde_json::Value;

/// Queues again what is stuck, and works on departures. The schedule's event says nothing that matters.
pub async fn handle(app: &App, _event: Value) -> Result<(), Error> {
    let queued = app::sweep::sweep(app).await?;
    let departures = app::departures::go_on(app).await?;
    tracing::info!(queued, departures, "stuck messages queued, departures worked on");
    Ok(())
}
