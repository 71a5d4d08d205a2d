//! Plivo's webhook signatures (Plivo, "Signature validation", and the second and third versions in its libraries).
//!
//! Both are base64 HMAC-SHA256 keyed with an auth token. V2 signs `{address}{nonce}`, the address without its query. V3 signs
//! `{address}?{query}.{parameters}.{nonce}`: query as `name=value&…`, parameters of the form as `namevalue…`, both decoded and
//! sorted. Without parameters there is no `.` before them, and without both no `?`; with parameters and no query the `?` stands
//! alone. Several signatures of one webhook are separated by commas, one is enough, and what the main account signed comes in a
//! header of its own.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::Hmac;
use http::{HeaderName, Method};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};
use url::Position;

use super::credentials::PlivoCredentials;
use crate::{
    Forged, Limits, Webhook,
    parameters::{self, Pair},
    signing,
};

/// The headers of one version.
struct Version {
    signatures: [HeaderName; 2],
    nonce: HeaderName,
}

const V2: Version = Version {
    signatures: [
        HeaderName::from_static("x-plivo-signature-v2"),
        HeaderName::from_static("x-plivo-signature-ma-v2"),
    ],
    nonce: HeaderName::from_static("x-plivo-signature-v2-nonce"),
};

const V3: Version = Version {
    signatures: [
        HeaderName::from_static("x-plivo-signature-v3"),
        HeaderName::from_static("x-plivo-signature-ma-v3"),
    ],
    nonce: HeaderName::from_static("x-plivo-signature-v3-nonce"),
};

pub(super) fn verify(hook: &Webhook, credentials: &PlivoCredentials, limits: &Limits) -> Result<(), Forged> {
    signing::check_size(hook, limits)?;
    let (version, signed) =
        if V3.is_in(hook) { (V3, signed_v3(hook)) } else { (V2, address(hook).to_owned()) };
    let nonce = hook.single_header(&version.nonce).filter(|nonce| !nonce.is_empty());
    let nonce = nonce.ok_or(Forged::Unsigned)?;
    let given = version.given(hook)?;

    // Every combination is tried, so that the time taken does not tell which one was close.
    let mut fits = Choice::from(0);
    for token in &credentials.auth_tokens {
        let expected = signing::mac::<Hmac<Sha256>>(token, &[signed.as_bytes(), nonce]);
        let expected = BASE64_STANDARD.encode(expected);
        for given in &given {
            fits |= expected.as_bytes().ct_eq(given);
        }
    }
    if bool::from(fits) { Ok(()) } else { Err(Forged::WrongSignature) }
}

impl Version {
    fn is_in(&self, hook: &Webhook) -> bool {
        self.signatures.iter().any(|name| hook.headers.contains_key(name))
    }

    /// The signatures of all headers that there are; each may be there once.
    fn given<'a>(&self, hook: &'a Webhook) -> Result<Vec<&'a [u8]>, Forged> {
        let mut given = Vec::new();
        for name in self.signatures.iter().filter(|name| hook.headers.contains_key(*name)) {
            let value = hook.single_header(name).ok_or(Forged::Unsigned)?;
            given.extend(value.split(|byte| *byte == b',').filter(|one| !one.is_empty()));
        }
        if given.is_empty() { Err(Forged::Unsigned) } else { Ok(given) }
    }
}

fn address(hook: &Webhook) -> &str {
    &hook.url[..Position::AfterPath]
}

/// What is signed, up to the nonce.
fn signed_v3(hook: &Webhook) -> String {
    let query = sorted(hook.url.query_pairs());
    // Those of a GET are its query.
    let parameters = if hook.method == Method::GET { Vec::new() } else { sorted(parameters::pairs(hook)) };
    let mut text = address(hook).to_owned();
    if !query.is_empty() || !parameters.is_empty() {
        text.push('?');
    }
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    text.push_str(&query.join("&"));
    if !query.is_empty() && !parameters.is_empty() {
        text.push('.');
    }
    for (name, value) in parameters {
        // Writing to a text cannot fail.
        let _ = write!(text, "{name}{value}");
    }
    text.push('.');
    text
}

fn sorted<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> Vec<Pair<'a>> {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}
