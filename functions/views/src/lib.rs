//! Saved views of the inbox: one's own, and those that are shared with all colleagues (D03, D05).

mod body;
mod routes;

use app::App;
use app::views::{Missing, ViewError};
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::list, routes::create)).routes(routes!(
        routes::get,
        routes::change,
        routes::remove
    ))
}

fn problem(error: ViewError) -> Problem {
    match error {
        ViewError::Denied(denied) => denied.into(),
        ViewError::NoSuch(what) => {
            let path = ["filter", body::field(what)];
            Problem::invalid(FieldError::body(path, Code::NoSuchThing, no_such(what)))
        }
        ViewError::TooMany => Problem::Conflict(error.to_string().into()),
        // Nobody looks through a view here.
        ViewError::Broken { .. } => Problem::NotFound,
    }
}

fn no_such(what: Missing) -> &'static str {
    match what {
        Missing::User => "there is no such user",
        Missing::Gateway => "there is no such gateway",
        Missing::Tag => "there is no such tag",
    }
}
