//! `POST /v1/messages/test`: a disclaimer and then a text are accepted (D36).

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use http_api::{Caller, Code, FieldError, IdempotencyKey, Problem, Valid};
use serde::Serialize;

use crate::problem;
use crate::send::{AcceptedMessage, NewMessage};

/// An accepted test: two messages, both charged.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AcceptedTest {
    /// The message that says that a test follows. It leaves first.
    disclaimer: AcceptedMessage,
    /// The text.
    message: AcceptedMessage,
    /// What both cost together.
    #[schema(example = 2)]
    credits: u64,
}

/// Send a test message
///
/// Sends two messages: a disclaimer that says in the business's name that a test follows, and then the text. They are accepted
/// together or not at all, leave in this order, and both are charged. Takes what sending the text takes.
#[utoipa::path(
    post, path = "/v1/messages/test", operation_id = "send_test_message", tag = "messages", params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewMessage,
    responses(
        (status = 202, description = "Both messages are on their way.", body = AcceptedTest),
        (status = 402, description = "`not-enough-credits`"),
        (status = 403, description = "`forbidden`, `not-in-plan`, `recipient-opted-out`, `recipient-blocked`"),
        (status = 404, description = "`not-found`: there is no such conversation"),
        (status = 409, description = "`conflict`: the account has no gateway, the customer has quiet hours, `conversation-has-moved-on`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn send_test(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewMessage>,
) -> Result<(StatusCode, Json<AcceptedTest>), Problem> {
    if body.later()?.is_some() {
        let detail = "a test is sent at once";
        return Err(Problem::invalid(FieldError::body(["send_at"], Code::NotTogether, detail)));
    }
    let request = body.request(key)?;
    let tested = app::send::send_test(&app, &caller, &request).await.map_err(problem)?;
    let credits = tested.disclaimer.credits.get().saturating_add(tested.message.credits.get());
    let shown = |it| AcceptedMessage::new(it);
    let answer =
        AcceptedTest { disclaimer: shown(&tested.disclaimer), message: shown(&tested.message), credits };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
