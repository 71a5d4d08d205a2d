//! Twilio's webhook signature (Twilio, "Validating Signatures").
//!
//! `X-Twilio-Signature` is the base64 HMAC-SHA1, keyed with the account's auth token, of the address that Twilio called
//! followed by the form's parameters: names in code-point order, each name followed by its value; a repeated name
//! contributes each of its different values once, sorted. A body that is not a form is covered by the query parameter
//! `bodySHA256` instead. A GET is covered by its address alone.
//!
//! The address is the configured one, without its fragment: the fragment holds Twilio's connection overrides and is
//! never sent. Twilio is not consistent about the port, so each address is tried with and without it, as Twilio's own
//! libraries do.
//!
//! Twilio's libraries also know signatures with a shared key (`X-Twilio-Webhooks-Signature-Settings`), for accounts that
//! ask for them. This connector does not: it has no such key, so those webhooks are refused like any other it cannot check.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::Hmac;
use http::{HeaderName, Method};
use secrecy::SecretString;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use url::{Position, Url};

use super::credentials::TwilioCredentials;
use crate::{Forged, Webhook, parameters::FORM, signing};

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const BODY_SHA256: &str = "bodySHA256";

pub(super) fn verify(
    hook: &Webhook,
    credentials: &TwilioCredentials,
    bytes_max: usize,
) -> Result<(), Forged> {
    if hook.body.len() > bytes_max {
        return Err(Forged::TooLarge);
    }
    let given = hook.single_header(&SIGNATURE).filter(|value| !value.is_empty()).ok_or(Forged::Unsigned)?;
    let parameters = if hook.method == Method::GET {
        String::new()
    } else if hook.media_type() == FORM {
        signed_parameters(&hook.body)
    } else {
        check_body_hash(hook)?;
        String::new()
    };

    // Every combination is tried, so that the time taken does not tell which one was close.
    let mut fits = Choice::from(0);
    for address in addresses(&hook.url) {
        for token in &credentials.auth_tokens {
            fits |= signature(token, &address, &parameters).as_bytes().ct_eq(given);
        }
    }
    if bool::from(fits) { Ok(()) } else { Err(Forged::WrongSignature) }
}

fn signature(token: &SecretString, address: &str, parameters: &str) -> String {
    BASE64_STANDARD.encode(signing::mac::<Hmac<Sha1>>(token, &[address.as_bytes(), parameters.as_bytes()]))
}

/// The form as it is signed.
fn signed_parameters(body: &[u8]) -> String {
    let mut parameters: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        parameters.entry(name).or_default().insert(value);
    }
    let mut text = String::with_capacity(body.len());
    for (name, values) in &parameters {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

/// The address as configured, without a port, and with the scheme's usual port.
fn addresses(url: &Url) -> BTreeSet<String> {
    let mut url = url.clone();
    url.set_fragment(None);
    let configured = url.to_string();
    // Fails for addresses without a host only; those have no port either.
    let _ = url.set_port(None);
    let portless = url.to_string();
    let mut all = BTreeSet::from([configured, portless]);
    all.extend(with_usual_port(&url));
    all
}

/// `Url` never writes a scheme's usual port, so it is put in by hand behind the host.
fn with_usual_port(url: &Url) -> Option<String> {
    let port = url.port_or_known_default()?;
    Some(format!("{}:{port}{}", &url[..Position::AfterHost], &url[Position::BeforePath..]))
}

/// The body must have the hash that the signed address promises, in lower-case hexadecimal.
fn check_body_hash(hook: &Webhook) -> Result<(), Forged> {
    let mut promised = hook.url.query_pairs().filter(|(name, _)| name == BODY_SHA256).map(|(_, value)| value);
    let (Some(promised), None) = (promised.next(), promised.next()) else { return Err(Forged::Unsigned) };
    let actual = hex::encode(Sha256::digest(&hook.body));
    if bool::from(actual.as_bytes().ct_eq(promised.as_bytes())) {
        Ok(())
    } else {
        Err(Forged::WrongSignature)
    }
}
