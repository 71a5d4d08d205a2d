//! Reading what comes through SNS (AWS, "Two-way SMS messaging" and "Message and voice events").
//!
//! The envelope's `Message` is JSON again: with an `inboundMessageId` it is a customer's text, with an `eventType` it says
//! what became of a message.

use domain::message::{CarrierReference, ReceiptStatus};
use serde::Deserialize;
use serde_json::Value;

use super::{codes, sns::Envelope};
use crate::{
    CarrierFailure, Confirmation, Event, InboundMessage, StatusReport, Unreadable, outcome::Code, reading,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    inbound_message_id: CarrierReference,
    origination_number: String,
    destination_number: String,
    #[serde(default)]
    message_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    message_id: CarrierReference,
    event_type: String,
    #[serde(default)]
    context: Value,
}

pub(super) fn read(body: &[u8]) -> Result<Event, Unreadable> {
    let envelope = Envelope::read(body).ok_or(Unreadable::Form)?;
    match envelope.kind.as_str() {
        "Notification" => notification(&envelope.message),
        "SubscriptionConfirmation" => {
            let url = envelope.confirmation().ok_or(Unreadable::Field("SubscribeURL"))?;
            Ok(Event::Confirm(Confirmation { url }))
        }
        // Somebody took our address off the topic. To subscribe again is a person's decision.
        kind => Ok(reading::unknown(kind, None)),
    }
}

fn notification(message: &str) -> Result<Event, Unreadable> {
    let message: Value = serde_json::from_str(message).map_err(|_| Unreadable::Field("Message"))?;
    if message.get("inboundMessageId").is_some() {
        let text = serde_json::from_value(message).map_err(|_| Unreadable::Field("Message"))?;
        return Ok(inbound(text));
    }
    if let Some(kind) = message.get("eventType") {
        let kind = Code::new(kind.as_str().unwrap_or_default()).into_string();
        if !(kind.starts_with("TEXT_") || kind.starts_with("MEDIA_")) {
            // Voice, RCS, and what else there will be.
            return Ok(reading::unknown(&kind, None));
        }
        return serde_json::from_value(message).map(report).map_err(|_| Unreadable::Field("Message"));
    }
    Err(Unreadable::Field("Message"))
}

fn inbound(text: Text) -> Event {
    let reference = text.inbound_message_id;
    let from = reading::phone_number(&text.origination_number);
    let numbers = from.zip(reading::sender_id(&text.destination_number));
    let Some((from, to)) = numbers else { return reading::no_phone_number(Some(reference)) };
    Event::Inbound(InboundMessage {
        reference,
        from,
        to,
        text: text.message_body,
        media: Vec::new(),
        media_unreadable: 0,
        opt_out: None,
    })
}

fn report(report: Report) -> Event {
    let reference = Some(report.message_id);
    let kind = report.event_type.split_once('_').map_or("", |(_, kind)| kind);
    let status = match kind {
        "QUEUED" | "PENDING" => ReceiptStatus::Pending,
        // With the recipient's carrier; where it reports no more, this is all that will ever be known.
        "SENT" | "SUCCESSFUL" => ReceiptStatus::Sent,
        "DELIVERED" => ReceiptStatus::Delivered,
        "UNREACHABLE" | "CARRIER_UNREACHABLE" | "UNKNOWN" | "TTL_EXPIRED" => ReceiptStatus::Undelivered,
        "INVALID"
        | "INVALID_MESSAGE"
        | "BLOCKED"
        | "CARRIER_BLOCKED"
        | "SPAM"
        | "PROTECT_BLOCKED"
        | "FILE_INACCESSIBLE"
        | "FILE_TYPE_UNSUPPORTED"
        | "FILE_SIZE_EXCEEDED" => ReceiptStatus::Failed,
        _ => return reading::unknown(&report.event_type, reference),
    };
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let error =
        failed.then(|| CarrierFailure { reason: codes::refusal(kind), code: Code::new(kind).into_string() });
    let message = report.context.get("message").and_then(Value::as_str).and_then(|id| id.parse().ok());
    Event::Status(StatusReport { message, reference, status, error })
}
