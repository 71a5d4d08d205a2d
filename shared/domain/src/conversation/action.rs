//! What people can do with a conversation. Whether they can is for the conversation to say.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// What a person can do with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Assign somebody (D16).
    Assign,
    /// Remove an assignment (C18).
    Unassign,
    /// Put to sleep (D17).
    Snooze,
    /// Wake.
    Unsnooze,
    /// Mark as complete (D19).
    Complete,
    /// Take back into the inbox after completing.
    Reopen,
    /// Put away (E12).
    Archive,
    /// Take back into the inbox after archiving.
    Unarchive,
    /// Mark as read.
    Read,
    /// Mark as unread (D18).
    Unread,
    /// Put a tag on it (D14).
    Tag,
    /// Take a tag off (D14).
    Untag,
    /// Get no more alerts of it (E11).
    Mute,
    /// Get alerts of it again (E11).
    Unmute,
    /// Keep it on top of one's inbox (E14).
    Pin,
    /// Let it stand where it belongs again.
    Unpin,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 16] = [
        Self::Assign,
        Self::Unassign,
        Self::Snooze,
        Self::Unsnooze,
        Self::Complete,
        Self::Reopen,
        Self::Archive,
        Self::Unarchive,
        Self::Read,
        Self::Unread,
        Self::Tag,
        Self::Untag,
        Self::Mute,
        Self::Unmute,
        Self::Pin,
        Self::Unpin,
    ];
}

/// What a conversation is to one person in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal {
    /// Who.
    pub user: UserId,
    /// Whether they have pinned it (X07).
    pub pinned: bool,
    /// Unread messages: their own count, or the shared one (X08).
    pub unread: u32,
}

/// The action is not possible in the conversation's present state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action:?} is not possible now")]
pub struct NotAvailable {
    /// What was asked for.
    pub action: Action,
    /// What is possible.
    pub available: BTreeSet<Action>,
}
