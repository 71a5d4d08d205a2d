//! Saved views: filters of the inbox under a name, one's own or shared with all colleagues (D03, D05).
//!
//! A view is a question, not an answer: whoever looks through a shared one sees what they may see, and `me` in it is
//! whoever looks (I10).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    conversation::View,
    id::{GatewayId, SavedViewId, TagId, UserId},
    name::DisplayName,
    scope::Scope,
};

/// At most this many views of one person, and this many shared ones.
pub const VIEWS_MAX: u32 = 100;

/// Whose conversations a saved view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AssignedTo {
    /// Those of whoever looks.
    Me,
    /// Nobody's.
    Nobody,
    /// Those of this colleague.
    User {
        /// Who.
        user: UserId,
    },
}

/// What a saved view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// Of which view.
    pub view: View,
    /// Whose; `None`: everything that whoever looks may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<AssignedTo>,
    /// With which of our numbers; `None`: with any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayId>,
    /// With which tag; `None`: whatever they are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<TagId>,
}

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: SavedViewId,
    /// What people call it.
    pub name: DisplayName,
    /// What it shows.
    pub filter: Filter,
    /// Whose it is: one person's, or everybody's.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
}
