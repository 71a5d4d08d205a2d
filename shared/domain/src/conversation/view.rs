//! The views of the inbox, and the folders that they are made of.

use serde::{Deserialize, Serialize};

/// A view of the inbox: a predicate over conversations (X01), the same for lists and counts (I10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Open and awake: what there is to do (D03).
    Inbox,
    /// In the inbox and unread (E13).
    Unread,
    /// Open and asleep.
    Snoozed,
    /// Completed.
    Completed,
    /// Archived.
    Archived,
    /// Every conversation.
    All,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 6] =
        [Self::Inbox, Self::Unread, Self::Snoozed, Self::Completed, Self::Archived, Self::All];
}

/// The one folder a conversation lies in: the part of a [`View`] that storage can keep as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Folder {
    /// Open and awake.
    Inbox,
    /// Open and asleep.
    Snoozed,
    /// Completed.
    Completed,
    /// Archived.
    Archived,
}

impl Folder {
    /// Every folder.
    pub const ALL: [Self; 4] = [Self::Inbox, Self::Snoozed, Self::Completed, Self::Archived];
}
