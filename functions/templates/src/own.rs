//! `/v1/templates`: the templates of one's own account, its master's among them.

use app::App;
use app::administered::Whose;
use app::templates::NewTemplate;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::TemplateId;
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ChangeBody, NewOwnTemplate, Template};
use crate::problem;
use crate::scope::reach;

/// List templates
///
/// Those that you have at hand: everybody's, those of your teams and your own, each in the order in which they were made; whoever
/// may manage templates sees those of all teams. A page may have fewer than its limit although more follow. Needs
/// `templates:read`.
#[utoipa::path(
    get, path = "/v1/templates", operation_id = "list_templates", tag = "templates", params(PageQuery),
    extensions(("x-permission" = json!("templates:read"))),
    responses(
        (status = 200, description = "A page of templates.", body = Page<Template>),
        (status = 403, description = "`forbidden`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Template>>, Problem> {
    let found = app::templates::list(&app, &caller, Whose::Own, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Template::from)))
}

/// Make a template
///
/// For everybody or for a team it needs `templates:manage`, for yourself `messages:compose`: what you have written for yourself
/// is a text of your own.
#[utoipa::path(
    post, path = "/v1/templates", operation_id = "create_template", tag = "templates", params(IdempotencyKey),
    extensions(("x-permission" = json!("templates:manage"))),
    request_body = NewOwnTemplate,
    responses(
        (status = 201, description = "The template.", body = Template),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`; `conflict`: there are as many as there can be"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewOwnTemplate>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let reach = reach(body.scope, body.team_id)?;
        let new = NewTemplate { name: body.name, text: body.text, reach };
        let made = app::templates::create(&app, &caller, Whose::Own, new).await;
        Ok((StatusCode::CREATED, Template::from(made.map_err(problem)?)))
    });
    idempotent(&app, &caller, key, "create a template", &request, run).await
}

/// Get a template
///
/// Needs `templates:read`.
#[utoipa::path(
    get, path = "/v1/templates/{template_id}", operation_id = "get_template", tag = "templates",
    extensions(("x-permission" = json!("templates:read"))),
    params(("template_id" = inline(schema::TemplateId), Path, description = "The template.")),
    responses(
        (status = 200, description = "The template.", body = Template),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TemplateId>,
) -> Result<Json<Template>, Problem> {
    let found = app::templates::get(&app, &caller, id).await.map_err(problem)?;
    Ok(Json(found.into()))
}

/// Change a template
///
/// Messages that were made from it stay as they are. Needs `templates:manage`, or `messages:compose` if it is your own.
#[utoipa::path(
    patch, path = "/v1/templates/{template_id}", operation_id = "change_template", tag = "templates",
    extensions(("x-permission" = json!("templates:manage"))),
    params(("template_id" = inline(schema::TemplateId), Path, description = "The template.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The template as it is now.", body = Template),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`managed-by-master`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TemplateId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Template>, Problem> {
    let changed =
        app::templates::change(&app, &caller, Whose::Own, id, body.into()).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a template
///
/// Messages that were made from it stay as they are. Needs `templates:manage`, or `messages:compose` if it is your own.
#[utoipa::path(
    delete, path = "/v1/templates/{template_id}", operation_id = "remove_template", tag = "templates",
    extensions(("x-permission" = json!("templates:manage"))),
    params(("template_id" = inline(schema::TemplateId), Path, description = "The template.")),
    responses(
        (status = 204, description = "The template is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`managed-by-master`; `conflict`: a keyword is answered with it"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<TemplateId>,
) -> Result<StatusCode, Problem> {
    app::templates::remove(&app, &caller, Whose::Own, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
