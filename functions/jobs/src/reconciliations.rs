//! `POST /v1/conversations/reconciliations`: repairing lists that disagree with their conversations.

use app::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use http_api::{Caller, IdempotencyKey, Problem, idempotent};

use crate::body::Job;
use crate::problem;

/// Reconcile the lists of conversations
///
/// A job that compares every conversation with the lists it stands in and repairs what disagrees. Nothing should; what was
/// repaired is counted. Needs `account:manage`.
#[utoipa::path(
    post, path = "/v1/conversations/reconciliations", operation_id = "reconcile_conversations",
    tag = "conversations",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("account:manage"))),
    responses(
        (status = 202, description = "The job.", body = Job),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`idempotency-key-reused`"),
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
) -> Result<Response, Problem> {
    let run = Box::pin(async {
        let job = app::jobs::reconciliation::start(&app, &caller).await.map_err(problem)?;
        Ok((StatusCode::ACCEPTED, Job::from(job)))
    });
    idempotent(&app, &caller, key, "reconcile conversations", &(), run).await
}
