//! Reading the case files, and saying results in the files' words.

use std::{fs, path::PathBuf};

use bytes::Bytes;
use carriers::{
    Carrier, CarrierId, Credentials, Event, FetchedKey, HttpReply, HttpRequest, Outcome, Outgoing, Webhook,
};
use domain::{id::MessageId, phone::PhoneNumber};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::sign::sign;

/// The folders that every carrier must have.
pub(crate) const KINDS: [&str; 6] = ["send", "reply", "lookup", "inbound", "status", "unreadable"];

/// One file.
pub(crate) struct Case {
    /// `twilio/reply/queued`, for messages.
    pub(crate) name: String,
    pub(crate) json: Value,
    pub(crate) credentials: Credentials,
}

impl Case {
    pub(crate) fn arrived_at(&self) -> Timestamp {
        self.json["arrived_at"].as_str().unwrap().parse().unwrap()
    }
}

fn folder(id: CarrierId) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(id.as_str())
}

pub(crate) fn credentials_text(id: CarrierId) -> String {
    fs::read_to_string(folder(id).join("credentials.json")).unwrap()
}

/// Those of another gateway, where the carrier has them.
pub(crate) fn other_credentials(id: CarrierId) -> Option<String> {
    fs::read_to_string(folder(id).join("other_credentials.json")).ok()
}

pub(crate) fn credentials(id: CarrierId) -> Credentials {
    Credentials::from(credentials_text(id).as_str())
}

/// The cases of one kind, by name.
pub(crate) fn cases(id: CarrierId, kind: &str) -> Vec<Case> {
    let mut files: Vec<_> =
        fs::read_dir(folder(id).join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let name = format!("{id}/{kind}/{}", file.file_stem().unwrap().to_string_lossy());
        let mut json: Value = serde_json::from_slice(&fs::read(&file).unwrap()).expect(&name);
        if json["sign"] == true {
            signed(id, &mut json);
        }
        let own = json.get("credentials").map(|own| Credentials::from(own.to_string().as_str()));
        Case { name, json, credentials: own.unwrap_or_else(|| credentials(id)) }
    };
    files.into_iter().map(read).collect()
}

/// A webhook that lies unsigned in its file: what the carrier would send.
fn signed(id: CarrierId, json: &mut Value) {
    let mut hook = hook(json);
    sign(id, &mut hook, json["arrived_at"].as_str().unwrap().parse().unwrap());
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    let headers = hook.headers.iter().map(|(name, value)| (name.to_string(), Value::from(text(value))));
    json["headers"] = Value::Object(headers.collect());
    json["url"] = Value::from(hook.url.as_str());
    json["body"] = Value::from(std::str::from_utf8(&hook.body).unwrap());
    if let Some(key) = &hook.key {
        let body = std::str::from_utf8(&key.body).unwrap();
        json["key"] = json!({ "address": key.address.as_str(), "body": body });
    }
}

/// The cases of one kind of every carrier.
pub(crate) fn all(kind: &str) -> Vec<(&'static dyn Carrier, Case)> {
    let of = |carrier: &'static dyn Carrier| {
        cases(carrier.id(), kind).into_iter().map(move |case| (carrier, case))
    };
    carriers::ALL.into_iter().flat_map(of).collect()
}

/// Every well-formed webhook.
pub(crate) fn hooks() -> Vec<(&'static dyn Carrier, Case)> {
    let mut hooks = all("inbound");
    hooks.extend(all("status"));
    hooks
}

/// A message that owns its parts.
#[derive(Clone, Deserialize)]
pub(crate) struct Message {
    id: MessageId,
    from: domain::sender_id::SenderId,
    to: PhoneNumber,
    pub(crate) body: String,
    #[serde(deserialize_with = "urls")]
    pub(crate) media: Vec<Url>,
    status_callback: String,
    pub(crate) validity_seconds: Option<u32>,
    #[serde(default)]
    at: Timestamp,
    #[serde(skip)]
    callback: Option<Url>,
}

fn urls<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Url>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}

impl Message {
    pub(crate) fn of(json: &Value) -> Self {
        let mut message: Self = serde_json::from_value(json.clone()).unwrap();
        message.callback = Some(message.status_callback.parse().unwrap());
        message
    }

    pub(crate) fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            id: self.id,
            from: &self.from,
            to: &self.to,
            body: &self.body,
            media: &self.media,
            status_callback: self.callback.as_ref().unwrap(),
            validity_seconds: self.validity_seconds,
            at: self.at,
        }
    }
}

