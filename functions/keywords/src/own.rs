//! `/v1/keywords`: the keywords of one's own account, its master's among them.

use app::App;
use app::administered::Whose;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::KeywordId;
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ChangeBody, Keyword, NewKeyword};
use crate::problem;

/// List keywords
///
/// In no particular order. Needs `keywords:read`.
#[utoipa::path(
    get, path = "/v1/keywords", operation_id = "list_keywords", tag = "keywords", params(PageQuery),
    extensions(("x-permission" = json!("keywords:read"))),
    responses(
        (status = 200, description = "A page of the account's keywords.", body = Page<Keyword>),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Keyword>>, Problem> {
    let found = app::keywords::list(&app, &caller, Whose::Own, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Keyword::from)))
}

/// Make a keyword
///
/// Whoever texts the word, and nothing else, is put on the list, and answered if there is an answer. Needs
/// `keywords:manage`.
#[utoipa::path(
    post, path = "/v1/keywords", operation_id = "create_keyword", tag = "keywords", params(IdempotencyKey),
    extensions(("x-permission" = json!("keywords:manage"))),
    request_body = NewKeyword,
    responses(
        (status = 201, description = "The keyword.", body = Keyword),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`conflict`: there are as many as there can be, `in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewKeyword>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let made = app::keywords::create(&app, &caller, Whose::Own, body.into()).await;
        Ok((StatusCode::CREATED, Keyword::from(made.map_err(problem)?)))
    });
    idempotent(&app, &caller, key, "create a keyword", &request, run).await
}

/// Change a keyword
///
/// Needs `keywords:manage`.
#[utoipa::path(
    patch, path = "/v1/keywords/{keyword_id}", operation_id = "change_keyword", tag = "keywords",
    extensions(("x-permission" = json!("keywords:manage"))),
    params(("keyword_id" = inline(schema::KeywordId), Path, description = "The keyword.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The keyword as it is now.", body = Keyword),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`managed-by-master`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<KeywordId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<Keyword>, Problem> {
    let changed = app::keywords::change(&app, &caller, Whose::Own, id, body.into()).await.map_err(problem)?;
    Ok(Json(changed.into()))
}

/// Remove a keyword
///
/// Who came to its list by it stays there. Needs `keywords:manage`.
#[utoipa::path(
    delete, path = "/v1/keywords/{keyword_id}", operation_id = "remove_keyword", tag = "keywords",
    extensions(("x-permission" = json!("keywords:manage"))),
    params(("keyword_id" = inline(schema::KeywordId), Path, description = "The keyword.")),
    responses(
        (status = 204, description = "The keyword is removed."),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`managed-by-master`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<KeywordId>,
) -> Result<StatusCode, Problem> {
    app::keywords::remove(&app, &caller, Whose::Own, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
