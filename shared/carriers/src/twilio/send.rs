//! Building Twilio's send request and reading its answer.

use domain::message::{CarrierReference, Refusal};
use form_urlencoded::Serializer;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;
use url::Url;

use super::{codes, credentials::TwilioCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, outcome::Code, wire};

/// Twilio's connection overrides for the status callback: up to five retries after any failure, where the default is
/// one after a failed connection only. A fragment is read by Twilio and never sent, so signatures do not contain it.
/// (Twilio, "Webhooks: connection overrides".)
const RETRIES: &str = "rc=5&rp=all";

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &TwilioCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let mut callback = message.status_callback.clone();
    callback.set_fragment(Some(RETRIES));

    let mut form = Serializer::new(String::new());
    form.append_pair("From", message.from.as_str()).append_pair("To", message.to.as_str());
    if !message.body.is_empty() {
        form.append_pair("Body", message.body);
    }
    for media in message.media {
        form.append_pair("MediaUrl", media.as_str());
    }
    form.append_pair("StatusCallback", callback.as_str());
    if let Some(seconds) = message.validity_seconds {
        form.append_pair("ValidityPeriod", &seconds.to_string());
    }

    Ok(HttpRequest {
        method: Method::POST,
        url: messages_url(&credentials.account_sid)?,
        headers: headers(credentials)?,
        body: form.finish().into(),
    })
}

fn messages_url(account_sid: &str) -> Result<Url, InvalidCredentials> {
    Url::parse(&format!("https://api.twilio.com/2010-04-01/Accounts/{account_sid}/Messages.json"))
        .map_err(|_| InvalidCredentials::Field("account_sid"))
}

fn headers(credentials: &TwilioCredentials) -> Result<HeaderMap, InvalidCredentials> {
    let (user, password) = credentials.login();
    let login = wire::basic(user, password)?;
    Ok(HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        (header::ACCEPT, HeaderValue::from_static("application/json")),
        (header::AUTHORIZATION, login),
    ]))
}

/// The parts of Twilio's message resource that decide; the rest is ignored, because Twilio adds fields without notice.
#[derive(Deserialize)]
struct Message {
    sid: Option<String>,
    status: Option<String>,
    error_code: Option<u32>,
}

/// The part of Twilio's error body that decides. Never its text: the specification says that it may change.
#[derive(Deserialize)]
struct Problem {
    code: u32,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    match reply.status {
        status if status.is_success() => success(reply),
        status if status.is_client_error() || status.is_server_error() => failure(reply),
        // Twilio neither redirects nor answers 1xx; whatever stands between us does, and it knows nothing.
        _ => Outcome::Unknown,
    }
}

fn success(reply: &HttpReply) -> Outcome {
    let Some(message) = reply.json::<Message>() else { return Outcome::Unknown };
    if let (Some("failed" | "canceled"), code) = (message.status.as_deref(), message.error_code) {
        let reason = code.map_or(Refusal::Other, codes::refusal);
        return Outcome::refused(
            Code::new(&code.map_or_else(|| "failed".to_owned(), |c| c.to_string())),
            reason,
        );
    }
    match message.sid.map(CarrierReference::try_from) {
        Some(Ok(reference)) => Outcome::Accepted { reference },
        _ => Outcome::Unknown,
    }
}

fn failure(reply: &HttpReply) -> Outcome {
    let code = reply.json().map(|Problem { code }| code);
    let name = code.map(|code| code.to_string());
    meaning::failure(reply, name.as_deref(), code.and_then(codes::meaning))
}
