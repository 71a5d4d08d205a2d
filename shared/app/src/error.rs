//! Why a use case could not be carried out, whatever it was.

use storage::StoreError;

use crate::ports::Unreachable;

/// Something outside did not answer. Nothing is wrong with the request: it may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A queue, a topic or the secret store.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// Something that this code relies on does not hold: a defect, or data that was changed by hand.
    #[error("{0}")]
    Broken(&'static str),
}
