//! Every error code of Twilio's that Textdesk knows leads to the same consequence wherever it appears.

#![allow(clippy::unwrap_used, reason = "tests")]

use carriers::{CarrierId, HttpReply, Outcome, carrier};
use http::StatusCode;
use serde_json::{Value, json};

/// The consequence of a code that comes with this HTTP status.
fn consequence(code: u64, status: u16) -> String {
    let body = json!({ "code": code, "message": "", "status": status }).to_string();
    let reply = HttpReply::with_body(StatusCode::from_u16(status).unwrap(), "application/json", body);
    match carrier(CarrierId::Twilio).send_outcome(&reply) {
        Outcome::Refused { code: told, reason } => {
            assert_eq!(told, code.to_string());
            serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned()
        }
        Outcome::TryLater { code: told, .. } => {
            assert_eq!(told, code.to_string());
            "try_later".to_owned()
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn a_known_code_decides_whatever_the_http_status() {
    let rows: Vec<(u64, String)> = serde_json::from_str(include_str!("vectors/twilio_codes.json")).unwrap();
    assert!(rows.len() > 50);
    for (code, expected) in rows {
        for status in [400, 403, 429, 500, 503] {
            assert_eq!(consequence(code, status), expected, "{code} with {status}");
        }
    }
}

#[test]
fn an_unknown_code_leaves_the_decision_to_the_http_status() {
    for (status, expected) in [(400, "other"), (401, "account"), (429, "try_later"), (500, "try_later")] {
        assert_eq!(consequence(99_999, status), expected, "{status}");
    }
    assert_eq!(consequence(99_999, 504), "Unknown");
}

#[test]
fn a_code_that_is_no_number_is_no_code() {
    for body in [json!({"code": null}), json!({"code": -1}), json!({"code": "x"}), json!([]), Value::Null] {
        let reply = HttpReply::with_body(StatusCode::BAD_REQUEST, "application/json", body.to_string());
        let outcome = carrier(CarrierId::Twilio).send_outcome(&reply);
        assert!(matches!(outcome, Outcome::Refused { code, .. } if code == "http_400"));
    }
}
