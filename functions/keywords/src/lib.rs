//! Keywords: words that customers text to be put on a list, and perhaps to be answered (A06).

mod body;
mod own;
mod sub;

use app::App;
use app::keywords::KeywordError;
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own::list, own::create))
        .routes(routes!(own::change, own::remove))
        .routes(routes!(sub::list, sub::create))
        .routes(routes!(sub::change, sub::remove))
}

fn problem(error: KeywordError) -> Problem {
    let field = |field, code| Problem::invalid(FieldError::body([field], code, error.to_string()));
    match error {
        KeywordError::Taken => field("word", Code::Taken),
        KeywordError::NoSuchList => field("contact_list_id", Code::NoSuchThing),
        KeywordError::NoSuchTemplate => field("template_id", Code::NoSuchThing),
        KeywordError::AsksForMore(_) => field("template_id", Code::Invalid),
        KeywordError::TooMany => Problem::Conflict("the account has as many keywords as it can have".into()),
        KeywordError::Denied(denied) => denied.into(),
    }
}
