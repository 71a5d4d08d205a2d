//! Sending and looking up at the simulated carrier.

use domain::{
    id::MessageId,
    message::{CarrierReference, Refusal},
};
use http::{HeaderValue, StatusCode};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{codes, credentials::SimulatedCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, outcome::Code, wire};

#[derive(Serialize)]
struct Body<'a> {
    id: MessageId,
    from: &'a str,
    to: &'a str,
    text: &'a str,
    media: Vec<&'a str>,
    status_callback: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validity_seconds: Option<u32>,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &SimulatedCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let body = Body {
        id: message.id,
        from: message.from.as_str(),
        to: message.to.as_str(),
        text: message.body,
        media: message.media.iter().map(Url::as_str).collect(),
        status_callback: message.status_callback.as_str(),
        validity_seconds: message.validity_seconds,
    };
    HttpRequest::json(credentials.address("messages")?, authorization(credentials)?, &body)
}

pub(super) fn lookup_request(
    id: MessageId,
    credentials: &SimulatedCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    Ok(HttpRequest::get(credentials.address(&format!("messages/{id}"))?, authorization(credentials)?))
}

fn authorization(credentials: &SimulatedCredentials) -> Result<HeaderValue, InvalidCredentials> {
    wire::authorization("Bearer", credentials.api_key.expose_secret())
}

/// Either of the two things that the carrier answers.
#[derive(Deserialize)]
struct Answer {
    reference: Option<CarrierReference>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    let answer = reply.json::<Answer>();
    match reply.status {
        status if status.is_success() => match answer {
            Some(Answer { reference: Some(reference), error: None }) => Outcome::Accepted { reference },
            _ => Outcome::Unknown,
        },
        // Said by a gateway on the way, not by the carrier.
        StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
            Outcome::Unknown
        }
        status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
            Outcome::try_later(error_code(status, answer), reply.retry_after_seconds())
        }
        status if status.is_client_error() => {
            let reason = match (status, &answer) {
                (_, Some(Answer { error: Some(problem), .. })) => codes::refusal(&problem.code),
                (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => Refusal::Account,
                _ => Refusal::Other,
            };
            Outcome::refused(error_code(status, answer), reason)
        }
        _ => Outcome::Unknown,
    }
}

pub(super) fn lookup_outcome(reply: &HttpReply) -> Option<Outcome> {
    let answer = reply.json::<Answer>()?;
    match (reply.status, answer.reference, answer.error) {
        (StatusCode::OK, Some(reference), None) => Some(Outcome::Accepted { reference }),
        (StatusCode::OK, None, Some(problem)) => {
            Some(Outcome::refused(Code::new(&problem.code), codes::refusal(&problem.code)))
        }
        // Only the carrier's own "not found" counts: a wrong address answers 404 as well.
        (StatusCode::NOT_FOUND, None, Some(problem)) if problem.code == "not_found" => {
            Some(Outcome::try_later(Code::new("not_found"), None))
        }
        _ => None,
    }
}

fn error_code(status: StatusCode, answer: Option<Answer>) -> Code {
    answer
        .and_then(|answer| answer.error)
        .map_or_else(|| Code::of_status(status), |error| Code::new(&error.code))
}
