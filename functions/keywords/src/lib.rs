//! What the product does by itself: keywords, words that customers text to be put on a list, and perhaps to be answered (A06),
//! and automations, which begin with what happens in conversations (C14, C19, C20, D20).

mod assign;
mod automations;
mod body;
mod own;
mod sub;

use app::App;
use app::automations::{AutomationError, EffectError};
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
        .routes(routes!(automations::list, automations::create))
        .routes(routes!(automations::get, automations::change, automations::remove))
}

fn problem(error: KeywordError) -> Problem {
    let field = |field, code| Problem::invalid(FieldError::body([field], code, error.to_string()));
    match error {
        KeywordError::Taken => field("word", Code::Taken),
        KeywordError::NoSuchList => field("contact_list_id", Code::NoSuchThing),
        KeywordError::Effect(error) => effect(error),
        KeywordError::TooMany => Problem::Conflict("the account has as many keywords as it can have".into()),
        KeywordError::Denied(denied) => denied.into(),
    }
}

/// What of a template and of whom to assign cannot be.
fn effect(error: EffectError) -> Problem {
    let field = |path: &[&str], code| {
        Problem::invalid(FieldError::body(path.iter().copied(), code, error.to_string()))
    };
    match error {
        EffectError::NoSuchTemplate => field(&["template_id"], Code::NoSuchThing),
        EffectError::AsksForMore(_) => field(&["template_id"], Code::Invalid),
        EffectError::NoSuchUser => field(&["assign", "user_ids"], Code::NoSuchThing),
        EffectError::TooManyPeople => field(&["assign", "user_ids"], Code::TooLong),
        EffectError::AssignsWithoutTemplate => field(&["template_id"], Code::MissingField),
        EffectError::Store(error) => error.into(),
    }
}

fn automation_problem(error: AutomationError) -> Problem {
    match error {
        AutomationError::Denied(denied) => denied.into(),
        AutomationError::Effect(error) => effect(error),
        AutomationError::DoesNothing => {
            Problem::invalid(FieldError::body(["template_id"], Code::MissingField, error.to_string()))
        }
        AutomationError::TooMany => Problem::Conflict(error.to_string().into()),
    }
}
