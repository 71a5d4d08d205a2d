//! `GET /v1/contact-lists/{contact_list_id}/export`: a list as a file, in parts (A20).

use app::App;
use axum::extract::State;
use axum::response::Response;
use domain::id::ContactListId;
use http_api::{CSV, Caller, Cell, Param, Problem, Query, csv_file, export_part, schema};
use serde::Deserialize;

use crate::body::Member;
use crate::problem;

/// Which part.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `Next-Cursor` of the part before; nothing for the first part.
    cursor: Option<String>,
}

/// Export a list of contacts
///
/// As CSV (RFC 4180) with a line of names first, at most 1,000 contacts in one answer. As long as the answer has the header
/// `Next-Cursor`, there is another part: pass it as `cursor`. A name that a spreadsheet would take for a formula begins with
/// an apostrophe. Each answer leaves an entry in the audit log. Needs `contacts:export`.
#[utoipa::path(
    get, path = "/v1/contact-lists/{contact_list_id}/export", operation_id = "export_contact_list",
    tag = "contacts",
    extensions(("x-permission" = json!("contacts:export"))),
    params(("contact_list_id" = inline(schema::ContactListId), Path, description = "The list."), ExportQuery),
    responses(
        (
            status = 200, description = "A part of the list.", body = String, content_type = "text/csv",
            headers(("Next-Cursor" = String, description = "Where the next part begins; absent from the last one.")),
        ),
        (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Param(id): Param<ContactListId>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let part =
        app::contact_lists::export(&app, &caller, id, query.cursor.as_deref()).await.map_err(problem)?;
    let body =
        csv_file(["id", "number", "name", "added_at"], part.items.into_iter().map(Member::from).map(row))?;
    Ok(export_part(CSV, "contacts.csv", body, part.next_cursor))
}

fn row(Member { id, number, name, added_at }: Member) -> [Cell; 4] {
    let name = name.map(String::from).unwrap_or_default();
    [
        Cell::Text(id.to_string()),
        Cell::Number(number.map(String::from).unwrap_or_default()),
        Cell::Text(name),
        Cell::Text(added_at.to_string()),
    ]
}
