//! `/v1/roles`: the six built-in roles (B10 to B15) and those of the account's own.

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::{CustomRole, Permission, RoleRef};
use domain::id::RoleId;
use http_api::resource::Grants;
use http_api::{Caller, IdempotencyKey, Page, Param, Problem, Valid, idempotent, schema};
use serde::Serialize;

use crate::body::{ChangeBody, NewBody};
use crate::problem;

/// A role.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Role {
    /// What users are given it by: the name of a built-in role, the id of one of the account's own.
    #[schema(value_type = schema::Role)]
    id: RoleRef,
    /// Its name.
    #[schema(example = "Shift lead")]
    name: String,
    /// Whether it is built in, and so the same everywhere.
    built_in: bool,
    /// What it gives and takes.
    permissions: Grants,
}

impl Role {
    fn built_in(role: domain::access::Role) -> Self {
        let grants = role.permissions().iter().copied().collect();
        let permissions = Grants { grants, ..Grants::default() };
        Self { id: role.into(), name: role.name().replace('_', " "), built_in: true, permissions }
    }

    fn custom(id: RoleId, CustomRole { name, grants }: CustomRole) -> Self {
        Self { id: RoleRef::Custom(id), name: name.into(), built_in: false, permissions: grants.into() }
    }
}

/// List roles
///
/// The built-in ones first, then the account's own. Needs `users:read`.
#[utoipa::path(
    get, path = "/v1/roles", operation_id = "list_roles", tag = "access",
    extensions(("x-permission" = json!("users:read"))),
    responses((status = 200, description = "All roles.", body = Page<Role>)),
)]
pub(crate) async fn list(caller: Caller) -> Result<Json<Page<Role>>, Problem> {
    caller.require(Permission::UsersRead)?;
    let built_in = domain::access::Role::ALL.into_iter().map(Role::built_in);
    let own = caller.policy.roles.clone().into_iter().map(|(id, role)| Role::custom(id, role));
    Ok(Json(Page { data: built_in.chain(own).collect(), next_cursor: None }))
}

/// Create a role
///
/// Needs `roles:manage`.
#[utoipa::path(
    post, path = "/v1/roles", operation_id = "create_role", tag = "access", params(IdempotencyKey),
    extensions(("x-permission" = json!("roles:manage"))),
    request_body = NewBody,
    responses(
        (status = 201, description = "The role.", body = Role),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`conflict`: there are as many roles as there can be, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewBody>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let (name, grants) = body.read()?;
        let (id, role) = app::teams::create_role(&app, &caller, name, grants).await.map_err(problem)?;
        Ok((StatusCode::CREATED, Role::custom(id, role)))
    });
    idempotent(&app, &caller, key, "create a role", &request, run).await
}

/// Change a role
///
/// What it gives and takes changes for all its holders at once. Built-in roles cannot be changed. Needs `roles:manage`.
#[utoipa::path(
    patch, path = "/v1/roles/{role_id}", operation_id = "change_role", tag = "access",
    extensions(("x-permission" = json!("roles:manage"))),
    params(("role_id" = inline(schema::RoleId), Path, description = "The role.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The role as it is now.", body = Role),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<RoleId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Role>, Problem> {
    let role = app::teams::change_role(&app, &caller, id, body.read()?).await.map_err(problem)?;
    Ok(Json(Role::custom(id, role)))
}

/// Remove a role
///
/// Its holders lose what it gave. Built-in roles cannot be removed. Needs `roles:manage`.
#[utoipa::path(
    delete, path = "/v1/roles/{role_id}", operation_id = "remove_role", tag = "access",
    extensions(("x-permission" = json!("roles:manage"))),
    params(("role_id" = inline(schema::RoleId), Path, description = "The role.")),
    responses(
        (status = 204, description = "The role is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<RoleId>,
) -> Result<StatusCode, Problem> {
    app::teams::remove_role(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
