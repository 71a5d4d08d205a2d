//! The carrier's HTTP interface: what `carriers::simulated` describes, from the other side.

use carriers::{HttpReply, HttpRequest};
use domain::{id::MessageId, phone::PhoneNumber};
use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    Answer, Attachment,
    magic::{self, Answering},
    state::{State, Submission},
};

/// What a throttled caller is told to wait, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    id: MessageId,
    from: PhoneNumber,
    to: PhoneNumber,
    text: String,
    media: Vec<Url>,
    status_callback: Url,
    #[serde(rename = "validity_seconds")]
    _validity_seconds: Option<u32>,
}

pub(super) fn answer(state: &mut State, base_url: &Url, now: Timestamp, request: &HttpRequest) -> Answer {
    let Some(line) = caller(state, request) else {
        return error(StatusCode::UNAUTHORIZED, "unauthorised");
    };
    let path = request.url.path().strip_prefix(base_url.path().trim_end_matches('/')).unwrap_or_default();
    match (&request.method, path.trim_start_matches('/').split_once('/')) {
        (&Method::POST, None) if path == "/messages" => send(state, now, &line, &request.body),
        (&Method::GET, Some(("messages", id))) => look_up(state, id),
        _ => error(StatusCode::NOT_FOUND, "no_such_resource"),
    }
}

/// The number of the line whose key was given.
fn caller(state: &State, request: &HttpRequest) -> Option<PhoneNumber> {
    let key = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    state.lines.values().find(|line| line.api_key.expose_secret() == key).map(|line| line.number.clone())
}

fn send(state: &mut State, now: Timestamp, line: &PhoneNumber, body: &[u8]) -> Answer {
    let Ok(body) = serde_json::from_slice::<Body>(body) else {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    };
    if body.from != *line {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "sender_not_allowed");
    }
    let (answering, receipts) = magic::behaviour(&body.to);
    let known = state.known.entry(body.id).or_default();
    known.attempts = known.attempts.saturating_add(1);
    match answering {
        Answering::Refuses(code) => {
            known.refused = Some(code);
            return error(StatusCode::UNPROCESSABLE_ENTITY, code);
        }
        Answering::Throttles(first) if known.attempts <= first => return throttled(),
        Answering::IsDown(first) if known.attempts <= first => {
            return error(StatusCode::SERVICE_UNAVAILABLE, "down");
        }
        Answering::LetsNobodyConnect(first) if known.attempts <= first => return Answer::NoConnection,
        Answering::LosesSilently(first) if known.attempts <= first => return Answer::Silence,
        _ => {}
    }
    let reference = state.take(now, read(body), receipts);
    match answering {
        Answering::TakesSilently | Answering::TakesUnfindably => Answer::Silence,
        _ => reply(StatusCode::ACCEPTED, &json!({ "reference": reference })),
    }
}

fn read(body: Body) -> Submission {
    let attachment = |url| Attachment { url, content_type: "application/octet-stream".to_owned() };
    Submission {
        id: body.id,
        from: body.from,
        to: body.to,
        text: body.text,
        media: body.media.into_iter().map(attachment).collect(),
        status_callback: body.status_callback,
    }
}

fn look_up(state: &State, id: &str) -> Answer {
    let Some(known) = id.parse().ok().and_then(|id: MessageId| Some((id, state.known.get(&id)?))) else {
        return error(StatusCode::NOT_FOUND, "not_found");
    };
    match known {
        (id, known) if known.taken.is_some() && is_unfindable(state, id) => {
            error(StatusCode::SERVICE_UNAVAILABLE, "down")
        }
        (_, known) => match (&known.taken, known.refused) {
            (Some(reference), _) => reply(StatusCode::OK, &json!({ "reference": reference })),
            (None, Some(code)) => reply(StatusCode::OK, &json!({ "error": { "code": code } })),
            (None, None) => error(StatusCode::NOT_FOUND, "not_found"),
        },
    }
}

fn is_unfindable(state: &State, id: MessageId) -> bool {
    state.threads.iter().any(|((phone, _), texts)| {
        magic::behaviour(phone).0 == Answering::TakesUnfindably
            && texts.iter().any(|text| text.message == Some(id))
    })
}

fn throttled() -> Answer {
    let mut answer = error(StatusCode::TOO_MANY_REQUESTS, "throttled");
    if let Answer::Reply(reply) = &mut answer {
        reply.headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    answer
}

fn error(status: StatusCode, code: &str) -> Answer {
    reply(status, &json!({ "error": { "code": code } }))
}

fn reply(status: StatusCode, body: &serde_json::Value) -> Answer {
    Answer::Reply(HttpReply::with_body(status, "application/json", body.to_string()))
}
