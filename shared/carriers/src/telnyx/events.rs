//! Reading Telnyx's webhooks (Telnyx, "Receiving webhooks"): `{"data": {"event_type", "payload": {…}}}`.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;
use serde_json::Value;

use super::{codes, send::Problem};
use crate::{CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, outcome::Code, reading};

#[derive(Deserialize)]
struct Hook {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    event_type: String,
    #[serde(default)]
    payload: Value,
}

#[derive(Deserialize)]
struct Payload {
    id: CarrierReference,
    from: Option<Party>,
    #[serde(default)]
    to: Vec<Party>,
    text: Option<String>,
    #[serde(default)]
    media: Vec<Media>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Party {
    #[serde(default)]
    phone_number: String,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Media {
    url: Option<String>,
    content_type: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Event, Unreadable> {
    let Hook { data } = serde_json::from_slice(body).map_err(|_| Unreadable::Form)?;
    let kind = data.event_type.as_str();
    match kind {
        "message.received" => inbound(payload(data.payload)?),
        "message.sent" | "message.finalized" => status_report(payload(data.payload)?),
        _ => Ok(reading::unknown(kind, None)),
    }
}

fn payload(payload: Value) -> Result<Payload, Unreadable> {
    serde_json::from_value(payload).map_err(|_| Unreadable::Field("payload"))
}

fn inbound(payload: Payload) -> Result<Event, Unreadable> {
    let from = payload.from.ok_or(Unreadable::Field("from"))?;
    // A message to a group names everybody; the first is the number that was texted.
    let to = payload.to.first().ok_or(Unreadable::Field("to"))?;
    let numbers = reading::phone_number(&from.phone_number).zip(reading::sender_id(&to.phone_number));
    let Some((from, to)) = numbers else { return Ok(reading::no_phone_number(Some(payload.id))) };
    let media = payload.media.iter().map(|it| (it.url.as_deref(), it.content_type.as_deref()));
    let (media, media_unreadable) = reading::media(media);
    let text = payload.text.unwrap_or_default();
    let reference = payload.id;
    Ok(Event::Inbound(InboundMessage { reference, from, to, text, media, media_unreadable, opt_out: None }))
}

fn status_report(payload: Payload) -> Result<Event, Unreadable> {
    let to = payload.to.first().and_then(|it| it.status.as_deref()).ok_or(Unreadable::Field("to"))?;
    let status = match to {
        "queued" | "sending" => ReceiptStatus::Pending,
        // No receipt is to be had from the recipient's carrier: this is all that will ever be known.
        "sent" | "delivery_unconfirmed" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        "delivery_failed" => ReceiptStatus::Undelivered,
        "sending_failed" | "expired" => ReceiptStatus::Failed,
        other => return Ok(reading::unknown(&format!("status.{other}"), Some(payload.id))),
    };
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let error = payload.errors.first().filter(|_| failed).map(|it| CarrierFailure {
        reason: codes::refusal(&it.code),
        code: Code::new(&it.code).into_string(),
    });
    Ok(Event::Status(StatusReport { message: None, reference: Some(payload.id), status, error }))
}
