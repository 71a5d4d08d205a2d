//! Every minute: messages that have been on their way for too long are looked after, and the conversations of people who have
//! left go to others; lists and tags that were removed are taken off whoever has them;
//! e-mail digests that are due are written; individual read states that were switched on are begun.

use app::App;
use lambda_runtime::Error;
use serde_json::Value;

/// Queues again what is stuck, works on departures, and clears removed lists. The schedule's event says nothing that matters.
pub async fn handle(app: &App, _event: Value) -> Result<(), Error> {
    let queued = app::sweep::sweep(app).await?;
    let departures = app::departures::go_on(app).await?;
    let cleared = app::contact_lists::clear(app).await?;
    let left = app::contacts::clear(app).await?;
    let jobs = app::jobs::queue_stuck(app).await?;
    let untagged = app::tags::untag_removed(app).await?;
    let digests = app::digests::send_due(app).await?;
    let taken_over = app::read_marks::go_on(app).await?;
    tracing::info!(
        queued,
        departures,
        cleared,
        left,
        untagged,
        jobs,
        digests,
        taken_over,
        "stuck messages queued, departures, removed lists and tags worked on"
    );
    Ok(())
}
