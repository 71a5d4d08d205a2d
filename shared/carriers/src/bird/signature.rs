//! Bird's webhook signature: "Standard Webhooks" 1.0.
//!
//! `webhook-signature` holds signatures separated by blanks, each behind its version; a `v1` is the base64 HMAC-SHA256 of
//! `{webhook-id}.{webhook-timestamp}.{body}`. The time is in seconds since 1970 and may be five minutes off.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderName;
use jiff::Timestamp;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::credentials::BirdCredentials;
use crate::{Forged, Limits, Webhook, signing};

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
/// A rotation needs two; more would only make us compute for a stranger.
const SIGNATURES_MAX: usize = 8;

pub(super) fn verify(
    hook: &Webhook,
    credentials: &BirdCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let [id, timestamp, given] = [ID, TIMESTAMP, SIGNATURE].map(|name| hook.single_header(&name));
    let (Some(id), Some(timestamp), Some(given)) = (id, timestamp, given) else {
        return Err(Forged::Unsigned);
    };
    let signed_at = std::str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i64>().ok());
    let signed_at = signed_at.ok_or(Forged::Unsigned)?;

    let mut fits = Choice::from(0);
    for key in credentials.keys() {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { continue };
        for part in [id, b".", timestamp, b".", &hook.body] {
            mac.update(part);
        }
        let expected = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let signatures = given.split(|byte| *byte == b' ').filter_map(|one| one.strip_prefix(b"v1,"));
        for one in signatures.take(SIGNATURES_MAX) {
            fits |= expected.as_bytes().ct_eq(one);
        }
    }
    if !bool::from(fits) {
        return Err(Forged::WrongSignature);
    }
    signing::check_age(signed_at, now, limits)
}
