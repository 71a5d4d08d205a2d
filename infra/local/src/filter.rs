//! Event filter patterns, as event source mappings know them.
//!
//! A pattern is an object shaped like the event whose leaves are lists of what is accepted:
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>. Supported: values, `prefix`,
//! `exists`, `anything-but`; anything else matches nothing.

use serde_json::Value;

/// Whether an event passes: it fits one of the patterns, or there is none.
pub fn passes(patterns: &[Value], event: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, Some(event)))
}

fn fits(pattern: &Value, value: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(key, pattern)| fits(pattern, value.and_then(|value| value.get(key))))
        }
        Value::Array(accepted) => accepted.iter().any(|rule| accepts(rule, value)),
        _ => false,
    }
}

fn accepts(rule: &Value, value: Option<&Value>) -> bool {
    let Some(comparison) = rule.as_object() else { return value == Some(rule) };
    comparison.iter().all(|(operator, argument)| match operator.as_str() {
        "exists" => argument.as_bool() == Some(value.is_some()),
        "prefix" => {
            let pair = value.and_then(Value::as_str).zip(argument.as_str());
            pair.is_some_and(|(text, prefix)| text.starts_with(prefix))
        }
        "anything-but" => value.is_some_and(|value| match argument {
            Value::Array(values) => !values.contains(value),
            one => one != value,
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(pattern: &Value, expected: bool) {
        let event = json!({"eventName": "INSERT", "dynamodb": {"NewImage": {"_t": {"S": "entry"}}}});
        assert_eq!(passes(std::slice::from_ref(pattern), &event), expected, "{pattern}");
    }

    #[test]
    fn a_leaf_lists_what_is_accepted() {
        check(&json!({"eventName": ["INSERT", "MODIFY"]}), true);
        check(&json!({"eventName": ["REMOVE"]}), false);
        check(&json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"_t": {"S": ["entry"]}}}}), true);
        check(&json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"_t": {"S": ["user"]}}}}), false);
        check(&json!({"dynamodb": {"OldImage": {"_t": {"S": ["entry"]}}}}), false);
    }

    #[test]
    fn a_leaf_may_compare() {
        check(&json!({"eventName": [{"prefix": "IN"}]}), true);
        check(&json!({"eventName": [{"anything-but": ["REMOVE"]}]}), true);
        check(&json!({"eventName": [{"anything-but": "INSERT"}]}), false);
        check(&json!({"dynamodb": {"OldImage": [{"exists": false}]}}), true);
        check(&json!({"dynamodb": {"NewImage": [{"exists": false}]}}), false);
        check(&json!({"eventName": [{"numeric": ["<", 1]}]}), false);
    }

    #[test]
    fn without_a_pattern_everything_passes() {
        assert!(passes(&[], &json!({})));
    }
}
