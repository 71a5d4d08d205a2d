//! `POST /v1/me/email-changes` and `POST /v1/email-changes/confirm`: another e-mail address.

use app::App;
use app::email_change::ConfirmEmailError;
use axum::extract::State;
use axum::http::StatusCode;
use domain::email::EmailAddress;
use http_api::{Caller, ClientAddress, Problem, Valid, schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::problem;

/// The address to have, and the password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EmailChange)]
pub(crate) struct EmailChangeBody {
    /// The address to have.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
    /// The user's password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: SecretString,
}

/// A link of ours.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EmailConfirmation)]
pub(crate) struct EmailConfirmationBody {
    /// The token in the link.
    #[schema(value_type = String, format = Password, example = "tdl_AZnWobLDfk-KW2x9jp8KGw")]
    token: SecretString,
}

/// Change your e-mail address
///
/// Sends a link to the new address, which works once, for 24 hours. Until it is followed the old one stays. Whether the
/// address is somebody else's is not told here.
#[utoipa::path(
    post, path = "/v1/me/email-changes", operation_id = "request_email_change", tag = "security",
    extensions(("x-permission" = json!("self"))),
    request_body = EmailChangeBody,
    responses(
        (status = 202, description = "The new address has mail."),
        (status = 403, description = "`people-only`"),
        (status = 422, description = "`invalid`: the password is wrong, or the address is the present one"),
        (status = 429, description = "`rate-limited`"),
    ),
)]
pub(crate) async fn request(
    State(app): State<App>,
    Caller(caller): Caller,
    Valid(body): Valid<EmailChangeBody>,
) -> Result<StatusCode, Problem> {
    app::email_change::request(&app, &caller, body.email, body.password)
        .await
        .map_err(|error| problem(error, "password", "email"))?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirm an e-mail address
///
/// With the token of the link that was sent to it. From now on the user signs in with it; the old address is told.
#[utoipa::path(
    post, path = "/v1/email-changes/confirm", operation_id = "confirm_email_change", tag = "security", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = EmailConfirmationBody,
    responses(
        (status = 204, description = "The address is changed."),
        (status = 409, description = "`email-taken`: another user has it by now"),
        (status = 410, description = "`link-ended`"),
    ),
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Valid(body): Valid<EmailConfirmationBody>,
) -> Result<StatusCode, Problem> {
    app::email_change::confirm(&app, body.token.expose_secret(), address).await.map_err(
        |error| match error {
            ConfirmEmailError::LinkEnded => Problem::LinkEnded,
            ConfirmEmailError::EmailTaken => Problem::EmailTaken,
            ConfirmEmailError::Failure(failure) => failure.into(),
        },
    )?;
    Ok(StatusCode::NO_CONTENT)
}
