//! Searching conversations and contacts (E09).

use storage::projected::Projected;

use crate::{App, Failure};

/// Keeps the index to what has changed.
pub(crate) async fn follow(_app: &App, _change: &Projected) -> Result<(), Failure> {
    Ok(())
}
