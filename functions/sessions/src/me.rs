//! `GET /v1/me`: who one is, and what one may do.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::access::{ConversationAccess, MessageAccess, Permission};
use http_api::resource::User;
use http_api::{CallerOnHold, Problem, schema};
use serde::Serialize;
use std::collections::BTreeSet;

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
    permissions: BTreeSet<Permission>,
    /// Which conversations stand in their inbox.
    #[schema(value_type = schema::ConversationAccess)]
    conversation_access: ConversationAccess,
    /// What they may do with conversations that are assigned to others.
    #[schema(value_type = schema::MessageAccess)]
    message_access: MessageAccess,
}

/// Who am I?
#[utoipa::path(
    get, path = "/v1/me", operation_id = "me", tag = "sessions",
    extensions(("x-permission" = json!("self"))),
    responses((status = 200, description = "The user, their account and their permissions.", body = Me)),
)]
pub(crate) async fn me(
    State(app): State<App>,
    CallerOnHold(caller): CallerOnHold,
) -> Result<Json<Me>, Problem> {
    let account = app::accounts::settings(&app, &caller).await?;
    let permitted = |permission: &Permission| caller.require(*permission).is_ok();
    Ok(Json(Me {
        permissions: caller.rights.permissions().iter().copied().filter(permitted).collect(),
        conversation_access: caller.rights.conversation_access(),
        message_access: caller.rights.message_access(),
        user: caller.profile.into(),
        account: account.into(),
    }))
}
