//! The small things that say where a conversation stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a conversation stands (X01). Sleeping is not a state: see [`Snooze`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the inbox.
    Open,
    /// Done: out of the inbox, in All (D19).
    Completed,
    /// Put away: in Archived and in All (E12).
    Archived,
}

/// An open conversation that sleeps (D17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snooze {
    /// When it wakes by itself.
    pub until: Timestamp,
    /// Whether an inbound message wakes it before (X05): the account's `wake_on_reply` when it was put to sleep.
    pub wakes_on_reply: bool,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From a customer to us.
    Inbound,
    /// From us to a customer.
    Outbound,
}

/// The last text that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastInbound {
    /// When.
    pub at: Timestamp,
    /// The place that the next timeline entry then had: it rises with each text that comes in.
    pub place: u64,
}
