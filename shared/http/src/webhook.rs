//! The answer to a carrier's webhook, the same for texts and for receipts.
//!
//! A carrier repeats what it believes to be lost, so an answer other than success is given only where a repetition makes
//! sense or where the webhook is not a carrier's at all. What the table cannot take at once is kept in a queue.

use crate::problem::Problem;
use app::App;
use app::webhook::{WebhookError, accept, accept_later, public_url, read_path};
use axum::body::{Body, Bytes};
use axum::response::Response;
use carriers::{HttpReply, Webhook};
use http::{HeaderMap, Method, Uri};

/// Verifies and applies a webhook that came to `uri` (as the query of a GET, or in the body of a POST), and answers what its carrier wants to hear.
pub async fn webhook(
    app: &App,
    method: Method,
    uri: &Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let received_at = app.now();
    let address = read_path(uri.path()).ok_or(Problem::NotFound)?;
    let path = uri.path_and_query().map_or(uri.path(), http::uri::PathAndQuery::as_str);
    let url = public_url(app, path).ok_or(Problem::NotFound)?;
    let webhook = Webhook { method, url, headers, body, key: None };
    match accept(app, address, &webhook, received_at).await {
        Ok(reply) => Ok(answer(reply)),
        Err(WebhookError::Failure(failure)) => {
            tracing::warn!(error = %failure, gateway = %address.gateway, metric = "webhook_kept", "a webhook is applied later");
            accept_later(app, path, &webhook, received_at).await?;
            Ok(answer(carriers::carrier(address.carrier).acknowledge()))
        }
        Err(refused) => Err(refused.into()),
    }
}

fn answer(reply: HttpReply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}
