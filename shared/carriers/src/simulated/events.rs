//! Reading the simulated carrier's webhooks.
//!
//! `{"type": "message.received", "reference", "from", "to", "text", "media": [{"url", "content_type"}]?, "opt_out"?}`,
//! `{"type": "message.status", "reference", "id"?, "status", "error": {"code"}?}`, and any other `type`. A request holds
//! one of them or an array, as other carriers' do.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::codes;
use crate::{
    CarrierFailure, Event, InboundMedia, InboundMessage, OptOut, StatusReport, UnknownEvent, Unreadable,
    outcome::Code, reading,
};

pub(super) fn read(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    reading::one_or_many(body, event)
}

fn event(value: Value) -> Result<Event, Unreadable> {
    let fields = value.as_object().ok_or(Unreadable::Form)?;
    match fields.get("type").and_then(Value::as_str).ok_or(Unreadable::Field("type"))? {
        "message.received" => inbound(value),
        "message.status" => status_report(value),
        kind => Ok(unknown(kind, fields.get("reference"))),
    }
}

fn unknown(kind: &str, reference: Option<&Value>) -> Event {
    let reference = reference.and_then(Value::as_str).and_then(|text| text.to_owned().try_into().ok());
    Event::Unknown(UnknownEvent { kind: Code::new(kind).into_string(), reference })
}

#[derive(Deserialize)]
struct Received {
    reference: CarrierReference,
    from: String,
    to: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    media: Vec<Media>,
    opt_out: Option<String>,
}

#[derive(Deserialize)]
struct Media {
    url: String,
    content_type: Option<String>,
}

fn inbound(value: Value) -> Result<Event, Unreadable> {
    let received: Received =
        serde_json::from_value(value).map_err(|_| Unreadable::Field("message.received"))?;
    let (Ok(from), Ok(to)) = (received.from.parse(), received.to.parse()) else {
        let kind = Code::new("inbound.not_a_phone_number").into_string();
        return Ok(Event::Unknown(UnknownEvent { kind, reference: Some(received.reference) }));
    };
    let announced = received.media.len();
    let media: Vec<_> = received.media.into_iter().filter_map(inbound_media).collect();
    let media_unreadable = u32::try_from(announced - media.len()).unwrap_or(u32::MAX);
    Ok(Event::Inbound(InboundMessage {
        reference: received.reference,
        from,
        to,
        text: received.text,
        media,
        media_unreadable,
        opt_out: received.opt_out.as_deref().and_then(opt_out),
    }))
}

fn inbound_media(media: Media) -> Option<InboundMedia> {
    let url = Url::parse(&media.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let content_type = media.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    Some(InboundMedia { url, content_type })
}

fn opt_out(kind: &str) -> Option<OptOut> {
    match kind {
        "stop" => Some(OptOut::Stop),
        "start" => Some(OptOut::Start),
        "help" => Some(OptOut::Help),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Receipt {
    reference: CarrierReference,
    id: Option<String>,
    #[serde(rename = "status")]
    says: String,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
}

fn status_report(value: Value) -> Result<Event, Unreadable> {
    let report: Receipt = serde_json::from_value(value).map_err(|_| Unreadable::Field("message.status"))?;
    let status = match report.says.as_str() {
        "queued" | "sending" => ReceiptStatus::Pending,
        "sent" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        "undelivered" => ReceiptStatus::Undelivered,
        "failed" => ReceiptStatus::Failed,
        other => {
            let kind = Code::new(&format!("status.{other}")).into_string();
            return Ok(Event::Unknown(UnknownEvent { kind, reference: Some(report.reference) }));
        }
    };
    let error = report.error.map(|error| CarrierFailure {
        reason: codes::refusal(&error.code),
        code: Code::new(&error.code).into_string(),
    });
    Ok(Event::Status(StatusReport {
        message: report.id.and_then(|id| id.parse().ok()),
        reference: Some(report.reference),
        status,
        error,
    }))
}
