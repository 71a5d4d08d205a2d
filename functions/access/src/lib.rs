//! Who may do what: roles, teams, permissions with their explanation, and API keys.

mod api_keys;
mod body;
mod permissions;
mod roles;
mod teams;

use app::App;
use app::teams::TeamError;
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::change, roles::remove))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::change, teams::remove))
        .routes(routes!(permissions::list))
        .routes(routes!(permissions::explain))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::revoke))
}

fn problem(error: TeamError) -> Problem {
    match error {
        TeamError::LocksOut(locks_out) => Problem::invalid(FieldError::body(
            ["permissions", "denies"],
            Code::OutOfRange,
            locks_out.to_string(),
        )),
        TeamError::NameTaken => Problem::invalid(FieldError::body(["name"], Code::Taken, error.to_string())),
        TeamError::TooMany => Problem::Conflict("the account has as many as it can have".into()),
        TeamError::NotFound => Problem::NotFound,
        TeamError::Forbidden(forbidden) => forbidden.into(),
        TeamError::Failure(failure) => failure.into(),
    }
}
