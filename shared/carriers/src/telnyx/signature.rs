//! Telnyx's webhook signature (Telnyx, "Receiving webhooks: verify").
//!
//! `telnyx-signature-ed25519` is the base64 Ed25519 signature (RFC 8032) of `{telnyx-timestamp}|{body}`; the time is in
//! seconds since 1970 and may be five minutes off.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::HeaderName;
use jiff::Timestamp;

use super::credentials::TelnyxCredentials;
use crate::{Forged, Limits, Webhook, signing};

const SIGNATURE: HeaderName = HeaderName::from_static("telnyx-signature-ed25519");
const TIMESTAMP: HeaderName = HeaderName::from_static("telnyx-timestamp");

pub(super) fn verify(
    hook: &Webhook,
    credentials: &TelnyxCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let timestamp = hook.single_header(&TIMESTAMP).ok_or(Forged::Unsigned)?;
    let signed_at = std::str::from_utf8(timestamp).ok().and_then(|text| text.parse::<i64>().ok());
    let signed_at = signed_at.ok_or(Forged::Unsigned)?;
    let signature = hook.single_header(&SIGNATURE).ok_or(Forged::Unsigned)?;
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| Forged::Unsigned)?;

    let signed = [timestamp, b"|", &hook.body].concat();
    // A public key is no secret, so the time that a comparison takes gives nothing away.
    let fits = |key: Vec<u8>| UnparsedPublicKey::new(&ED25519, key).verify(&signed, &signature).is_ok();
    if !credentials.keys().any(fits) {
        return Err(Forged::WrongSignature);
    }
    signing::check_age(signed_at, now, limits)
}
