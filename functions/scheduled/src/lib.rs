//! Messages that wait for their time: listing, editing and cancelling them.
//!
//! They are scheduled by `send`, where all messages are accepted, and sent by `unsnooze`, which looks every minute for what is
//! due.

mod routes;

use app::App;
use app::send::SendError;
use http_api::{Code, FieldError, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::list)).routes(routes!(routes::change, routes::cancel))
}

fn problem(error: SendError) -> Problem {
    match error {
        SendError::Forbidden(forbidden) => forbidden.into(),
        SendError::NotFound => Problem::NotFound,
        SendError::SendTime(error) => {
            Problem::invalid(FieldError::body(["send_at"], Code::OutOfRange, error.to_string()))
        }
        SendError::Cursor(invalid) => invalid.into(),
        SendError::Failure(failure) => failure.into(),
        // That it does not wait any more; nothing else is refused here.
        refused => Problem::Conflict(refused.to_string().into()),
    }
}
