//! `/v1/accounts/{account_id}/keywords`: the keywords of a sub account, managed by its master (A06).

use app::App;
use app::administered::Whose;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::{AccountId, KeywordId};
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ChangeBody, Keyword, NewKeyword};
use crate::problem;

/// List a sub account's keywords
///
/// All of them, those that it has made itself among them, in no particular order. Needs `accounts:manage`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/keywords", operation_id = "list_keywords_of_sub_account",
    tag = "keywords",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), PageQuery),
    responses(
        (status = 200, description = "A page of its keywords.", body = Page<Keyword>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Param(account): Param<AccountId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Keyword>>, Problem> {
    let whose = Whose::SubAccount(account);
    let found = app::keywords::list(&app, &caller, whose, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Keyword::from)))
}

/// Make a keyword for a sub account
///
/// Its people cannot change it. Needs `accounts:manage`.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/keywords", operation_id = "create_keyword_for_sub_account",
    tag = "keywords",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(("account_id" = inline(schema::AccountId), Path, description = "The sub account."), IdempotencyKey),
    request_body = NewKeyword,
    responses(
        (status = 201, description = "The keyword.", body = Keyword),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: there are as many as there can be, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Param(account): Param<AccountId>,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewKeyword>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let whose = Whose::SubAccount(account);
        let made = app::keywords::create(&app, &caller, whose, body.into()).await;
        Ok((StatusCode::CREATED, Keyword::from(made.map_err(problem)?)))
    });
    let operation = format!("create a keyword for {account}");
    idempotent(&app, &caller, key, &operation, &request, run).await
}

/// Change a keyword of a sub account
///
/// Also one that it has made itself. Needs `accounts:manage`.
#[utoipa::path(
    patch, path = "/v1/accounts/{account_id}/keywords/{keyword_id}",
    operation_id = "change_keyword_of_sub_account", tag = "keywords",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(
        ("account_id" = inline(schema::AccountId), Path, description = "The sub account."),
        ("keyword_id" = inline(schema::KeywordId), Path, description = "The keyword."),
    ),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The keyword as it is now.", body = Keyword),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param((account, id)): Param<(AccountId, KeywordId)>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Keyword>, Problem> {
    let whose = Whose::SubAccount(account);
    let changed = app::keywords::change(&app, &caller, whose, id, body.into()).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a keyword of a sub account
///
/// Also one that it has made itself. Needs `accounts:manage`.
#[utoipa::path(
    delete, path = "/v1/accounts/{account_id}/keywords/{keyword_id}",
    operation_id = "remove_keyword_of_sub_account", tag = "keywords",
    extensions(("x-permission" = json!("accounts:manage"))),
    params(
        ("account_id" = inline(schema::AccountId), Path, description = "The sub account."),
        ("keyword_id" = inline(schema::KeywordId), Path, description = "The keyword."),
    ),
    responses(
        (status = 204, description = "The keyword is removed."),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param((account, id)): Param<(AccountId, KeywordId)>,
) -> Result<StatusCode, Problem> {
    app::keywords::remove(&app, &caller, Whose::SubAccount(account), id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
