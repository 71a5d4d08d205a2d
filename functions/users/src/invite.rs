//! `POST /v1/users`, `POST /v1/users/{user_id}/invitation`: somebody is to join.

use std::collections::BTreeSet;

use app::App;
use app::users::{NewUser, Standing};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::{ConversationAccess, MessageAccess, RoleRef};
use domain::email::EmailAddress;
use domain::id::{TeamId, UserId};
use domain::name::DisplayName;
use http_api::resource::User;
use http_api::{Caller, IdempotencyKey, Param, Problem, Valid, idempotent, schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::problem;

/// A user to add.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(crate) struct NewUserBody {
    /// Their name.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// The address they sign in with.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
    /// Their first password. Without one they are invited by e-mail and choose it themselves.
    #[schema(value_type = Option<String>, format = Password, max_length = 200, example = "correct horse battery")]
    password: Option<SecretString>,
    /// Their roles; none if absent.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Role>, required = false)]
    roles: BTreeSet<RoleRef>,
    /// Their teams; none if absent.
    #[serde(default)]
    #[schema(value_type = Vec<schema::TeamId>, required = false)]
    team_ids: BTreeSet<TeamId>,
    /// Which conversations they may see; those assigned to them if absent.
    #[serde(default = "assigned")]
    #[schema(value_type = schema::ConversationAccess, required = false)]
    conversation_access: ConversationAccess,
    /// What they may do with others' conversations; nothing if absent.
    #[serde(default)]
    #[schema(value_type = schema::MessageAccess, required = false)]
    message_access: MessageAccess,
}

/// The least that lets somebody answer customers.
fn assigned() -> ConversationAccess {
    ConversationAccess::Assigned
}

/// Add a user
///
/// With a password they can sign in at once; without one they get an e-mail with a link that works once, for a week. Needs
/// `users:manage`.
#[utoipa::path(
    post, path = "/v1/users", operation_id = "add_user", tag = "users", params(IdempotencyKey),
    extensions(("x-permission" = json!("users:manage"))),
    request_body = NewUserBody,
    responses(
        (status = 201, description = "The user can sign in, or is invited.", body = User),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`email-taken`, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewUserBody>,
) -> Result<Response, Problem> {
    let NewUserBody { name, email, password, roles, team_ids: teams, conversation_access, message_access } =
        body;
    let secret = password.as_ref().map(ExposeSecret::expose_secret);
    let request = (&name, &email, secret, &roles, &teams, conversation_access, message_access);
    let request = serde_json::to_value(request).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let standing = Standing { roles, teams, conversation_access, message_access };
        let new = NewUser { name, email, password, standing };
        let user = app::users::add(&app, &caller, new).await.map_err(problem)?;
        Ok((StatusCode::CREATED, User::from(user)))
    });
    idempotent(&app, &caller, key, "add a user", &request, run).await
}

/// Invite a user again
///
/// Sends another link to somebody who has not come yet; the earlier one ends. Needs `users:manage`.
#[utoipa::path(
    post, path = "/v1/users/{user_id}/invitation", operation_id = "invite_again", tag = "users",
    extensions(("x-permission" = json!("users:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    responses(
        (status = 200, description = "The user, who has mail.", body = User),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: the user has joined already"),
    ),
)]
pub(crate) async fn invite_again(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<UserId>,
) -> Result<Json<User>, Problem> {
    Ok(Json(app::users::invite_again(&app, &caller, id).await.map_err(problem)?.into()))
}
