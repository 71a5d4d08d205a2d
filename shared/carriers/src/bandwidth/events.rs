//! Reading Bandwidth's webhooks (Bandwidth, "Webhooks"): `[{"type", "to", "errorCode"?, "message": {…}}]`.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;
use serde_json::Value;

use super::codes;
use crate::{CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, reading};

pub(super) fn read(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    reading::one_or_many(body, event)
}

fn event(value: Value) -> Result<Event, Unreadable> {
    let kind = value.get("type").and_then(Value::as_str).ok_or(Unreadable::Field("type"))?;
    let status = match kind {
        "message-received" => return inbound(told(value)?),
        "message-sending" => ReceiptStatus::Pending,
        "message-sent" => ReceiptStatus::Sent,
        "message-delivered" | "message-read" => ReceiptStatus::Delivered,
        "message-failed" => return failed(told(value)?),
        _ => return Ok(reading::unknown(kind, None)),
    };
    Ok(report(told(value)?.message, status, None))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    #[serde(default)]
    to: String,
    error_code: Option<u32>,
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    id: CarrierReference,
    owner: Option<String>,
    from: Option<String>,
    text: Option<String>,
    #[serde(default)]
    media: Vec<String>,
    tag: Option<String>,
}

fn told(value: Value) -> Result<Told, Unreadable> {
    serde_json::from_value(value).map_err(|_| Unreadable::Field("message"))
}

/// A message to a group comes once for each of our numbers in it, which is then its `owner`.
fn inbound(Told { to, message, .. }: Told) -> Result<Event, Unreadable> {
    let from = message.from.ok_or(Unreadable::Field("from"))?;
    let to = message.owner.unwrap_or(to);
    let Some((from, to)) = reading::phone_number(&from).zip(reading::sender_id(&to)) else {
        return Ok(reading::no_phone_number(Some(message.id)));
    };
    let (media, media_unreadable) = reading::media(message.media.iter().map(|it| (Some(it.as_str()), None)));
    let text = message.text.unwrap_or_default();
    let reference = message.id;
    Ok(Event::Inbound(InboundMessage { reference, from, to, text, media, media_unreadable, opt_out: None }))
}

fn failed(Told { error_code, message, .. }: Told) -> Result<Event, Unreadable> {
    let number = error_code.ok_or(Unreadable::Field("errorCode"))?;
    if number == codes::NO_RECEIPT {
        return Ok(report(message, ReceiptStatus::Sent, None));
    }
    let status = if codes::had_left(number) { ReceiptStatus::Undelivered } else { ReceiptStatus::Failed };
    let error = CarrierFailure { reason: codes::refusal(number), code: number.to_string() };
    Ok(report(message, status, Some(error)))
}

fn report(message: Message, status: ReceiptStatus, error: Option<CarrierFailure>) -> Event {
    let id = message.tag.and_then(|tag| tag.parse().ok());
    Event::Status(StatusReport { message: id, reference: Some(message.id), status, error })
}
