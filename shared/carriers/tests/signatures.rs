//! Webhook proofs, checked against vectors that the carriers' own libraries made or confirmed, or a standard where there is
//! none (`tests/vectors/README.md`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use carriers::{CarrierId, Credentials, FetchedKey, Webhook, carrier};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;

/// One webhook, and whether the carrier's own library believes it.
#[derive(Deserialize)]
struct Vector {
    name: String,
    credentials: serde_json::Value,
    #[serde(default = "any_url")]
    url: String,
    #[serde(default = "post")]
    method: String,
    headers: Vec<(String, String)>,
    body: String,
    /// The address of the key that the carrier publishes, and what is there.
    key: Option<(String, String)>,
    /// Seconds since 1970.
    now: i64,
    valid: bool,
}

fn any_url() -> String {
    "https://textdesk.example/webhooks".to_owned()
}

fn post() -> String {
    "POST".to_owned()
}

/// For each carrier, the vectors.
const VECTORS: [(CarrierId, &str); 11] = [
    (CarrierId::Twilio, include_str!("vectors/twilio_signature.json")),
    (CarrierId::Bird, include_str!("vectors/bird_signature.json")),
    (CarrierId::MessageBird, include_str!("vectors/message_bird_signature.json")),
    (CarrierId::AwsEndUserMessaging, include_str!("vectors/aws_end_user_messaging_signature.json")),
    (CarrierId::Telnyx, include_str!("vectors/telnyx_signature.json")),
    (CarrierId::Bandwidth, include_str!("vectors/bandwidth_signature.json")),
    (CarrierId::Infobip, include_str!("vectors/infobip_signature.json")),
    (CarrierId::Sinch, include_str!("vectors/sinch_signature.json")),
    (CarrierId::Plivo, include_str!("vectors/plivo_signature.json")),
    (CarrierId::Vonage, include_str!("vectors/vonage_signature.json")),
    (CarrierId::VonageSms, include_str!("vectors/vonage_sms_signature.json")),
];

impl Vector {
    fn verdict(&self, id: CarrierId) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: http::HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::try_from(value).unwrap());
        }
        let hook = Webhook {
            method: self.method.parse().unwrap(),
            url: self.url.parse().unwrap(),
            headers,
            body: self.body.clone().into(),
            key: self
                .key
                .clone()
                .map(|(address, body)| FetchedKey { address: address.parse().unwrap(), body: body.into() }),
        };
        let credentials = Credentials::from(self.credentials.to_string().as_str());
        carrier(id).verify(&hook, &credentials, Timestamp::from_second(self.now).unwrap()).is_ok()
    }
}

/// What `tests/sdks/run` has let the carriers' libraries of today sign, if it says by `SDK_OUT` where that lies.
#[expect(clippy::disallowed_methods, reason = "only the script that makes them knows where they are")]
fn signed_today() -> Vec<(CarrierId, String)> {
    let Ok(directory) = std::env::var("SDK_OUT") else { return Vec::new() };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().trim_end_matches("_node");
        if let Ok(id) = name.parse() {
            all.push((id, std::fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!all.is_empty(), "nothing was signed");
    all
}

#[test]
fn we_agree_with_the_carriers_own_libraries_on_every_vector() {
    let kept = VECTORS.map(|(id, vectors)| (id, vectors.to_owned()));
    for (id, vectors) in kept.into_iter().chain(signed_today()) {
        let vectors: Vec<Vector> = serde_json::from_str(&vectors).unwrap();
        assert!(vectors.iter().any(|it| it.valid) && vectors.iter().any(|it| !it.valid), "{id}");
        let wrong: Vec<_> =
            vectors.iter().filter(|it| it.verdict(id) != it.valid).map(|it| &it.name).collect();
        assert!(wrong.is_empty(), "{id}: {wrong:?}");
        println!("{id}: {} webhooks judged as its library does", vectors.len());
    }
}
