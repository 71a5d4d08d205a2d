//! Statistics (D21).

use storage::projected::Projected;

use crate::{App, Failure};

/// Counts what has happened.
pub(crate) async fn follow(_app: &App, _change: &Projected) -> Result<(), Failure> {
    Ok(())
}
