//! Turns serde's words about a value into ours.
//!
//! serde says `invalid type: string "secret", expected u32 at line 3 column 9`. The value, the Rust type and the
//! position are nobody's business; what remains is that a whole number was expected. Texts of our own types (from
//! `TryFrom`) pass unchanged, unless they quote what was sent.

use super::{Code, FieldError};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// A name that we did not define is only repeated in a pointer up to this length.
const UNKNOWN_NAME_CHARACTERS_MAX: usize = 64;

/// A part of the request shorter than this may appear in a text by chance, such as `1` in `at most 100`.
const QUOTED_CHARACTERS_MIN: usize = 3;

const GENERIC: &str = "this value is not accepted";

/// What is wrong with a JSON body that could be parsed but not understood. `body` is used to make sure that
/// nothing of it is repeated.
pub(crate) fn body_error(path: &Path, message: &str, body: &[u8]) -> FieldError {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _position)| message);
    let (path, code, detail) = understand(segments(path), message);
    // These three are about names, and said in our words alone.
    let about_names = matches!(code, Code::MissingField | Code::DuplicateField | Code::UnknownField);
    let detail = if about_names || !quotes(body, &path, &detail) { detail } else { GENERIC.to_owned() };
    FieldError::body(path, code, detail)
}

/// What is wrong with a query string.
pub(crate) fn query_error(path: &Path, message: &str, query: &str) -> FieldError {
    let (path, code, detail) = understand(segments(path), message);
    let quoted = form_urlencoded::parse(query.as_bytes()).any(|(_, value)| contains_value(&detail, &value));
    let detail = if quoted { GENERIC.to_owned() } else { detail };
    FieldError::query(path.first().map_or("", String::as_str), code, detail)
}

fn segments(path: &Path) -> Vec<String> {
    path.iter()
        .map_while(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Unknown => None,
        })
        .collect()
}

/// Sorts serde's message into one of our codes, with the path of the field that it is about.
fn understand(mut path: Vec<String>, message: &str) -> (Vec<String>, Code, String) {
    if let Some(field) = between(message, "missing field `", "`") {
        path.push(field.to_owned());
        return (path, Code::MissingField, "this field is required".to_owned());
    }
    if let Some(field) = between(message, "duplicate field `", "`") {
        if path.last().map(String::as_str) != Some(field) {
            path.push(field.to_owned());
        }
        return (path, Code::DuplicateField, "this field appears twice".to_owned());
    }
    if message.starts_with("unknown field `") {
        // The path ends with the caller's own name for the field.
        if path.last().is_some_and(|name| name.chars().count() > UNKNOWN_NAME_CHARACTERS_MAX) {
            path.pop();
        }
        return (path, Code::UnknownField, "there is no such field".to_owned());
    }
    if message.starts_with("unknown variant `") {
        let allowed = message.rsplit_once(", expected ").map(|(_, allowed)| allowed.replace('`', "\""));
        let detail = allowed.map_or_else(|| GENERIC.to_owned(), |allowed| format!("expected {allowed}"));
        return (path, Code::Invalid, detail);
    }
    if message.starts_with("invalid type: ") || message.starts_with("invalid length ") {
        return (path, Code::WrongType, expectation(message));
    }
    // serde_json's words where a name is expected and the value is no text.
    if message == "expected value" {
        return (path, Code::WrongType, "expected a text".to_owned());
    }
    if message.starts_with("invalid value: ") {
        return (path, Code::OutOfRange, expectation(message));
    }
    // Words of the standard library for numbers and truth values in a query string.
    if ["invalid digit found in string", "cannot parse integer from empty string"].contains(&message) {
        return (path, Code::WrongType, "expected a whole number".to_owned());
    }
    if message.starts_with("number too ") {
        return (path, Code::OutOfRange, "this number is too large or too small".to_owned());
    }
    if message == "provided string was not `true` or `false`" {
        return (path, Code::WrongType, "expected true or false".to_owned());
    }
    if message.starts_with("data did not match any variant") {
        return (path, Code::Invalid, "this matches none of the accepted forms".to_owned());
    }
    (path, Code::Invalid, message.to_owned())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.split_once(after).map(|(inside, _)| inside)
}

/// What serde expected, without the names of Rust types.
fn expectation(message: &str) -> String {
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    let words = match expected {
        "a string" | "a borrowed string" | "a character" | "string" => "a text",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, zero or more",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.starts_with("struct ") || expected.contains("tagged enum") => "an object",
        _ if is_rust(expected) => return GENERIC.to_owned(),
        _ => expected,
    };
    format!("expected {words}")
}

/// Whether an expectation speaks of Rust, not of the API.
fn is_rust(expected: &str) -> bool {
    expected.is_empty()
        || ["enum ", "variant ", "tuple ", "newtype ", "unit", "nonzero", "a nonzero", "option"]
            .iter()
            .any(|word| expected.starts_with(word))
        || expected.contains("::")
}

/// Whether `detail` repeats the value at `path`.
fn quotes(body: &[u8], path: &[String], detail: &str) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return true };
    let value = path.iter().try_fold(&body, |value, segment| match value {
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get(segment),
        _ => None,
    });
    // A path that leads nowhere, as of a missing field: then nothing at all may be repeated.
    repeats(value.unwrap_or(&body), detail)
}

fn repeats(value: &Value, detail: &str) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => contains_value(detail, &number.to_string()),
        Value::String(text) => contains_value(detail, text),
        Value::Array(items) => items.iter().any(|item| repeats(item, detail)),
        Value::Object(fields) => fields.values().any(|item| repeats(item, detail)),
    }
}

fn contains_value(detail: &str, value: &str) -> bool {
    value.chars().count() >= QUOTED_CHARACTERS_MIN && detail.contains(value)
}
