//! Genuine webhook events of a kind that we do not know yet: kept for a while, so that nothing a carrier tells us is lost
//! before somebody has looked at it.

use domain::id::GatewayId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Store,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    write::Expect,
};

/// How long an unknown event is kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);
/// At most this much of an event is kept.
const BYTES_MAX: usize = 32 * 1024;

#[derive(Serialize, Deserialize)]
pub(crate) struct UnknownEventItem {
    kind: String,
    #[serde(with = "millis")]
    received_at: Timestamp,
    raw: String,
}

impl Stored for UnknownEventItem {
    const KIND: &'static str = "unknown_event";
}

impl Store {
    /// Keeps an event; the same event again changes nothing.
    pub async fn keep_unknown_event(
        &self,
        gateway: GatewayId,
        kind: &str,
        raw: &[u8],
        received_at: Timestamp,
    ) -> Result<(), StoreError> {
        // The kind's own hash has a fixed length: no kind and event can pass for another pair.
        let hash: [u8; 32] =
            Sha256::new().chain_update(Sha256::digest(kind)).chain_update(raw).finalize().into();
        let raw = String::from_utf8_lossy(raw.get(..BYTES_MAX).unwrap_or(raw)).into_owned();
        let item = UnknownEventItem { kind: kind.to_owned(), received_at, raw };
        let mut item = NewItem::new(keys::unknown_event(gateway, &hash), &item)?;
        if let Ok(end) = received_at.checked_add(KEPT_FOR) {
            item = item.expiring(end);
        }
        self.put_if(item, Expect::absent()).await.map(drop)
    }
}
