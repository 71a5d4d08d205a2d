//! `PUT /v1/me/password`: another password.

use app::App;
use axum::extract::State;
use axum::http::StatusCode;
use http_api::{CallerOnHold, Problem, Valid};
use secrecy::SecretString;
use serde::Deserialize;

use crate::problem;

/// The present password and the one to have.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
pub(crate) struct PasswordChangeBody {
    /// The present password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    current_password: SecretString,
    /// The one to have from now on. The account's password policy decides whether it may be used.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200, example = "purple elephant stairs")]
    password: SecretString,
}

/// Change your password
///
/// Ends every other session. Works also while the password has expired. Too many wrong ones lock you out for a while.
#[utoipa::path(
    put, path = "/v1/me/password", operation_id = "change_password", tag = "security",
    extensions(("x-permission" = json!("self"))),
    request_body = PasswordChangeBody,
    responses(
        (status = 204, description = "The password is changed."),
        (status = 403, description = "`people-only`"),
        (status = 422, description = "`invalid`: the present password is wrong, or the new one cannot be used"),
        (status = 429, description = "`rate-limited`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
    Valid(body): Valid<PasswordChangeBody>,
) -> Result<StatusCode, Problem> {
    let PasswordChangeBody { current_password, password } = body;
    app::own_security::change_password(&app, &caller, current_password, password)
        .await
        .map_err(|error| problem(error, "current_password", "password"))?;
    Ok(StatusCode::NO_CONTENT)
}
