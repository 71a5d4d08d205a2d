//! Contacts: who an account's customers are, what is noted about them, which lists they are on, and taking them out of the
//! product (A06, A20, B15, D33).

mod activity;
mod body;
mod contact_body;
mod contact_problem;
mod contacts;
mod export;
mod fields;
mod lists;
mod members;
mod notes;
mod sub;

use app::App;
use app::contact_lists::ContactListError;
use http_api::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lists::list, lists::create))
        .routes(routes!(lists::change, lists::remove))
        .routes(routes!(members::list))
        .routes(routes!(members::add, members::remove))
        .routes(routes!(export::export))
        .routes(routes!(sub::list, sub::create))
        .routes(routes!(contacts::list, contacts::create))
        .routes(routes!(contacts::get, contacts::change, contacts::remove))
        .routes(routes!(contacts::block))
        .routes(routes!(contacts::unblock))
        .routes(routes!(contacts::merge))
        .routes(routes!(contacts::conversations))
        .routes(routes!(notes::list, notes::create))
        .routes(routes!(notes::change, notes::remove))
        .routes(routes!(notes::tell))
        .routes(routes!(activity::activity))
        .routes(routes!(fields::list, fields::create))
        .routes(routes!(fields::change, fields::remove))
}

fn problem(error: ContactListError) -> Problem {
    match error {
        ContactListError::Denied(denied) => denied.into(),
        ContactListError::InUse => {
            Problem::Conflict("a keyword puts contacts on this list: change the keyword first".into())
        }
    }
}
