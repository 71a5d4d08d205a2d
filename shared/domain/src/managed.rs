//! Whose templates and keywords are: the account's own, or its master's (A06, A07).
//!
//! A master makes templates and keywords for its sub accounts. They lie in the sub account like its own, which reads and
//! uses them, but only the master changes them.

use serde::{Deserialize, Serialize};

/// Who may change a thing of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagedBy {
    /// The account itself.
    #[default]
    Account,
    /// Its master, and nobody of the account.
    Master,
}

impl ManagedBy {
    /// Both, for descriptions.
    pub const ALL: [Self; 2] = [Self::Account, Self::Master];
}
