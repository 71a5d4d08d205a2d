//! Webhooks that are lists of parameters: reading them, and putting others in, as a form, a query or a JSON object.

use carriers::Webhook;
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

/// The webhook's JSON object, if it is one of texts and whole numbers only.
fn object(hook: &Webhook) -> Option<Map<String, Value>> {
    let json = hook.headers.get("content-type").is_some_and(|value| value == "application/json");
    if hook.method == Method::GET || !json {
        return None;
    }
    let object: Map<String, Value> = serde_json::from_slice(&hook.body).ok()?;
    object.values().all(|value| value.is_string() || value.is_i64()).then_some(object)
}

fn encoded(hook: &Webhook) -> &[u8] {
    match hook.method {
        Method::GET => hook.url.query().unwrap_or_default().as_bytes(),
        _ => &hook.body,
    }
}

/// All names and values.
pub(crate) fn all(hook: &Webhook) -> Vec<(String, String)> {
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match object(hook) {
        Some(object) => object.into_iter().map(|(name, value)| (name, text(value))).collect(),
        None => form_urlencoded::parse(encoded(hook)).into_owned().collect(),
    }
}

/// Gives the parameter this value, or takes it out. What is no list of parameters becomes a form.
pub(crate) fn set(hook: &mut Webhook, name: &str, value: Option<&str>) {
    if let Some(mut object) = object(hook) {
        match value {
            Some(value) => object.insert(name.to_owned(), value.into()),
            None => object.remove(name),
        };
        hook.body = Value::Object(object).to_string().into();
        return;
    }
    let is_other = |part: &&[u8]| !part.starts_with(name.as_bytes()) || part.get(name.len()) != Some(&b'=');
    let others = encoded(hook).split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    let mut parts: Vec<Vec<u8>> = others.filter(is_other).map(<[u8]>::to_vec).collect();
    if let Some(value) = value {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        parts.push(format!("{name}={value}").into_bytes());
    }
    let encoded = parts.join(&b'&');
    if hook.method == Method::GET {
        hook.url.set_query(Some(std::str::from_utf8(&encoded).unwrap()));
    } else {
        hook.body = encoded.into();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        hook.headers.insert("content-type", form);
    }
}
