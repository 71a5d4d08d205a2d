//! Building Bandwidth's send request and reading its answer (Bandwidth, "Create Message").

use domain::{id::MessageId, message::CarrierReference};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{codes, credentials::BandwidthCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, wire};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    application_id: &'a str,
    from: &'a str,
    to: [&'a str; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media: Vec<&'a str>,
    /// Comes back in every receipt.
    tag: MessageId,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &BandwidthCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let body = Body {
        application_id: &credentials.application_id,
        from: message.from.as_str(),
        to: [message.to.as_str()],
        text: message.body,
        media: message.media.iter().map(Url::as_str).collect(),
        tag: message.id,
    };
    let account = &credentials.account_id;
    let url = format!("https://messaging.bandwidth.com/api/v2/users/{account}/messages");
    let url = Url::parse(&url).map_err(|_| InvalidCredentials::Form)?;
    let login = wire::basic(&credentials.api_user, credentials.api_password.expose_secret())?;
    HttpRequest::json(url, login, &body)
}

#[derive(Deserialize)]
struct Answer {
    id: CarrierReference,
}

/// An error. Never its text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    field_errors: Vec<FieldError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldError {
    #[serde(default)]
    field_name: String,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if reply.status.is_success() {
        return match reply.json() {
            Some(Answer { id }) => Outcome::Accepted { reference: id },
            None => Outcome::Unknown,
        };
    }
    let Some(Problem { kind, field_errors }) = reply.json() else { return Outcome::of_status(reply) };
    match field_errors.first().map(|it| it.field_name.as_str()).filter(|name| !name.is_empty()) {
        Some(field) => meaning::failure(reply, Some(&format!("{kind}.{field}")), codes::field_meaning(field)),
        None => meaning::failure(reply, Some(&kind), codes::meaning(&kind)),
    }
}
