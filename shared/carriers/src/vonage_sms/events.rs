//! Reading the SMS API's webhooks (Vonage, "Inbound SMS" and "Delivery receipts"): flat lists of parameters, with a `status` if it
//! is a receipt. One request is one event.

use std::{borrow::Cow, collections::BTreeMap};

use domain::message::{CarrierReference, ReceiptStatus};
use http::Method;
use serde::Deserialize;

use super::codes;
use crate::{
    CarrierFailure, Event, InboundMessage, StatusReport, Unreadable, Webhook,
    outcome::Code,
    parameters::{self, FORM, Pair, Parameters},
    reading,
};

const JSON: &str = "application/json";

/// Texts and numbers, which Vonage does not always tell apart.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Number(i64),
    Text(String),
}

impl Scalar {
    pub(super) fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => u32::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

/// The names and values as they were sent: in the query of a GET, in a JSON object or in a form.
pub(super) fn pairs(hook: &Webhook) -> Result<Vec<Pair<'_>>, Unreadable> {
    if hook.method == Method::GET || hook.media_type() != JSON {
        return Ok(parameters::pairs(hook).collect());
    }
    let fields: BTreeMap<String, Scalar> =
        serde_json::from_slice(&hook.body).map_err(|_| Unreadable::Form)?;
    let pair = |(name, value): (String, Scalar)| (Cow::Owned(name), Cow::Owned(value.into_text()));
    Ok(fields.into_iter().map(pair).collect())
}

pub(super) fn read(hook: &Webhook) -> Result<Event, Unreadable> {
    if hook.method != Method::GET && !matches!(hook.media_type().as_str(), FORM | JSON) {
        return Err(Unreadable::Form);
    }
    let parameters: Parameters<'_> = pairs(hook)?.into_iter().collect();
    let reference = parameters.reference(&["messageId"]).ok_or(Unreadable::Field("messageId"))?;
    match parameters.get("status") {
        Some(status) => Ok(status_report(&parameters, status, reference)),
        None => inbound(&parameters, reference),
    }
}

fn inbound(parameters: &Parameters<'_>, reference: CarrierReference) -> Result<Event, Unreadable> {
    let from = parameters.get("msisdn").ok_or(Unreadable::Field("msisdn"))?;
    let to = parameters.get("to").ok_or(Unreadable::Field("to"))?;
    let kind = parameters.get("type").ok_or(Unreadable::Field("type"))?;
    if !matches!(kind, "text" | "unicode") {
        return Ok(reading::unknown(&format!("inbound.{kind}"), Some(reference)));
    }
    let Some((from, to)) = reading::phone_number(from).zip(reading::sender_id(to)) else {
        return Ok(reading::no_phone_number(Some(reference)));
    };
    // An id of its own even if Vonage should give all parts the same.
    let reference = match parameters.get("concat-part") {
        Some(part) => CarrierReference::try_from(format!("{}.{part}", reference.as_str()))
            .map_err(|_| Unreadable::Field("concat-part"))?,
        None => reference,
    };
    Ok(Event::Inbound(InboundMessage {
        reference,
        from,
        to,
        text: parameters.get("text").unwrap_or_default().to_owned(),
        media: Vec::new(),
        media_unreadable: 0,
        opt_out: None,
    }))
}

fn status_report(parameters: &Parameters<'_>, status: &str, reference: CarrierReference) -> Event {
    let status = match status {
        "accepted" | "buffered" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        "failed" | "expired" | "unknown" => ReceiptStatus::Undelivered,
        "rejected" => ReceiptStatus::Failed,
        other => return reading::unknown(&format!("status.{other}"), Some(reference)),
    };
    let failed = matches!(status, ReceiptStatus::Undelivered | ReceiptStatus::Failed);
    // Zero is the code of success, with which some carriers report failures too.
    let code = parameters.get("err-code").filter(|code| failed && code.parse() != Ok(0));
    let error = code.map(|code| CarrierFailure {
        reason: code.parse().map_or(domain::message::Refusal::Other, codes::refusal),
        code: Code::new(code).into_string(),
    });
    let message = parameters.get("client-ref").and_then(|id| id.parse().ok());
    Event::Status(StatusReport { message, reference: Some(reference), status, error })
}
