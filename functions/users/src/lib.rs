//! The people of an account: who there is, adding somebody, changing what somebody may do.

use std::collections::BTreeSet;

use app::App;
use app::sessions::NewPassword;
use app::users::{NewUser, UserChange, UserError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::{ConversationAccess, Role};
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::name::DisplayName;
use http_api::resource::User;
use http_api::{
    Caller, Code, FieldError, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent,
    schema,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change))
}

/// A user to add.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
struct NewUserBody {
    /// Their name.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// The address they sign in with.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
    /// Their first password.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200, example = "correct horse battery")]
    password: SecretString,
    /// Their roles; none if absent.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Role>, required = false)]
    roles: BTreeSet<Role>,
    /// Which conversations they may see; those assigned to them if absent.
    #[serde(default = "assigned")]
    #[schema(value_type = schema::ConversationAccess, required = false)]
    conversation_access: ConversationAccess,
}

/// The least that lets somebody answer customers.
fn assigned() -> ConversationAccess {
    ConversationAccess::Assigned
}

/// What to change of a user. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
struct UserChangeBody {
    /// Their name.
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
    /// All of their roles.
    #[schema(value_type = Option<Vec<schema::Role>>)]
    roles: Option<BTreeSet<Role>>,
    /// Which conversations they may see.
    #[schema(value_type = Option<schema::ConversationAccess>)]
    conversation_access: Option<ConversationAccess>,
}

/// List users
///
/// In the order in which they were added. Everybody may see their colleagues.
#[utoipa::path(
    get, path = "/v1/users", operation_id = "list_users", tag = "users", params(PageQuery),
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

/// Add a user
///
/// Needs `users:manage`.
#[utoipa::path(
    post, path = "/v1/users", operation_id = "add_user", tag = "users", params(IdempotencyKey),
    request_body = NewUserBody,
    responses(
        (status = 201, description = "The user can sign in.", body = User),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`email-taken`, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
async fn add(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewUserBody>,
) -> Result<Response, Problem> {
    let NewUserBody { name, email, password, roles, conversation_access } = body;
    let request = (&name, &email, password.expose_secret(), &roles, conversation_access);
    let request = serde_json::to_value(request).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let password = NewPassword::try_from(password).map_err(|error| {
            Problem::invalid(FieldError::body(["password"], Code::Invalid, error.to_string()))
        })?;
        let new = NewUser { name, email, password, roles, conversation_access };
        let user = app::users::add(&app, &caller, new).await.map_err(problem)?;
        Ok((StatusCode::CREATED, User::from(user)))
    });
    idempotent(&app, &caller, key, "add a user", &request, run).await
}

/// Change a user
///
/// Changes a user's name, roles or access, from their next request on. Needs `users:manage`.
#[utoipa::path(
    patch, path = "/v1/users/{user_id}", operation_id = "change_user", tag = "users",
    params(("user_id" = inline(schema::UserId), Path, description = "The user.")),
    request_body = UserChangeBody,
    responses(
        (status = 200, description = "The user as they are now.", body = User),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-account-manager`"),
    ),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<UserId>,
    Valid(body): Valid<UserChangeBody>,
) -> Result<Json<User>, Problem> {
    let UserChangeBody { name, roles, conversation_access } = body;
    let change = UserChange { name, roles, conversation_access };
    let user = app::users::update(&app, &caller, id, change).await.map_err(problem)?;
    Ok(Json(user.into()))
}

fn problem(error: UserError) -> Problem {
    match error {
        UserError::Forbidden(forbidden) => forbidden.into(),
        UserError::NotFound => Problem::NotFound,
        UserError::EmailTaken => Problem::EmailTaken,
        UserError::LastAccountManager => Problem::LastAccountManager,
        UserError::Cursor(invalid) => invalid.into(),
        UserError::Failure(failure) => failure.into(),
    }
}
