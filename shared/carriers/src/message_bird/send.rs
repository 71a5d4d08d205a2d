//! Building `MessageBird`'s send requests and reading its answer (`MessageBird`, "Send outbound SMS" and "… MMS").

use domain::message::{CarrierReference, Refusal};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{codes, credentials::MessageBirdCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, outcome::Code, wire};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text<'a> {
    originator: &'a str,
    recipients: [&'a str; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    body: &'a str,
    reference: String,
    #[serde(flatten)]
    kind: Kind<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Kind<'a> {
    #[serde(rename_all = "camelCase")]
    Sms {
        report_url: &'a str,
        /// Otherwise what GSM 7-bit does not have would be replaced.
        datacoding: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        validity: Option<u32>,
    },
    #[serde(rename_all = "camelCase")]
    Mms { media_urls: Vec<&'a str> },
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &MessageBirdCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let (address, kind) = if message.media.is_empty() {
        let sms = Kind::Sms {
            report_url: message.status_callback.as_str(),
            datacoding: "auto",
            validity: message.validity_seconds,
        };
        ("https://rest.messagebird.com/messages", sms)
    } else {
        let media_urls = message.media.iter().map(Url::as_str).collect();
        ("https://rest.messagebird.com/mms", Kind::Mms { media_urls })
    };
    let body = Text {
        originator: digits(message.from.as_str()),
        recipients: [digits(message.to.as_str())],
        body: message.body,
        reference: message.id.to_string(),
        kind,
    };
    let url = Url::parse(address).map_err(|_| InvalidCredentials::Form)?;
    let key = wire::authorization("AccessKey", credentials.access_key.expose_secret())?;
    HttpRequest::json(url, key, &body)
}

/// `MessageBird` writes numbers without their `+`.
fn digits(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// The parts of `MessageBird`'s message that decide.
#[derive(Deserialize)]
struct Message {
    id: CarrierReference,
    #[serde(default)]
    recipients: Recipients,
}

#[derive(Default, Deserialize)]
struct Recipients {
    #[serde(default)]
    items: Vec<Recipient>,
}

#[derive(Deserialize)]
struct Recipient {
    status: Option<String>,
}

#[derive(Deserialize)]
struct Problems {
    errors: Vec<Problem>,
}

/// The part of an error that decides. Never its text.
#[derive(Deserialize)]
struct Problem {
    code: u32,
    parameter: Option<String>,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if !reply.status.is_success() {
        let problem = reply.json().and_then(|Problems { errors }| errors.into_iter().next());
        let code = problem.as_ref().map(|it| it.code.to_string());
        let meaning = problem.and_then(|it| codes::meaning(it.code, it.parameter.as_deref()));
        return meaning::failure(reply, code.as_deref(), meaning);
    }
    let Some(Message { id, recipients }) = reply.json() else { return Outcome::Unknown };
    let status = recipients.items.first().and_then(|it| it.status.as_deref());
    match status {
        Some(failed @ ("delivery_failed" | "expired")) => Outcome::refused(Code::new(failed), Refusal::Other),
        _ => Outcome::Accepted { reference: id },
    }
}
