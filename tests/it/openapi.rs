//! The description of the API is a file that is read in reviews: a change of the API is a change of that file.
//!
//! `make openapi` writes it. What it says is compared with the code and with the routes of the template, so that the
//! three cannot differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::document::{self, TEMPLATE};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");

/// What the functions say about their routes.
fn described() -> Value {
    let parts = vec![
        sessions::routes(),
        users::routes(),
        access::routes(),
        accounts::routes(),
        audit::routes(),
        gateways::routes(),
        contacts::routes(),
        jobs::routes(),
        keywords::routes(),
        media::routes(),
        scheduled::routes(),
        search::routes(),
        security::routes(),
        tags::routes(),
        templates::routes(),
        views::routes(),
        send::routes(),
        conversations::routes(),
        assign::routes(),
        credits::routes(),
        notifications::routes(),
        inbound::routes(),
        statistics::routes(),
        status::routes(),
        openapi::routes(),
    ];
    let parts = parts.into_iter().map(OpenApiRouter::into_openapi).collect();
    serde_json::to_value(http_api::openapi::document(parts)).unwrap()
}

/// Every operation, by method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = document["paths"].as_object().unwrap().iter();
    let each = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    each.collect()
}

#[test]
fn the_document_is_what_the_code_says() {
    let text = format!("{}\n", serde_json::to_string_pretty(&described()).unwrap());
    #[expect(clippy::disallowed_methods, reason = "a flag of the person who runs the tests")]
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(FILE, &text).unwrap();
    }
    let committed = std::fs::read_to_string(Path::new(FILE)).unwrap();
    assert!(
        committed == text,
        "infra/openapi.json is out of date: run `make openapi` and read the difference"
    );
}

#[test]
fn the_document_has_exactly_the_routes_of_the_template() {
    let template = document::parse(TEMPLATE).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let events = resources.filter_map(|resource| resource["Properties"]["Events"].as_object()).flatten();
    let routes: BTreeSet<String> = events
        .filter(|(_, event)| event["Type"] == "HttpApi")
        .map(|(_, event)| {
            let text = |field: &str| event["Properties"][field].as_str().unwrap().to_owned();
            format!("{} {}", text("Method"), text("Path"))
        })
        .collect();
    let described = described();
    let operations: BTreeSet<String> = operations(&described).into_keys().collect();
    assert_eq!(operations, routes);
}

#[test]
fn each_operation_can_be_called_by_a_generated_client() {
    let document = described();
    let mut ids = BTreeSet::new();
    for (route, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(ids.insert(id.to_owned()) && !id.is_empty(), "{route}: {id}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{route}");
        assert!(operation["summary"].is_string(), "{route}");
        let named: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_path: BTreeSet<&str> =
            route.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect();
        assert_eq!(named, in_path, "{route}");
    }
}

#[test]
fn each_reference_leads_somewhere_and_each_field_is_explained() {
    let document = described();
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let found = document.pointer(reference.trim_start_matches('#'));
            assert!(found.is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => pending.extend(fields.values()),
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let explained = [property, &property["oneOf"][0]].iter().any(|it| it["description"].is_string());
            assert!(explained, "{name}.{field}: {property}");
        }
    }
}
