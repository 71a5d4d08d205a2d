//! Paths, headers and single values that cannot be what they stand for.

use serde_json::{Value, json};

use super::refused;
use crate::house::{Ask, Stage, operations};

/// What no path parameter can be.
fn nothing() -> Vec<String> {
    let long = "x".repeat(5_000);
    ["0", "null", "..", "%00", "%20", "%F0%9F%A5%90", "%FF", "a%2Fb", "%25", "'--", "{}", long.as_str()]
        .map(str::to_owned)
        .to_vec()
}

#[tokio::test]
async fn an_id_that_is_none_or_of_another_kind_or_unknown_is_not_found() {
    let stage = Stage::set().await;
    let kinds = ["acc", "usr", "gwy", "con", "cnv", "msg", "evt", "ntf", "led", "ses"];
    for operation in operations().into_iter().filter(|it| !it.parameters().is_empty()) {
        for parameter in operation.parameters() {
            let existing = stage.existing(&parameter).to_owned();
            let mut wrong = nothing();
            wrong.extend(kinds.map(|kind| format!("{kind}_{:032x}", 7)));
            if let Some((_, digits)) = existing.split_once('_') {
                wrong.extend(kinds.map(|kind| format!("{kind}_{digits}")));
                wrong.push(existing.to_uppercase());
                wrong.push(format!("{existing}0"));
                wrong.push(digits.to_owned());
            }
            wrong.retain(|wrong| *wrong != existing);
            if ["account_id", "contact_id", "contact_list_id", "import_id", "export_id"]
                .contains(&parameter.as_str())
            {
                // Whoever writes `/v1/accounts/../templates` asks for one's own templates, which there are.
                wrong.retain(|wrong| wrong != "..");
            }
            if ["tag_conversation", "untag_conversation"].contains(&operation.id.as_str())
                && parameter == "conversation_id"
            {
                // `/v1/conversations/../tags/{tag_id}` is a tag of the account.
                wrong.retain(|wrong| wrong != "..");
            }
            if operation.id == "unassign_conversation" && parameter == "user_id" {
                // An id that could be a user's is nobody who is assigned: there is nothing to do.
                wrong.retain(|wrong| !wrong.starts_with("usr_") || wrong.ends_with(&format!("{existing}0")));
            }
            for wrong in wrong {
                let path = operation.at(|name| {
                    if name == parameter { wrong.clone() } else { stage.existing(name).to_owned() }
                });
                let mut ask = stage.ask(&operation);
                ask.path = path;
                let answer = refused(&stage.house, ask).await;
                if operation.is_webhook && parameter == "message_id" && answer.status == 403 {
                    // Who did not sign is not told which messages there are.
                    continue;
                }
                assert_eq!(answer.status, 404, "{} {parameter}={wrong}: {answer:?}", operation.id);
                // A text with a slash in it may be another path; the gateway itself says no to that.
                if answer.slug() != "not-found" {
                    assert_eq!(answer.body, json!({"message": "Not Found"}), "{} {wrong}", operation.id);
                    assert!(["..", "a%2Fb"].contains(&wrong.as_str()), "{} {wrong}", operation.id);
                }
            }
        }
    }
    stage.house.close().await;
}

#[tokio::test]
async fn an_idempotency_key_that_is_none_is_named() {
    let stage = Stage::set().await;
    let long = "k".repeat(256);
    let mut tried = 0;
    for operation in operations().into_iter().filter(|it| it.takes_key) {
        tried += 1;
        for key in ["", " ", "two words", "caf\u{e9}", "\u{1f950}", "tab\tbed", long.as_str()] {
            let ask = stage.ask(&operation).key(key);
            refused(&stage.house, ask).await.names("@Idempotency-Key", "invalid");
        }
    }
    assert!(tried >= 4);
    let top_up = operations().into_iter().find(|it| it.id == "top_up").unwrap();
    let ask = stage.ask(&top_up).without_header("idempotency-key");
    refused(&stage.house, ask).await.names("@Idempotency-Key", "missing_field");
    stage.house.close().await;
}

