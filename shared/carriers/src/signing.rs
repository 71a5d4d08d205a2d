//! What several carriers' proofs have in common.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{KeyInit, Mac};
use http::header;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::{Choice, ConstantTimeEq as _};

use crate::{Forged, InvalidCredentials, Limits, Webhook};

/// The present secret and the other one during a rotation.
const SECRETS_MAX: usize = 2;

/// Refuses what is larger than the carrier sends, before anything is computed from it.
pub(crate) fn check_size(hook: &Webhook, limits: &Limits) -> Result<(), Forged> {
    if hook.body.len() > limits.webhook_bytes_max { Err(Forged::TooLarge) } else { Ok(()) }
}

/// The keyed hash of the parts, one after the other.
pub(crate) fn mac<M: Mac + KeyInit>(key: &SecretString, parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length, so this cannot fail; nothing fits an empty hash.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.expose_secret().as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Refuses what was signed too long ago or in the future. Asked after the signature was found to fit, so that a stranger does
/// not learn which of the two was wrong.
pub(crate) fn check_age(signed_at_seconds: i64, now: Timestamp, limits: &Limits) -> Result<(), Forged> {
    let apart_seconds = now.as_second().abs_diff(signed_at_seconds);
    match limits.replay_window_seconds {
        Some(window) if apart_seconds > u64::from(window) => Err(Forged::Stale),
        _ => Ok(()),
    }
}

/// Whether it is a secret that can go into a header: something, and visible ASCII.
pub(crate) fn is_token(secret: &SecretString) -> bool {
    let text = secret.expose_secret();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// One secret or two, none of them blank: nobody ever checks against an empty key.
pub(crate) fn check_secrets(secrets: &[SecretString], field: &'static str) -> Result<(), InvalidCredentials> {
    let blank = |secret: &SecretString| secret.expose_secret().trim().is_empty();
    if !(1..=SECRETS_MAX).contains(&secrets.len()) || secrets.iter().any(blank) {
        return Err(InvalidCredentials::Field(field));
    }
    Ok(())
}

/// Whether it is a user name that can be sent with a password: something visible, and no colon, which ends it (RFC 7617).
pub(crate) fn is_user(name: &str) -> bool {
    !name.trim().is_empty() && !name.contains(|c: char| c == ':' || c.is_control())
}

/// The proof of carriers that sign nothing: HTTP Basic (RFC 7617) with a user name and one of the gateway's passwords. It
/// covers neither the body nor the time.
pub(crate) fn check_password(hook: &Webhook, user: &str, passwords: &[SecretString]) -> Result<(), Forged> {
    const SCHEME: &[u8] = b"Basic ";
    let given = hook.single_header(&header::AUTHORIZATION).ok_or(Forged::Unsigned)?;
    let (scheme, given) = given.split_at_checked(SCHEME.len()).ok_or(Forged::Unsigned)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Forged::Unsigned);
    }
    let mut fits = Choice::from(0);
    for password in passwords {
        let expected = BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        fits |= expected.as_bytes().ct_eq(given);
    }
    if bool::from(fits) { Ok(()) } else { Err(Forged::WrongSignature) }
}
