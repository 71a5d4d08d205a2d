//! Reading Plivo's webhooks (Plivo, "Receive a message" and "Message status callbacks"): flat lists of parameters, to which
//! Plivo adds without notice. One request is one event.

use domain::message::{CarrierReference, ReceiptStatus};

use super::codes;
use crate::{
    CarrierFailure, Event, InboundMessage, OptOut, StatusReport, Unreadable, Webhook, outcome::Code,
    parameters::Parameters, reading,
};

/// More media than Plivo delivers; a larger `MediaCount` is no reason to count to it.
const MEDIA_MAX: usize = 100;

pub(super) fn read(hook: &Webhook) -> Result<Event, Unreadable> {
    let parameters = Parameters::of(hook)?;
    let reference = parameters.reference(&["MessageUUID"]).ok_or(Unreadable::Field("MessageUUID"))?;
    match parameters.get("Status") {
        Some(status) => Ok(status_report(&parameters, status, reference)),
        None => inbound(&parameters, reference),
    }
}

fn inbound(parameters: &Parameters<'_>, reference: CarrierReference) -> Result<Event, Unreadable> {
    let from = parameters.get("From").ok_or(Unreadable::Field("From"))?;
    let to = parameters.get("To").ok_or(Unreadable::Field("To"))?;
    if let Some(other) = parameters.get("Type").filter(|kind| !matches!(*kind, "sms" | "mms")) {
        return Ok(reading::unknown(&format!("inbound.{other}"), Some(reference)));
    }
    let Some((from, to)) = reading::phone_number(from).zip(reading::sender_id(to)) else {
        return Ok(reading::no_phone_number(Some(reference)));
    };
    // Numbered from 0 in Plivo's examples and from 1 in its descriptions.
    let urls = parameters.numbered("Media");
    let announced = parameters.get("MediaCount").and_then(|count| count.parse().ok()).unwrap_or(0);
    let missing = announced.min(MEDIA_MAX).saturating_sub(urls.len());
    let missing = std::iter::repeat_n((None, None), missing);
    let (media, media_unreadable) =
        reading::media(urls.into_iter().map(|url| (Some(url), None)).chain(missing));
    // `Body` is the text of an MMS in older accounts.
    let text = parameters.get("Text").or_else(|| parameters.get("Body")).unwrap_or_default().to_owned();
    let opt_out = parameters.get("MessageIntent").and_then(opt_out);
    Ok(Event::Inbound(InboundMessage { reference, from, to, text, media, media_unreadable, opt_out }))
}

/// What Plivo understood, and has then already answered.
fn opt_out(intent: &str) -> Option<OptOut> {
    match intent {
        "optout" => Some(OptOut::Stop),
        "optin" => Some(OptOut::Start),
        "help" => Some(OptOut::Help),
        _ => None,
    }
}

fn status_report(parameters: &Parameters<'_>, status: &str, reference: CarrierReference) -> Event {
    let status = match status {
        "queued" => ReceiptStatus::Pending,
        "sent" => ReceiptStatus::Sent,
        "delivered" | "read" => ReceiptStatus::Delivered,
        "undelivered" => ReceiptStatus::Undelivered,
        "failed" | "rejected" => ReceiptStatus::Failed,
        other => return reading::unknown(&format!("status.{other}"), Some(reference)),
    };
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    let error = parameters
        .get("ErrorCode")
        .filter(|_| failed)
        .map(|code| CarrierFailure { code: Code::new(code).into_string(), reason: codes::refusal(code) });
    Event::Status(StatusReport { message: None, reference: Some(reference), status, error })
}
