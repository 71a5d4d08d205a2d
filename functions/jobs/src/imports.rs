//! `/v1/contacts/imports`: contacts from a file (B15).

use app::App;
use app::jobs::imports::{ImportError, PART_BYTES_MAX};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::JobId;
use http_api::{
    CSV, Caller, Cell, Code, FieldError, IdempotencyKey, Page, Param, Problem, Query, RawBody, Valid,
    csv_file, export_part, idempotent, schema,
};
use serde::Serialize;

use crate::body::PartQuery;
use crate::import_body::{ContactImport, ImportedRow, NewContactImport, in_mapping};
use crate::problem;

fn import_problem(error: ImportError) -> Problem {
    let in_options = |field| {
        let detail = "what is known cannot both stay and be replaced";
        Problem::invalid(FieldError::body(["duplicates", field], Code::NotTogether, detail))
    };
    match error {
        ImportError::Job(error) => problem(error),
        ImportError::ColumnTwice(place) => {
            in_mapping(place, "column", Code::NotTogether, "this column is mapped already")
        }
        ImportError::MeaningTwice(place) => {
            in_mapping(place, "field", Code::NotTogether, "another column means this already")
        }
        ImportError::NothingToKnowBy => {
            let detail = "a column has to be a number or an e-mail address";
            Problem::invalid(FieldError::body(["mapping"], Code::MissingField, detail))
        }
        ImportError::NoSuchField(place) => {
            in_mapping(place, "key", Code::NoSuchThing, "the account has no such custom field")
        }
        ImportError::NoSuchList => {
            let detail = "the account has no such list";
            Problem::invalid(FieldError::body(["contact_list_id"], Code::NoSuchThing, detail))
        }
        ImportError::Contradiction(field) => in_options(field),
        ImportError::NoSuchPart => Problem::NotFound,
        ImportError::EmptyPart => {
            Problem::invalid(FieldError::body([""; 0], Code::TooShort, "there is nothing in the part"))
        }
        ImportError::PartMissing(number) => Problem::Conflict(format!("part {number} is missing").into()),
    }
}

/// Import contacts
///
/// An import that waits for its file: bring it with `PUT /v1/contacts/imports/{import_id}/parts/{part}` and then start it.
/// The file is CSV in UTF-8 with a line of names first; commas, semicolons or tabs separate its columns. Needs
/// `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/imports", operation_id = "create_contact_import", tag = "contacts",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("contacts:manage"))),
    request_body = NewContactImport,
    responses(
        (status = 201, description = "The import.", body = ContactImport),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<NewContactImport>,
) -> Result<Response, Problem> {
    let run = Box::pin(async {
        let request = body.read()?;
        let import = app::jobs::imports::create(&app, &caller, &request).await.map_err(import_problem)?;
        Ok((StatusCode::CREATED, ContactImport::from(import)))
    });
    idempotent(&app, &caller, key, "create an import of contacts", &body, run).await
}

/// Get an import
///
/// Needs `contacts:manage`.
#[utoipa::path(
    get, path = "/v1/contacts/imports/{import_id}", operation_id = "get_contact_import", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("import_id" = inline(schema::JobId), Path, description = "The import.")),
    responses(
        (status = 200, description = "The import, and how far it has come.", body = ContactImport),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
) -> Result<Json<ContactImport>, Problem> {
    Ok(Json(app::jobs::imports::get(&app, &caller, id).await.map_err(import_problem)?.into()))
}

