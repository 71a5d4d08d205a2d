//! How an engine becomes the HTTP client of a real AWS SDK client.
//!
//! An [`Engine`] is an async function from a request to a response. A [`Connector`] wraps one, puts the
//! [`Faults`] in front of it, writes the [`CallLog`], and is what the SDK takes as `http_client`. The SDK
//! signs, serialises and parses as it does in production.

use std::fmt;
use std::future::Future;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::calls::{Call, CallLog, Capacity};
use crate::faults::{Fault, Faults};

/// What an engine reads of a request: the AWS protocols used here say everything in these.
#[derive(Clone)]
pub struct Request {
    /// The method: `POST`, except in REST protocols.
    pub method: String,
    /// The path: `/`, except in REST protocols (SES), where it names the operation.
    pub path: String,
    /// The `X-Amz-Target` header (JSON protocols), for example `AmazonSQS.SendMessage`.
    pub target: Option<String>,
    /// The body: JSON, or a form in the query protocol.
    pub body: Bytes,
}

/// What an engine answers.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, in the protocol's own format.
    pub body: Bytes,
    /// The service's name of the error, if this is one, for example `ConditionalCheckFailedException`.
    pub error: Option<String>,
    /// What the call consumed, where the service counts that.
    pub capacity: Option<Capacity>,
}

impl Request {
    /// A request of a protocol that does not use the path.
    pub fn new(target: Option<String>, body: impl Into<Bytes>) -> Self {
        Self::to("/", target, body)
    }

    /// A `POST` to a path.
    pub fn to(path: &str, target: Option<String>, body: impl Into<Bytes>) -> Self {
        Self { method: "POST".to_owned(), path: path.to_owned(), target, body: body.into() }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method: _, path: _, target, body } = self;
        f.debug_struct("Request").field("target", target).field("body_bytes", &body.len()).finish()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, error, .. } = self;
        f.debug_struct("Response").field("status", status).field("error", error).finish_non_exhaustive()
    }
}

impl Response {
    /// An answer without error and without further headers.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into(), error: None, capacity: None }
    }

    /// The same answer, marked as the error of this name.
    #[must_use]
    pub fn with_error(mut self, name: impl Into<String>) -> Self {
        self.error = Some(name.into());
        self
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A fault that the service itself reports, in its own spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many requests.
    Throttled,
    /// Another transaction holds one of the items.
    TransactionConflict,
}

/// A service: requests in, responses out.
pub trait Engine: Clone + fmt::Debug + Send + Sync + 'static {
    /// The operation that a request asks for, for example `PutItem`; empty if it names none.
    fn operation(&self, request: &Request) -> String;

    /// Runs the operation. Errors are answers too.
    fn answer(&self, operation: &str, request: Request) -> impl Future<Output = Response> + Send;

    /// The service's own way to refuse this request; `None` where it has no such refusal for the operation.
    fn refuse(&self, refusal: Refusal, operation: &str, request: &Request) -> Option<Response>;
}

/// Why a caller got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The caller waited in vain. The engine may have applied the request or not.
    TimedOut,
    /// No connection could be made: the engine has seen nothing.
    Unreachable,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "the engine's answer was lost (injected fault)",
            Self::Unreachable => "the engine is down (injected fault)",
        })
    }
}

impl std::error::Error for NoAnswer {}

/// An engine with faults in front of it and a log behind it, as an SDK's HTTP client.
#[derive(Clone, Debug)]
pub struct Connector<E> {
    engine: E,
    faults: Faults,
    calls: CallLog,
}

impl<E: Engine> Connector<E> {
    /// Puts `faults` in front of the engine and writes each call to `calls`.
    pub fn new(engine: E, faults: Faults, calls: CallLog) -> Self {
        Self { engine, faults, calls }
    }

    /// The engine itself, without faults and log.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The same as the type that SDK configurations hold.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Runs one request through faults, engine and log, as the SDK's call does.
    ///
    /// # Errors
    /// An injected fault hid the answer, or the engine is down.
    pub async fn respond(&self, request: Request) -> Result<Response, NoAnswer> {
        let operation = self.engine.operation(&request);
        let fault = self.faults.next(&operation);
        let mut call = Call::of(&operation, fault);
        let result = match fault {
            Some(Fault::Down) => Err(NoAnswer::Unreachable),
            Some(Fault::LostRequest) => Err(NoAnswer::TimedOut),
            Some(Fault::Throttled) => {
                Ok(self.refuse_or_answer(Refusal::Throttled, &operation, request).await)
            }
            Some(Fault::TransactionConflict) => {
                Ok(self.refuse_or_answer(Refusal::TransactionConflict, &operation, request).await)
            }
            Some(Fault::LostResponse) => {
                call.record(&self.engine.answer(&operation, request).await);
                Err(NoAnswer::TimedOut)
            }
            Some(Fault::Slow(by)) => {
                tokio::time::sleep(by).await;
                Ok(self.engine.answer(&operation, request).await)
            }
            None => Ok(self.engine.answer(&operation, request).await),
        };
        if let Ok(response) = &result {
            call.record(response);
        }
        call.answered = result.is_ok();
        self.calls.push(call);
        result
    }

    async fn refuse_or_answer(&self, refusal: Refusal, operation: &str, request: Request) -> Response {
        match self.engine.refuse(refusal, operation, &request) {
            Some(refused) => refused,
            None => self.engine.answer(operation, request).await,
        }
    }
}

impl<E: Engine> HttpConnector for Connector<E> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").map(str::to_owned);
            // The SDK's bodies for these services are always in memory; a streaming one reads as empty.
            let body = request.body().bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let method = request.method().to_owned();
            match connector.respond(Request { method, path: path(&request), target, body }).await {
                Ok(response) => to_sdk(response),
                Err(NoAnswer::TimedOut) => Err(ConnectorError::timeout(NoAnswer::TimedOut.into())),
                Err(NoAnswer::Unreachable) => Err(ConnectorError::io(NoAnswer::Unreachable.into())),
            }
        })
    }
}

impl<E: Engine> HttpClient for Connector<E> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The path of a request, without host and query.
pub fn path(request: &HttpRequest) -> String {
    let uri = request.uri();
    let after_host = uri.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let path = after_host.unwrap_or_else(|| uri.trim_start_matches('/'));
    format!("/{}", path.split('?').next().unwrap_or_default())
}

fn to_sdk(response: Response) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(response.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut answer = HttpResponse::new(status, SdkBody::from(response.body));
    for (name, value) in response.headers {
        answer.headers_mut().insert(name, value);
    }
    Ok(answer)
}
