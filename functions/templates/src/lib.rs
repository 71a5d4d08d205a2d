//! Texts made beforehand: message templates, of an account's own and of its master's (A07, X12), and quick replies (D32).

mod body;
mod own;
mod quick_replies;
mod scope;
mod sub;

use app::App;
use app::templates::TemplateError;
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own::list, own::create))
        .routes(routes!(own::get, own::change, own::remove))
        .routes(routes!(sub::list, sub::create))
        .routes(routes!(sub::change, sub::remove))
        .routes(routes!(quick_replies::list, quick_replies::create))
        .routes(routes!(quick_replies::get, quick_replies::change, quick_replies::remove))
}

fn problem(error: TemplateError) -> Problem {
    match error {
        TemplateError::Denied(denied) => denied.into(),
        TemplateError::InUse => {
            let detail =
                "a keyword is answered with this template, or an automation sends it: change that first";
            Problem::Conflict(detail.into())
        }
        TemplateError::NoSuchTeam => {
            Problem::invalid(FieldError::body(["team_id"], Code::NoSuchThing, error.to_string()))
        }
        TemplateError::TooMany => Problem::Conflict(error.to_string().into()),
    }
}
