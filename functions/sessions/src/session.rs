//! `POST /v1/sessions` and `DELETE /v1/sessions/current`: signing in and out.

use app::App;
use app::sessions::{SignInError, SignedIn};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::email::EmailAddress;
use http_api::resource::User;
use http_api::{CallerOnHold, Problem, Valid, schema};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// What one signs in with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub(crate) struct SignInBody {
    /// The user's address.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
    /// The user's password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: SecretString,
}

/// A new session.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SignedInBody {
    /// For the header `Authorization: Bearer`. It is shown this once.
    #[schema(example = "tds_AZnWobLDfk-KW2x9jp8KGw")]
    pub(crate) token: String,
    /// When the session ends.
    #[schema(value_type = schema::Time)]
    pub(crate) expires_at: Timestamp,
    /// Who signed in.
    pub(crate) user: User,
}

/// Sign in
///
/// Whether the address or the password is wrong is not told, and finding out takes the same time either way.
#[utoipa::path(
    post, path = "/v1/sessions", operation_id = "sign_in", tag = "sessions", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = SignInBody,
    responses(
        (status = 201, description = "The session has begun.", body = SignedInBody),
        (status = 401, description = "`sign-in-failed`"),
    ),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    Valid(body): Valid<SignInBody>,
) -> Result<(StatusCode, Json<SignedInBody>), Problem> {
    let SignedIn { user, token, expires_at } =
        app::sessions::sign_in(&app, &body.email, body.password).await.map_err(problem)?;
    let answer = SignedInBody { token: token.expose_secret().to_owned(), expires_at, user: user.into() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Sign out
///
/// Ends the session that the request came with. Its token is worth nothing from now on.
#[utoipa::path(
    delete, path = "/v1/sessions/current", operation_id = "sign_out", tag = "sessions",
    extensions(("x-permission" = json!("self"))),
    responses((status = 204, description = "The session has ended.")),
)]
pub(crate) async fn sign_out(State(app): State<App>, caller: CallerOnHold) -> Result<StatusCode, Problem> {
    app::sessions::sign_out(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: SignInError) -> Problem {
    match error {
        SignInError::Refused => Problem::SignInFailed,
        SignInError::Failure(failure) => failure.into(),
    }
}
