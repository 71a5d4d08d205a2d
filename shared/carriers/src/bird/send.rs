//! Building Bird's send request and reading its answer (Bird, "Create SMS message").

use domain::message::{CarrierReference, Refusal};
use http::{HeaderName, HeaderValue, StatusCode};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{
    codes,
    credentials::{BirdCredentials, Category},
};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, outcome::Code, wire};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

#[derive(Serialize)]
struct Body<'a> {
    from: &'a str,
    to: &'a str,
    text: &'a str,
    category: Category,
    metadata: Metadata,
}

/// What every event about the message echoes.
#[derive(Serialize)]
struct Metadata {
    message: String,
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &BirdCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let id = message.id.to_string();
    let key = HeaderValue::try_from(&id).map_err(|_| InvalidCredentials::Form)?;
    let body = Body {
        from: message.from.as_str(),
        to: message.to.as_str(),
        text: message.body,
        category: credentials.category,
        metadata: Metadata { message: id },
    };
    let bearer = wire::authorization("Bearer", credentials.api_key.expose_secret())?;
    let mut request = HttpRequest::json(credentials.messages_url()?, bearer, &body)?;
    request.headers.insert(IDEMPOTENCY_KEY, key);
    Ok(request)
}

/// The parts of Bird's message that decide.
#[derive(Deserialize)]
struct Message {
    id: CarrierReference,
    status: Option<String>,
    last_error: Option<Failure>,
}

/// The part of a message's failure that decides. Never its text.
#[derive(Deserialize)]
pub(super) struct Failure {
    pub(super) code: String,
}

#[derive(Deserialize)]
struct Problem {
    error: ProblemBody,
}

/// An error has a number (`E01004`) and, mostly, a name.
#[derive(Deserialize)]
struct ProblemBody {
    code: Option<String>,
    name: Option<String>,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if reply.status == StatusCode::CONFLICT {
        // Our key was used before: a request with it is under way, or has been, and that one counts.
        return Outcome::Unknown;
    }
    if !reply.status.is_success() {
        let code = reply.json().and_then(|Problem { error }| error.name.or(error.code));
        let meaning = code.as_deref().and_then(codes::meaning);
        return meaning::failure(reply, code.as_deref(), meaning);
    }
    let Some(Message { id, status, last_error }) = reply.json() else { return Outcome::Unknown };
    if let Some("rejected" | "failed" | "canceled") = status.as_deref() {
        let code = last_error.map(|it| it.code);
        let reason = code.as_deref().map_or(Refusal::Other, codes::refusal);
        return Outcome::refused(Code::new(code.as_deref().unwrap_or("unexplained")), reason);
    }
    Outcome::Accepted { reference: id }
}
