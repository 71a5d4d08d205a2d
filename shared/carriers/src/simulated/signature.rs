//! The simulated carrier's webhook signature.
//!
//! Two headers: [`TIMESTAMP`] holds the time of signing in seconds since 1970, [`SIGNATURE`] holds `v1=` and the
//! lower-case hexadecimal HMAC-SHA256 of `{timestamp}.{body}`, keyed with the gateway's signing secret. During a
//! rotation the carrier may send several, separated by commas. A signature more than five minutes old, or more than
//! five minutes ahead, is refused.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderName;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::credentials::SimulatedCredentials;
use crate::{Forged, Limits, Webhook};

/// The header with the time of signing.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("x-simulated-timestamp");
/// The header with the signature or signatures.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-simulated-signature");
/// A rotation needs two; more would only make us compute for a stranger.
const SIGNATURES_MAX: usize = 4;

/// The value of [`SIGNATURE`] for a body signed with one secret at a time: what the carrier's side sends.
pub fn signature_header(secret: &SecretString, timestamp_seconds: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length, so this cannot fail; an empty text fits no signature.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(timestamp_seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

pub(super) fn verify(
    hook: &Webhook,
    credentials: &SimulatedCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    if hook.body.len() > limits.webhook_bytes_max {
        return Err(Forged::TooLarge);
    }
    let signed_at = timestamp(hook).ok_or(Forged::Unsigned)?;
    let given = hook.single_header(&SIGNATURE).filter(|value| !value.is_empty()).ok_or(Forged::Unsigned)?;

    let mut fits = Choice::from(0);
    for secret in &credentials.signing_secrets {
        let expected = signature_header(secret, signed_at, &hook.body);
        for one in given.split(|byte| *byte == b',').take(SIGNATURES_MAX) {
            fits |= expected.as_bytes().ct_eq(one.trim_ascii());
        }
    }
    if !bool::from(fits) {
        return Err(Forged::WrongSignature);
    }
    let apart_seconds = now.as_second().abs_diff(signed_at);
    match limits.replay_window_seconds {
        Some(window) if apart_seconds > u64::from(window) => Err(Forged::Stale),
        _ => Ok(()),
    }
}

/// Only the one spelling that the carrier writes, because the text itself is signed.
fn timestamp(hook: &Webhook) -> Option<i64> {
    let text = std::str::from_utf8(hook.single_header(&TIMESTAMP)?).ok()?;
    text.parse::<i64>().ok().filter(|seconds| seconds.to_string() == text)
}
