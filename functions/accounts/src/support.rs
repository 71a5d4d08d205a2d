//! A sub account lets its master in, and the master enters (A09).

use app::App;
use app::support::SupportError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{AccountId, UserId};
use http_api::{Caller, Code, FieldError, Param, Problem, Valid, schema};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// Until when the master may enter.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupportAccess {
    /// Until when, at most 30 days from now.
    #[schema(value_type = schema::Time)]
    until: Timestamp,
}

/// A visitor's session in a sub account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SupportSession {
    /// For the header `Authorization: Bearer`, in the sub account. It is shown this once.
    #[schema(example = "tds_AZnWobLDfk-KW2x9jp8KGw")]
    token: String,
    /// When the session ends at the latest: after an hour, or when the sub account's permission ends.
    #[schema(value_type = schema::Time)]
    expires_at: Timestamp,
    /// The visitor's id in the sub account.
    #[schema(value_type = schema::UserId)]
    user_id: UserId,
}

/// Allow support
///
/// Allows the master account to enter this account until then. Account managers are told by e-mail. Needs
/// `security:manage`.
#[utoipa::path(
    put, path = "/v1/account/support-access", operation_id = "allow_support", tag = "accounts",
    extensions(("x-permission" = json!("security:manage"))),
    request_body = SupportAccess,
    responses(
        (status = 200, description = "It is allowed.", body = SupportAccess),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`conflict`: the account has no master account"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn allow(
    State(app): State<App>,
    caller: Caller,
    Valid(body): Valid<SupportAccess>,
) -> Result<Json<SupportAccess>, Problem> {
    let until = app::support::allow(&app, &caller, body.until).await.map_err(problem)?;
    Ok(Json(SupportAccess { until }))
}

/// End support
///
/// Takes the permission back; who has entered is out at once. Needs `security:manage`.
#[utoipa::path(
    delete, path = "/v1/account/support-access", operation_id = "end_support", tag = "accounts",
    extensions(("x-permission" = json!("security:manage"))),
    responses(
        (status = 204, description = "It is not allowed any more."),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn end(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    app::support::end(&app, &caller).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enter a sub account
///
/// Answers with a session in the sub account, for an hour, if the sub account allows it. A visitor does the daily work, but
/// manages neither the account nor its money; the sub account's audit log says that they came and what they did. Needs
/// `accounts:enter`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/support-sessions", operation_id = "enter_sub_account", tag = "accounts",
    extensions(("x-permission" = json!("accounts:enter"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    responses(
        (status = 201, description = "The session.", body = SupportSession),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`, `people-only`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`support-not-allowed`"),
    ),
)]
pub(crate) async fn enter(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
) -> Result<(StatusCode, Json<SupportSession>), Problem> {
    let entered = app::support::enter(&app, &caller, id).await.map_err(problem)?;
    let session = SupportSession {
        token: entered.token.expose_secret().to_owned(),
        expires_at: entered.expires_at,
        user_id: entered.user,
    };
    Ok((StatusCode::CREATED, Json(session)))
}

fn problem(error: SupportError) -> Problem {
    match error {
        SupportError::TooLong => {
            Problem::invalid(FieldError::body(["until"], Code::OutOfRange, error.to_string()))
        }
        SupportError::NoMaster => Problem::Conflict(error.to_string().into()),
        SupportError::NotAllowed => Problem::SupportNotAllowed,
        SupportError::NotAPerson => Problem::PeopleOnly,
        SupportError::Forbidden(forbidden) => forbidden.into(),
        SupportError::NotFound => Problem::NotFound,
        SupportError::Failure(failure) => failure.into(),
    }
}
