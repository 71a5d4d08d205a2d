//! Building Sinch's send request and reading its answer (Sinch, "Batches": "Send" and "List batches").

use domain::{id::MessageId, message::CarrierReference};
use http::HeaderValue;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{codes, credentials::SinchCredentials};
use crate::{HttpReply, HttpRequest, InvalidCredentials, Outcome, Outgoing, meaning, wire};

#[derive(Serialize)]
struct Request<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    from: &'a str,
    to: [&'a str; 1],
    body: Content<'a>,
    /// One for every change, to the address below. The usual report comes at the end only, and counts.
    delivery_report: &'static str,
    callback_url: &'a str,
    /// Comes back in every receipt.
    client_reference: MessageId,
}

/// That of an SMS, or that of an MMS.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Media {
        url: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        message: &'a str,
    },
}

pub(super) fn request(
    message: &Outgoing<'_>,
    credentials: &SinchCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let (kind, content) = match message.media.first() {
        None => ("mt_text", Content::Text(message.body)),
        Some(url) => ("mt_media", Content::Media { url: url.as_str(), message: message.body }),
    };
    let request_body = Request {
        kind,
        from: message.from.as_str(),
        to: [message.to.as_str()],
        body: content,
        delivery_report: "per_recipient",
        callback_url: message.status_callback.as_str(),
        client_reference: message.id,
    };
    HttpRequest::json(credentials.batches()?, authorization(credentials)?, &request_body)
}

fn authorization(credentials: &SinchCredentials) -> Result<HeaderValue, InvalidCredentials> {
    wire::authorization("Bearer", credentials.api_token.expose_secret())
}

/// The batches of the last day that have our id.
pub(super) fn lookup_request(
    id: MessageId,
    credentials: &SinchCredentials,
) -> Result<HttpRequest, InvalidCredentials> {
    let mut url: Url = credentials.batches()?;
    url.query_pairs_mut().append_pair("client_reference", &id.to_string());
    Ok(HttpRequest::get(url, authorization(credentials)?))
}

#[derive(Deserialize)]
struct Batch {
    id: CarrierReference,
    client_reference: Option<MessageId>,
}

/// An error. Never its text.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

pub(super) fn outcome(reply: &HttpReply) -> Outcome {
    if reply.status.is_success() {
        return match reply.json() {
            Some(Batch { id, .. }) => Outcome::Accepted { reference: id },
            None => Outcome::Unknown,
        };
    }
    let code = reply.json().map(|Problem { code }| code);
    meaning::failure(reply, code.as_deref(), code.as_deref().and_then(codes::meaning))
}

#[derive(Deserialize)]
struct Batches {
    batches: Vec<Batch>,
}

/// `None` if no batch has our id: it may be late, and then it would be sent twice. Also if they have several ids: then it was
/// not searched by ours.
pub(super) fn lookup_outcome(reply: &HttpReply) -> Option<Outcome> {
    if !reply.status.is_success() {
        return None;
    }
    let Batches { batches } = reply.json()?;
    let id = batches.first()?.client_reference?;
    let all_ours = batches.iter().all(|batch| batch.client_reference == Some(id));
    let first = batches.into_iter().next().filter(|_| all_ours)?;
    Some(Outcome::Accepted { reference: first.id })
}
