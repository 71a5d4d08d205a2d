//! What customers write, as their carriers bring it.
//!
//! The carrier wants to hear back within two seconds and has to believe the answer: a success means that the message is
//! in the table, or in the queue for what the table could not take (I01).

use app::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use http_api::{Problem, RawBody, schema, webhook};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(inbound, inbound_by_query))
}

/// Bring messages
///
/// For carriers: the webhook of incoming messages, signed as the carrier does. The answer is what the carrier expects.
#[utoipa::path(
    post, path = "/v1/carriers/{carrier}/{gateway_id}/inbound", operation_id = "bring_messages", tag = "carriers",
    extensions(("x-permission" = json!("carrier"))),
    security(()),
    params(
        ("carrier" = inline(schema::Carrier), Path, description = "The carrier."),
        ("gateway_id" = inline(schema::GatewayId), Path, description = "The gateway."),
    ),
    request_body(content = String, description = "In the carrier's own form.", content_type = "*/*"),
    responses(
        (status = 200, description = "Taken, in the carrier's own form."),
        (status = 403, description = "`webhook-not-genuine`"),
        (status = 404, description = "`not-found`"),
        (status = 413, description = "`too-large`"),
        (status = 422, description = "`invalid`: genuine, but not readable"),
        (status = 503, description = "`gateway-not-configured`, `unavailable`"),
    ),
)]
async fn inbound(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, Problem> {
    webhook(&app, method, &uri, headers, body.0).await
}

/// Bring messages by query
///
/// For carriers that send a webhook as the query of a GET, signed as the carrier does.
#[utoipa::path(
    get, path = "/v1/carriers/{carrier}/{gateway_id}/inbound", operation_id = "bring_messages_by_query", tag = "carriers",
    extensions(("x-permission" = json!("carrier"))),
    security(()),
    params(
        ("carrier" = inline(schema::Carrier), Path, description = "The carrier."),
        ("gateway_id" = inline(schema::GatewayId), Path, description = "The gateway."),
    ),
    responses(
        (status = 200, description = "Taken, in the carrier's own form."),
        (status = 403, description = "`webhook-not-genuine`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`: genuine, but not readable"),
        (status = 503, description = "`gateway-not-configured`, `unavailable`"),
    ),
)]
async fn inbound_by_query(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    webhook(&app, method, &uri, headers, Bytes::new()).await
}
