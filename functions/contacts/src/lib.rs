//! Lists of contacts: who is on them, and taking them out of the product (A06, A20).

mod body;
mod export;
mod lists;
mod members;
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
}

fn problem(error: ContactListError) -> Problem {
    match error {
        ContactListError::Denied(denied) => denied.into(),
        ContactListError::InUse => {
            Problem::Conflict("a keyword puts contacts on this list: change the keyword first".into())
        }
    }
}
