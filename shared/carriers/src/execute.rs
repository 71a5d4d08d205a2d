//! The one place that talks to carriers over the network.
//!
//! What matters most here is the difference between "the carrier cannot have it" ([`ExecuteError::NotSent`]) and
//! "nobody knows" ([`ExecuteError::Unknown`]): only after the first may a message be sent again. Whatever is in doubt
//! counts as the second.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use domain::message::Refusal;

use crate::{Carrier, Credentials, HttpReply, HttpRequest, NotSendable, Outcome, Outgoing, outcome::Code};

/// Makes one HTTP call. Replaced in tests and on a laptop by the simulated phone network.
#[async_trait]
pub trait HttpExecutor: Send + Sync {
    /// Makes the call once: no retry, no redirect.
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError>;
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The request cannot have reached the other side: no connection was made.
    #[error("the request was not sent")]
    NotSent,
    /// The request may have been acted on.
    #[error("the outcome of the request is unknown")]
    Unknown,
}

/// Sends a message: builds the request, makes the call, reads the answer. Total: every failure is an [`Outcome`].
pub async fn send(
    carrier: &dyn Carrier,
    executor: &dyn HttpExecutor,
    message: &Outgoing<'_>,
    credentials: &Credentials,
) -> Outcome {
    let request = match carrier.send_request(message, credentials) {
        Ok(request) => request,
        Err(error) => return Outcome::refused(Code::new(error.code()), refusal(error)),
    };
    match executor.execute(request).await {
        Ok(reply) => carrier.send_outcome(&reply),
        Err(ExecuteError::NotSent) => Outcome::try_later(Code::new("not_sent"), None),
        Err(ExecuteError::Unknown) => Outcome::Unknown,
    }
}

const fn refusal(error: NotSendable) -> Refusal {
    match error {
        NotSendable::Credentials(_) => Refusal::Account,
        NotSendable::Empty
        | NotSendable::BodyTooLong
        | NotSendable::TooMuchMedia
        | NotSendable::MediaAddress => Refusal::Content,
        NotSendable::Validity => Refusal::Other,
    }
}

/// Asks the carrier what became of a message after [`Outcome::Unknown`]. `None`: still unknown (this carrier cannot
/// tell, or did not answer).
///
/// The answer "never arrived" ([`Outcome::TryLater`]) is only worth something once the first request can no longer be
/// under way, so ask no sooner than [`CALL_TIMEOUT`] after it.
pub async fn lookup(
    carrier: &dyn Carrier,
    executor: &dyn HttpExecutor,
    message: &Outgoing<'_>,
    credentials: &Credentials,
) -> Option<Outcome> {
    let request = carrier.lookup_request(message, credentials)?;
    let reply = executor.execute(request).await.ok()?;
    carrier.lookup_outcome(&reply)
}

/// Longest a call may take, all of it. Below the delivering function's own 15 s, so that a slow carrier ends in an
/// outcome, not in a killed function.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest the connection may take to open, within [`CALL_TIMEOUT`].
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Largest reply that is read. Carriers answer with about 1 KiB.
const REPLY_BYTES_MAX: usize = 256 * 1024;

/// The real thing: HTTPS with reqwest.
#[derive(Clone, Debug)]
pub struct ReqwestExecutor {
    client: reqwest::Client,
    reply_bytes_max: usize,
}

impl ReqwestExecutor {
    /// Builds the one HTTP client. Fails only if the machine has no usable TLS roots.
    pub fn new() -> Result<Self, ClientUnavailable> {
        Self::reading(REPLY_BYTES_MAX)
    }

    /// The same, for replies up to this size: of our own store of files.
    pub fn reading(reply_bytes_max: usize) -> Result<Self, ClientUnavailable> {
        reqwest::Client::builder()
            .timeout(CALL_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirected POST would be sent twice, and to a host that nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            // reqwest repeats a request by itself when a kept connection breaks. Only the caller may decide that.
            .retry(reqwest::retry::never())
            // Configuration does not come from the environment behind our back.
            .no_proxy()
            .user_agent(concat!("textdesk/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(|client| Self { client, reply_bytes_max })
            .map_err(ClientUnavailable)
    }
}

/// The HTTP client cannot be built on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built")]
pub struct ClientUnavailable(#[source] reqwest::Error);

#[async_trait]
impl HttpExecutor for ReqwestExecutor {
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        let response = self
            .client
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .send()
            .await
            .map_err(|error| classify(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_body(response, self.reply_bytes_max).await?;
        Ok(HttpReply { status, headers, body })
    }
}

/// A builder error or a failed connection (name, TCP or TLS) happens before the request is written.
fn classify(error: &reqwest::Error) -> ExecuteError {
    if error.is_builder() || error.is_connect() { ExecuteError::NotSent } else { ExecuteError::Unknown }
}

/// Reads at most `bytes_max`: the status came, but what cannot be read in full is not known.
async fn read_body(mut response: reqwest::Response, bytes_max: usize) -> Result<Bytes, ExecuteError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ExecuteError::Unknown)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(ExecuteError::Unknown);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
