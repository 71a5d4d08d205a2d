//! Building Telnyx's send request and reading its answer (Telnyx, "Send a message").

use domain::message::{CarrierReference, Refusal};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{codes, credentials::TelnyxCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, outcome::Code, wire};

#[derive(Serialize)]
struct Body<'a> {
    from: &'a str,
    to: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media_urls: Vec<&'a str>,
    webhook_url: &'a str,
    /// Otherwise Telnyx would call the profile's address for receipts of messages whose own address fails.
    use_profile_webhooks: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    messaging_profile_id: Option<&'a str>,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &TelnyxCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let body = Body {
        from: message.from.as_str(),
        to: message.to.as_str(),
        text: message.body,
        media_urls: message.media.iter().map(Url::as_str).collect(),
        webhook_url: message.status_callback.as_str(),
        use_profile_webhooks: false,
        messaging_profile_id: credentials.messaging_profile_id.as_deref(),
    };
    let url = Url::parse("https://api.telnyx.com/v2/messages").map_err(|_| InvalidCredentials::Form)?;
    let bearer = wire::authorization("Bearer", credentials.api_key.expose_secret())?;
    HttpRequest::json(url, bearer, &body)
}

/// The parts of Telnyx's message that decide.
#[derive(Deserialize)]
struct Answer {
    data: Message,
}

#[derive(Deserialize)]
struct Message {
    id: CarrierReference,
    #[serde(default)]
    to: Vec<Recipient>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Recipient {
    status: Option<String>,
}

/// The part of an error that decides. Never its text.
#[derive(Deserialize)]
pub(super) struct Problem {
    pub(super) code: String,
}

#[derive(Deserialize)]
struct Problems {
    errors: Vec<Problem>,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if !reply.status.is_success() {
        let code = reply.json().and_then(|Problems { errors }| errors.into_iter().next()).map(|it| it.code);
        let meaning = code.as_deref().and_then(codes::meaning);
        return meaning::failure(reply, code.as_deref(), meaning);
    }
    let Some(Answer { data: Message { id, to, errors } }) = reply.json() else { return Outcome::Unknown };
    let status = to.first().and_then(|it| it.status.as_deref());
    if let Some("sending_failed" | "expired") = status {
        let code = errors.first().map(|it| it.code.as_str());
        let reason = code.map_or(Refusal::Other, codes::refusal);
        return Outcome::refused(Code::new(code.unwrap_or("unexplained")), reason);
    }
    Outcome::Accepted { reference: id }
}
