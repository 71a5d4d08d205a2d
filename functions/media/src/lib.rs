//! Files of messages: uploading one, having it looked at, and links to those that messages have.
//!
//! The files pass this function by: clients send them to the bucket and get them from there.

mod routes;

use app::App;
use app::media::MediaError;
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::begin))
        .routes(routes!(routes::finish))
        .routes(routes!(routes::link))
}

fn problem(error: MediaError) -> Problem {
    match error {
        MediaError::Forbidden(forbidden) => forbidden.into(),
        MediaError::NotFound => Problem::NotFound,
        MediaError::Size => {
            Problem::invalid(FieldError::body(["bytes"], Code::OutOfRange, error.to_string()))
        }
        MediaError::Content => Problem::Conflict(error.to_string().into()),
        MediaError::Failure(failure) => failure.into(),
    }
}
