//! The layers around every function's routes.
//!
//! Whatever happens inside, a request ends in an answer: with an id, with headers that keep it out of caches, and with
//! one line in the log. A panic becomes a 500 and stays with its request. The log line names the operation, the status
//! and ids; never a body, a number, a name or a token.

use crate::extract::RAW_BODY_BYTES_MAX;
use crate::problem::{Answered, Problem};
use app::{App, IdSource};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderName, HeaderValue, header};
use lambda_http::request::RequestContext;
use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;
use tracing::{Instrument, Span};
use utoipa_axum::router::OpenApiRouter;

/// The header with the request's id, on every answer.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer than the ids that API Gateway makes.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// A function's routes with the layers that all functions have: ready for `lambda_http::run`, for a test, or to be
/// merged into the local server.
pub fn service(routes: OpenApiRouter<App>, app: App) -> Router {
    let (paths, _description) = routes.split_for_parts();
    paths
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(RAW_BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.clone(), around))
        .with_state(app)
}

/// Runs one request and sees to it that it is answered and logged.
async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = app.clock.now();
    let request_id = request_id(&request, app.ids.as_ref());
    let span = span(&request, &request_id);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    span.in_scope(|| {
        // The panic's message is not logged here: it may quote the data that caused it.
        let response = answered.unwrap_or_else(|_| Problem::internal("the handler panicked").into_response());
        let response = finish(response, &request_id);
        let duration = app.clock.now().duration_since(started);
        let duration_ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        tracing::info!(status = response.status().as_u16(), duration_ms, "request answered");
        response
    })
}

/// What every line of the log about this request carries.
fn span(request: &Request, request_id: &HeaderValue) -> Span {
    let path = request.extensions().get::<MatchedPath>().map_or("(no route)", MatchedPath::as_str);
    tracing::info_span!(
        "request",
        request_id = request_id.to_str().unwrap_or_default(),
        operation = %format_args!("{} {path}", request.method()),
        ids = %IdsIn(request.uri().path()),
        account = tracing::field::Empty,
        user = tracing::field::Empty,
    )
}

/// Adds the request's id and the headers of every answer, and logs what went wrong on our side.
fn finish(response: Response, request_id: &HeaderValue) -> Response {
    let mut response = match response.extensions().get::<Answered>() {
        Some(Answered(problem)) => {
            report(problem);
            let with_id = problem.to_response(request_id.to_str().ok());
            let (mut parts, _) = response.into_parts();
            parts.headers.extend(with_id.headers().clone());
            Response::from_parts(parts, with_id.into_body())
        }
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, request_id.clone());
    for (name, value) in [
        // Answers are about people and messages: nobody between us and the caller may keep them.
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The one place where the cause of a failure is written down, with its whole chain.
fn report(problem: &Problem) {
    if let Some(cause) = problem.cause() {
        tracing::error!(problem = problem.kind().slug(), error = %cause, causes = %Causes(cause), "request failed");
    }
}

/// The id that API Gateway gave the request, so that its log and ours agree; otherwise a new one.
fn request_id(request: &Request, ids: &dyn IdSource) -> HeaderValue {
    let given = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.as_deref(),
        _ => None,
    };
    given
        .filter(|id| {
            (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .and_then(|id| HeaderValue::from_str(id).ok())
        .unwrap_or_else(|| new_request_id(ids))
}

fn new_request_id(ids: &dyn IdSource) -> HeaderValue {
    let mut random = [0; 16];
    ids.fill(&mut random);
    let text = uuid::Builder::from_random_bytes(random).into_uuid().simple().to_string();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("unknown"))
}

/// The ids in a path, separated by spaces. Only what is written exactly as our ids are is repeated, so that nothing
/// else that a caller puts into a path reaches the log.
struct IdsIn<'a>(&'a str);

impl fmt::Display for IdsIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for segment in self.0.split('/').filter(|segment| is_id(segment)) {
            write!(f, "{separator}{segment}")?;
            separator = " ";
        }
        Ok(())
    }
}

/// Three letters, an underscore, 32 hexadecimal digits.
fn is_id(segment: &str) -> bool {
    segment.split_once('_').is_some_and(|(prefix, digits)| {
        prefix.len() == 3
            && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
            && digits.len() == 32
            && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The causes below an error, outermost first, joined by `: `.
struct Causes<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut next = self.0.source();
        let mut separator = "";
        while let Some(cause) = next {
            write!(f, "{separator}{cause}")?;
            separator = ": ";
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_ours_are_taken_from_a_path() {
        let path = "/v1/conversations/cnv_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b/assignees/usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1c";
        assert_eq!(
            IdsIn(path).to_string(),
            "cnv_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1c"
        );
        assert_eq!(IdsIn("/v1/contacts/+12025550143/Ann_Lee/tdk_secret/usr_0199D6").to_string(), "");
    }
}
