//! Reads a `CloudFormation` document written in YAML.
//!
//! `CloudFormation` has two spellings for its functions: short (`!Ref Table`, `!GetAtt Table.Arn`) and long
//! (`{"Ref": "Table"}`, `{"Fn::GetAtt": ["Table", "Arn"]}`). Everything here works on the long one, as JSON.

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

/// The template of the whole product, linked in so that the binary runs from anywhere.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

/// Reads a document. Fails on what is not YAML.
pub fn parse(text: &str) -> Result<Value, serde_yaml_ng::Error> {
    Ok(json(serde_yaml_ng::from_str(text)?))
}

fn json(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => serde_json::to_value(number).unwrap_or(Value::Null),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => items.into_iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (key_text(key), json(value))).collect())
        }
        Yaml::Tagged(tagged) => long_form(&tagged.tag.to_string(), json(tagged.value)),
    }
}

/// Keys are text in `CloudFormation`; a number or a flag as a key (an account id in a mapping) is its text.
fn key_text(key: Yaml) -> String {
    match json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn long_form(tag: &str, argument: Value) -> Value {
    let name = tag.trim_start_matches('!');
    let (name, argument) = match (name, argument) {
        ("Ref" | "Condition", argument) => (name.to_owned(), argument),
        ("GetAtt", Value::String(path)) => {
            let parts = path
                .split_once('.')
                .map_or_else(|| vec![path.as_str()], |(id, attribute)| vec![id, attribute]);
            ("Fn::GetAtt".to_owned(), parts.into())
        }
        (name, argument) => (format!("Fn::{name}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_functions_become_their_long_form() {
        let document =
            parse("a: !Ref Table\nb: !GetAtt Table.Stream.Arn\nc: !If [IsProd, !Sub 'x${Y}', 2]").unwrap();
        assert_eq!(
            document,
            json!({
                "a": {"Ref": "Table"},
                "b": {"Fn::GetAtt": ["Table", "Stream.Arn"]},
                "c": {"Fn::If": ["IsProd", {"Fn::Sub": "x${Y}"}, 2]},
            })
        );
    }

    #[test]
    fn what_is_not_yaml_is_refused() {
        assert!(parse("a: [").is_err());
    }
}
