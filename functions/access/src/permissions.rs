//! `/v1/permissions`: what there is to permit, and why somebody may or may not do it (A14, A22).

use app::App;
use axum::Json;
use axum::extract::State;
use domain::access::{EVERYBODY, Effect, Role, RoleRef, Source};
use domain::id::{TeamId, UserId};
use domain::policy::Forbidden;
use http_api::{Caller, Page, Problem, Query, schema};
use serde::{Deserialize, Serialize};

/// Something that can be permitted.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Permission {
    /// Its name.
    #[schema(value_type = schema::Permission)]
    name: domain::access::Permission,
    /// What it lets somebody do.
    #[schema(example = "Order credits.")]
    meaning: &'static str,
    /// Whether everybody has it unless it is denied.
    everybody: bool,
    /// The built-in roles that give it.
    #[schema(value_type = Vec<schema::Role>)]
    roles: Vec<RoleRef>,
    /// The feature without which nobody of the account has any use of it.
    #[schema(required = true, example = "buy_credits")]
    feature: Option<&'static str>,
    /// Whether only paying customers have it.
    paying_customers_only: bool,
}

impl From<domain::access::Permission> for Permission {
    fn from(permission: domain::access::Permission) -> Self {
        let gives = |role: &Role| role.permissions().contains(&permission);
        Self {
            name: permission,
            meaning: permission.meaning(),
            everybody: EVERYBODY.contains(&permission),
            roles: Role::ALL.into_iter().filter(gives).map(RoleRef::from).collect(),
            feature: permission.feature().map(domain::access::Feature::name),
            paying_customers_only: permission.for_paying_customers(),
        }
    }
}

/// List permissions
///
/// Every permission that there is. Each operation of this API names the one it needs as `x-permission`.
#[utoipa::path(
    get, path = "/v1/permissions", operation_id = "list_permissions", tag = "access",
    extensions(("x-permission" = json!("self"))),
    responses((status = 200, description = "All permissions.", body = Page<Permission>)),
)]
pub(crate) async fn list(_caller: Caller) -> Json<Page<Permission>> {
    let all = domain::access::Permission::ALL.iter().copied().map(Permission::from);
    Json(Page { data: all.collect(), next_cursor: None })
}

/// Whom and what the question is about.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplainQuery {
    /// The user.
    #[param(value_type = schema::UserId)]
    user_id: UserId,
    /// The permission.
    #[param(value_type = schema::Permission)]
    permission: domain::access::Permission,
}

/// Why somebody may or may not do something.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Explanation {
    /// Whether they can do it now: they have the permission, and the account has what it takes.
    allowed: bool,
    /// Whether they have the permission.
    granted: bool,
    /// What decided whether they have it; null if nothing gives it.
    #[schema(required = true)]
    decided_by: Option<Spoken>,
    /// Everything that speaks of it.
    spoken: Vec<Spoken>,
    /// What the account lacks, if the permission alone is not enough: a feature, or `paying_customer`.
    #[schema(required = true, example = "messaging")]
    account_lacks: Option<&'static str>,
}

/// What speaks of a permission, and what it says.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Spoken {
    /// What speaks.
    source: SourceKind,
    /// Which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Role>)]
    role: Option<RoleRef>,
    /// Which team.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::TeamId>)]
    team_id: Option<TeamId>,
    /// Whether it gives or takes the permission.
    #[schema(value_type = SpokenEffect)]
    effect: Effect,
}

/// Whether something gives or takes.
#[derive(utoipa::ToSchema)]
#[schema(as = PermissionEffect, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the domain's values for the API's document")]
pub(crate) enum SpokenEffect {
    Grant,
    Deny,
}

/// What can speak of a permission.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PermissionSource)]
pub(crate) enum SourceKind {
    /// Everybody has it.
    Everybody,
    /// The access to conversations that is set for the user.
    ConversationAccess,
    /// A role.
    Role,
    /// A team.
    Team,
    /// What was said about this user alone.
    Override,
}

impl From<(Source, Effect)> for Spoken {
    fn from((source, effect): (Source, Effect)) -> Self {
        let (kind, role, team_id) = match source {
            Source::Everybody => (SourceKind::Everybody, None, None),
            Source::Access => (SourceKind::ConversationAccess, None, None),
            Source::Role(role) => (SourceKind::Role, Some(role), None),
            Source::Team(team) => (SourceKind::Team, None, Some(team)),
            Source::Override => (SourceKind::Override, None, None),
        };
        Self { source: kind, role, team_id, effect }
    }
}

/// Explain a permission
///
/// Whether a user may do something, and which role, team or override decided it. About oneself everybody may ask; about
/// others it needs `users:read`.
#[utoipa::path(
    get, path = "/v1/permissions/explain", operation_id = "explain_permission", tag = "access", params(ExplainQuery),
    extensions(("x-permission" = json!("users:read"))),
    responses(
        (status = 200, description = "The explanation.", body = Explanation),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`: there is no such user"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn explain(
    State(app): State<App>,
    caller: Caller,
    Query(ExplainQuery { user_id, permission }): Query<ExplainQuery>,
) -> Result<Json<Explanation>, Problem> {
    let (explanation, permitted) =
        app::users::explain(&app, &caller, user_id, permission).await.map_err(refused)?;
    let account_lacks = match permitted {
        Err(Forbidden::Feature(feature)) => Some(feature.name()),
        Err(Forbidden::PayingCustomersOnly(_)) => Some("paying_customer"),
        Ok(()) | Err(Forbidden::Permission(_)) => None,
    };
    let decisive = explanation.decided_by;
    let spoken: Vec<Spoken> = explanation.spoken.iter().copied().map(Spoken::from).collect();
    let decided_by = explanation.spoken.into_iter().find(|(source, _)| Some(*source) == decisive);
    Ok(Json(Explanation {
        allowed: permitted.is_ok(),
        granted: explanation.allowed,
        decided_by: decided_by.map(Spoken::from),
        spoken,
        account_lacks,
    }))
}

fn refused(error: app::users::UserError) -> Problem {
    match error {
        app::users::UserError::Forbidden(forbidden) => forbidden.into(),
        app::users::UserError::Failure(failure) => failure.into(),
        _ => Problem::NotFound,
    }
}
