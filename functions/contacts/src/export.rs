//! `GET /v1/contact-lists/{contact_list_id}/export`: a list as a file, in parts (A20).

use app::App;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::id::ContactListId;
use http_api::{Caller, Param, Problem, Query, schema};
use serde::Deserialize;

use crate::body::Member;
use crate::problem;

/// The header with the cursor for the next part.
const NEXT_CURSOR: &str = "next-cursor";

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
    let body = csv(part.items.into_iter().map(Member::from)).map_err(Problem::internal)?;
    let headers = [
        ("content-type", "text/csv; charset=utf-8; header=present"),
        ("content-disposition", "attachment; filename=\"contacts.csv\""),
    ];
    let next = part.next_cursor.map(|cursor| AppendHeaders([(NEXT_CURSOR, cursor)]));
    Ok((headers, next, body).into_response())
}

fn csv(members: impl Iterator<Item = Member>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(["id", "number", "name", "added_at"])?;
    for Member { id, number, name, added_at } in members {
        let name = name.map(String::from).unwrap_or_default();
        // A number is a plus sign and digits: a spreadsheet can make nothing of it but a number.
        writer.write_record([
            id.to_string(),
            number.as_str().to_owned(),
            harmless(name),
            added_at.to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV injection"), in full-width characters neither.
fn harmless(cell: String) -> String {
    const BEGIN_FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '＠'];
    let first = cell.trim_start_matches(['"', '\'', ' ']);
    let is_formula =
        cell.starts_with(BEGIN_FORMULAS) || first.starts_with(BEGIN_FORMULAS) || first.starts_with('－');
    if is_formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-1", "'-1"),
            ("+1", "'+1"),
            (" =1", "' =1"),
            ("\"=1", "'\"=1"),
            ("＝1", "'＝1"),
            ("－1", "'－1"),
            ("Ann = Bob", "Ann = Bob"),
            ("O'Hara", "O'Hara"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell.to_owned()), expected);
        }
    }
}
