//! Bodies that are not what a route takes.

use serde_json::{Value, json};

use super::refused;
use crate::house::{Ask, Operation, Stage, operations};

const KIBIBYTE: usize = 1024;
/// The largest JSON body that is read.
const JSON_BYTES_MAX: usize = 64 * KIBIBYTE;

/// Every operation with a JSON body, and a body that it accepts.
fn with_body(stage: &Stage) -> Vec<(Operation, Value)> {
    let mut all = vec![];
    for operation in operations() {
        let body = stage.body(&operation.id);
        assert_eq!(operation.fields.is_some(), body.is_some(), "{}: its body in house::stage", operation.id);
        all.extend(body.map(|body| (operation, body)));
    }
    assert!(all.len() >= 9);
    all
}

fn json_of(operation: &Operation, stage: &Stage, body: &Value) -> Ask {
    stage.ask(operation).json(body)
}

#[tokio::test]
async fn what_is_not_json_is_called_so() {
    let stage = Stage::set().await;
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"".into(),
        b" \n".into(),
        b"{".into(),
        b"{\"body\":".into(),
        b"{'body': 'x'}".into(),
        b"body=x".into(),
        b"\0".into(),
        b"{} {}".into(),
        b"\xEF\xBB\xBF{}".into(),
        b"{\"body\":\"\xFF\xFE\"}".into(),
        b"\xFF\xFF\xFF".into(),
        b"{\"\xC3\x28\":1}".into(),
        b"{\"body\":\"\\ud800\"}".into(),
        deep("[", "]").into(),
        deep("{\"a\":", "}").into(),
        b"{\"amount\":1e999999999}".into(),
    ];
    for (operation, valid) in with_body(&stage) {
        for body in &bodies {
            let answer =
                refused(&stage.house, stage.ask(&operation).raw("application/json", body.clone())).await;
            // A field that is unknown may be found before the text turns out not to be JSON.
            let clear = match answer.slug() {
                "malformed" => answer.status == 400,
                "invalid" => answer.status == 422,
                _ => false,
            };
            assert!(clear, "{} {:?}: {answer:?}", operation.id, String::from_utf8_lossy(body));
        }
        for body in [&b""[..], b"{", b"\xFF", b"{'a': 1}"] {
            let ask = stage.ask(&operation).raw("application/json", body);
            refused(&stage.house, ask).await.problem(400, "malformed");
        }
        let followed = format!("{valid} {{}}");
        let ask = stage.ask(&operation).raw("application/json", followed);
        refused(&stage.house, ask).await.problem(400, "malformed");
    }
    stage.house.close().await;
}

