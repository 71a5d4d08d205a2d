//! `GET /v1/audit-log/export`: the log as a file, in parts.

use app::App;
use app::audit_log::AuditFilter;
use axum::extract::State;
use axum::response::Response;
use domain::audit::{AuditAction, Subject};
use http_api::{CSV, Caller, Cell, Problem, Query, csv_file, export_part, schema};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::entry::AuditEntry;
use crate::problem;

/// How the file is written.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ExportFormat)]
pub(crate) enum Format {
    /// RFC 4180, with a line of names first; before and after are JSON.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// What to export.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// How the file is written.
    #[param(inline)]
    format: Format,
    /// Only what this actor did: the id of a user or an API key, or `operator`, `nobody` or `system`.
    #[param(inline, value_type = Option<schema::Subject>)]
    actor: Option<Subject>,
    /// Only this action.
    #[param(inline, value_type = Option<schema::AuditAction>)]
    action: Option<AuditAction>,
    /// Only what was done to this: its id.
    #[param(inline, value_type = Option<schema::Subject>)]
    object: Option<Subject>,
    /// Only what happened then or later.
    #[param(inline, value_type = Option<schema::Time>)]
    from: Option<Timestamp>,
    /// Only what happened before.
    #[param(inline, value_type = Option<schema::Time>)]
    until: Option<Timestamp>,
    /// `Next-Cursor` of the part before; nothing for the first part.
    cursor: Option<String>,
}

/// Export the audit log
///
/// The entries that `GET /v1/audit-log` shows with the same filters, at most 1,000 in one answer. As long as the answer has
/// the header `Next-Cursor`, there is another part: pass it as `cursor`. In CSV, a cell that a spreadsheet would take for a
/// formula begins with an apostrophe. Each answer leaves an entry in the log. Needs `audit:read`.
#[utoipa::path(
    get, path = "/v1/audit-log/export", operation_id = "export_audit_log", tag = "audit", params(ExportQuery),
    extensions(("x-permission" = json!("audit:read"))),
    responses(
        (
            status = 200, description = "A part of the log.",
            content((String = "text/csv"), (String = "application/jsonl")),
            headers(("Next-Cursor" = String, description = "Where the next part begins; absent from the last one.")),
        ),
        (status = 402, description = "`paying-customers-only`"),
        (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`"),
    ),
)]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let ExportQuery { format, actor, action, object, from, until, cursor } = query;
    let filter = AuditFilter { actor, object, action, from, until };
    let part = app::audit_log::export(&app, &caller, &filter, format.name(), cursor.as_deref());
    let part = part.await.map_err(problem)?;
    let entries = part.items.into_iter().map(AuditEntry::from);
    let (content_type, body) = match format {
        Format::Csv => (CSV, csv_file(COLUMNS, entries.map(row))?),
        Format::Jsonl => ("application/jsonl", json_lines(entries).map_err(Problem::internal)?),
    };
    Ok(export_part(content_type, &format!("audit-log.{}", format.name()), body, part.next_cursor))
}

const COLUMNS: [&str; 11] = [
    "id",
    "at",
    "actor_kind",
    "actor_user_id",
    "actor_api_key_id",
    "actor_account_id",
    "address",
    "action",
    "object",
    "before",
    "after",
];

fn row(it: AuditEntry) -> [Cell; 11] {
    let json = |value: &Value| if value.is_null() { String::new() } else { value.to_string() };
    let (before, after) = (json(&it.before), json(&it.after));
    [
        it.id.to_string(),
        it.at.to_string(),
        it.actor.kind.name().to_owned(),
        text(it.actor.user_id),
        text(it.actor.api_key_id),
        text(it.actor.account_id),
        text(it.address),
        it.action.name().to_owned(),
        it.object,
        before,
        after,
    ]
    .map(Cell::Text)
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|it| it.to_string()).unwrap_or_default()
}

fn json_lines(entries: impl Iterator<Item = AuditEntry>) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, &entry)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
