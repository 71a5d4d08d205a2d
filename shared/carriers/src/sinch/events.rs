//! Reading Sinch's webhooks (Sinch, "Webhooks" and "MMS support"): `{"type", …}`.

use domain::{
    id::MessageId,
    message::{CarrierReference, ReceiptStatus},
};
use serde::Deserialize;
use serde_json::Value;

use super::codes;
use crate::{CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, reading};

pub(super) fn read(body: &[u8]) -> Result<Event, Unreadable> {
    let hook: Value = serde_json::from_slice(body).map_err(|_| Unreadable::Form)?;
    let kind = hook.get("type").and_then(Value::as_str).ok_or(Unreadable::Field("type"))?;
    match kind {
        "mo_text" | "mo_media" => inbound(hook),
        "recipient_delivery_report_sms" | "recipient_delivery_report_mms" => {
            let report: Report = serde_json::from_value(hook).map_err(|_| Unreadable::Field("batch_id"))?;
            Ok(status_report(report))
        }
        "delivery_report_sms" | "delivery_report_mms" => summary(hook),
        other => {
            let reference = hook.get("id").and_then(Value::as_str);
            Ok(reading::unknown(other, reference.and_then(|id| id.to_owned().try_into().ok())))
        }
    }
}

#[derive(Deserialize)]
struct Received {
    id: CarrierReference,
    from: String,
    to: String,
    body: Content,
}

/// That of an SMS, or that of an MMS.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Media(Parts),
}

#[derive(Deserialize)]
struct Parts {
    subject: Option<String>,
    message: Option<String>,
    media: Option<Vec<Media>>,
}

#[derive(Deserialize)]
struct Media {
    url: Option<String>,
    content_type: Option<String>,
    status: Option<String>,
}

impl Media {
    /// None if Sinch could not keep the file.
    fn address(&self) -> Option<&str> {
        let failed = self.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("failed"));
        self.url.as_deref().filter(|_| !failed)
    }
}

fn inbound(hook: Value) -> Result<Event, Unreadable> {
    let received: Received = serde_json::from_value(hook).map_err(|_| Unreadable::Field("body"))?;
    let numbers = reading::phone_number(&received.from).zip(reading::sender_id(&received.to));
    let Some((from, to)) = numbers else { return Ok(reading::no_phone_number(Some(received.id))) };
    let (text, media) = match received.body {
        Content::Text(text) => (text, Vec::new()),
        Content::Media(Parts { subject, message, media }) => {
            let text = message.filter(|text| !text.is_empty()).or(subject);
            (text.unwrap_or_default(), media.unwrap_or_default())
        }
    };
    let (media, media_unreadable) =
        reading::media(media.iter().map(|it| (it.address(), it.content_type.as_deref())));
    let reference = received.id;
    Ok(Event::Inbound(InboundMessage { reference, from, to, text, media, media_unreadable, opt_out: None }))
}

/// What became of a batch, which has one recipient.
#[derive(Deserialize)]
struct Report {
    batch_id: CarrierReference,
    status: String,
    code: Option<u32>,
    client_reference: Option<String>,
}

/// A report that counts recipients, as a service plan sends it whose settings say so.
#[derive(Deserialize)]
struct Summary {
    batch_id: CarrierReference,
    statuses: Vec<Count>,
    client_reference: Option<String>,
}

#[derive(Deserialize)]
struct Count {
    status: String,
    code: Option<u32>,
}

/// Our batches have one recipient, hence one status.
fn summary(hook: Value) -> Result<Event, Unreadable> {
    let Summary { batch_id, statuses, client_reference } =
        serde_json::from_value(hook).map_err(|_| Unreadable::Field("statuses"))?;
    let mut statuses = statuses.into_iter();
    match (statuses.next(), statuses.next()) {
        (Some(Count { status, code }), None) => {
            Ok(status_report(Report { batch_id, status, code, client_reference }))
        }
        _ => Ok(reading::unknown("delivery_report.of_several", Some(batch_id))),
    }
}

fn status_report(Report { batch_id, status, code, client_reference }: Report) -> Event {
    let Some(receipt) = receipt_status(&status) else {
        return reading::unknown(&format!("status.{status}"), Some(batch_id));
    };
    let failed = matches!(receipt, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let error = code
        .filter(|_| failed)
        .map(|code| CarrierFailure { reason: codes::refusal(code), code: code.to_string() });
    let message: Option<MessageId> = client_reference.and_then(|id| id.parse().ok());
    Event::Status(StatusReport { message, reference: Some(batch_id), status: receipt, error })
}

/// In any case: the documents write `Delivered`, the libraries `DELIVERED`.
fn receipt_status(status: &str) -> Option<ReceiptStatus> {
    match status.to_ascii_lowercase().as_str() {
        "queued" => Some(ReceiptStatus::Pending),
        // Unknown: the short message centre has it and never said what became of it.
        "dispatched" | "unknown" => Some(ReceiptStatus::Sent),
        "delivered" => Some(ReceiptStatus::Delivered),
        "failed" | "expired" => Some(ReceiptStatus::Undelivered),
        "rejected" | "aborted" | "cancelled" | "deleted" => Some(ReceiptStatus::Failed),
        _ => None,
    }
}
