//! `docs/rules.md`, compared with the tests that it names.
//!
//! The document has three tables: rules with the tests that prove them, rules of which a part is proven, and rules that are
//! not built yet. Every known rule is in exactly one of them, and every named test exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DOCUMENT: &str = include_str!("../../docs/rules.md");

/// The sections of rules, with how many each has: `A01` to `A22` and so on.
const SECTIONS: [(char, usize); 7] =
    [('A', 22), ('B', 18), ('C', 23), ('D', 38), ('E', 20), ('X', 20), ('I', 15)];

/// The cells of the rows of the table under a heading, without its head.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, chapter) = DOCUMENT.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let chapter = chapter.split("\n## ").next().unwrap();
    let rows = chapter.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id "));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn ids(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(", ")
}

/// The texts between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_rule_is_either_proven_or_not_built_yet() {
    let known: BTreeSet<String> = SECTIONS
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(move |n| format!("{section}{n:02}")))
        .collect();
    let rows = ["Proven", "In part", "Not yet"].into_iter().flat_map(table);
    let mut named = BTreeMap::<&str, usize>::new();
    for row in rows {
        for id in ids(row[0]) {
            *named.entry(id).or_default() += 1;
        }
    }
    for (id, times) in &named {
        assert!(known.contains(*id), "{id} is no rule");
        assert_eq!(*times, 1, "{id} is there {times} times");
    }
    let missing: Vec<_> = known.iter().filter(|id| !named.contains_key(id.as_str())).collect();
    assert!(missing.is_empty(), "not in docs/rules.md: {missing:?}");
}

#[test]
fn every_rule_that_holds_names_tests_that_exist() {
    let mut sources = BTreeMap::<&str, String>::new();
    for row in table("Proven").into_iter().chain(table("Beyond the rules")) {
        let [id, rule, tests] = row[..] else {
            panic!("a row has other cells than id, rule and tests: {row:?}")
        };
        assert!(!rule.is_empty(), "{id} is empty");
        let tests = quoted(tests);
        assert!(!tests.is_empty(), "{id} names no test");
        for test in tests {
            let (file, name) =
                test.rsplit_once("::").unwrap_or_else(|| panic!("{id}: {test} is no path::name"));
            let source = sources.entry(file).or_insert_with(|| {
                std::fs::read_to_string(Path::new(ROOT).join(file))
                    .unwrap_or_else(|_| panic!("{id}: no file {file}"))
            });
            assert!(source.contains(&format!("fn {name}(")), "{id}: {file} has no {name}");
        }
    }
}

#[test]
fn what_is_not_built_yet_is_said_and_names_no_test() {
    for row in table("Not yet") {
        assert_eq!(row.len(), 2, "{row:?}");
        assert!(!row[1].is_empty() && !row[1].contains("::"), "{row:?}");
    }
}
