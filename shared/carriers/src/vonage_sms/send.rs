//! Building the SMS API's send request and reading its answer (Vonage, "SMS API: send an SMS").

use domain::{message::CarrierReference, segments::Encoding};
use form_urlencoded::Serializer;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::Url;

use super::{codes, credentials::VonageSmsCredentials, events::Scalar};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, wire};

/// The shortest validity that Vonage takes.
const TTL_SECONDS_MIN: u32 = 20;
const MILLISECONDS_PER_SECOND: u64 = 1_000;

/// The longest address for receipts that Vonage takes.
const CALLBACK_CHARACTERS_MAX: usize = 100;

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &VonageSmsCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    // Vonage does not look: what is sent as `text` and is none arrives as question marks.
    let kind = match Encoding::of(message.body) {
        Encoding::Gsm7 => "text",
        Encoding::Ucs2 => "unicode",
    };
    let mut form = Serializer::new(String::new());
    form.append_pair("from", wire::without_plus(message.from.as_str()))
        .append_pair("to", wire::without_plus(message.to.as_str()))
        .append_pair("text", message.body)
        .append_pair("type", kind)
        .append_pair("client-ref", &message.id.to_string());
    let callback = message.status_callback.as_str();
    if callback.len() <= CALLBACK_CHARACTERS_MAX {
        form.append_pair("callback", callback);
    }
    if let Some(seconds) = message.validity_seconds {
        let milliseconds = u64::from(seconds.max(TTL_SECONDS_MIN)) * MILLISECONDS_PER_SECOND;
        form.append_pair("ttl", &milliseconds.to_string());
    }
    let url = Url::parse("https://rest.nexmo.com/sms/json").map_err(|_| InvalidCredentials::Form)?;
    let login = wire::basic(&credentials.api_key, credentials.api_secret.expose_secret())?;
    Ok(wire::form(url, login, form.finish()))
}

#[derive(Deserialize)]
struct Answer {
    messages: Vec<Part>,
}

/// One part of the message.
#[derive(Deserialize)]
struct Part {
    status: Scalar,
    #[serde(rename = "message-id")]
    message_id: Option<CarrierReference>,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if !reply.status.is_success() {
        return Outcome::of_status(reply);
    }
    let Some(Answer { messages }) = reply.json() else { return Outcome::Unknown };
    let parts: Option<Vec<(u32, _)>> =
        messages.into_iter().map(|part| Some((part.status.number()?, part.message_id))).collect();
    let Some(parts) = parts else { return Outcome::Unknown };
    // Whatever became of the others, a part that was taken must not be sent again.
    if let Some((_, reference)) = parts.iter().find(|(status, _)| *status == 0) {
        return match reference.clone() {
            Some(reference) => Outcome::Accepted { reference },
            None => Outcome::Unknown,
        };
    }
    let Some((status, _)) = parts.first() else { return Outcome::Unknown };
    meaning::failure(reply, Some(&status.to_string()), Some(codes::meaning(*status)))
}