#[tokio::test]
async fn what_is_json_but_no_object_is_called_so() {
    let stage = Stage::set().await;
    for (operation, _) in with_body(&stage) {
        for body in [json!([]), json!([1, 2, 3]), json!("text"), json!(5), json!(true), json!(null)] {
            let ask = json_of(&operation, &stage, &body);
            refused(&stage.house, ask).await.names("#", "wrong_type");
        }
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_not_read() {
    let stage = Stage::set().await;
    for (operation, valid) in with_body(&stage) {
        for kind in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""]
        {
            let ask = stage.ask(&operation).raw(kind, valid.to_string());
            refused(&stage.house, ask).await.problem(415, "unsupported-media-type");
        }
        let ask = json_of(&operation, &stage, &valid).without_header("content-type");
        refused(&stage.house, ask).await.problem(415, "unsupported-media-type");
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    let stage = Stage::set().await;
    for (operation, valid) in with_body(&stage) {
        for length in [JSON_BYTES_MAX + 1, KIBIBYTE * KIBIBYTE] {
            let mut padded = valid.to_string();
            padded.extend(std::iter::repeat_n(' ', length - padded.len()));
            let ask = stage.ask(&operation).raw("application/json", padded);
            let problem = refused(&stage.house, ask).await.problem(413, "too-large");
            assert_eq!(problem["limit_bytes"], JSON_BYTES_MAX, "{}", operation.id);
        }
    }
    stage.house.close().await;
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    let stage = Stage::set().await;
    for (operation, valid) in with_body(&stage) {
        for name in ["surprise", "a/b", "~", "", "Name", "é", "\u{202e}"] {
            let mut body = valid.clone();
            body[name] = json!("x");
            let pointer = format!("#/{}", name.replace('~', "~0").replace('/', "~1"));
            let ask = json_of(&operation, &stage, &body);
            refused(&stage.house, ask).await.names(&pointer, "unknown_field");
        }
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a_field_that_appears_twice_is_named() {
    let stage = Stage::set().await;
    for (operation, valid) in with_body(&stage) {
        let (name, value) = valid.as_object().unwrap().iter().next().unwrap();
        let mut body = valid.to_string();
        body.insert_str(1, &format!("{}:{value},", json!(name)));
        let ask = stage.ask(&operation).raw("application/json", body);
        refused(&stage.house, ask).await.names(&format!("#/{name}"), "duplicate_field");
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a_required_field_that_is_missing_is_named() {
    let stage = Stage::set().await;
    for (operation, valid) in with_body(&stage) {
        for field in operation.fields.iter().flatten().filter(|field| field.required) {
            let mut body = valid.clone();
            body.as_object_mut().unwrap().remove(&field.name);
            let ask = json_of(&operation, &stage, &body);
            refused(&stage.house, ask).await.names(&format!("#/{}", field.name), "missing_field");
        }
    }
    stage.house.close().await;
}

/// JSON that is not of this type.
fn not_of(kind: &str) -> Vec<Value> {
    let all = [
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("number", json!(1.5)),
        ("string", json!("one of a kind")),
        ("array", json!([])),
        ("array", json!([7])),
        ("object", json!({})),
        ("object", json!({"a": 1})),
    ];
    let others = all.into_iter().filter(|(other, _)| *other != kind);
    others.map(|(_, value)| value).collect()
}

#[tokio::test]
async fn a_value_of_another_type_is_named() {
    let stage = Stage::set().await;
    for (operation, valid) in with_body(&stage) {
        for field in operation.fields.clone().unwrap() {
            let mut wrong = not_of(&field.kind);
            if field.required {
                wrong.push(Value::Null);
            }
            if field.kind == "array" {
                wrong.extend([json!([7]), json!([null]), json!([[]])]);
            }
            for value in wrong {
                let mut body = valid.clone();
                body[&field.name] = value.clone();
                let ask = json_of(&operation, &stage, &body);
                let problem = refused(&stage.house, ask).await.problem(422, "invalid");
                let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
                let inside = pointer.strip_prefix(&format!("#/{}", field.name));
                let named = inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                assert!(named, "{} {}: {value} {problem:#}", operation.id, field.name);
            }
        }
    }
    stage.house.close().await;
}

#[tokio::test]
async fn a_body_where_none_belongs_changes_nothing() {
    let stage = Stage::set().await;
    let nowhere = |kind: &str| match kind {
        "carrier" => "simulated".to_owned(),
        other => format!("{}_{:032x}", &other[..3], 7),
    };
    for operation in operations().into_iter().filter(|it| it.fields.is_none() && !it.is_webhook) {
        let ask = Ask::new(&operation.method, operation.at(nowhere)).by(&stage.harbour.owner.token);
        let plain = stage.house.ask(ask.clone()).await;
        if operation.id == "sign_out" {
            continue;
        }
        for garbage in [vec![b'{'; KIBIBYTE * KIBIBYTE], vec![0xFF; 10], vec![0; 10]] {
            let answer = stage.house.ask(ask.clone().raw("application/json", garbage)).await;
            let own = ["begin_second_factor", "create_live_ticket", "reconcile_conversations"];
            if own.contains(&operation.id.as_str()) {
                // Each answer has a secret, a ticket or a job of its own.
                assert_eq!(answer.status, plain.status);
                continue;
            }
            assert_eq!(answer.comparable(), plain.comparable(), "{}", operation.id);
        }
    }
    stage.house.close().await;
}
