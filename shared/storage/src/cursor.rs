//! Cursors: where a list goes on.
//!
//! A cursor is opaque to the caller, authenticated, and bound to the account and the query that it came from, so that it
//! can be neither read into nor carried over to other data.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::id::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The length of the authentication tag: half of HMAC-SHA-256, as RFC 2104 section 5 allows.
const TAG_BYTES: usize = 16;

/// The cursor was not made for this query of this account, or was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor does not belong to this list")]
pub struct InvalidCursor;

/// Makes and reads cursors.
pub(crate) struct Sealer {
    key: [u8; 32],
}

impl Sealer {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn mac(&self, account: AccountId, query: &str, place: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(account.uuid().as_bytes());
        mac.update(&u64::try_from(query.len()).unwrap_or_default().to_be_bytes());
        mac.update(query.as_bytes());
        mac.update(place.as_bytes());
        Some(mac)
    }

    /// A cursor for going on after `place` in the list that `query` names.
    pub(crate) fn seal(&self, account: AccountId, query: &str, place: &str) -> Option<String> {
        let tag = self.mac(account, query, place)?.finalize().into_bytes();
        let mut bytes = tag.get(..TAG_BYTES)?.to_vec();
        bytes.extend_from_slice(place.as_bytes());
        Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The place that [`Sealer::seal`] was given for the same account and query.
    pub(crate) fn open(
        &self,
        account: AccountId,
        query: &str,
        cursor: &str,
    ) -> Result<String, InvalidCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (tag, place) = bytes.split_at_checked(TAG_BYTES).ok_or(InvalidCursor)?;
        let place = std::str::from_utf8(place).map_err(|_| InvalidCursor)?;
        let mac = self.mac(account, query, place).ok_or(InvalidCursor)?;
        mac.verify_truncated_left(tag).map_err(|_| InvalidCursor)?;
        Ok(place.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_cursor_opens_only_for_its_own_account_query_and_key() {
        let sealer = Sealer::new([1; 32]);
        let cursor = sealer.seal(account(1), "inbox", "0001#x").unwrap();
        assert_eq!(sealer.open(account(1), "inbox", &cursor), Ok("0001#x".to_owned()));
        assert_eq!(sealer.open(account(2), "inbox", &cursor), Err(InvalidCursor));
        assert_eq!(sealer.open(account(1), "archived", &cursor), Err(InvalidCursor));
        assert_eq!(Sealer::new([2; 32]).open(account(1), "inbox", &cursor), Err(InvalidCursor));
    }

    proptest! {
        #[test]
        fn no_other_text_opens(text in ".{0,80}", place in "[0-9a-z#_]{0,60}", flip in 0_usize..40) {
            let sealer = Sealer::new([1; 32]);
            prop_assert_eq!(sealer.open(account(1), "inbox", &text), Err(InvalidCursor));
            let cursor = sealer.seal(account(1), "inbox", &place).unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let index = flip % bytes.len();
            bytes[index] ^= 1;
            let tampered = BASE64_URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(sealer.open(account(1), "inbox", &tampered), Err(InvalidCursor));
        }
    }
}
