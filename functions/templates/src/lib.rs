//! Message templates: texts made beforehand, of an account's own and of its master's (A07, X12).

mod body;
mod own;
mod sub;

use app::App;
use app::templates::TemplateError;
use http_api::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(own::list, own::create))
        .routes(routes!(own::get, own::change, own::remove))
        .routes(routes!(sub::list, sub::create))
        .routes(routes!(sub::change, sub::remove))
}

fn problem(error: TemplateError) -> Problem {
    match error {
        TemplateError::Denied(denied) => denied.into(),
        TemplateError::InUse => {
            Problem::Conflict("a keyword is answered with this template: change the keyword first".into())
        }
    }
}
