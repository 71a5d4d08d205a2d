//! `POST /v1/live/tickets`: what opens a live connection.

use app::App;
use app::live::{NewTicket, TicketError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use http_api::{Caller, Problem, schema};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;

/// A ticket for one live connection.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct LiveTicket {
    /// Where to open the WebSocket; add the ticket as `?ticket=`.
    #[schema(example = "wss://live.textdesk.example/live")]
    url: String,
    /// It opens one connection, once, from where the session may be used.
    #[schema(example = "tdt_AZnWobLDfk-KW2x9jp8KGw")]
    ticket: String,
    /// When it ends: a minute after it was made.
    #[schema(value_type = schema::Time)]
    expires_at: Timestamp,
}

/// Get a ticket for a live connection
///
/// The connection tells of changes as they happen and of who looks at a conversation with you; it lasts as long as your session.
/// What it tells are hints: `GET /v1/changes` has the changes themselves, also those that were missed. For people only; programs
/// use `GET /v1/changes`. Asking twice gives two tickets, which changes nothing.
#[utoipa::path(
    post, path = "/v1/live/tickets", operation_id = "create_live_ticket", tag = "changes",
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 201, description = "The ticket.", body = LiveTicket),
        (status = 403, description = "`people-only`, or `forbidden`: you have no conversations to look at"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
) -> Result<(StatusCode, Json<LiveTicket>), Problem> {
    let NewTicket { url, ticket, expires_at } = app::live::ticket(&app, &caller).await.map_err(problem)?;
    let ticket = LiveTicket { url: url.into(), ticket: ticket.expose_secret().to_owned(), expires_at };
    Ok((StatusCode::CREATED, Json(ticket)))
}

fn problem(error: TicketError) -> Problem {
    match error {
        TicketError::NotAPerson => Problem::PeopleOnly,
        TicketError::Forbidden(forbidden) => forbidden.into(),
        TicketError::Failure(failure) => failure.into(),
    }
}
