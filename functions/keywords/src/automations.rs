//! `/v1/automations`: what is sent and who is assigned when something happens in a conversation (C14, C19, C20, D20).

use app::App;
use app::automations::{AutomationChange, NewAutomation};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::automation::Trigger;
use domain::id::{AutomationId, TemplateId};
use domain::name::DisplayName;
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::assign::AssignBody;
use crate::automation_problem as problem;
use crate::body::said;

/// An automation.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Automation {
    /// Its id.
    #[schema(value_type = schema::AutomationId)]
    id: AutomationId,
    /// What people call it.
    #[schema(value_type = schema::DisplayName, example = "Ask for a review")]
    name: DisplayName,
    /// What starts it. Only what people and customers do does, never what an automation has caused.
    #[schema(value_type = schema::AutomationTrigger)]
    trigger: Trigger,
    /// The template that it sends; null: it only assigns.
    #[schema(value_type = Option<schema::TemplateId>, required = true)]
    template_id: Option<TemplateId>,
    /// Who is assigned.
    assign: AssignBody,
    /// Whether it is switched on.
    enabled: bool,
    /// When it was made.
    #[schema(value_type = schema::Time)]
    created_at: Timestamp,
}

impl From<domain::automation::Automation> for Automation {
    fn from(it: domain::automation::Automation) -> Self {
        let domain::automation::Automation { id, name, trigger, template, assign, enabled, created_at } = it;
        Self { id, name, trigger, template_id: template, assign: assign.into(), enabled, created_at }
    }
}

/// An automation to make. It sends a template, assigns somebody, or both.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAutomation)]
pub(crate) struct NewBody {
    /// What people call it.
    #[schema(value_type = schema::DisplayName, example = "Ask for a review")]
    name: DisplayName,
    /// What starts it.
    #[schema(value_type = schema::AutomationTrigger)]
    trigger: Trigger,
    /// The template that it sends, one that everybody has. Nobody is asked for its fields: those are the customer's name or the
    /// business's, or say what stands in their place.
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<TemplateId>,
    /// Who is assigned; nobody if absent.
    #[serde(default, deserialize_with = "http_api::object")]
    #[schema(required = false)]
    assign: AssignBody,
    /// Whether it is switched on.
    #[serde(default = "switched_on")]
    #[schema(required = false, default = true)]
    enabled: bool,
}

fn switched_on() -> bool {
    true
}

impl From<NewBody> for NewAutomation {
    fn from(NewBody { name, trigger, template_id, assign, enabled }: NewBody) -> Self {
        Self { name, trigger, template: template_id, assign: assign.into(), enabled }
    }
}

/// What to change of an automation. What is absent stays as it is.
#[expect(clippy::option_option, reason = "null and nothing are two things")]
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationChange)]
pub(crate) struct ChangeBody {
    /// What people call it.
    #[schema(value_type = Option<schema::DisplayName>, example = "Ask for a review")]
    name: Option<DisplayName>,
    /// What starts it.
    #[schema(value_type = Option<schema::AutomationTrigger>)]
    trigger: Option<Trigger>,
    /// The template that it sends; null: it sends nothing any more.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<schema::TemplateId>)]
    template_id: Option<Option<TemplateId>>,
    /// Who is assigned.
    #[serde(default, deserialize_with = "http_api::optional_object")]
    assign: Option<AssignBody>,
    /// Whether it is switched on.
    enabled: Option<bool>,
}

impl From<ChangeBody> for AutomationChange {
    fn from(ChangeBody { name, trigger, template_id, assign, enabled }: ChangeBody) -> Self {
        Self { name, trigger, template: template_id, assign: assign.map(Into::into), enabled }
    }
}

/// List automations
///
/// In the order in which they were made. Needs `automations:read`.
#[utoipa::path(
    get, path = "/v1/automations", operation_id = "list_automations", tag = "automations", params(PageQuery),
    extensions(("x-permission" = json!("automations:read"))),
    responses(
        (status = 200, description = "A page of the account's automations.", body = Page<Automation>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Automation>>, Problem> {
    let found = app::automations::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Automation::from)))
}

/// Make an automation
///
/// It runs once for each time that it is started. A message that cannot be sent then (too few credits, an opt-out) is left out,
/// and nobody is assigned. At most ten messages are sent by themselves in one conversation within an hour. Needs
/// `automations:manage`.
#[utoipa::path(
    post, path = "/v1/automations", operation_id = "create_automation", tag = "automations",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("automations:manage"))),
    request_body = NewBody,
    responses(
        (status = 201, description = "The automation.", body = Automation),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`in-progress`; `conflict`: there are as many as there can be"),
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
        let made = app::automations::create(&app, &caller, body.into()).await.map_err(problem)?;
        Ok((StatusCode::CREATED, Automation::from(made)))
    });
    idempotent(&app, &caller, key, "create an automation", &request, run).await
}

/// Get an automation
///
/// Needs `automations:read`.
#[utoipa::path(
    get, path = "/v1/automations/{automation_id}", operation_id = "get_automation", tag = "automations",
    extensions(("x-permission" = json!("automations:read"))),
    params(("automation_id" = inline(schema::AutomationId), Path, description = "The automation.")),
    responses(
        (status = 200, description = "The automation.", body = Automation),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AutomationId>,
) -> Result<Json<Automation>, Problem> {
    Ok(Json(app::automations::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Change an automation
///
/// `enabled` switches it off and on. Needs `automations:manage`.
#[utoipa::path(
    patch, path = "/v1/automations/{automation_id}", operation_id = "change_automation", tag = "automations",
    extensions(("x-permission" = json!("automations:manage"))),
    params(("automation_id" = inline(schema::AutomationId), Path, description = "The automation.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The automation as it is now.", body = Automation),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AutomationId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Automation>, Problem> {
    Ok(Json(app::automations::change(&app, &caller, id, body.into()).await.map_err(problem)?.into()))
}

/// Remove an automation
///
/// What it has sent and whom it has assigned stays. Needs `automations:manage`.
#[utoipa::path(
    delete, path = "/v1/automations/{automation_id}", operation_id = "remove_automation", tag = "automations",
    extensions(("x-permission" = json!("automations:manage"))),
    params(("automation_id" = inline(schema::AutomationId), Path, description = "The automation.")),
    responses(
        (status = 204, description = "The automation is removed."),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<AutomationId>,
) -> Result<StatusCode, Problem> {
    app::automations::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
