//! The log only grows: no code changes or removes what is in it.

use std::path::Path;

const STORAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/storage/src");

/// The files that may name the partition of the log, and how they may write to it.
#[test]
fn i11_no_code_changes_or_removes_an_entry() {
    let mut named = vec![];
    for entry in std::fs::read_dir(STORAGE).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            if ["keys::audit(", "audit_item("].iter().any(|name| text.contains(name)) {
                named.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(named, ["audit.rs"], "only one file knows where the log lies");
    let text = std::fs::read_to_string(Path::new(STORAGE).join("audit.rs")).unwrap();
    for word in ["update", "delete", "UpdateItem", "DeleteItem", "expiring"] {
        assert!(!text.contains(word), "the log is only added to, and kept: {word}");
    }
    let writes: Vec<_> = text.lines().filter(|line| line.contains("self.audit_item(")).collect();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes.iter().all(|line| line.contains("Expect::absent()")), "{writes:?}");
}