/// Bring a part of the file of an import
///
/// The body is the part as it is, at most 256 KiB; a file has at most 80 parts, numbered from 1. Parts may be cut anywhere;
/// one that is cut within a character is sent as `application/octet-stream`. The same part again takes the place of the one
/// before. Needs `contacts:manage`.
#[utoipa::path(
    put, path = "/v1/contacts/imports/{import_id}/parts/{part}", operation_id = "put_contact_import_part",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(
        ("import_id" = inline(schema::JobId), Path, description = "The import."),
        ("part" = u32, Path, description = "The number of the part, from 1.", minimum = 1, maximum = 80),
    ),
    request_body(content((String = "text/csv"), (Vec<u8> = "application/octet-stream")), description = "The part."),
    responses(
        (status = 200, description = "The import with its parts.", body = ContactImport),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: it has been started already"),
        (status = 413, description = "`too-large`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn put_part(
    State(app): State<App>,
    caller: Caller,
    Param((id, part)): Param<(JobId, u32)>,
    RawBody(body): RawBody,
) -> Result<Json<ContactImport>, Problem> {
    if body.len() > PART_BYTES_MAX {
        return Err(Problem::TooLarge { limit_bytes: PART_BYTES_MAX });
    }
    let import = app::jobs::imports::put_part(&app, &caller, id, part, &body).await;
    Ok(Json(import.map_err(import_problem)?.into()))
}

/// Start an import
///
/// All parts of its file have come. Starting it again changes nothing. Needs `contacts:manage`.
#[utoipa::path(
    post, path = "/v1/contacts/imports/{import_id}/start", operation_id = "start_contact_import", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("import_id" = inline(schema::JobId), Path, description = "The import.")),
    responses(
        (status = 202, description = "The import, as a job that is queued.", body = ContactImport),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: a part is missing"),
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
) -> Result<(StatusCode, Json<ContactImport>), Problem> {
    let import = app::jobs::imports::start(&app, &caller, id).await.map_err(import_problem)?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// List what became of each row
///
/// As far as the import has come, in the order of the file. Needs `contacts:manage`.
#[utoipa::path(
    get, path = "/v1/contacts/imports/{import_id}/results", operation_id = "list_contact_import_results",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("import_id" = inline(schema::JobId), Path, description = "The import."), PartQuery),
    responses(
        (status = 200, description = "A part of the results.", body = Page<ImportedRow>),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn results(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
    Query(query): Query<PartQuery>,
) -> Result<Json<Page<ImportedRow>>, Problem> {
    let found = app::jobs::imports::results(&app, &caller, id, query.cursor.as_deref()).await;
    Ok(Json(Page::of(found.map_err(problem)?, ImportedRow::from)))
}

/// Download what became of each row
///
/// As CSV with a line of names first. As long as the answer has the header `Next-Cursor`, there is another part: pass it as
/// `cursor`. Needs `contacts:manage`.
#[utoipa::path(
    get, path = "/v1/contacts/imports/{import_id}/results/export",
    operation_id = "export_contact_import_results", tag = "contacts",
    extensions(("x-permission" = json!("contacts:manage"))),
    params(("import_id" = inline(schema::JobId), Path, description = "The import."), PartQuery),
    responses(
        (
            status = 200, description = "A part of the results.", body = String, content_type = "text/csv",
            headers(("Next-Cursor" = String, description = "Where the next part begins; absent from the last one.")),
        ),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn export_results(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
    Query(query): Query<PartQuery>,
) -> Result<Response, Problem> {
    let found = app::jobs::imports::results(&app, &caller, id, query.cursor.as_deref()).await;
    let found = found.map_err(problem)?;
    let rows = found.items.into_iter().map(|it| row(it.into()));
    let body = csv_file(["row", "outcome", "contact_id", "reason", "field"], rows)?;
    Ok(export_part(CSV, "import-results.csv", body, found.next_cursor))
}

fn row(it: ImportedRow) -> [Cell; 5] {
    let text = |value: Option<String>| Cell::Text(value.unwrap_or_default());
    [
        Cell::Text(it.row.to_string()),
        text(named(&it.outcome)),
        text(it.contact_id.map(|id| id.to_string())),
        text(it.reason.as_ref().and_then(named)),
        text(it.field),
    ]
}

/// The name of a value in the API.
fn named(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
