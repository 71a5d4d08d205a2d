//! Work that takes longer than a request may: imports and exports of contacts, bulk actions, repairs; and how far it has
//! come.

mod body;
mod bulk;
mod exports;
mod import_body;
mod imports;
mod own;
mod reconciliations;

use app::App;
use app::jobs::JobError;
use http_api::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own::list))
        .routes(routes!(own::get))
        .routes(routes!(own::cancel))
        .routes(routes!(own::results))
        .routes(routes!(imports::create))
        .routes(routes!(imports::get))
        .routes(routes!(imports::put_part))
        .routes(routes!(imports::start))
        .routes(routes!(imports::results))
        .routes(routes!(imports::export_results))
        .routes(routes!(exports::start))
        .routes(routes!(exports::get))
        .routes(routes!(exports::part))
        .routes(routes!(bulk::act))
        .routes(routes!(reconciliations::start))
}

fn problem(error: JobError) -> Problem {
    match error {
        JobError::NotFound => Problem::NotFound,
        JobError::Forbidden(forbidden) => forbidden.into(),
        JobError::Cursor(invalid) => invalid.into(),
        JobError::Begun => Problem::Conflict("it has been started already, or has ended".into()),
        JobError::Failure(failure) => failure.into(),
    }
}
