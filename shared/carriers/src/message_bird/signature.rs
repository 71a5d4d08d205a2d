//! `MessageBird`'s webhook signature (`MessageBird`, "Verify HTTP requests").
//!
//! `MessageBird-Signature-JWT` is a JSON Web Token (RFC 7519), signed with HMAC and the account's signing key. Its claims say
//! who signed (`iss`), from when until when it is good (`nbf`, `exp`), and the hexadecimal SHA-256 of the address
//! (`url_hash`) and of the body (`payload_hash`, which is left out where there is no body).

use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::HeaderName;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::credentials::MessageBirdCredentials;
use crate::{Forged, Limits, Webhook, signing};

const SIGNATURE: HeaderName = HeaderName::from_static("messagebird-signature-jwt");
/// How far clocks may be apart where a token ends, as in `MessageBird`'s libraries.
const LEEWAY_SECONDS: i64 = 1;

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    nbf: i64,
    exp: i64,
    url_hash: String,
    payload_hash: Option<String>,
}

pub(super) fn verify(
    hook: &Webhook,
    credentials: &MessageBirdCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let token = hook.single_header(&SIGNATURE).ok_or(Forged::Unsigned)?;
    let token = std::str::from_utf8(token).map_err(|_| Forged::Unsigned)?;
    let (signed, signature) = token.rsplit_once('.').ok_or(Forged::Unsigned)?;
    let (header, claims) = signed.split_once('.').ok_or(Forged::Unsigned)?;
    // All three take the same secret, so it makes no difference that the stranger chooses. `none` is not among them.
    let algorithm = match part::<Header>(header).ok_or(Forged::Unsigned)?.alg.as_str() {
        "HS256" => HMAC_SHA256,
        "HS384" => HMAC_SHA384,
        "HS512" => HMAC_SHA512,
        _ => return Err(Forged::Unsigned),
    };

    let mut fits = Choice::from(0);
    for key in &credentials.signing_keys {
        let key = hmac::Key::new(algorithm, key.expose_secret().as_bytes());
        let expected = BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        fits |= expected.as_bytes().ct_eq(signature.as_bytes());
    }
    if !bool::from(fits) {
        return Err(Forged::WrongSignature);
    }
    let claims: Claims = part(claims).ok_or(Forged::Unsigned)?;
    let payload_hash = (!hook.body.is_empty()).then(|| hash(&hook.body));
    if claims.iss != "MessageBird"
        || claims.url_hash != hash(hook.url.as_str().as_bytes())
        || claims.payload_hash != payload_hash
    {
        return Err(Forged::WrongSignature);
    }
    if now.as_second() > claims.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(Forged::Stale);
    }
    signing::check_age(claims.nbf, now, limits)
}

fn part<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
