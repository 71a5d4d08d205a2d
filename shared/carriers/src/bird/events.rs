//! Reading Bird's webhooks (Bird, "SMS events"): `{"type", "timestamp", "data": {…}}`.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;
use serde_json::Value;

use super::{codes, send::Failure};
use crate::{CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, outcome::Code, reading};

#[derive(Deserialize)]
struct Hook {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Data {
    sms_id: CarrierReference,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    text: Option<String>,
    #[serde(default)]
    metadata: Value,
    error: Option<Failure>,
}

pub(super) fn read(body: &[u8]) -> Result<Event, Unreadable> {
    let Hook { kind, data } = serde_json::from_slice(body).map_err(|_| Unreadable::Form)?;
    let status = match kind.as_str() {
        "sms.received" => return Ok(inbound(read_data(data)?)),
        "sms.accepted" | "sms.scheduled" => ReceiptStatus::Pending,
        "sms.sent" => ReceiptStatus::Sent,
        "sms.delivered" => ReceiptStatus::Delivered,
        "sms.undelivered" | "sms.expired" => ReceiptStatus::Undelivered,
        "sms.failed" | "sms.rejected" | "sms.canceled" => ReceiptStatus::Failed,
        _ => return Ok(reading::unknown(&kind, None)),
    };
    Ok(status_report(read_data(data)?, status))
}

fn read_data(data: Value) -> Result<Data, Unreadable> {
    serde_json::from_value(data).map_err(|_| Unreadable::Field("data"))
}

fn inbound(data: Data) -> Event {
    let numbers = reading::phone_number(&data.from).zip(reading::sender_id(&data.to));
    let Some((from, to)) = numbers else { return reading::no_phone_number(Some(data.sms_id)) };
    // Bird leaves the text out where there were only attachments, which it does not bring.
    let media_unreadable = u32::from(data.text.is_none());
    let (reference, text) = (data.sms_id, data.text.unwrap_or_default());
    Event::Inbound(InboundMessage {
        reference,
        from,
        to,
        text,
        media: Vec::new(),
        media_unreadable,
        opt_out: None,
    })
}

fn status_report(data: Data, status: ReceiptStatus) -> Event {
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let error = data.error.filter(|_| failed).map(|it| CarrierFailure {
        reason: codes::refusal(&it.code),
        code: Code::new(&it.code).into_string(),
    });
    let message = data.metadata.get("message").and_then(Value::as_str).and_then(|id| id.parse().ok());
    Event::Status(StatusReport { message, reference: Some(data.sms_id), status, error })
}
