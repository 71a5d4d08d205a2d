//! Building Infobip's send request and reading its answer (Infobip, "Send SMS message", "Send MMS messages" and their logs).

use domain::{id::MessageId, message::CarrierReference};
use http::HeaderValue;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    codes::{self, Status},
    credentials::InfobipCredentials,
};
use crate::{
    HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing,
    meaning::{self, Meaning},
    outcome::Code,
    wire,
};

#[derive(Serialize)]
struct Body<'a> {
    messages: [Message<'a>; 1],
}

#[derive(Serialize)]
struct Message<'a> {
    sender: &'a str,
    destinations: [Destination<'a>; 1],
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Destination<'a> {
    to: &'a str,
    message_id: MessageId,
}

/// That of an SMS, or that of an MMS.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text {
        text: &'a str,
    },
    Segments {
        #[serde(rename = "messageSegments")]
        segments: Vec<Segment<'a>>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
enum Segment<'a> {
    Text {
        text: &'a str,
    },
    Link {
        #[serde(rename = "contentUrl")]
        url: &'a str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validity_period: Option<ValidityPeriod>,
}

/// Whose message it is, by which subscriptions can be told apart.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Platform<'a> {
    application_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidityPeriod {
    amount: u32,
    time_unit: &'static str,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &InfobipCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let sender = message.from.number().map_or(message.from.as_str(), |number| digits(number.as_str()));
    let body = Body {
        messages: [Message {
            sender,
            destinations: [Destination { to: digits(message.to.as_str()), message_id: message.id }],
            content: content(message),
            options: options(message, credentials),
        }],
    };
    let path = if message.media.is_empty() { "sms/3/messages" } else { "mms/2/messages" };
    HttpRequest::json(credentials.address(path)?, authorization(credentials)?, &body)
}

fn options<'a>(message: &Outgoing<'_>, credentials: &'a InfobipCredentials) -> Option<Options<'a>> {
    let platform = credentials.application_id.as_deref().map(|application_id| Platform { application_id });
    let validity_period =
        message.validity_seconds.map(|amount| ValidityPeriod { amount, time_unit: "SECONDS" });
    (platform.is_some() || validity_period.is_some()).then_some(Options { platform, validity_period })
}

fn content<'a>(message: &Outgoing<'a>) -> Content<'a> {
    if message.media.is_empty() {
        return Content::Text { text: message.body };
    }
    let text = Some(message.body).filter(|text| !text.is_empty()).map(|text| Segment::Text { text });
    let links = message.media.iter().map(|url| Segment::Link { url: url.as_str() });
    Content::Segments { segments: text.into_iter().chain(links).collect() }
}

/// Infobip writes numbers without `+`.
fn digits(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

fn authorization(credentials: &InfobipCredentials) -> Result<HeaderValue, InvalidCredentials> {
    wire::authorization("App", credentials.api_key.expose_secret())
}

/// The logs of the last 48 hours, by the id that we gave the message.
pub(super) fn lookup_request(
    message: &Outgoing<'_>,
    credentials: &InfobipCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let logs = if message.media.is_empty() { "sms/3/logs" } else { "mms/2/logs" };
    let mut url: Url = credentials.address(logs)?;
    url.query_pairs_mut().append_pair("messageId", &message.id.to_string());
    Ok(HttpRequest::get(url, authorization(credentials)?))
}

#[derive(Deserialize)]
struct Answer {
    messages: Vec<Taken>,
}

/// A message as the answer to a send and the logs show it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    message_id: Option<CarrierReference>,
    #[serde(default)]
    status: Status,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if !reply.status.is_success() {
        return failure(reply);
    }
    let taken = reply.json().and_then(|Answer { messages }| messages.into_iter().next());
    let Some(Taken { message_id, status }) = taken else { return Outcome::Unknown };
    if status.is_duplicate() {
        // An attempt before this one arrived; the logs know what became of it.
        return Outcome::Unknown;
    }
    if !status.has_failed() {
        return message_id.map_or(Outcome::Unknown, |reference| Outcome::Accepted { reference });
    }
    match status.meaning() {
        Meaning::Refused(reason) => Outcome::refused(Code::new(status.code()), reason),
        Meaning::TryLater { after_seconds } => {
            Outcome::try_later(Code::new(status.code()), reply.retry_after_seconds().or(after_seconds))
        }
    }
}

/// The two forms of an error. Never its text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    error_code: Option<String>,
    #[serde(default)]
    violations: Vec<Violation>,
    request_error: Option<RequestError>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    property: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestError {
    service_exception: ServiceException,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceException {
    message_id: String,
}

fn failure(reply: &HttpReply) -> Outcome {
    let Some(Problem { error_code, violations, request_error }) = reply.json() else {
        return Outcome::of_status(reply);
    };
    let code = error_code.or(request_error.map(|it| it.service_exception.message_id));
    // `messages[0].destinations[0].to`
    let field = violations.first().and_then(|it| it.property.rsplit('.').next()).filter(|it| !it.is_empty());
    match (code, field) {
        (Some(code), Some(field)) => {
            meaning::failure(reply, Some(&format!("{code}.{field}")), codes::field_meaning(field))
        }
        (code, _) => meaning::failure(reply, code.as_deref(), None),
    }
}

#[derive(Deserialize)]
struct Logs {
    results: Vec<Taken>,
}

/// `None` if the logs do not have it: they may be late, and then it would be sent twice.
pub(super) fn lookup_outcome(reply: &HttpReply) -> Option<Outcome> {
    if !reply.status.is_success() {
        return None;
    }
    let Logs { results } = reply.json()?;
    // A second attempt, refused for its id, has an entry of its own.
    let mut attempts: Vec<_> = results.into_iter().filter(|it| !it.status.is_duplicate()).collect();
    attempts.sort_by_key(|it| it.status.has_failed_here());
    let Taken { message_id, status } = attempts.into_iter().next()?;
    if status.has_failed_here() {
        return Some(Outcome::refused(Code::new(status.code()), status.meaning().refusal()));
    }
    message_id.map(|reference| Outcome::Accepted { reference })
}
