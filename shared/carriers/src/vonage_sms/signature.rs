//! The signature of the SMS API's webhooks (Vonage, "Signing messages").
//!
//! The parameter `sig` is the hexadecimal hash of all others, sorted by name and each written as `&name=value`, with `_` for `&`
//! and `=` in values; and here in names too, of which Vonage's have none, so that two parameters cannot be made one. `timestamp` is the time of signing, in seconds since 1970.

use std::fmt::Write as _;

use hmac::Hmac;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq as _};

use super::{
    credentials::{Method, VonageSmsCredentials},
    events,
};
use crate::{Forged, Limits, Webhook, parameters::Pair, signing};

pub(super) fn verify(
    hook: &Webhook,
    credentials: &VonageSmsCredentials,
    now: Timestamp,
    limits: &Limits,
) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let pairs = events::pairs(hook).map_err(|_| Forged::Unsigned)?;
    let (proofs, mut signed): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "sig");
    let [(_, given)] = proofs.as_slice() else { return Err(Forged::Unsigned) };
    let given = hex::decode(given.as_bytes()).map_err(|_| Forged::Unsigned)?;
    let mut times = signed.iter().filter(|(name, _)| name == "timestamp").map(|(_, value)| value.parse());
    let (Some(Ok(signed_at)), None) = (times.next(), times.next()) else { return Err(Forged::Unsigned) };

    signed.sort_unstable();
    let text = text(&signed);
    let mut fits = Choice::from(0);
    for secret in &credentials.signature_secrets {
        fits |= hash(credentials.signature_method, secret, text.as_bytes()).ct_eq(&given);
    }
    if !bool::from(fits) {
        return Err(Forged::WrongSignature);
    }
    signing::check_age(signed_at, now, limits)
}

fn text(sorted: &[Pair<'_>]) -> String {
    let plain = |text: &str| text.replace(['&', '='], "_");
    let mut text = String::new();
    for (name, value) in sorted {
        // Writing to a text cannot fail.
        let _ = write!(text, "&{}={}", plain(name), plain(value));
    }
    text
}

fn hash(method: Method, secret: &SecretString, text: &[u8]) -> Vec<u8> {
    match method {
        Method::Md5Hash => {
            Md5::new().chain_update(text).chain_update(secret.expose_secret()).finalize().to_vec()
        }
        Method::Md5 => signing::mac::<Hmac<Md5>>(secret, &[text]),
        Method::Sha1 => signing::mac::<Hmac<Sha1>>(secret, &[text]),
        Method::Sha256 => signing::mac::<Hmac<Sha256>>(secret, &[text]),
        Method::Sha512 => signing::mac::<Hmac<Sha512>>(secret, &[text]),
    }
}
