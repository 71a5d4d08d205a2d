//! The people of an account: who there is, inviting, changing, overriding, removing.

mod change;
mod invite;

use app::App;
use app::users::UserError;
use axum::Json;
use axum::extract::State;
use domain::id::UserId;
use http_api::resource::User;
use http_api::{Caller, Code, FieldError, Page, PageQuery, Param, Problem, Query, password_flaws, schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, invite::add))
        .routes(routes!(get, change::change, change::remove))
        .routes(routes!(change::set_overrides))
        .routes(routes!(invite::invite_again))
}

/// List users
///
/// In the order in which they were added. Needs `users:read`, which everybody has unless it is denied.
#[utoipa::path(
    get, path = "/v1/users", operation_id = "list_users", tag = "users", params(PageQuery),
    extensions(("x-permission" = json!("users:read"))),
    responses((status = 200, description = "A page of the account's users.", body = Page<User>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<User>>, Problem> {
    let users = app::users::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(users, User::from)))
}

/// Get a user
///
/// Needs `users:read`.
#[utoipa::path(
    get, path = "/v1/users/{user_id}", operation_id = "get_user", tag = "users",
    extensions(("x-permission" = json!("users:read"))),
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    responses(
        (status = 200, description = "The user.", body = User),
        (status = 404, description = "`not-found`"),
    ),
)]
async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<UserId>,
) -> Result<Json<User>, Problem> {
    Ok(Json(app::users::get(&app, &caller, id).await.map_err(problem)?.into()))
}

fn problem(error: UserError) -> Problem {
    let field = |field, code| Problem::invalid(FieldError::body([field], code, error.to_string()));
    match error {
        UserError::NoSuchRole => field("roles", Code::NoSuchThing),
        UserError::NoSuchTeam => field("team_ids", Code::NoSuchThing),
        UserError::TooManyRoles => field("roles", Code::OutOfRange),
        UserError::TooManyTeams => field("team_ids", Code::OutOfRange),
        UserError::NoSuchSuccessor => {
            Problem::invalid(FieldError::query("reassign_to", Code::NoSuchThing, error.to_string()))
        }
        UserError::State(reason) => Problem::Conflict(reason.into()),
        UserError::Forbidden(forbidden) => forbidden.into(),
        UserError::NotFound => Problem::NotFound,
        UserError::EmailTaken => Problem::EmailTaken,
        UserError::Flawed(flaws) => password_flaws("password", &flaws),
        UserError::LastAccountManager => Problem::LastAccountManager,
        UserError::Cursor(invalid) => invalid.into(),
        UserError::Failure(failure) => failure.into(),
    }
}
