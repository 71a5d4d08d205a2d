//! `/v1/contacts/exports`: contacts as a file (A20).

use app::App;
use app::jobs::exports::{ExportError, ExportedContact};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::contact::FieldKey;
use domain::id::{ContactListId, JobId};
use http_api::{
    CSV, Caller, Cell, Code, FieldError, IdempotencyKey, Param, Problem, Query, Valid, csv_file, export_part,
    idempotent, schema,
};
use serde::{Deserialize, Serialize};

use crate::body::{Job, PartQuery};
use crate::problem;

fn export_problem(error: ExportError) -> Problem {
    match error {
        ExportError::Job(error) => problem(error),
        ExportError::NoSuchList => Problem::invalid(FieldError::body(
            ["contact_list_id"],
            Code::NoSuchThing,
            "the account has no such list",
        )),
        ExportError::NotDone => Problem::Conflict("the export is not done yet, or has failed".into()),
    }
}

/// Which contacts.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewContactExport)]
pub(crate) struct ExportBody {
    /// Only those on this list; nothing: all contacts.
    #[schema(value_type = Option<schema::ContactListId>)]
    contact_list_id: Option<ContactListId>,
}

/// Export contacts
///
/// A job that writes a file; `GET /v1/contacts/exports/{export_id}/parts` has it when the job is done. Needs
/// `contacts:export`.
#[utoipa::path(
    post, path = "/v1/contacts/exports", operation_id = "export_contacts", tag = "contacts",
    params(IdempotencyKey),
    extensions(("x-permission" = json!("contacts:export"))),
    request_body = ExportBody,
    responses(
        (status = 202, description = "The job.", body = Job),
        (status = 403, description = "`forbidden`"),
        (status = 409, description = "`in-progress`"),
        (status = 422, description = "`invalid`, `idempotency-key-reused`"),
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Valid(body): Valid<ExportBody>,
) -> Result<Response, Problem> {
    let run = Box::pin(async {
        let job = app::jobs::exports::start(&app, &caller, body.contact_list_id).await;
        Ok((StatusCode::ACCEPTED, Job::from(job.map_err(export_problem)?)))
    });
    idempotent(&app, &caller, key, "export contacts", &body, run).await
}

/// Get an export
///
/// Needs `contacts:export`.
#[utoipa::path(
    get, path = "/v1/contacts/exports/{export_id}", operation_id = "get_contact_export", tag = "contacts",
    extensions(("x-permission" = json!("contacts:export"))),
    params(("export_id" = inline(schema::JobId), Path, description = "The export.")),
    responses(
        (status = 200, description = "The job.", body = Job),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
) -> Result<Json<Job>, Problem> {
    Ok(Json(app::jobs::exports::get(&app, &caller, id).await.map_err(problem)?.into()))
}

/// Download a part of an export
///
/// As CSV (RFC 4180) with a line of names first. Numbers and e-mail addresses beyond the first are separated by semicolons;
/// custom fields are the last columns. As long as the answer has the header `Next-Cursor`, there is another part: pass it as
/// `cursor`. A cell that a spreadsheet would take for a formula begins with an apostrophe. Each answer leaves an entry in the
/// audit log. Needs `contacts:export`.
#[utoipa::path(
    get, path = "/v1/contacts/exports/{export_id}/parts", operation_id = "download_contact_export",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:export"))),
    params(("export_id" = inline(schema::JobId), Path, description = "The export."), PartQuery),
    responses(
        (
            status = 200, description = "A part of the file.", body = String, content_type = "text/csv",
            headers(("Next-Cursor" = String, description = "Where the next part begins; absent from the last one.")),
        ),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`conflict`: it is not done"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn part(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<JobId>,
    Query(query): Query<PartQuery>,
) -> Result<Response, Problem> {
    let part = app::jobs::exports::part(&app, &caller, id, query.cursor.as_deref()).await;
    let part = part.map_err(export_problem)?;
    let own = [
        "id",
        "name",
        "number",
        "email",
        "owner_id",
        "blocked",
        "created_at",
        "further_numbers",
        "further_emails",
    ];
    let columns = own.into_iter().chain(part.fields.iter().map(FieldKey::as_str));
    let body = csv_file(columns, part.contacts.into_iter().map(row))?;
    Ok(export_part(CSV, "contacts.csv", body, part.next_cursor))
}

fn row(it: ExportedContact) -> Vec<Cell> {
    let further = |all: &[String]| all.get(1..).unwrap_or_default().join(";");
    let (numbers, emails) = (further(&it.numbers), further(&it.emails));
    let first = |all: Vec<String>| all.into_iter().next().unwrap_or_default();
    let mut cells = vec![
        Cell::Text(it.id),
        Cell::Text(it.name),
        Cell::Number(first(it.numbers)),
        Cell::Text(first(it.emails)),
        Cell::Text(it.owner),
        Cell::Text(if it.blocked { "yes" } else { "no" }.to_owned()),
        Cell::Text(it.created_at),
        Cell::Text(numbers),
        Cell::Text(emails),
    ];
    cells.extend(it.fields.into_iter().map(Cell::Text));
    cells
}
