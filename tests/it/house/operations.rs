//! Every operation of the API, as its description lists them: a new route is in here by itself.

use serde_json::Value;

const DESCRIPTION: &str = include_str!("../../../infra/openapi.json");

/// Who may call an operation at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody, or a carrier with its signature.
    Anybody,
    /// Somebody who has signed in.
    User,
    /// The operator of the installation.
    Operator,
}

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    /// With parameters in braces.
    pub(crate) path: String,
    pub(crate) who: Who,
    /// The permission it needs, or a word: `self`, `anybody`, `operator`, `carrier`.
    pub(crate) permission: String,
    pub(crate) query: Vec<String>,
    /// The fields of its JSON body and their schemas, required ones first; `None`: it has no such body.
    pub(crate) fields: Option<Vec<Field>>,
    /// Whether a carrier calls it.
    pub(crate) is_webhook: bool,
    pub(crate) takes_key: bool,
}

/// A field of a body.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) kind: String,
}

impl Operation {
    /// Names of the parameters of the path.
    pub(crate) fn parameters(&self) -> Vec<String> {
        let parts = self.path.split('{').skip(1);
        parts.map(|part| part.split('}').next().unwrap().to_owned()).collect()
    }

    /// The path with its parameters filled in.
    pub(crate) fn at(&self, mut with: impl FnMut(&str) -> String) -> String {
        let fill = |path: String, name: &String| path.replace(&format!("{{{name}}}"), &with(name));
        self.parameters().iter().fold(self.path.clone(), fill)
    }
}

/// Every operation, in the order of the description.
pub(crate) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let mut all = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            all.push(operation(&document, path, method, described));
        }
    }
    assert!(all.len() > 30, "only {} operations are described", all.len());
    all
}

fn operation(document: &Value, path: &str, method: &str, described: &Value) -> Operation {
    let parameters = described["parameters"].as_array().cloned().unwrap_or_default();
    let named = |place: &str| {
        let of_place = parameters.iter().filter(|it| it["in"] == place);
        of_place.map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let who = match described["security"].as_array() {
        None => Who::User,
        Some(all) if all.iter().any(|it| it.get("operator").is_some()) => Who::Operator,
        Some(_) => Who::Anybody,
    };
    let content = &described["requestBody"]["content"];
    let schema = &content["application/json"]["schema"];
    Operation {
        id: described["operationId"].as_str().unwrap().to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        who,
        permission: described["x-permission"].as_str().unwrap_or_default().to_owned(),
        query: named("query"),
        fields: (!schema.is_null()).then(|| fields(document, schema)),
        is_webhook: path.starts_with("/v1/carriers/"),
        takes_key: named("header").contains(&"Idempotency-Key".to_owned()),
    }
}

fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let schema = resolve(document, schema);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let field = |(name, described): (&String, &Value)| Field {
        name: name.clone(),
        required: required.contains(&Value::from(name.as_str())),
        kind: kind(document, described),
    };
    schema["properties"].as_object().unwrap().iter().map(field).collect()
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The JSON type of a field, `null` aside.
fn kind(document: &Value, described: &Value) -> String {
    let schema = resolve(document, described);
    if let Some(first) = schema["oneOf"].as_array().and_then(|all| all.first()) {
        return kind(document, first);
    }
    let named = |value: &Value| value.as_str().filter(|name| *name != "null").map(str::to_owned);
    let kinds = schema["type"].as_array();
    let found = kinds.map_or_else(|| named(&schema["type"]), |kinds| kinds.iter().find_map(named));
    found.unwrap_or_else(|| panic!("a field without type: {schema}"))
}
