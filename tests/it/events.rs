//! The sample events of `infra/events`, which `sam local invoke` uses, fed to the functions.

use std::collections::BTreeSet;
use std::path::Path;

use local::Options;
use serde_json::Value;

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/events");

/// What the functions behind the HTTP API answer on an empty table; the others just do not fail.
const ANSWERS: [(&str, u64); 24] = [
    ("assign", 401),
    ("audit", 401),
    ("conversations", 401),
    ("contacts", 401),
    ("credits", 401),
    ("gateways", 401),
    ("inbound", 404),
    ("keywords", 401),
    ("media", 401),
    ("notifications", 401),
    ("openapi", 200),
    ("scheduled", 401),
    ("search", 401),
    ("security", 401),
    ("send", 401),
    ("sessions", 401),
    ("statistics", 401),
    ("status", 404),
    ("tags", 401),
    ("templates", 401),
    ("access", 401),
    ("accounts", 401),
    ("users", 401),
    ("views", 401),
];

fn event(name: &str) -> Value {
    let file = Path::new(EVENTS).join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_takes_its_sample_event() {
    let options = Options { port: 0, data: None, clock: None, downloads: None, schedules: false };
    let running = local::start(options).await.unwrap();
    for function in &running.template().functions {
        let name = function.name.as_str();
        let answer = running.functions().invoke(&function.id, event(name)).await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Some((_, status)) = ANSWERS.iter().find(|(known, _)| *known == name) {
            assert_eq!(answer["statusCode"], *status, "{name}: {answer:#}");
        }
    }
    assert_eq!(running.denials.list(), Vec::<String>::new());
    running.stop().await;
}

#[test]
fn each_sample_event_is_one_of_a_function() {
    let names = local::resolve::Names::new([]);
    let template = local::template::Template::parse(local::document::TEMPLATE, &names).unwrap();
    let functions: BTreeSet<String> =
        template.functions.into_iter().map(|function| format!("{}.json", function.name)).collect();
    let files: BTreeSet<String> = std::fs::read_dir(EVENTS)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, functions);
}
