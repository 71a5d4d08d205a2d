//! What is derived from conversations, timelines and contacts, and may lag behind them.
//!
//! The table's stream shows each change once or more, those of one item in order. Each projection below bears a change that
//! comes again, and one of another item that comes early or late. A change that one of them can never follow, because something
//! cannot be read, is passed over by it and counted (`projection_lost`): it must neither hold up the changes behind it nor the
//! other projections.

pub use storage::projected::{Projected, projected};
use storage::{StoreError, stream::Image};

use crate::{App, Failure, changes, contact_copies, read_marks, search, statistics};

/// Does what follows from a record of the stream: the images of the item before and after, of which one may be empty.
pub async fn record(app: &App, before: Image, after: Image) -> Result<(), Failure> {
    let change = match projected(before, after) {
        Ok(Some(change)) => change,
        Ok(None) => return Ok(()),
        Err(unreadable) => return lasting("none", Err(unreadable.into())),
    };
    // In this order: what later ones read, earlier ones write.
    lasting("contact_copies", Box::pin(contact_copies::follow(app, &change)).await)?;
    lasting("read_marks", Box::pin(read_marks::follow(app, &change)).await)?;
    lasting("search", Box::pin(search::follow(app, &change)).await)?;
    lasting("changes", Box::pin(changes::follow(app, &change)).await)?;
    lasting("statistics", Box::pin(statistics::follow(app, &change)).await)
}

/// What can never be followed is passed over.
fn lasting(projection: &'static str, outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(error @ (Failure::Store(StoreError::Unreadable { .. }) | Failure::Broken(_))) => {
            tracing::error!(%error, projection, metric = "projection_lost", "a change could not be followed");
            Ok(())
        }
        other => other,
    }
}
