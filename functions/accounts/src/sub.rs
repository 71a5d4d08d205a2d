//! `/v1/accounts`: sub accounts (A02 to A09).

use std::collections::BTreeMap;

use app::App;
use app::sub_accounts::{NewSubAccount, SubAccountChange, SubAccountError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Feature;
use domain::account::ZoneName;
use domain::email::EmailAddress;
use domain::id::AccountId;
use domain::name::DisplayName;
use domain::phone::Region;
use http_api::resource::{Branding, User};
use http_api::{
    Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, object,
    optional_object, password_flaws_at, schema,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::shown::SubAccount;

/// A sub account to open.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSubAccount)]
pub(crate) struct NewBody {
    /// Its name.
    #[schema(value_type = schema::DisplayName, example = "Harbour branch")]
    name: DisplayName,
    /// Its time zone.
    #[schema(value_type = schema::TimeZone)]
    time_zone: ZoneName,
    /// Where its people write phone numbers without a country code.
    #[schema(value_type = schema::Region)]
    region: Region,
    /// Its first user, who gets every role.
    #[serde(deserialize_with = "object")]
    owner: OwnerBody,
}

/// The first user of a sub account.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubAccountOwner)]
pub(crate) struct OwnerBody {
    /// Their name.
    #[schema(value_type = schema::DisplayName)]
    name: DisplayName,
    /// The address they sign in with.
    #[schema(value_type = schema::EmailAddress)]
    email: EmailAddress,
    /// Their first password. Without one they are invited by e-mail and choose it themselves.
    #[schema(value_type = Option<String>, format = Password, max_length = 200, example = "correct horse battery")]
    password: Option<SecretString>,
}

/// What to change of a sub account. What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubAccountChange)]
pub(crate) struct ChangeBody {
    /// Its name.
    #[schema(value_type = Option<schema::DisplayName>)]
    name: Option<DisplayName>,
    /// Its looks, all that is said of it alone.
    #[serde(default, deserialize_with = "optional_object")]
    branding: Option<Branding>,
    /// Features to switch on (true) and off (false), by their names in `standing.features`. Only what your own account has
    /// can be switched on.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, bool>, required = false, example = json!({"buy_credits": true}))]
    features: BTreeMap<Feature, bool>,
}

/// List sub accounts
///
/// In the order in which they were opened. Needs `accounts:read`.
#[utoipa::path(
    get, path = "/v1/accounts", operation_id = "list_sub_accounts", tag = "accounts", params(PageQuery),
    extensions(("x-permission" = json!("accounts:read"))),
    responses(
        (status = 200, description = "A page of the account's sub accounts.", body = Page<SubAccount>),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SubAccount>>, Problem> {
    let found = app::sub_accounts::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, SubAccount::from)))
}

/// Open a sub account
///
/// It has users, contacts, numbers, conversations and credits of its own, and sees nothing of its siblings, nor you
/// anything of its daily work. It begins with the features that your account has, but for `buy_credits`. Needs
/// `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts", operation_id = "open_sub_account", tag = "accounts", params(IdempotencyKey),
    extensions(("x-permission" = json!("accounts:manage"))),
    request_body = NewBody,
    responses(
        (status = 201, description = "The sub account is open.", body = SubAccount),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`email-taken`, `conflict`: five accounts stand above each other, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewBody>,
) -> Result<Response, Problem> {
    let NewBody { name, time_zone, region, owner } = body;
    let OwnerBody { name: owner_name, email: owner_email, password: owner_password } = owner;
    let secret = owner_password.as_ref().map(ExposeSecret::expose_secret);
    let request = (&name, &time_zone, region, &owner_name, &owner_email, secret);
    let request = serde_json::to_value(request).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let new = NewSubAccount { name, time_zone, region, owner_name, owner_email, owner_password };
        let opened = app::sub_accounts::open(&app, &caller, new).await.map_err(problem)?;
        Ok((StatusCode::CREATED, SubAccount::from(opened)))
    });
    idempotent(&app, &caller, key, "open a sub account", &request, run).await
}

/// Get a sub account
///
/// Needs `accounts:read`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}", operation_id = "get_sub_account", tag = "accounts",
    extensions(("x-permission" = json!("accounts:read"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    responses(
        (status = 200, description = "The sub account.", body = SubAccount),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
) -> Result<Json<SubAccount>, Problem> {
    Ok(Json(app::sub_accounts::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Change a sub account
///
/// Changes its name, its looks and its features, from its people's next request on. Needs `accounts:manage`.
#[utoipa::path(
    patch, path = "/v1/accounts/{account_id}", operation_id = "change_sub_account", tag = "accounts",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The sub account as it is now.", body = SubAccount),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`: your account has not this feature itself"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<SubAccount>, Problem> {
    let ChangeBody { name, branding, features } = body;
    let change = SubAccountChange { name, branding: branding.map(Into::into), features };
    Ok(Json(app::sub_accounts::change(&app, &caller, id, change).await.map_err(problem)?.into()))
}

/// Invite the first user of a sub account again
///
/// For a first user who has not come: they get another link, and the earlier one ends. Needs `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/invitation", operation_id = "invite_first_user_again", tag = "accounts",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    responses(
        (status = 200, description = "The first user, who has mail.", body = User),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: the first user has joined"),
    ),
)]
pub(crate) async fn invite_again(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
) -> Result<Json<User>, Problem> {
    Ok(Json(app::first_users::invite_again(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Suspend a sub account
///
/// Its people can do nothing until it is reopened, and nothing is sent; what customers write is kept. Suspending it again
/// changes nothing. Needs `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/suspend", operation_id = "suspend_sub_account", tag = "accounts",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    responses(
        (status = 200, description = "The sub account as it is now.", body = SubAccount),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn suspend(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
) -> Result<Json<SubAccount>, Problem> {
    Ok(Json(app::sub_accounts::set_suspended(&app, &caller, id, true).await.map_err(problem)?.into()))
}

/// Reopen a sub account
///
/// Everything is as it was before it was suspended. Reopening it again changes nothing. Needs `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/reopen", operation_id = "reopen_sub_account", tag = "accounts",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account.")),
    responses(
        (status = 200, description = "The sub account as it is now.", body = SubAccount),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: the operator has suspended it"),
    ),
)]
pub(crate) async fn reopen(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AccountId>,
) -> Result<Json<SubAccount>, Problem> {
    Ok(Json(app::sub_accounts::set_suspended(&app, &caller, id, false).await.map_err(problem)?.into()))
}

fn problem(error: SubAccountError) -> Problem {
    match error {
        SubAccountError::TooDeep
        | SubAccountError::SuspendedByOperator
        | SubAccountError::FirstUserJoined => Problem::Conflict(error.to_string().into()),
        SubAccountError::FeatureNotOwned(feature) => Problem::NotInPlan { feature: feature.name() },
        SubAccountError::Flawed(flaws) => password_flaws_at(&["owner", "password"], &flaws),
        SubAccountError::EmailTaken => Problem::EmailTaken,
        SubAccountError::Forbidden(forbidden) => forbidden.into(),
        SubAccountError::NotFound => Problem::NotFound,
        SubAccountError::Cursor(invalid) => invalid.into(),
        SubAccountError::Failure(failure) => failure.into(),
    }
}
