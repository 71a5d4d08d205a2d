//! `/v1/accounts/{account_id}/templates`: templates that a master makes for a sub account to use (A07).

use app::App;
use app::administered::Whose;
use app::scopes::Reach;
use app::templates::NewTemplate;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::{AccountId, TemplateId};
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ChangeBody, NewTemplate as NewTemplateBody, Template};
use crate::problem;

/// List a sub account's templates
///
/// Those that were made for it from here, in the order in which they were made; a page may have fewer than its limit although
/// more follow. Needs `accounts:manage`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/templates", operation_id = "list_templates_of_sub_account",
    tag = "templates",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), PageQuery),
    responses(
        (status = 200, description = "A page of its templates.", body = Page<Template>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Param(account): Param<AccountId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Template>>, Problem> {
    let whose = Whose::SubAccount(account);
    let found = app::templates::list(&app, &caller, whose, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Template::from)))
}

/// Make a template for a sub account
///
/// Its people use it and cannot change it. Needs `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/templates", operation_id = "create_template_for_sub_account",
    tag = "templates",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), IdempotencyKey),
    request_body = NewTemplateBody,
    responses(
        (status = 201, description = "The template.", body = Template),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Param(account): Param<AccountId>,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewTemplateBody>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let whose = Whose::SubAccount(account);
        let new = NewTemplate { name: body.name, text: body.text, reach: Reach::Account };
        let made = app::templates::create(&app, &caller, whose, new).await;
        Ok((StatusCode::CREATED, Template::from(made.map_err(problem)?)))
    });
    let operation = format!("create a template for {account}");
    idempotent(&app, &caller, key, &operation, &request, run).await
}

/// Change a template of a sub account
///
/// One that was made for it from here. Needs `accounts:manage`.
#[utoipa::path(
    patch, path = "/v1/accounts/{account_id}/templates/{template_id}",
    operation_id = "change_template_of_sub_account", tag = "templates",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(
        ("account_id" = inline(schema::AccountId), Path, description = "The sub account."),
        ("template_id" = inline(schema::TemplateId), Path, description = "The template."),
    ),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The template as it is now.", body = Template),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param((account, id)): Param<(AccountId, TemplateId)>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Template>, Problem> {
    let whose = Whose::SubAccount(account);
    let changed = app::templates::change(&app, &caller, whose, id, body.into()).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a template of a sub account
///
/// One that was made for it from here. Needs `accounts:manage`.
#[utoipa::path(
    delete, path = "/v1/accounts/{account_id}/templates/{template_id}",
    operation_id = "remove_template_of_sub_account", tag = "templates",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(
        ("account_id" = inline(schema::AccountId), Path, description = "The sub account."),
        ("template_id" = inline(schema::TemplateId), Path, description = "The template."),
    ),
    responses(
        (status = 204, description = "The template is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: a keyword is answered with it"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param((account, id)): Param<(AccountId, TemplateId)>,
) -> Result<StatusCode, Problem> {
    app::templates::remove(&app, &caller, Whose::SubAccount(account), id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
