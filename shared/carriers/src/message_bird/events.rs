//! Reading `MessageBird`'s webhooks (`MessageBird`, "Receive inbound SMS", "… MMS" and "Status reports").
//!
//! Each is one event: a few parameters, in the query of a GET, in a form or in a flat JSON object. What has a `status` is a
//! receipt. What comes to a short code names its parts differently.

use domain::message::{CarrierReference, ReceiptStatus};
use http::Method;
use serde_json::Value;

use super::codes;
use crate::{
    CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, Webhook, outcome::Code, reading,
};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
/// More media than `MessageBird` delivers.
const MEDIA_MAX: usize = 100;

/// The parameters of one webhook. Of a repeated name the first value counts, except for media.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn of(hook: &Webhook) -> Result<Self, Unreadable> {
        let form = |bytes| form_urlencoded::parse(bytes).into_owned().collect();
        if hook.method == Method::GET {
            return Ok(Self(form(hook.url.query().unwrap_or_default().as_bytes())));
        }
        match hook.media_type().as_str() {
            FORM => Ok(Self(form(&hook.body))),
            JSON => {
                let fields: serde_json::Map<String, Value> =
                    serde_json::from_slice(&hook.body).map_err(|_| Unreadable::Form)?;
                Ok(Self(fields.into_iter().flat_map(|(name, value)| flat(&name, value)).collect()))
            }
            _ => Err(Unreadable::Form),
        }
    }

    /// The value, unless it is absent or empty.
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| known == name)?.1.as_str();
        Some(value).filter(|value| !value.is_empty())
    }

    /// The media, whose name differs from page to page: `mediaUrls`, `mediaURLs`, with `[]` or a number behind it.
    fn media(&self) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
        let is_media = |name: &str| name.to_ascii_lowercase().starts_with("mediaurls");
        let media = self.0.iter().filter(move |(name, value)| is_media(name) && !value.is_empty());
        media.take(MEDIA_MAX).map(|(_, value)| (Some(value.as_str()), None))
    }

    fn reference(&self) -> Result<CarrierReference, Unreadable> {
        let id = self.get("id").or_else(|| self.get("mid")).ok_or(Unreadable::Field("id"))?;
        CarrierReference::try_from(id.to_owned()).map_err(|_| Unreadable::Field("id"))
    }
}

/// A field of a JSON object as parameters; of deeper things only lists are looked into.
fn flat(name: &str, value: Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(name.to_owned(), text)],
        Value::Number(number) => vec![(name.to_owned(), number.to_string())],
        Value::Array(values) => {
            let texts = values
                .into_iter()
                .filter_map(|it| if let Value::String(text) = it { Some(text) } else { None });
            texts.map(|text| (name.to_owned(), text)).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn read(hook: &Webhook) -> Result<Event, Unreadable> {
    let parameters = Parameters::of(hook)?;
    match parameters.get("status") {
        Some(status) => status_report(&parameters, status),
        None => inbound(&parameters),
    }
}

fn inbound(parameters: &Parameters) -> Result<Event, Unreadable> {
    let reference = parameters.reference()?;
    let from = parameters.get("originator").ok_or(Unreadable::Field("originator"))?;
    let to = parameters.get("shortcode").or_else(|| parameters.get("recipient"));
    let to = to.ok_or(Unreadable::Field("recipient"))?;
    let numbers = reading::phone_number(from).zip(reading::sender_id(to));
    let Some((from, to)) = numbers else { return Ok(reading::no_phone_number(Some(reference))) };
    let text = parameters.get("body").or_else(|| parameters.get("message")).unwrap_or_default().to_owned();
    let (media, media_unreadable) = reading::media(parameters.media());
    Ok(Event::Inbound(InboundMessage { reference, from, to, text, media, media_unreadable, opt_out: None }))
}

fn status_report(parameters: &Parameters, status: &str) -> Result<Event, Unreadable> {
    let reference = parameters.reference()?;
    let status = match status {
        "scheduled" => ReceiptStatus::Pending,
        "sent" | "buffered" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        "delivery_failed" | "expired" => ReceiptStatus::Undelivered,
        other => return Ok(reading::unknown(&format!("status.{other}"), Some(reference))),
    };
    let error = (status == ReceiptStatus::Undelivered).then(|| failure(parameters)).flatten();
    let message = parameters.get("reference").and_then(|id| id.parse().ok());
    Ok(Event::Status(StatusReport { message, reference: Some(reference), status, error }))
}

/// The code; where the network gave none, the reason, which is one of a few words.
fn failure(parameters: &Parameters) -> Option<CarrierFailure> {
    let code = parameters.get("statusErrorCode").filter(|code| *code != "0").map(ToOwned::to_owned);
    let code = code.or_else(|| Some(parameters.get("statusReason")?.replace(' ', "_")))?;
    Some(CarrierFailure { reason: codes::refusal(&code), code: Code::new(&code).into_string() })
}
