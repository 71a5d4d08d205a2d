//! Twilio's signature, checked against vectors that Twilio's own libraries made (`tests/vectors/README.md`).

#![allow(clippy::unwrap_used, reason = "tests")]

use carriers::{CarrierId, Credentials, Webhook, carrier};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Vector {
    name: String,
    url: String,
    method: String,
    content_type: Option<String>,
    body: String,
    signature: String,
    tokens: Vec<String>,
    valid: bool,
}

#[test]
fn we_agree_with_twilios_own_libraries_on_every_vector() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors/twilio_signature.json")).unwrap();
    assert!(vectors.iter().filter(|vector| vector.valid).count() > 25);
    assert!(vectors.iter().filter(|vector| !vector.valid).count() > 20);
    let verdict = |vector: &Vector| {
        let mut headers = HeaderMap::new();
        headers.insert("x-twilio-signature", HeaderValue::try_from(&vector.signature).unwrap());
        if let Some(content_type) = &vector.content_type {
            headers.insert("content-type", HeaderValue::try_from(content_type).unwrap());
        }
        let hook = Webhook {
            method: vector.method.parse().unwrap(),
            url: vector.url.parse().unwrap(),
            headers,
            body: vector.body.clone().into(),
        };
        let credentials =
            json!({ "account_sid": format!("AC{}", "0".repeat(32)), "auth_tokens": vector.tokens });
        let credentials = Credentials::from(credentials.to_string().as_str());
        carrier(CarrierId::Twilio).verify(&hook, &credentials, Timestamp::UNIX_EPOCH).is_ok()
    };
    let wrong: Vec<_> =
        vectors.iter().filter(|vector| verdict(vector) != vector.valid).map(|vector| &vector.name).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
