//! `/v1/views`.

use app::App;
use app::views::ViewChange;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::SavedViewId;
use http_api::{Caller, IdempotencyKey, Page, PageQuery, Param, Problem, Query, Valid, idempotent, schema};

use crate::body::{ChangeBody, FilterBody, NewSavedView, SavedView};
use crate::problem;

/// List saved views
///
/// Those that are shared and your own, each in the order in which they were made. Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/views", operation_id = "list_saved_views", tag = "views", params(PageQuery),
    extensions(("x-permission" = json!("messages:manage"))),
    responses(
        (status = 200, description = "A page of saved views.", body = Page<SavedView>),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SavedView>>, Problem> {
    let found = app::views::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, SavedView::from)))
}

/// Save a view
///
/// `GET /v1/conversations?saved_view=` looks through it. Needs `messages:manage`, and `views:manage` to share it.
#[utoipa::path(
    post, path = "/v1/views", operation_id = "create_saved_view", tag = "views", params(IdempotencyKey),
    extensions(("x-permission" = json!("messages:manage"))),
    request_body = NewSavedView,
    responses(
        (status = 201, description = "The view.", body = SavedView),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 409, description = "`in-progress`; `conflict`: there are as many as there can be"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewSavedView>,
) -> Result<Response, Problem> {
    let request = serde_json::to_value(&body).map_err(Problem::internal)?;
    let run = Box::pin(async {
        let filter = body.filter.filter()?;
        let made = app::views::create(&app, &caller, body.name, filter, body.shared).await;
        Ok((StatusCode::CREATED, SavedView::from(made.map_err(problem)?)))
    });
    idempotent(&app, &caller, key, "save a view", &request, run).await
}

/// Get a saved view
///
/// Needs `messages:manage`.
#[utoipa::path(
    get, path = "/v1/views/{view_id}", operation_id = "get_saved_view", tag = "views",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("view_id" = inline(schema::SavedViewId), Path, description = "The view.")),
    responses(
        (status = 200, description = "The view.", body = SavedView),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<SavedViewId>,
) -> Result<Json<SavedView>, Problem> {
    Ok(Json(app::views::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Change a saved view
///
/// Needs `messages:manage`, and `views:manage` if it is shared.
#[utoipa::path(
    patch, path = "/v1/views/{view_id}", operation_id = "change_saved_view", tag = "views",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("view_id" = inline(schema::SavedViewId), Path, description = "The view.")),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The view as it is now.", body = SavedView),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<SavedViewId>,
    Valid(body): Valid<ChangeBody>,
) -> Result<Json<SavedView>, Problem> {
    let filter = body.filter.as_ref().map(FilterBody::filter).transpose()?;
    let wanted = ViewChange { name: body.name, filter };
    Ok(Json(app::views::change(&app, &caller, id, wanted).await.map_err(problem)?.into()))
}

/// Remove a saved view
///
/// Needs `messages:manage`, and `views:manage` if it is shared.
#[utoipa::path(
    delete, path = "/v1/views/{view_id}", operation_id = "remove_saved_view", tag = "views",
    extensions(("x-permission" = json!("messages:manage"))),
    params(("view_id" = inline(schema::SavedViewId), Path, description = "The view.")),
    responses(
        (status = 204, description = "The view is removed."),
        (status = 403, description = "`forbidden`, `not-in-plan`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<SavedViewId>,
) -> Result<StatusCode, Problem> {
    app::views::remove(&app, &caller, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
