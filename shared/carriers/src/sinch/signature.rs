//! Sinch's webhook signature (Sinch, "Webhooks", and its own libraries).
//!
//! `x-sinch-webhook-signature` is the base64 HMAC-SHA256, keyed with the webhook's secret, of `{body}.{nonce}.{timestamp}`; the
//! other three headers hold the nonce, the time in seconds since 1970, and the algorithm, which is always the same.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderName;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::credentials::SinchCredentials;
use crate::{Forged, Limits, Webhook, signing};

const SIGNATURE: HeaderName = HeaderName::from_static("x-sinch-webhook-signature");
const ALGORITHM: HeaderName = HeaderName::from_static("x-sinch-webhook-signature-algorithm");
const NONCE: HeaderName = HeaderName::from_static("x-sinch-webhook-signature-nonce");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-sinch-webhook-signature-timestamp");

pub(super) fn verify(
    hook: &Webhook,
    credentials: &SinchCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    if hook.single_header(&ALGORITHM) != Some(b"HmacSHA256") {
        return Err(Forged::Unsigned);
    }
    let timestamp = hook.single_header(&TIMESTAMP).ok_or(Forged::Unsigned)?;
    let signed_at = std::str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i64>().ok());
    let signed_at = signed_at.ok_or(Forged::Unsigned)?;
    let nonce = hook.single_header(&NONCE).filter(|value| !value.is_empty()).ok_or(Forged::Unsigned)?;
    let given = hook.single_header(&SIGNATURE).filter(|value| !value.is_empty()).ok_or(Forged::Unsigned)?;

    let signed = [&hook.body, &b"."[..], nonce, b".", timestamp].concat();
    let mut fits = Choice::from(0);
    for secret in &credentials.webhook_secrets {
        fits |= signature(secret, &signed).as_bytes().ct_eq(given);
    }
    if !bool::from(fits) {
        return Err(Forged::WrongSignature);
    }
    signing::check_age(signed_at, now, limits)
}

fn signature(secret: &SecretString, signed: &[u8]) -> String {
    // HMAC takes keys of any length, so this cannot fail; an empty text fits no signature.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(signed);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
