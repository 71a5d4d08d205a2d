//! The signature of Vonage's webhooks (Vonage, "Signed webhooks").
//!
//! `Authorization: Bearer` holds a JSON Web Token (RFC 7519) signed with HS256 and one of the account's signature secrets. Its
//! claim `payload_hash` is the lower-case hexadecimal SHA-256 of the body, `iat` the time of signing. No other algorithm is
//! taken, whatever the token asks for.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Hmac;
use http::header;
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::credentials::VonageCredentials;
use crate::{Forged, Limits, Webhook, signing};

const SCHEME: &[u8] = b"Bearer ";

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: Option<i64>,
    payload_hash: String,
}

pub(super) fn verify(
    hook: &Webhook,
    credentials: &VonageCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let token = hook.single_header(&header::AUTHORIZATION).and_then(token).ok_or(Forged::Unsigned)?;
    let mut parts = token.split('.');
    let (Some(head), Some(payload), Some(given), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Forged::Unsigned);
    };
    let Header { alg } = part(head).ok_or(Forged::Unsigned)?;
    if alg != "HS256" {
        return Err(Forged::Unsigned);
    }
    let given = BASE64_URL_SAFE_NO_PAD.decode(given).map_err(|_| Forged::Unsigned)?;
    let mut fits = Choice::from(0);
    for secret in &credentials.signature_secrets {
        let parts = [head.as_bytes(), b".", payload.as_bytes()];
        fits |= signing::mac::<Hmac<Sha256>>(secret, &parts).ct_eq(&given);
    }
    if !bool::from(fits) {
        return Err(Forged::WrongSignature);
    }

    // Signed by Vonage, but perhaps for another webhook or another time.
    let claims: Claims = part(payload).ok_or(Forged::Unsigned)?;
    let hash = hex::encode(Sha256::digest(&hook.body));
    if !bool::from(hash.as_bytes().ct_eq(claims.payload_hash.as_bytes())) {
        return Err(Forged::WrongSignature);
    }
    if claims.exp.is_some_and(|at| at < now.as_second()) {
        return Err(Forged::Stale);
    }
    signing::check_age(claims.iat, now, limits)
}

/// The token behind the scheme, whose case does not matter.
fn token(header: &[u8]) -> Option<&str> {
    let (scheme, token) = header.split_at_checked(SCHEME.len())?;
    if scheme.eq_ignore_ascii_case(SCHEME) { std::str::from_utf8(token).ok() } else { None }
}

fn part<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}
