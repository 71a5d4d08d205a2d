//! House rules over the source tree, as tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Longest a source file may be: what fits into a head.
const FILE_LINES_MAX: usize = 500;
/// Longest a function's `main.rs` may be: it only wires.
const MAIN_LINES_MAX: usize = 25;

/// Which of our crates each may depend on, outside tests. The order is that of ARCHITECTURE.md.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("storage", &["domain"]),
    ("carriers", &["domain"]),
    ("mails", &["domain"]),
    ("app", &["domain", "storage", "carriers", "mails"]),
    // Of storage it names pages, cursors and errors; the table itself is out of its reach.
    ("http-api", &["domain", "carriers", "storage", "app"]),
    ("worker", &[]),
    ("runtime", &["domain", "storage", "carriers", "mails", "app"]),
    ("engines", &["domain", "carriers"]),
    ("testkit", &["domain", "storage", "carriers", "app", "runtime", "engines"]),
];
/// What a function may depend on.
const FUNCTION_MAY_USE: &[&str] = &["domain", "carriers", "app", "http-api", "worker", "runtime"];
/// Who may depend on an AWS SDK crate.
const SDK_USERS: [(&str, &[&str]); 5] = [
    ("aws-sdk-dynamodb", &["storage", "runtime", "testkit", "engines"]),
    ("aws-sdk-sqs", &["runtime", "testkit", "engines"]),
    ("aws-sdk-sns", &["runtime", "testkit", "engines"]),
    ("aws-sdk-sesv2", &["runtime", "testkit", "engines"]),
    ("aws-sdk-secretsmanager", &["runtime", "testkit", "engines"]),
];

struct Package {
    name: String,
    folder: PathBuf,
    /// Names of what it depends on, with whether it does so only for its tests.
    dependencies: Vec<(String, bool)>,
}

fn packages() -> Vec<Package> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let package = |package: &Value| Package {
        name: package["name"].as_str().unwrap().to_owned(),
        folder: Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned(),
        dependencies: package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|dependency| (dependency["name"].as_str().unwrap().to_owned(), dependency["kind"] == "dev"))
            .collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn is_function(package: &Package) -> bool {
    package.folder.parent().is_some_and(|parent| parent.ends_with("functions"))
}

#[test]
fn crates_depend_only_inwards() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    for package in &packages {
        let allowed = if is_function(package) {
            FUNCTION_MAY_USE
        } else if let Some(allowed) = may_use.get(package.name.as_str()) {
            allowed
        } else {
            continue; // local and tests stand outside and may use everything
        };
        for (dependency, only_tests) in &package.dependencies {
            let outwards = ours.contains(dependency.as_str()) && !allowed.contains(&dependency.as_str());
            assert!(!outwards || *only_tests, "{} may not depend on {dependency}", package.name);
        }
    }
}

#[test]
fn only_storage_and_the_wiring_know_the_aws_clients() {
    let users: BTreeMap<&str, &[&str]> = SDK_USERS.into_iter().collect();
    for package in packages() {
        for (dependency, only_tests) in &package.dependencies {
            if let Some(users) = users.get(dependency.as_str()) {
                let allowed =
                    users.contains(&package.name.as_str()) || *only_tests || package.name == "local";
                assert!(allowed, "{} may not depend on {dependency}", package.name);
            }
        }
    }
}

/// Every Rust file of the tree, as path from its root.
fn sources() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        ["shared", "functions", "infra", "tests"].iter().map(|folder| Path::new(ROOT).join(folder)).collect();
    let mut files = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn no_source_file_is_longer_than_a_head_can_hold() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|path| (lines(&path), path))
        .filter(|(lines, _)| *lines > FILE_LINES_MAX)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_main_of_a_function_only_wires() {
    for package in packages().iter().filter(|package| is_function(package)) {
        let main = package.folder.join("src/main.rs");
        assert!(lines(&main) <= MAIN_LINES_MAX, "{}", main.display());
    }
}

/// Attribute names of the table's keys. Whoever spells one reads or writes the table.
const KEY_ATTRIBUTES: [&str; 8] =
    ["\"pk\"", "\"sk\"", "\"g1pk\"", "\"g1sk\"", "\"g2pk\"", "\"g2sk\"", "\"g3pk\"", "\"g3sk\""];

#[test]
fn only_storage_spells_a_key() {
    let inside = |path: &Path| {
        ["shared/storage", "shared/engines", "tests"]
            .iter()
            .any(|folder| path.starts_with(Path::new(ROOT).join(folder)))
    };
    for path in sources().into_iter().filter(|path| !inside(path)) {
        let text = std::fs::read_to_string(&path).unwrap();
        for key in KEY_ATTRIBUTES {
            assert!(!text.contains(key), "{} spells {key}", path.display());
        }
    }
}

#[test]
fn nothing_is_left_to_be_done_later() {
    let marks =
        [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["todo", "!("].concat(), ["#[ign", "ore"].concat()];
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for mark in &marks {
            assert!(!text.contains(mark), "{}: {mark}", path.display());
        }
    }
}

#[test]
fn each_module_opens_with_what_it_is_for() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} does not say what it is for", path.display());
    }
}
