//! `/v1/sessions`: signing in and out, and one's own sessions.

use app::App;
use app::security::SecurityError;
use app::sessions::SignedIn;
use app::sign_in::{Code as Proof, SignIn, SignInError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::email::EmailAddress;
use domain::id::SessionId;
use http_api::resource::{Session, User};
use http_api::{CallerOnHold, ClientOrigin, Code, FieldError, Page, Param, Problem, Valid, schema};
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
    /// The six digits of the authenticator application, for users with a second factor.
    #[schema(value_type = Option<String>, format = Password, example = "287082")]
    totp: Option<SecretString>,
    /// One of the recovery codes, in place of `totp`.
    #[schema(value_type = Option<String>, format = Password, example = "GEZD-GNBV-GY3T-QOJQ")]
    recovery_code: Option<SecretString>,
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
/// Whether the address or the password is wrong is not told, and finding out takes the same time either way. Users with a
/// second factor give a code as well. Who signs in from a place that is new for them has mail.
#[utoipa::path(
    post, path = "/v1/sessions", operation_id = "sign_in", tag = "sessions", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = SignInBody,
    responses(
        (status = 201, description = "The session has begun.", body = SignedInBody),
        (status = 401, description = "`sign-in-failed`, `second-factor-required`"),
        (status = 429, description = "`rate-limited`: too many failures for this address"),
    ),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    ClientOrigin(origin): ClientOrigin,
    Valid(body): Valid<SignInBody>,
) -> Result<(StatusCode, Json<SignedInBody>), Problem> {
    let SignInBody { email, password, totp, recovery_code } = body;
    let code = match (totp, recovery_code) {
        (None, None) => None,
        (Some(totp), None) => Some(Proof::Totp(totp)),
        (None, Some(code)) => Some(Proof::Recovery(code)),
        (Some(_), Some(_)) => {
            let detail = "give one of totp and recovery_code";
            return Err(Problem::invalid(FieldError::body(["recovery_code"], Code::NotTogether, detail)));
        }
    };
    let ask = SignIn { email, password, code, origin };
    let SignedIn { user, token, expires_at, .. } = app::sign_in::sign_in(&app, ask).await.map_err(problem)?;
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

/// List your sessions
///
/// Latest first. There are ten at most: one more ends the oldest.
#[utoipa::path(
    get, path = "/v1/sessions", operation_id = "list_sessions", tag = "sessions",
    extensions(("x-permission" = json!("self"))),
    responses((status = 200, description = "Your sessions, all on one page.", body = Page<Session>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
) -> Result<Json<Page<Session>>, Problem> {
    let sessions = app::security::own_sessions(&app, &caller).await?;
    Ok(Json(Page { data: sessions.into_iter().map(Session::from).collect(), next_cursor: None }))
}

/// End one of your sessions
///
/// Its token is worth nothing from now on.
#[utoipa::path(
    delete, path = "/v1/sessions/{session_id}", operation_id = "end_session", tag = "sessions",
    extensions(("x-permission" = json!("self"))),
    params(("session_id" = inline(schema::SessionId), Path, description = "The session.")),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 404, description = "`not-found`: it has ended before, or is somebody else's"),
    ),
)]
pub(crate) async fn end(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
    Param(session): Param<SessionId>,
) -> Result<StatusCode, Problem> {
    app::security::end_own_session(&app, &caller, session).await.map_err(|error| match error {
        SecurityError::Failure(failure) => failure.into(),
        _ => Problem::NotFound,
    })?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: SignInError) -> Problem {
    match error {
        SignInError::Refused => Problem::SignInFailed,
        SignInError::SecondFactorRequired => Problem::SecondFactorRequired,
        SignInError::LockedOut(locked) => locked.into(),
        SignInError::Failure(failure) => failure.into(),
    }
}
