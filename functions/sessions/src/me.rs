//! `GET /v1/me`: who one is, and what one may do.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use http_api::resource::User;
use http_api::{Caller, Problem, schema};
use serde::Serialize;

use crate::account::Account;

/// Who one is, and what one may do.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// The user who asks.
    user: User,
    /// Their account.
    account: Account,
    /// What they may do at this moment.
    #[schema(value_type = Vec<schema::Permission>)]
    permissions: Vec<&'static str>,
}

/// Who am I?
#[utoipa::path(
    get, path = "/v1/me", operation_id = "me", tag = "sessions",
    responses((status = 200, description = "The user, their account and their permissions.", body = Me)),
)]
pub(crate) async fn me(State(app): State<App>, Caller(caller): Caller) -> Result<Json<Me>, Problem> {
    let account = app::accounts::settings(&app, &caller).await?;
    let held = Permission::ALL.into_iter().filter(|permission| caller.profile.may(*permission));
    let permissions = held.map(Permission::name).collect();
    Ok(Json(Me { user: caller.profile.into(), account: account.into(), permissions }))
}
