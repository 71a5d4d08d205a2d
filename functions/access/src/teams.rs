//! `/v1/teams`: groups of users with common permissions (A15, B06).

use app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Permission;
use domain::id::TeamId;
use domain::name::DisplayName;
use http_api::resource::Grants;
use http_api::{Caller, IdempotencyKey, Page, Param, Problem, Valid, idempotent, schema};
use serde::Serialize;

use crate::body::{ChangeBody, NewBody};
use crate::problem;

/// A team. Who belongs to it is said of each user.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Team {
    /// Its id.
    #[schema(value_type = schema::TeamId)]
    id: TeamId,
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Customer service")]
    name: DisplayName,
    /// What it gives its members and takes from them.
    permissions: Grants,
}

impl Team {
    fn new(id: TeamId, domain::policy::Team { name, grants }: domain::policy::Team) -> Self {
        Self { id, name, permissions: grants.into() }
    }
}

/// List teams
///
/// All of the account's teams, in the order in which they were created. Needs `users:read`.
#[utoipa::path(
    get, path = "/v1/teams", operation_id = "list_teams", tag = "access",
    extensions(("x-permission" = json!("users:read"))),
    responses((status = 200, description = "The account's teams.", body = Page<Team>)),
)]
pub(crate) async fn list(caller: Caller) -> Result<Json<Page<Team>>, Problem> {
    caller.require(Permission::UsersRead)?;
    let teams = caller.policy.teams.clone().into_iter().map(|(id, team)| Team::new(id, team));
    Ok(Json(Page { data: teams.collect(), next_cursor: None }))
}

/// Create a team
///
/// Needs `teams:manage`.
#[utoipa::path(
    post, path = "/v1/teams", operation_id = "create_team", tag = "access", params(IdempotencyKey),
    extensions(("x-permission" = json!("teams:manage"))),
    request_body = NewBody,
    responses(
        (status = 201, description = "The team.", body = Team),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`conflict`: there are as many teams as there can be, `in-progress`"),
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
        let (id, team) = app::teams::create_team(&app, &caller, name, grants).await.map_err(problem)?;
        Ok((StatusCode::CREATED, Team::new(id, team)))
    });
    idempotent(&app, &caller, key, "create a team", &request, run).await
}

/// Change a team
///
/// What it gives and takes changes for all its members at once. Needs `teams:manage`.
#[utoipa::path(
    patch, path = "/v1/teams/{team_id}", operation_id = "change_team", tag = "access",
    extensions(("x-permission" = json!("teams:manage"))),
    params(("team_id" = inline(schema::TeamId), Path, description = "The team.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The team as it is now.", body = Team),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TeamId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Team>, Problem> {
    let team = app::teams::change_team(&app, &caller, id, body.read()?).await.map_err(problem)?;
    Ok(Json(Team::new(id, team)))
}

/// Remove a team
///
/// What it gave and took counts no more; its members stay. Needs `teams:manage`.
#[utoipa::path(
    delete, path = "/v1/teams/{team_id}", operation_id = "remove_team", tag = "access",
    extensions(("x-permission" = json!("teams:manage"))),
    params(("team_id" = inline(schema::TeamId), Path, description = "The team.")),
    responses(
        (status = 204, description = "The team is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TeamId>,
) -> Result<StatusCode, Problem> {
    app::teams::remove_team(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
