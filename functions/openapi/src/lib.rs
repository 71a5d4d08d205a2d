//! The description of the API, for people and programs that write clients.
//!
//! The document is a file of the repository, made from what the functions say about their own routes; a test compares the
//! two. So this function neither depends on the others nor computes anything.

use app::App;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The description of the API (`OpenAPI` 3.1), as JSON.
pub const DOCUMENT: &str = include_str!("../../../infra/openapi.json");

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(document))
}

/// Describe this API
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "describe", tag = "description", security(()),
    extensions(("x-permission" = json!("anybody"))),
    responses((status = 200, description = "This document.", body = serde_json::Value)),
)]
async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
