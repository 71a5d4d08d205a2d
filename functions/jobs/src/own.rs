//! `/v1/jobs`: how far work has come, and stopping it.

use app::App;
use axum::Json;
use axum::extract::State;
use domain::id::JobId;
use http_api::{Caller, Page, PageQuery, Param, Problem, Query, schema};

use crate::body::{Job, PartQuery, Result as BulkResult};
use crate::problem;

/// List jobs
///
/// Newest first: your own, and those of colleagues of a kind whose permission you have. They are kept for 30 days. A page may
/// have fewer entries than were asked for although more follow.
#[utoipa::path(
    get, path = "/v1/jobs", operation_id = "list_jobs", tag = "jobs", params(PageQuery),
    extensions(("x-permission" = json!("self"))),
    responses((status = 200, description = "A page of jobs.", body = Page<Job>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Job>>, Problem> {
    let found = app::jobs::list(&app, &caller, page.request()).await.map_err(problem)?;
    Ok(Json(Page::of(found, Job::from)))
}

/// Get a job
///
/// Your own, or one of a kind whose permission you have.
#[utoipa::path(
    get, path = "/v1/jobs/{job_id}", operation_id = "get_job", tag = "jobs",
    extensions(("x-permission" = json!("self"))),
    params(("job_id" = inline(schema::JobId), Path, description = "The job.")),
    responses(
        (status = 200, description = "The job.", body = Job),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
) -> Result<Json<Job>, Problem> {
    Ok(Json(app::jobs::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Stop a job
///
/// What it has done stays done. Stopping one that has ended changes nothing.
#[utoipa::path(
    post, path = "/v1/jobs/{job_id}/cancel", operation_id = "cancel_job", tag = "jobs",
    extensions(("x-permission" = json!("self"))),
    params(("job_id" = inline(schema::JobId), Path, description = "The job.")),
    responses(
        (status = 200, description = "The job, stopped.", body = Job),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
) -> Result<Json<Job>, Problem> {
    Ok(Json(app::jobs::cancel(&app, &caller, id).await.map_err(problem)?.into()))
}

/// List what became of each conversation
///
/// Of a job of the kind `conversations_bulk`, as far as it has come, in the order in which they were worked on.
#[utoipa::path(
    get, path = "/v1/jobs/{job_id}/results", operation_id = "list_job_results", tag = "jobs",
    extensions(("x-permission" = json!("self"))),
    params(("job_id" = inline(schema::JobId), Path, description = "The job."), PartQuery),
    responses(
        (status = 200, description = "A part of the results.", body = Page<BulkResult>),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn results(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
    Query(query): Query<PartQuery>,
) -> Result<Json<Page<BulkResult>>, Problem> {
    let found =
        app::jobs::bulk::results(&app, &caller, id, query.cursor.as_deref()).await.map_err(problem)?;
    Ok(Json(Page::of(found, BulkResult::from)))
}