/// One field of an operation's body set to something that it cannot be.
async fn check(stage: &Stage, operation: &str, field: &str, values: &[Value], pointer: &str) {
    let operation = operations().into_iter().find(|it| it.id == operation).unwrap();
    for value in values {
        let mut body = stage.body(&operation.id).unwrap();
        body[field] = value.clone();
        let problem = refused(&stage.house, stage.ask(&operation).json(&body)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{} {value}: {problem:#}", operation.id);
        let text = value.as_str().unwrap_or_default();
        let repeated = text.len() > 4 && problem.to_string().contains(text);
        assert!(!repeated, "what was sent is repeated: {problem}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_phone_number_is_named() {
    let stage = Stage::set().await;
    let none = [
        json!(""),
        json!(" "),
        json!("+"),
        json!("hello"),
        json!("12"),
        json!("+1"),
        json!("+999 12345678"),
        json!("+1 202 555 0123 4567 8901"),
        json!("+12025550"),
        json!("5550123"),
        json!("+1 000 000 0000"),
        json!("٠١٢"),
        json!("🥐"),
        json!("\u{202e}"),
        json!("1".repeat(5_000)),
        json!("+".repeat(200)),
    ];
    check(&stage, "send_message", "to", &none, "#/to").await;
    check(&stage, "send_message", "to", &[json!(stage.harbour.number)], "#/to").await;
    // Of a gateway it would be a name to send from.
    let none: Vec<_> = none.into_iter().filter(|it| *it != "hello").collect();
    check(&stage, "add_gateway", "number", &none, "#/number").await;
    stage.house.close().await;
}

#[tokio::test]
async fn a_value_that_its_field_cannot_have_is_named() {
    let stage = Stage::set().await;
    let long = |length: usize| json!("x".repeat(length));
    let names = [json!(""), json!("  "), long(101), json!("a\u{0}b"), json!("a\nb"), json!("\u{200b}")];
    for (operation, field) in [
        ("sign_up", "business_name"),
        ("sign_up", "name"),
        ("add_user", "name"),
        ("change_user", "name"),
        ("add_gateway", "name"),
        ("top_up", "reference"),
    ] {
        check(&stage, operation, field, &names, &format!("#/{field}")).await;
    }
    let addresses = [
        json!(""),
        json!("ana"),
        json!("@"),
        json!("a@"),
        json!("@b"),
        json!("a b@example.com"),
        json!("a@b@example.com"),
        json!("a\u{0}@example.com"),
        json!(format!("{}@example.com", "a".repeat(250))),
    ];
    for operation in ["sign_up", "sign_in", "add_user"] {
        check(&stage, operation, "email", &addresses, "#/email").await;
    }
    for operation in ["sign_up", "add_user"] {
        check(&stage, operation, "password", &[json!(""), json!("nine char"), long(201)], "#/password").await;
    }
    let zones =
        [json!(""), json!("Mars/Olympus"), json!("../../etc/passwd"), json!("UTC\u{0}"), json!("+02:00")];
    check(&stage, "sign_up", "time_zone", &zones, "#/time_zone").await;
    check(&stage, "sign_up", "region", &[json!(""), json!("USA"), json!("XX"), json!("us")], "#/region")
        .await;
    check(
        &stage,
        "change_user",
        "conversation_access",
        &[json!("some"), json!("All")],
        "#/conversation_access",
    )
    .await;
    check(&stage, "change_user", "roles", &[json!(["owner"])], "#/roles/0").await;
    check(&stage, "change_user", "roles", &[json!(["people_manager", "x"])], "#/roles/1").await;
    check(&stage, "add_gateway", "carrier", &[json!("nobody"), json!("Twilio"), json!("")], "#/carrier")
        .await;
    let amounts =
        [json!(0), json!(-1), json!(1.5), json!(1_000_000_000_001_u64), json!(u64::MAX), json!(1e30)];
    check(&stage, "top_up", "amount", &amounts, "#/amount").await;
    check(
        &stage,
        "top_up",
        "account_id",
        &[json!(stage.harbour.gateway), json!("acc_1"), json!("")],
        "#/account_id",
    )
    .await;
    check(&stage, "top_up", "account_id", &[json!(format!("acc_{:032x}", 7))], "#/account_id").await;
    stage.house.close().await;
}

#[tokio::test]
async fn credentials_that_a_carrier_could_not_give_are_named() {
    let stage = Stage::set().await;
    let simulated = |field: &str, value: Value| {
        let mut all =
            json!({"base_url": "http://carrier.example", "api_key": "key", "signing_secrets": ["s"]});
        all[field] = value;
        all
    };
    let wrong = [
        ("api_key", json!("")),
        ("api_key", json!("a\u{0}b")),
        ("base_url", json!("not an address")),
        ("base_url", json!("ftp://carrier.example")),
        ("signing_secrets", json!([])),
        ("signing_secrets", json!([" "])),
        ("signing_secrets", json!(["a", "b", "c"])),
    ];
    for (field, value) in wrong {
        let all = simulated(field, value);
        check(&stage, "add_gateway", "credentials", &[all], &format!("#/credentials/{field}")).await;
    }
    let forms = [
        json!({}),
        json!({"account_sid": "AC"}),
        simulated("surprise", json!(1)),
        simulated("api_key", json!(7)),
    ];
    check(&stage, "add_gateway", "credentials", &forms, "#/credentials").await;
    stage.house.close().await;
}

#[tokio::test]
async fn what_does_not_go_together_is_named() {
    let stage = Stage::set().await;
    let (owner, cnv) = (&stage.harbour.owner.token, &stage.conversation);
    let until = "2030-02-01T00:00:00Z";
    let snooze = format!("/v1/conversations/{cnv}/snooze");
    for (path, body, pointer, code) in [
        ("/v1/messages", json!({"body": "x"}), "#/to", "missing_field"),
        ("/v1/messages", json!({"to": "+12125550125"}), "#/body", "missing_field"),
        ("/v1/messages", json!({"to": "+12125550125", "media": []}), "#/body", "missing_field"),
        (
            "/v1/messages",
            json!({"to": "+1", "conversation_id": cnv, "body": "x"}),
            "#/conversation_id",
            "not_together",
        ),
        (
            "/v1/messages",
            json!({"to": "+12125550125", "gateway_id": format!("gwy_{:032x}", 7), "body": "x"}),
            "#/gateway_id",
            "no_such_thing",
        ),
        (&snooze, json!({}), "#/until", "missing_field"),
        (&snooze, json!({"until": until, "preset": "tomorrow"}), "#/preset", "not_together"),
        (&snooze, json!({"until": "2030-01-08T14:59:59Z"}), "#/until", "out_of_range"),
        (&snooze, json!({"until": "2030-01-08T15:00:00Z"}), "#/until", "out_of_range"),
        (&snooze, json!({"until": "2041-01-08T15:00:00Z"}), "#/until", "out_of_range"),
        (&snooze, json!({"until": "tomorrow"}), "#/until", "invalid"),
        (&snooze, json!({"until": "2030-02-01"}), "#/until", "invalid"),
        (&snooze, json!({"until": "2030-02-30T00:00:00Z"}), "#/until", "invalid"),
        (&snooze, json!({"until": "99999-02-01T00:00:00Z"}), "#/until", "invalid"),
        (&snooze, json!({"preset": "yesterday"}), "#/preset", "invalid"),
    ] {
        let ask = Ask::post(path).by(owner).json(&body);
        refused(&stage.house, ask).await.names(pointer, code);
    }
    stage.house.close().await;
}
