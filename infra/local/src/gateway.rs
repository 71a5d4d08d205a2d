//! API Gateway on a laptop: HTTP in, the function's event out, and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use jiff::Timestamp;

use crate::event::{http_response, message, request_event};
use crate::functions::{Functions, InvokeError};
use crate::routes::Routes;

/// Largest body that an HTTP API takes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The HTTP API; clones share it.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    routes: Routes,
    functions: Functions,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    requests: AtomicU64,
}

impl Gateway {
    /// Answers these routes with these functions.
    pub fn new(
        routes: Routes,
        functions: Functions,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { routes, functions, clock: Box::new(clock), requests: AtomicU64::new(1) }))
    }

    /// Answers a request. What no route names is a 404 of the gateway; a function that fails is a 500 of the gateway.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Some((function, matched)) = self.0.routes.find(parts.method.as_str(), parts.uri.path()) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        let request_id = format!("local-{}", self.0.requests.fetch_add(1, Ordering::Relaxed));
        let event = request_event(&parts, &body, &matched, &request_id, (self.0.clock)());
        match self.0.functions.invoke(function, event).await {
            Ok(answer) => http_response(&answer),
            Err(error) => failed(function, &error),
        }
    }
}

fn failed(function: &str, error: &InvokeError) -> Response<Body> {
    tracing::error!(function, error = %error, "the function failed");
    message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}
