//! Reading Twilio's webhooks (Twilio, "Twilio's request to your incoming message webhook URL" and "Track outbound
//! message status").
//!
//! Both kinds are flat lists of parameters, to which Twilio adds without notice, so only the names used here are looked
//! at. One request is one event.

use domain::{message::ReceiptStatus, phone::PhoneNumber};
use url::Url;

use super::codes;
use crate::{
    CarrierFailure, Event, InboundMedia, InboundMessage, OptOut, StatusReport, Unreadable, Webhook,
    outcome::Code, parameters::Parameters, reading,
};

/// More media than Twilio delivers; a larger `NumMedia` is no reason to count to it.
const MEDIA_MAX: u32 = 100;

/// The names under which the message's id comes.
const REFERENCE: [&str; 3] = ["MessageSid", "SmsSid", "SmsMessageSid"];

fn unknown(parameters: &Parameters<'_>, kind: &str) -> Event {
    reading::unknown(kind, parameters.reference(&REFERENCE))
}

pub(super) fn read(hook: &Webhook) -> Result<Event, Unreadable> {
    let parameters = Parameters::of(hook)?;
    if let Some(status) = parameters.get("MessageStatus") {
        return status_report(&parameters, status);
    }
    match parameters.get("SmsStatus") {
        Some("received") => inbound(&parameters),
        None if parameters.get("From").is_some() && parameters.get("NumMedia").is_some() => {
            inbound(&parameters)
        }
        // The name that old status callbacks used.
        Some(status) => status_report(&parameters, status),
        None if parameters.reference(&REFERENCE).is_none() => Err(Unreadable::Field("MessageSid")),
        None => Ok(unknown(&parameters, "unnamed")),
    }
}

fn inbound(parameters: &Parameters<'_>) -> Result<Event, Unreadable> {
    let reference = parameters.reference(&REFERENCE).ok_or(Unreadable::Field("MessageSid"))?;
    let from = parameters.get("From").ok_or(Unreadable::Field("From"))?;
    let to = parameters.get("To").ok_or(Unreadable::Field("To"))?;
    // Short codes, names ("PARCELS") and other channels ("whatsapp:+1…") are no phone numbers, so there is nobody to
    // hold a conversation with.
    let (Ok(from), Some(to)) = (from.parse::<PhoneNumber>(), reading::sender_id(to)) else {
        return Ok(unknown(parameters, "inbound.not_a_phone_number"));
    };
    let (media, media_unreadable) = media(parameters);
    Ok(Event::Inbound(InboundMessage {
        reference,
        from,
        to,
        text: parameters.get("Body").unwrap_or_default().to_owned(),
        media,
        media_unreadable,
        opt_out: parameters.get("OptOutType").and_then(opt_out),
    }))
}

/// `MediaUrl0` to `MediaUrl{NumMedia - 1}`: all of them, not only the first.
fn media(parameters: &Parameters<'_>) -> (Vec<InboundMedia>, u32) {
    let announced =
        parameters.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0).min(MEDIA_MAX);
    let mut media = Vec::new();
    let mut unreadable = 0;
    for index in 0..announced {
        let url = parameters.get(&format!("MediaUrl{index}")).and_then(|url| Url::parse(url).ok());
        let content_type = parameters.get(&format!("MediaContentType{index}"));
        match url.filter(|url| url.scheme() == "https") {
            Some(url) => media.push(InboundMedia {
                url,
                content_type: content_type.unwrap_or("application/octet-stream").to_owned(),
            }),
            None => unreadable += 1,
        }
    }
    (media, unreadable)
}

/// Present only if the account uses Advanced Opt-Out; Twilio has then already answered.
fn opt_out(kind: &str) -> Option<OptOut> {
    match kind.to_ascii_uppercase().as_str() {
        "STOP" => Some(OptOut::Stop),
        "START" => Some(OptOut::Start),
        "HELP" => Some(OptOut::Help),
        _ => None,
    }
}

fn status_report(parameters: &Parameters<'_>, status: &str) -> Result<Event, Unreadable> {
    let Some(known) = receipt_status(status) else {
        return Ok(unknown(parameters, &format!("status.{status}")));
    };
    let reference = parameters.reference(&REFERENCE).ok_or(Unreadable::Field("MessageSid"))?;
    let failed = matches!(known, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    Ok(Event::Status(StatusReport {
        message: None,
        reference: Some(reference),
        status: known,
        error: failed.then(|| parameters.get("ErrorCode").map(carrier_failure)).flatten(),
    }))
}

/// Twilio's message statuses (`message_enum_status`). `partially_delivered` is said of a message to several people,
/// which we never send.
fn receipt_status(status: &str) -> Option<ReceiptStatus> {
    match status {
        "accepted" | "scheduled" | "queued" | "sending" => Some(ReceiptStatus::Pending),
        "sent" => Some(ReceiptStatus::Sent),
        "delivered" | "read" => Some(ReceiptStatus::Delivered),
        "undelivered" => Some(ReceiptStatus::Undelivered),
        "failed" | "canceled" => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

fn carrier_failure(code: &str) -> CarrierFailure {
    let reason = code.parse().map_or(domain::message::Refusal::Other, codes::refusal);
    CarrierFailure { code: Code::new(code).into_string(), reason }
}
