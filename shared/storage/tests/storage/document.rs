//! `docs/table.md` is what the code says.

use std::path::Path;

#[test]
fn the_document_of_the_table_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/table.md");
    let text = storage::table::document();
    if std::env::vars_os().any(|(name, _)| name == "UPDATE") {
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "docs/table.md is not what the code says; `UPDATE=1 cargo test -p storage` writes it"
    );
}

#[test]
fn the_definition_of_the_table_is_known() {
    insta::assert_json_snapshot!(storage::table::definition("textdesk"));
}
