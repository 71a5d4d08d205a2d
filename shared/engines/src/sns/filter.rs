//! Filter policies: which messages of a topic a subscription gets.
//! (AWS: "Amazon SNS message filtering", with scope `MessageAttributes` or `MessageBody`.)

use serde_json::{Map, Value};

use crate::sqs::Attributes;

/// The most keys of a policy.
const KEYS_MAX: usize = 5;

/// Why a policy is not acceptable, in the words that follow `FilterPolicy:`.
pub(super) fn check(policy: &str, nested: bool) -> Result<(), String> {
    let policy: Value = serde_json::from_str(policy).map_err(|_| "failed to parse JSON".to_owned())?;
    let policy = policy.as_object().ok_or("Filter policy must be an object")?;
    if policy.len() > KEYS_MAX {
        return Err(format!("Filter policy can not have more than {KEYS_MAX} keys"));
    }
    check_level(policy, nested)
}

fn check_level(policy: &Map<String, Value>, nested: bool) -> Result<(), String> {
    for (key, rules) in policy {
        match rules {
            Value::Array(choices) if key == "$or" => {
                for choice in choices {
                    check_level(choice.as_object().ok_or("\"$or\" must be a list of objects")?, nested)?;
                }
            }
            Value::Array(rules) if rules.is_empty() => return Err("Empty arrays are not allowed".to_owned()),
            Value::Array(rules) => rules.iter().try_for_each(check_rule)?,
            Value::Object(level) if nested => check_level(level, nested)?,
            _ => return Err(format!("\"{key}\" must be an object or an array")),
        }
    }
    Ok(())
}

fn check_rule(rule: &Value) -> Result<(), String> {
    let Value::Object(operators) = rule else {
        return if rule.is_array() { Err("Match value must not be an array".to_owned()) } else { Ok(()) };
    };
    let Some((operator, operand)) = operators.iter().next().filter(|_| operators.len() == 1) else {
        return Err("Only one key allowed in match expression".to_owned());
    };
    let fits = match operator.as_str() {
        "exists" => operand.is_boolean(),
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => operand.is_string(),
        "anything-but" => !operand.is_null(),
        "numeric" => operand.as_array().is_some_and(|parts| !parts.is_empty() && parts.len() % 2 == 0),
        other => return Err(format!("Unrecognized match type {other}")),
    };
    if fits { Ok(()) } else { Err(format!("Bad value for match type {operator}")) }
}

/// Message attributes as the data that a policy looks at. Binary ones cannot be matched.
pub(super) fn data_of(attributes: &Attributes) -> Value {
    let data = attributes.iter().filter_map(|(name, attribute)| {
        let text = attribute.string_value.as_deref()?;
        let value = match attribute.data_type.as_str() {
            number if number.starts_with("Number") => text.parse::<f64>().map_or(Value::Null, Value::from),
            "String.Array" => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::from(text),
        };
        Some((name.clone(), value))
    });
    Value::Object(data.collect())
}

/// Whether data satisfies a policy: every key, by any of its rules.
pub(super) fn matches(policy: &Value, data: &Value) -> bool {
    let Some(policy) = policy.as_object() else { return false };
    policy.iter().all(|(key, rules)| match rules {
        Value::Array(choices) if key == "$or" => choices.iter().any(|choice| matches(choice, data)),
        Value::Array(rules) => rules.iter().any(|rule| matches_any(rule, data.get(key))),
        // A level of the body: an object, or a list of them.
        level => match data.get(key) {
            Some(Value::Array(list)) => list.iter().any(|element| matches(level, element)),
            Some(inner) => matches(level, inner),
            None => matches(level, &Value::Null),
        },
    })
}

/// A list of values matches if one of them does.
fn matches_any(rule: &Value, value: Option<&Value>) -> bool {
    match value {
        Some(Value::Array(list)) if !list.is_empty() => {
            list.iter().any(|value| matches_one(rule, Some(value)))
        }
        Some(Value::Array(_)) => matches_one(rule, None),
        value => matches_one(rule, value),
    }
}

fn matches_one(rule: &Value, value: Option<&Value>) -> bool {
    match rule {
        Value::Object(operators) => {
            operators.iter().all(|(operator, operand)| operate(operator, operand, value))
        }
        Value::Number(wanted) => {
            value.and_then(Value::as_f64).is_some_and(|got| Some(got) == wanted.as_f64())
        }
        wanted => value == Some(wanted),
    }
}

