//! Reading Infobip's webhooks (Infobip, "Receive outbound SMS message report", "Receive inbound SMS messages", "Receive
//! inbound MMS messages"): `{"results": […]}`, each result a receipt or a message.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;
use serde_json::Value;

use super::codes::{self, Status};
use crate::{CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, outcome::Code, reading};

#[derive(Deserialize)]
struct Hook {
    results: Vec<Value>,
}

pub(super) fn read(body: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let Hook { results } = serde_json::from_slice(body).map_err(|_| Unreadable::Form)?;
    results.into_iter().map(event).collect()
}

fn event(result: Value) -> Result<Event, Unreadable> {
    let fields = result.as_object().ok_or(Unreadable::Form)?;
    if fields.get("status").is_some_and(Value::is_object) {
        return status_report(result);
    }
    // Messages of other channels have an object where those of MMS have a list of parts.
    if fields.get("text").is_some_and(Value::is_string) || fields.get("message").is_some_and(Value::is_array)
    {
        return inbound(result);
    }
    let channel = fields.get("integrationType").and_then(Value::as_str).unwrap_or("unknown");
    let reference = fields.get("messageId").and_then(Value::as_str);
    let reference = reference.and_then(|id| id.to_owned().try_into().ok());
    Ok(reading::unknown(&format!("result.{channel}"), reference))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    message_id: CarrierReference,
    from: String,
    to: String,
    /// The text of an SMS.
    text: Option<String>,
    /// The parts of an MMS.
    #[serde(default)]
    message: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    content_type: Option<String>,
    value: Option<String>,
    url: Option<String>,
}

impl Part {
    fn is(&self, media_type: &str) -> bool {
        self.content_type.as_deref().is_some_and(|it| it.starts_with(media_type))
    }

    /// A text that stands in the message itself.
    fn text(&self) -> Option<&str> {
        self.value.as_deref().filter(|_| self.url.is_none() && self.is("text/plain"))
    }

    /// Only how the others are laid out.
    fn is_layout(&self) -> bool {
        self.is("application/smil")
    }
}

fn inbound(result: Value) -> Result<Event, Unreadable> {
    let received: Received = serde_json::from_value(result).map_err(|_| Unreadable::Field("results"))?;
    let numbers = reading::phone_number(&received.from).zip(reading::sender_id(&received.to));
    let Some((from, to)) = numbers else { return Ok(reading::no_phone_number(Some(received.message_id))) };
    let parts = &received.message;
    let texts: Vec<_> =
        received.text.as_deref().into_iter().chain(parts.iter().filter_map(Part::text)).collect();
    let media = parts.iter().filter(|it| it.text().is_none() && !it.is_layout());
    let (media, media_unreadable) =
        reading::media(media.map(|it| (it.url.as_deref(), it.content_type.as_deref())));
    Ok(Event::Inbound(InboundMessage {
        reference: received.message_id,
        from,
        to,
        text: texts.join("\n"),
        media,
        media_unreadable,
        opt_out: None,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    message_id: CarrierReference,
    status: Status,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    id: u32,
    name: Option<String>,
}

fn status_report(result: Value) -> Result<Event, Unreadable> {
    let report: Report = serde_json::from_value(result).map_err(|_| Unreadable::Field("results"))?;
    let Some(status) = receipt_status(&report.status) else {
        let kind = format!("status.{}", report.status.code());
        return Ok(reading::unknown(&kind, Some(report.message_id)));
    };
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let error = failed.then(|| failure(&report.status, report.error));
    let message = report.message_id.as_str().parse().ok();
    Ok(Event::Status(StatusReport { message, reference: Some(report.message_id), status, error }))
}

/// `None`: a status that we do not know, or one that is not about the message of this id.
fn receipt_status(status: &Status) -> Option<ReceiptStatus> {
    const DELIVERED_TO_OPERATOR: u32 = 2;
    const PENDING_ACCEPTED: u32 = 26;
    const EXPIRED_DLR_UNKNOWN: u32 = 29;
    match status.group() {
        "ACCEPTED" | "OK" => Some(ReceiptStatus::Pending),
        "PENDING" if status.is(PENDING_ACCEPTED) => Some(ReceiptStatus::Pending),
        "PENDING" => Some(ReceiptStatus::Sent),
        "DELIVERED" if status.is(DELIVERED_TO_OPERATOR) => Some(ReceiptStatus::Sent),
        "DELIVERED" => Some(ReceiptStatus::Delivered),
        // The operator never said what became of it: nobody knows more than that it was sent.
        "EXPIRED" if status.is(EXPIRED_DLR_UNKNOWN) => Some(ReceiptStatus::Sent),
        "UNDELIVERABLE" | "EXPIRED" => Some(ReceiptStatus::Undelivered),
        "REJECTED" if !status.is_duplicate() => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

/// What the operator said, if it said something, or else what Infobip says.
fn failure(status: &Status, error: Option<Problem>) -> CarrierFailure {
    let of_status = status.meaning().refusal();
    let (code, reason) = match error.filter(|it| it.id != 0) {
        Some(Problem { id, name }) => {
            (name.unwrap_or_else(|| id.to_string()), codes::error_refusal(id).unwrap_or(of_status))
        }
        None => (status.code().to_owned(), of_status),
    };
    CarrierFailure { reason, code: Code::new(&code).into_string() }
}
