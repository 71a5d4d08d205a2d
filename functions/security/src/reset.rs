//! `POST /v1/password-resets` and `POST /v1/password-resets/confirm`: a forgotten password.

use app::App;
use app::password_reset::ResetError;
use axum::extract::State;
use axum::http::StatusCode;
use domain::email::EmailAddress;
use http_api::{ClientAddress, Problem, Valid, password_flaws, schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Whose password is forgotten.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordReset)]
pub(crate) struct ResetBody {
    /// The user's address.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
}

/// A link of ours, and the password to have.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordResetConfirmation)]
pub(crate) struct ResetConfirmationBody {
    /// The token in the link.
    #[schema(value_type = String, format = Password, example = "tdl_AZnWobLDfk-KW2x9jp8KGw")]
    token: SecretString,
    /// The password to have. The account's password policy decides whether it may be used.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200, example = "purple elephant stairs")]
    password: SecretString,
}

/// Ask for a link to choose a new password
///
/// The answer is the same whether or not the address is anybody's. If it is, it has mail: a link that works once, for an
/// hour. At most one letter is sent in a minute.
#[utoipa::path(
    post, path = "/v1/password-resets", operation_id = "request_password_reset", tag = "security", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = ResetBody,
    responses((status = 202, description = "If the address is a user's, it has mail.")),
)]
pub(crate) async fn request(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Valid(body): Valid<ResetBody>,
) -> Result<StatusCode, Problem> {
    app::password_reset::request(&app, &body.email, address).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password
///
/// With the token of the link. Every session of the user ends; a second factor is still asked for at sign-in.
#[utoipa::path(
    post, path = "/v1/password-resets/confirm", operation_id = "confirm_password_reset", tag = "security", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = ResetConfirmationBody,
    responses(
        (status = 204, description = "The password is set."),
        (status = 410, description = "`link-ended`"),
        (status = 422, description = "`invalid`: the password cannot be used"),
    ),
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Valid(body): Valid<ResetConfirmationBody>,
) -> Result<StatusCode, Problem> {
    let ResetConfirmationBody { token, password } = body;
    let done = app::password_reset::confirm(&app, token.expose_secret(), password, address).await;
    done.map_err(|error| match error {
        ResetError::LinkEnded => Problem::LinkEnded,
        ResetError::Flawed(flaws) => password_flaws("password", &flaws),
        ResetError::Failure(failure) => failure.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