fn operate(operator: &str, operand: &Value, value: Option<&Value>) -> bool {
    let texts = value.and_then(Value::as_str).zip(operand.as_str());
    match operator {
        "exists" => operand.as_bool() == Some(value.is_some()),
        "prefix" => texts.is_some_and(|(text, prefix)| text.starts_with(prefix)),
        "suffix" => texts.is_some_and(|(text, suffix)| text.ends_with(suffix)),
        "equals-ignore-case" => {
            texts.is_some_and(|(text, other)| text.to_lowercase() == other.to_lowercase())
        }
        "wildcard" => texts.is_some_and(|(text, pattern)| is_like(text, pattern)),
        "numeric" => value.and_then(Value::as_f64).is_some_and(|number| is_in_range(number, operand)),
        "anything-but" => value.is_some() && !is_one_of(operand, value),
        _ => false,
    }
}

fn is_one_of(operand: &Value, value: Option<&Value>) -> bool {
    match operand {
        Value::Array(list) => list.iter().any(|rule| matches_one(rule, value)),
        // {"anything-but": {"prefix": ["a", "b"]}}
        Value::Object(operators) => operators.iter().any(|(operator, operand)| match operand {
            Value::Array(list) => list.iter().any(|operand| operate(operator, operand, value)),
            operand => operate(operator, operand, value),
        }),
        single => matches_one(single, value),
    }
}

/// `[">=", 1, "<", 5]`
fn is_in_range(number: f64, bounds: &Value) -> bool {
    let Some(bounds) = bounds.as_array() else { return false };
    bounds.chunks(2).all(|bound| {
        let [comparison, limit] = bound else { return false };
        let Some(limit) = limit.as_f64() else { return false };
        match comparison.as_str() {
            Some("=") => (number - limit).abs() < f64::EPSILON,
            Some(">") => number > limit,
            Some(">=") => number >= limit,
            Some("<") => number < limit,
            Some("<=") => number <= limit,
            _ => false,
        }
    })
}

/// `*` stands for any run of characters.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_match_what_the_service_matches() {
        let data = json!({"kind": "message.sent", "price": 7, "tags": ["a", "b"], "at": {"city": "Ulm"}});
        for (policy, expected) in [
            (json!({"kind": ["message.sent"]}), true),
            (json!({"kind": ["other"]}), false),
            (json!({"kind": [{"prefix": "message."}], "price": [{"numeric": [">", 5, "<=", 7]}]}), true),
            (json!({"price": [{"numeric": ["=", 8]}]}), false),
            (json!({"kind": [{"suffix": ".sent"}]}), true),
            (json!({"kind": [{"equals-ignore-case": "MESSAGE.SENT"}]}), true),
            (json!({"kind": [{"wildcard": "*age*nt"}]}), true),
            (json!({"kind": [{"wildcard": "*age*nope"}]}), false),
            (json!({"kind": [{"anything-but": ["message.sent"]}]}), false),
            (json!({"kind": [{"anything-but": {"prefix": "order"}}]}), true),
            (json!({"missing": [{"anything-but": "x"}]}), false),
            (json!({"missing": [{"exists": false}], "kind": [{"exists": true}]}), true),
            (json!({"tags": ["b"]}), true),
            (json!({"tags": ["c"]}), false),
            (json!({"at": {"city": ["Ulm"]}}), true),
            (json!({"at": {"city": ["Bonn"]}}), false),
            (json!({"$or": [{"kind": ["other"]}, {"price": [7]}]}), true),
            (json!({"$or": [{"kind": ["other"]}, {"price": [8]}]}), false),
        ] {
            assert_eq!(matches(&policy, &data), expected, "{policy}");
            assert_eq!(check(&policy.to_string(), true), Ok(()), "{policy}");
        }
    }

    #[test]
    fn policies_that_mean_nothing_are_refused() {
        for policy in
            ["", "[]", r#"{"a": []}"#, r#"{"a": "b"}"#, r#"{"a": [{"like": "b"}]}"#, r#"{"a": {"b": ["c"]}}"#]
        {
            assert!(check(policy, false).is_err(), "{policy}");
        }
    }
}
