//! Messages to customers: accepting, showing, and saying beforehand what one costs.
//!
//! This function calls no carrier. What it accepts is handed over by `deliver`, which the table's stream sets going.

mod content;
mod get;
mod preview;
mod send;
mod test;

use app::App;
use app::send::{NotCarried, SendError};
use domain::gateway::Unsuitable;
use domain::template::FillError;
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(send::send))
        .routes(routes!(test::send_test))
        .routes(routes!(preview::preview))
        .routes(routes!(get::get))
}

fn problem(error: SendError) -> Problem {
    let field = |field, code, detail: &dyn ToString| {
        Problem::invalid(FieldError::body([field], code, detail.to_string()))
    };
    let file = |index: usize, code, detail: &dyn ToString| {
        Problem::invalid(FieldError::body(["media", &index.to_string()], code, detail.to_string()))
    };
    match error {
        SendError::Forbidden(forbidden) => forbidden.into(),
        SendError::NotFound => Problem::NotFound,
        SendError::Suspended => Problem::AccountSuspended,
        SendError::NoSuchMedia { index } => file(index, Code::NoSuchThing, &error),
        SendError::NotCarried { index, why: NotCarried::TooLarge } => file(index, Code::TooLong, &error),
        SendError::NotCarried { index, .. } => file(index, Code::Invalid, &error),
        SendError::NoSuchTemplate => field("template_id", Code::NoSuchThing, &error),
        SendError::NoSuchQuickReply => field("quick_reply_id", Code::NoSuchThing, &error),
        SendError::MovedOn { newest } => {
            Problem::ConversationHasMovedOn { last_message_id: newest.map(|id| id.to_string()) }
        }
        SendError::SendTime(error) => field("send_at", Code::OutOfRange, &error),
        SendError::QuietHours { .. }
        | SendError::NotScheduled
        | SendError::Answered
        | SendError::TooManyAnswers => Problem::Conflict(error.to_string().into()),
        SendError::Fill(error) => unfilled(&error),
        SendError::Gateway(error) => {
            let path = match error {
                Unsuitable::Retired => "gateway_id",
                Unsuitable::NoMedia => "media",
            };
            field(path, Code::Invalid, &error)
        }
        SendError::NoSuchGateway => field("gateway_id", Code::NoSuchThing, &error),
        SendError::NoGateway => Problem::Conflict("the account has no gateway yet: add one first".into()),
        SendError::Number(error) => field("to", Code::Invalid, &error),
        SendError::NoSuchContact => field("contact_id", Code::NoSuchThing, &error),
        SendError::NotTheirNumber | SendError::OwnNumber => field("to", Code::Invalid, &error),
        SendError::OptedOut { .. } => Problem::RecipientOptedOut,
        SendError::Blocked => Problem::RecipientBlocked,
        SendError::NotEnoughCredits { needed, available } => {
            Problem::NotEnoughCredits { needed: needed.get(), available: available.get() }
        }
        SendError::KeyReused => Problem::IdempotencyKeyReused,
        SendError::Cursor(invalid) => invalid.into(),
        SendError::Failure(failure) => failure.into(),
    }
}

fn unfilled(error: &FillError) -> Problem {
    let (path, code) = match error {
        FillError::Missing(name) => (vec!["fields", name.as_str()], Code::MissingField),
        FillError::NoSuchField(name) => (vec!["fields", name.as_str()], Code::UnknownField),
        FillError::TooLong { .. } => (vec!["fields"], Code::TooLong),
    };
    Problem::invalid(FieldError::body(path, code, error.to_string()))
}
