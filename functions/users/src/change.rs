//! `PATCH` and `DELETE /v1/users/{user_id}`, `PUT /v1/users/{user_id}/overrides`.

use std::collections::BTreeSet;

use app::App;
use app::users::UserChange;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{ConversationAccess, MessageAccess, RoleRef};
use domain::id::{TeamId, UserId};
use domain::name::DisplayName;
use http_api::resource::{Grants, User};
use http_api::{Caller, Param, Problem, Query, Valid, schema};
use serde::Deserialize;

use crate::problem;

/// What to change of a user. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub(crate) struct UserChangeBody {
    /// Their name.
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
    /// Whether they can sign in. Who is disabled is signed out at once.
    enabled: Option<bool>,
    /// All of their roles.
    #[schema(value_type = Option<Vec<schema::Role>>)]
    roles: Option<BTreeSet<RoleRef>>,
    /// All of their teams.
    #[schema(value_type = Option<Vec<schema::TeamId>>)]
    team_ids: Option<BTreeSet<TeamId>>,
    /// Which conversations they may see by themselves.
    #[schema(value_type = Option<schema::ConversationAccess>)]
    conversation_access: Option<ConversationAccess>,
    /// What they may do by themselves with others' conversations.
    #[schema(value_type = Option<schema::MessageAccess>)]
    message_access: Option<MessageAccess>,
}

/// Change a user
///
/// Changes a user's name, status, roles, teams or access, from their next request on. Needs `users:manage`.
#[utoipa::path(
    patch, path = "/v1/users/{user_id}", operation_id = "change_user", tag = "users",
    extensions(("x-permission" = json!("users:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    request_body = UserChangeBody,
    responses(
        (status = 200, description = "The user as they are now.", body = User),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-account-manager`, `conflict`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<UserId>,
    Valid(body): Valid<UserChangeBody>,
) -> Result<Json<User>, Problem> {
    let UserChangeBody { name, enabled, roles, team_ids: teams, conversation_access, message_access } = body;
    let change = UserChange { name, enabled, roles, teams, conversation_access, message_access };
    let user = app::users::update(&app, &caller, id, change).await.map_err(problem)?;
    Ok(Json(user.into()))
}

/// Override what a user may do
///
/// What is said here about one user beats every role and team. It replaces what was said before; empty lists take it back.
/// Needs `users:manage`.
#[utoipa::path(
    put, path = "/v1/users/{user_id}/overrides", operation_id = "override_user", tag = "users",
    extensions(("x-permission" = json!("users:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    request_body = Grants,
    responses(
        (status = 200, description = "The user as they are now.", body = User),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-account-manager`"),
    ),
)]
pub(crate) async fn set_overrides(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<UserId>,
    Valid(body): Valid<Grants>,
) -> Result<Json<User>, Problem> {
    let grants = body.read(None)?;
    Ok(Json(app::users::set_overrides(&app, &caller, id, grants).await.map_err(problem)?.into()))
}

/// Who goes on with the conversations of a removed user.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemoveQuery {
    /// Who gets their conversations; absent: nobody, they become unassigned.
    #[param(value_type = Option<schema::UserId>)]
    reassign_to: Option<UserId>,
}

/// Remove a user
///
/// They are signed out, their API keys end, their address is free for others, and their conversations become another's or
/// nobody's within minutes. What they did keeps their name. Needs `users:manage`.
#[utoipa::path(
    delete, path = "/v1/users/{user_id}", operation_id = "remove_user", tag = "users",
    extensions(("x-permission" = json!("users:manage"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user."), RemoveQuery),
    responses(
        (status = 204, description = "The user is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-account-manager`, `conflict`: nobody can remove themselves"),
        (status = 422, description = "`invalid`: `reassign_to` is nobody who could take the conversations over"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<UserId>,
    Query(query): Query<RemoveQuery>,
) -> Result<StatusCode, Problem> {
    app::users::remove(&app, &caller, id, query.reassign_to).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
