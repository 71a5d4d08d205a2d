//! `/v1/operator/accounts`: what the operator of this installation decides of an account.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::id::AccountId;
use http_api::{ClientAddress, Operator, Param, Problem, Valid, schema};

use crate::own::problem;
use crate::shown::{Plan, Standing};

/// Put an account on a plan
///
/// For the operator of this installation, with the operator's key. It counts from the next request of the account on.
#[utoipa::path(
    put, path = "/v1/operator/accounts/{account_id}/plan", operation_id = "set_plan", tag = "operator",
    security(("operator" = [])), extensions(("x-permission" = json!("operator"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The account.")),
    request_body = Plan,
    responses(
        (status = 200, description = "What the account may do now.", body = Standing),
        (status = 401, description = "`unauthenticated`: the key is not the operator's"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn set_plan(
    State(app): State<App>,
    _operator: Operator,
    ClientAddress(address): ClientAddress,
    Param(id): Param<AccountId>,
    Valid(plan): Valid<Plan>,
) -> Result<Json<Standing>, Problem> {
    let policy = app::accounts::set_plan(&app, id, plan.into(), address).await.map_err(problem)?;
    Ok(Json(Standing::from(&policy)))
}

/// Suspend an account
///
/// For the operator of this installation, with the operator's key. Nobody of the account can do anything, nothing is sent,
/// and no master can reopen it. Suspending it again changes nothing.
#[utoipa::path(
    post, path = "/v1/operator/accounts/{account_id}/suspend", operation_id = "suspend_account", tag = "operator",
    security(("operator" = [])), extensions(("x-permission" = json!("operator"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The account.")),
    responses(
        (status = 200, description = "What the account may do now.", body = Standing),
        (status = 401, description = "`unauthenticated`: the key is not the operator's"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn suspend(
    State(app): State<App>,
    _operator: Operator,
    ClientAddress(address): ClientAddress,
    Param(id): Param<AccountId>,
) -> Result<Json<Standing>, Problem> {
    let policy = app::accounts::set_suspended(&app, id, true, address).await.map_err(problem)?;
    Ok(Json(Standing::from(&policy)))
}

/// Reopen an account
///
/// For the operator of this installation, with the operator's key; whoever has suspended it. Reopening it again changes
/// nothing.
#[utoipa::path(
    post, path = "/v1/operator/accounts/{account_id}/reopen", operation_id = "reopen_account", tag = "operator",
    security(("operator" = [])), extensions(("x-permission" = json!("operator"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The account.")),
    responses(
        (status = 200, description = "What the account may do now.", body = Standing),
        (status = 401, description = "`unauthenticated`: the key is not the operator's"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn reopen(
    State(app): State<App>,
    _operator: Operator,
    ClientAddress(address): ClientAddress,
    Param(id): Param<AccountId>,
) -> Result<Json<Standing>, Problem> {
    let policy = app::accounts::set_suspended(&app, id, false, address).await.map_err(problem)?;
    Ok(Json(Standing::from(&policy)))
}
