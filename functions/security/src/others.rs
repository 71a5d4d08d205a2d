//! `/v1/users/{user_id}/sessions` and `/v1/users/{user_id}/second-factor`: what is done for somebody else.

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{SessionId, UserId};
use http_api::resource::Session;
use http_api::{Caller, Page, Param, Problem, schema};

use crate::settings::problem;

/// List the sessions of a user
///
/// Latest first. Needs `security:manage`.
#[utoipa::path(
    get, path = "/v1/users/{user_id}/sessions", operation_id = "list_sessions_of_user", tag = "security",
    extensions(("x-permission" = json!("security:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    responses(
        (status = 200, description = "Their sessions, all on one page.", body = Page<Session>),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn list_sessions(
    State(app): State<App>,
    Caller(caller): Caller,
    Param(user): Param<UserId>,
) -> Result<Json<Page<Session>>, Problem> {
    let sessions = app::security::sessions_of(&app, &caller, user).await.map_err(problem)?;
    Ok(Json(Page { data: sessions.into_iter().map(Session::from).collect(), next_cursor: None }))
}

/// Sign a user out everywhere
///
/// Needs `security:manage`.
#[utoipa::path(
    delete, path = "/v1/users/{user_id}/sessions", operation_id = "end_sessions_of_user", tag = "security",
    extensions(("x-permission" = json!("security:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    responses(
        (status = 204, description = "They have no session."),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn end_sessions(
    State(app): State<App>,
    Caller(caller): Caller,
    Param(user): Param<UserId>,
) -> Result<StatusCode, Problem> {
    app::security::end_sessions_of(&app, &caller, user, None).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a session of a user
///
/// Its token is worth nothing from now on. Needs `security:manage`.
#[utoipa::path(
    delete, path = "/v1/users/{user_id}/sessions/{session_id}", operation_id = "end_session_of_user", tag = "security",
    extensions(("x-permission" = json!("security:manage"))),
    params(
        ("user_id" = inline(schema::UserId), Path, description = "The user."),
        ("session_id" = inline(schema::SessionId), Path, description = "The session."),
    ),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn end_session(
    State(app): State<App>,
    Caller(caller): Caller,
    Param((user, session)): Param<(UserId, SessionId)>,
) -> Result<StatusCode, Problem> {
    app::security::end_sessions_of(&app, &caller, user, Some(session)).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove the second factor of a user
///
/// For somebody who has lost their telephone and their recovery codes. They are told by e-mail. Needs `security:manage`.
#[utoipa::path(
    delete, path = "/v1/users/{user_id}/second-factor", operation_id = "remove_second_factor_of_user", tag = "security",
    extensions(("x-permission" = json!("security:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    responses(
        (status = 204, description = "They have none any more."),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove_second_factor(
    State(app): State<App>,
    Caller(caller): Caller,
    Param(user): Param<UserId>,
) -> Result<StatusCode, Problem> {
    app::security::remove_second_factor_of(&app, &caller, user).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
