//! Building Plivo's send request and reading its answer (Plivo, "Send a message").

use domain::message::{CarrierReference, Refusal};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use url::Url;

use super::credentials::PlivoCredentials;
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, outcome::Code, wire};

/// The shortest validity that Plivo takes.
const EXPIRY_SECONDS_MIN: u32 = 5;

#[derive(Serialize)]
struct Body<'a> {
    src: &'a str,
    dst: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media_urls: Vec<&'a str>,
    url: &'a str,
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_expiry: Option<u32>,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &PlivoCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let body = Body {
        src: message.from.as_str(),
        dst: message.to.as_str(),
        kind: if message.media.is_empty() { "sms" } else { "mms" },
        text: message.body,
        media_urls: message.media.iter().map(Url::as_str).collect(),
        url: message.status_callback.as_str(),
        method: "POST",
        message_expiry: message.validity_seconds.map(|seconds| seconds.max(EXPIRY_SECONDS_MIN)),
    };
    let url = format!("https://api.plivo.com/v1/Account/{}/Message/", credentials.auth_id);
    let url = Url::parse(&url).map_err(|_| InvalidCredentials::Field("auth_id"))?;
    let login = wire::basic(&credentials.auth_id, credentials.password())?;
    HttpRequest::json(url, login, &body)
}

/// The parts of Plivo's answer that decide.
#[derive(Deserialize)]
struct Answer {
    /// One for each recipient, and we name one.
    #[serde(default)]
    message_uuid: Vec<CarrierReference>,
    /// The recipients that are none.
    #[serde(default)]
    invalid_number: Vec<IgnoredAny>,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if !reply.status.is_success() {
        return Outcome::of_status(reply);
    }
    let Some(Answer { message_uuid, invalid_number }) = reply.json() else { return Outcome::Unknown };
    match message_uuid.into_iter().next() {
        Some(reference) => Outcome::Accepted { reference },
        None if invalid_number.is_empty() => Outcome::Unknown,
        None => Outcome::refused(Code::new("invalid_number"), Refusal::InvalidNumber),
    }
}
