//! What became of our messages, as the carriers report it.
//!
//! Receipts come late, twice and in the wrong order; the message's status only rises. Each message tells its carrier the
//! address with its own id, because not every carrier repeats an id of ours.

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
    OpenApiRouter::new()
        .routes(routes!(report, report_by_query))
        .routes(routes!(report_message, report_message_by_query))
}

/// Report receipts
///
/// For carriers whose receipts name the message: their webhook, signed as the carrier does.
#[utoipa::path(
    post, path = "/v1/carriers/{carrier}/{gateway_id}/status", operation_id = "report_receipts", tag = "carriers",
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
async fn report(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, Problem> {
    webhook(&app, method, &uri, headers, body.0).await
}

/// Report receipts by query
///
/// For carriers that send a webhook as the query of a GET, signed as the carrier does.
#[utoipa::path(
    get, path = "/v1/carriers/{carrier}/{gateway_id}/status", operation_id = "report_receipts_by_query", tag = "carriers",
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
async fn report_by_query(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    webhook(&app, method, &uri, headers, Bytes::new()).await
}

/// Report a receipt
///
/// For carriers: the webhook of one message, signed as the carrier does.
#[utoipa::path(
    post, path = "/v1/carriers/{carrier}/{gateway_id}/status/{message_id}", operation_id = "report_receipt",
    extensions(("x-permission" = json!("carrier"))),
    tag = "carriers", security(()),
    params(
        ("carrier" = inline(schema::Carrier), Path, description = "The carrier."),
        ("gateway_id" = inline(schema::GatewayId), Path, description = "The gateway."),
        ("message_id" = inline(schema::MessageId), Path, description = "The message."),
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
async fn report_message(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, Problem> {
    webhook(&app, method, &uri, headers, body.0).await
}

/// Report a receipt by query
///
/// For carriers that send a webhook as the query of a GET, signed as the carrier does.
#[utoipa::path(
    get, path = "/v1/carriers/{carrier}/{gateway_id}/status/{message_id}", operation_id = "report_receipt_by_query",
    extensions(("x-permission" = json!("carrier"))),
    tag = "carriers", security(()),
    params(
        ("carrier" = inline(schema::Carrier), Path, description = "The carrier."),
        ("gateway_id" = inline(schema::GatewayId), Path, description = "The gateway."),
        ("message_id" = inline(schema::MessageId), Path, description = "The message."),
    ),
    responses(
        (status = 200, description = "Taken, in the carrier's own form."),
        (status = 403, description = "`webhook-not-genuine`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`: genuine, but not readable"),
        (status = 503, description = "`gateway-not-configured`, `unavailable`"),
    ),
)]
async fn report_message_by_query(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    webhook(&app, method, &uri, headers, Bytes::new()).await
}
