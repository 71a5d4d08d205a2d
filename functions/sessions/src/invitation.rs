//! `POST /v1/invitations/accept`: somebody who was invited joins.

use app::App;
use app::invitations::InvitationError;
use app::sessions::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::name::DisplayName;
use http_api::{ClientOrigin, Problem, Valid, password_flaws, schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::session::SignedInBody;

/// What one joins with.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptInvitation)]
pub(crate) struct AcceptBody {
    /// The token of the link in the invitation: what stands behind the `#`.
    #[schema(value_type = String, example = "tdl_AZnWobLDfk-KW2x9jp8KGw")]
    token: SecretString,
    /// The password to sign in with from now on.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200, example = "correct horse battery")]
    password: SecretString,
    /// One's name, if it should be another than in the invitation.
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
}

/// Accept an invitation
///
/// The link works once, for a week. Whoever accepts has a password from now on and is signed in.
#[utoipa::path(
    post, path = "/v1/invitations/accept", operation_id = "accept_invitation", tag = "sessions", security(()),
    extensions(("x-permission" = json!("anybody"))),
    request_body = AcceptBody,
    responses(
        (status = 201, description = "The user has joined and is signed in.", body = SignedInBody),
        (status = 410, description = "`link-ended`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn accept(
    State(app): State<App>,
    ClientOrigin(origin): ClientOrigin,
    Valid(AcceptBody { token, password, name }): Valid<AcceptBody>,
) -> Result<(StatusCode, Json<SignedInBody>), Problem> {
    let SignedIn { user, token, expires_at, .. } =
        app::invitations::accept(&app, token.expose_secret(), password, name, &origin)
            .await
            .map_err(problem)?;
    let token = token.expose_secret().to_owned();
    Ok((StatusCode::CREATED, Json(SignedInBody { token, expires_at, user: user.into() })))
}

fn problem(error: InvitationError) -> Problem {
    match error {
        InvitationError::LinkEnded => Problem::LinkEnded,
        InvitationError::Flawed(flaws) => password_flaws("password", &flaws),
        InvitationError::Failure(failure) => failure.into(),
    }
}
