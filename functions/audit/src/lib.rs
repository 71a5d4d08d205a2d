//! The audit log: who changed what, when, from where, and how it was before and after (B05).

mod entry;
mod export;

use app::App;
use app::audit_log::{AuditFilter, AuditLogError};
use axum::Json;
use axum::extract::State;
use domain::audit::{AuditAction, Subject};
use http_api::{Caller, Code, FieldError, Page, PageLimit, Problem, Query, schema};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::entry::AuditEntry;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export::export))
}

/// Which entries. All parts have to hold.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only what this actor did: the id of a user or an API key, or `operator`, `nobody` or `system`.
    #[param(inline, value_type = Option<schema::Subject>)]
    actor: Option<Subject>,
    /// Only this action.
    #[param(inline, value_type = Option<schema::AuditAction>)]
    action: Option<AuditAction>,
    /// Only what was done to this: its id.
    #[param(inline, value_type = Option<schema::Subject>)]
    object: Option<Subject>,
    /// Only what happened then or later.
    #[param(inline, value_type = Option<schema::Time>)]
    from: Option<Timestamp>,
    /// Only what happened before.
    #[param(inline, value_type = Option<schema::Time>)]
    until: Option<Timestamp>,
    /// How many entries a page has at most. With a filter it may have fewer, even none, although more follow.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    cursor: Option<String>,
}

/// See the audit log
///
/// Who changed what, when, from where, and how it was before and after; newest first. What happens in conversations is in
/// it a moment later. Needs `audit:read`.
#[utoipa::path(
    get, path = "/v1/audit-log", operation_id = "list_audit_log", tag = "audit", params(AuditQuery),
    extensions(("x-permission" = json!("audit:read"))),
    responses(
        (status = 200, description = "A page of the log.", body = Page<AuditEntry>),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let AuditQuery { actor, action, object, from, until, limit, cursor } = query;
    let filter = AuditFilter { actor, object, action, from, until };
    let page = limit.request(cursor.as_deref());
    let found = app::audit_log::list(&app, &caller, &filter, page).await.map_err(problem)?;
    Ok(Json(Page::of(found, AuditEntry::from)))
}

fn problem(error: AuditLogError) -> Problem {
    match error {
        AuditLogError::Forbidden(forbidden) => forbidden.into(),
        AuditLogError::EndsBeforeItBegins => {
            Problem::invalid(FieldError::query("until", Code::OutOfRange, "this is before `from`"))
        }
        AuditLogError::Cursor(invalid) => invalid.into(),
        AuditLogError::Failure(failure) => failure.into(),
    }
}
