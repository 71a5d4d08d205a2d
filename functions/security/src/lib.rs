//! Passwords, second factors, addresses and sessions: one's own, others', and what the account asks of everybody (B04,
//! B10).

mod email;
mod others;
mod password;
mod reset;
mod second_factor;
mod settings;

use app::App;
use app::own_security::OwnSecurityError;
use http_api::{Code, FieldError, Problem, password_flaws};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(settings::get, settings::replace))
        .routes(routes!(password::change))
        .routes(routes!(second_factor::begin, second_factor::remove))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(second_factor::renew))
        .routes(routes!(email::request))
        .routes(routes!(email::confirm))
        .routes(routes!(reset::request))
        .routes(routes!(reset::confirm))
        .routes(routes!(others::list_sessions, others::end_sessions))
        .routes(routes!(others::end_session))
        .routes(routes!(others::remove_second_factor))
}

/// The problem, with the fields of the request in which what is asked for stands.
fn problem(error: OwnSecurityError, proof: &str, wanted: &str) -> Problem {
    let text = error.to_string();
    let field = |field: &str| Problem::invalid(FieldError::body([field], Code::Invalid, text.as_str()));
    match error {
        OwnSecurityError::NotAPerson => Problem::PeopleOnly,
        OwnSecurityError::WrongPassword | OwnSecurityError::WrongCode => field(proof),
        OwnSecurityError::SameAddress => field(wanted),
        OwnSecurityError::Flawed(flaws) => password_flaws(wanted, &flaws),
        OwnSecurityError::LockedOut(locked) => locked.into(),
        OwnSecurityError::AlreadyOn(_) | OwnSecurityError::NotBegun(_) | OwnSecurityError::NotOn => {
            Problem::Conflict(text.into())
        }
        OwnSecurityError::Failure(failure) => failure.into(),
    }
}
