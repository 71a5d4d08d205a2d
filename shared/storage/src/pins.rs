//! What a user has pinned to the top of their inbox (E14, X07).

use domain::id::{ConversationId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    write::Expect,
};

/// A pinned conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Which.
    pub conversation: ConversationId,
    /// Since when.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// What a user has pinned, as it was read; the newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// The pinned conversations.
    pub pins: Vec<Pin>,
    /// Rises with every change; a save is made over the version that was read. 0: nothing was ever pinned.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PinsItem {
    pins: Vec<Pin>,
    version: u64,
}

impl Stored for PinsItem {
    const KIND: &'static str = "pins";
}

impl AccountStore {
    /// What a user has pinned.
    pub async fn pins(&self, user: UserId) -> Result<Pins, StoreError> {
        let item: Option<PinsItem> = self.store.get(keys::pins(self.account, user)).await?;
        Ok(item.map(|PinsItem { pins, version }| Pins { pins, version }).unwrap_or_default())
    }

    /// Saves what a user has pinned over the version that was read; `false`: it has changed since.
    pub async fn save_pins(&self, user: UserId, pins: &Pins) -> Result<bool, StoreError> {
        let expect = if pins.version == 0 { Expect::absent() } else { Expect::version(pins.version) };
        let item = PinsItem { pins: pins.pins.clone(), version: pins.version.saturating_add(1) };
        self.store.put_if(NewItem::new(keys::pins(self.account, user), &item)?, expect).await
    }
}
