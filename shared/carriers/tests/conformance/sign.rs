//! The carriers' side of each signature, written a second time, so that a test can sign any webhook.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use carriers::{CarrierId, Webhook};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::{fixtures::credentials_text, parameters};

/// Signs the webhook as the carrier would.
pub(crate) fn sign(id: CarrierId, hook: &mut Webhook, now: Timestamp) {
    let credentials: Value = serde_json::from_str(&credentials_text(id)).unwrap();
    match id {
        CarrierId::Twilio => twilio(hook, credentials["auth_tokens"][0].as_str().unwrap()),
        CarrierId::Telnyx => telnyx(hook, now),
        CarrierId::Vonage => vonage(hook, credentials["signature_secrets"][0].as_str().unwrap(), now),
        CarrierId::VonageSms => {
            vonage_sms(hook, credentials["signature_secrets"][0].as_str().unwrap(), now);
        }
        CarrierId::Plivo => plivo(hook, credentials["auth_tokens"][0].as_str().unwrap()),
        CarrierId::Simulated => simulated(hook, credentials["signing_secrets"][0].as_str().unwrap(), now),
    }
}

fn twilio(hook: &mut Webhook, token: &str) {
    let form = hook
        .headers
        .get("content-type")
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if hook.method != Method::GET && !form {
        let hash = hex(&sha2::Sha256::digest(&hook.body));
        hook.url.set_query(Some(&format!("bodySHA256={hash}")));
    }
    let mut text = hook.url.to_string();
    if hook.method != Method::GET && form {
        let mut pairs: Vec<_> = form_urlencoded::parse(&hook.body).collect();
        pairs.sort();
        pairs.dedup();
        text.extend(pairs.iter().flat_map(|(name, value)| [&**name, &**value]));
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    hook.headers.insert("x-twilio-signature", HeaderValue::try_from(signature).unwrap());
}

/// With the key whose public half is in the credentials.
fn telnyx(hook: &mut Webhook, now: Timestamp) {
    let seed: Vec<u8> = (0..32).collect();
    let key = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let seconds = now.as_second();
    let signature = key.sign(&[format!("{seconds}|").as_bytes(), &hook.body].concat());
    let signature = BASE64_STANDARD.encode(signature.as_ref());
    hook.headers.insert("telnyx-timestamp", HeaderValue::from(seconds));
    hook.headers.insert("telnyx-signature-ed25519", HeaderValue::try_from(signature).unwrap());
}

/// The third version: the second does not cover the body.
fn plivo(hook: &mut Webhook, token: &str) {
    let mut query: Vec<_> = hook.url.query_pairs().collect();
    query.sort();
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = if hook.method == Method::GET { &[] } else { &hook.body[..] };
    let mut body: Vec<_> = form_urlencoded::parse(body).collect();
    body.sort();
    let body: Vec<_> = body.iter().map(|(name, value)| [&**name, &**value].concat()).collect();
    let mut address = hook.url.clone();
    address.set_query(None);
    let text = match (query.join("&"), body.concat()) {
        (_, _) if query.is_empty() && body.is_empty() => format!("{address}"),
        (query, _) if body.is_empty() => format!("{address}?{query}"),
        (_, body) if query.is_empty() => format!("{address}?{body}"),
        (query, body) => format!("{address}?{query}.{body}"),
    };
    let nonce = "05429567804466091622";
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(format!("{text}.{nonce}").as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    hook.headers.insert("x-plivo-signature-v3-nonce", HeaderValue::from_static(nonce));
    hook.headers.insert("x-plivo-signature-v3", HeaderValue::try_from(signature).unwrap());
}

/// A JSON Web Token about the body.
fn vonage(hook: &mut Webhook, secret: &str, now: Timestamp) {
    let claims = json!({
        "iss": "Vonage",
        "iat": now.as_second(),
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "payload_hash": hex(&sha2::Sha256::digest(&hook.body)),
    });
    let encode = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let text = [encode(json!({ "typ": "JWT", "alg": "HS256" })), encode(claims)].join(".");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    let token = HeaderValue::try_from(format!("Bearer {text}.{signature}")).unwrap();
    hook.headers.insert("authorization", token);
}

/// With HMAC-SHA256, which the account of all cases has chosen.
fn vonage_sms(hook: &mut Webhook, secret: &str, now: Timestamp) {
    parameters::set(hook, "sig", None);
    parameters::set(hook, "timestamp", Some(&now.as_second().to_string()));
    let mut all = parameters::all(hook);
    all.sort();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for (name, value) in all {
        let [name, value] = [name, value].map(|text| text.replace(['&', '='], "_"));
        mac.update(format!("&{name}={value}").as_bytes());
    }
    parameters::set(hook, "sig", Some(&hex(&mac.finalize().into_bytes())));
}

fn simulated(hook: &mut Webhook, secret: &str, now: Timestamp) {
    let seconds = now.as_second();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&[seconds.to_string().as_bytes(), b".", &hook.body].concat());
    let hex = hex(&mac.finalize().into_bytes());
    hook.headers.insert("x-simulated-timestamp", HeaderValue::from(seconds));
    hook.headers.insert("x-simulated-signature", HeaderValue::try_from(format!("v1={hex}")).unwrap());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