fn headers(json: &Value) -> HeaderMap {
    let header = |(name, value): (&String, &Value)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::try_from(value.as_str().unwrap()).unwrap())
    };
    json.as_object().unwrap().iter().map(header).collect()
}

fn body(json: &Value) -> Bytes {
    match json {
        Value::String(text) => Bytes::from(text.clone()),
        other => Bytes::from(other.to_string()),
    }
}

pub(crate) fn hook(json: &Value) -> Webhook {
    Webhook {
        method: json["method"].as_str().unwrap().parse().unwrap(),
        url: json["url"].as_str().unwrap().parse().unwrap(),
        headers: headers(&json["headers"]),
        body: body(&json["body"]),
        key: json.get("key").map(|key| FetchedKey {
            address: key["address"].as_str().unwrap().parse().unwrap(),
            body: body(&key["body"]),
        }),
    }
}

pub(crate) fn reply(json: &Value) -> HttpReply {
    let status = u16::try_from(json["status"].as_u64().unwrap()).unwrap();
    HttpReply {
        status: status.try_into().unwrap(),
        headers: headers(&json["headers"]),
        body: body(&json["body"]),
    }
}

/// The request must be exactly the expected one: no header, field or order more or less.
pub(crate) fn assert_request(case: &Case, request: &HttpRequest, expected: &Value) {
    let name = &case.name;
    assert_eq!(request.method.as_str(), expected["method"], "{name}");
    assert_eq!(request.url.as_str(), expected["url"], "{name}");
    assert_eq!(request.headers, headers(&expected["headers"]), "{name}");
    assert!(
        request.headers["authorization"].is_sensitive(),
        "{name}: authorisation must not be shown by whatever prints headers"
    );
    match (expected.get("form"), expected.get("json")) {
        (Some(form), None) => {
            let sent: Vec<_> = form_urlencoded::parse(&request.body).collect();
            assert_eq!(json!(sent), *form, "{name}");
        }
        (None, Some(json)) => {
            assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), *json, "{name}");
        }
        _ => assert!(request.body.is_empty(), "{name}"),
    }
}

pub(crate) fn describe_outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Accepted { reference } => json!({ "accepted": reference }),
        Outcome::Refused { code, reason } => json!({ "refused": [code, reason] }),
        Outcome::TryLater { after_seconds, code } => json!({ "try_later": [code, after_seconds] }),
        Outcome::Unknown => json!("unknown"),
    }
}

pub(crate) fn describe_events(events: &[Event]) -> Value {
    events.iter().map(describe_event).collect()
}

fn describe_event(event: &Event) -> Value {
    match event {
        Event::Inbound(inbound) => json!({ "inbound": {
            "reference": inbound.reference,
            "from": inbound.from,
            "to": inbound.to,
            "text": inbound.text,
            "media": inbound.media.iter().map(|media| json!([media.url.as_str(), media.content_type]))
                .collect::<Vec<_>>(),
            "media_unreadable": inbound.media_unreadable,
            "opt_out": inbound.opt_out.map(|kind| format!("{kind:?}").to_lowercase()),
        }}),
        Event::Status(report) => json!({ "status": {
            "message": report.message,
            "reference": report.reference,
            "status": report.status,
            "error": report.error.as_ref().map(|error| json!([error.code, error.reason])),
        }}),
        Event::Confirm(confirmation) => json!({ "confirm": confirmation.url.as_str() }),
        Event::Unknown(unknown) => {
            json!({ "unknown": { "kind": unknown.kind, "reference": unknown.reference } })
        }
    }
}

/// The carrier's credentials with each part in turn missing, empty, blank or of another type; and no credentials.
pub(crate) fn broken_credentials(id: CarrierId) -> Vec<String> {
    let good: Value = serde_json::from_str(&credentials_text(id)).unwrap();
    let mut broken: Vec<Value> = vec![json!(null), json!({}), json!([]), json!("text"), json!(7)];
    for (key, value) in good.as_object().unwrap() {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(key);
        broken.push(without);
        let empties = match value {
            Value::Array(_) => vec![json!([]), json!([""]), json!([" "]), json!(null), json!([null])],
            _ => vec![json!(""), json!(" "), json!(null), json!(7)],
        };
        for empty in empties {
            let mut with = good.clone();
            with[key] = empty;
            broken.push(with);
        }
    }
    let mut more = good;
    more["a_field_nobody_knows"] = json!(1);
    broken.push(more);
    let texts = broken.iter().map(Value::to_string);
    texts.chain([String::new(), "{".to_owned(), "\u{0}".to_owned()]).collect()
}
