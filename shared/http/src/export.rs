//! Answers that are files: a part of a list as CSV (RFC 4180) or JSON lines, with the cursor of the next part in a header.

use axum::response::{AppendHeaders, IntoResponse, Response};

use crate::Problem;

/// The header with the cursor for the next part; absent from the last one.
const NEXT_CURSOR: &str = "next-cursor";

/// A cell of a CSV file.
#[derive(Debug, Clone)]
pub enum Cell {
    /// A text that somebody may have written: no spreadsheet shall take it for a formula.
    Text(String),
    /// A phone number in E.164, of which a spreadsheet can make nothing but a number.
    Number(String),
}

impl Cell {
    fn written(self) -> String {
        match self {
            Self::Text(text) => harmless(text),
            Self::Number(number) => number,
        }
    }
}

/// A CSV file with a line of names first.
pub fn csv_file<'a>(
    columns: impl IntoIterator<Item = &'a str>,
    rows: impl Iterator<Item = impl IntoIterator<Item = Cell>>,
) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns).map_err(Problem::internal)?;
    for row in rows {
        writer.write_record(row.into_iter().map(Cell::written)).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(|error| Problem::internal(error.into_error()))
}

/// What CSV files of ours are declared as.
pub const CSV: &str = "text/csv; charset=utf-8; header=present";

/// One part of an export, as a file to keep.
pub fn export_part(
    content_type: &'static str,
    file_name: &str,
    body: Vec<u8>,
    next_cursor: Option<String>,
) -> Response {
    let disposition = format!("attachment; filename=\"{file_name}\"");
    let headers = [("content-type", content_type), ("content-disposition", disposition.as_str())];
    let next = next_cursor.map(|cursor| AppendHeaders([(NEXT_CURSOR, cursor)]));
    (headers, next, body).into_response()
}

/// A cell that no spreadsheet takes for a formula, not even behind quotes or in full-width characters (OWASP, "CSV
/// injection").
fn harmless(cell: String) -> String {
    const BEGIN_FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let begins = |text: &str| text.starts_with(BEGIN_FORMULAS);
    if begins(&cell) || begins(cell.trim_start_matches(['"', '\'', ' '])) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-1", "'-1"),
            ("+1", "'+1"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
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

    #[test]
    fn cells_are_quoted_where_they_have_to_be_and_numbers_stay_numbers() {
        let rows = [[Cell::Text("Lee, \"Ann\"\nB.".into()), Cell::Number("+12025550143".into())]];
        let file = csv_file(["name", "number"], rows.into_iter()).unwrap();
        assert_eq!(file, b"name,number\r\n\"Lee, \"\"Ann\"\"\nB.\",+12025550143\r\n");
    }
}
