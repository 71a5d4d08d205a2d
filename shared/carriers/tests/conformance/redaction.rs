//! Nothing that a log line could print shows a text, a number, an address of a file or a secret.

use std::fmt::Debug;

use serde_json::Value;

use crate::fixtures::{self, Message, hook, reply};

/// Everything in the fixture that nobody may see: its longer strings in the places that hold such things.
fn forbidden(json: &Value) -> Vec<String> {
    const SECRET_FIELDS: [&str; 23] = [
        "from",
        "to",
        "text",
        "body",
        "media",
        "status_callback",
        "auth_tokens",
        "api_key",
        "signing_secrets",
        "api_password",
        "webhook_passwords",
        "api_token",
        "webhook_secrets",
        "access_key",
        "signing_keys",
        "secret_access_key",
        "api_secret",
        "signature_secrets",
        "secret",
        "Authorization",
        "authorization",
        "form",
        "json",
    ];
    let mut found = Vec::new();
    let fields = json.as_object().into_iter().flatten();
    for (name, value) in fields {
        if SECRET_FIELDS.contains(&name.as_str()) {
            strings(value, &mut found);
        } else {
            found.extend(forbidden(value));
        }
    }
    if let Some(values) = json.as_array() {
        found.extend(values.iter().flat_map(forbidden));
    }
    found.retain(|text| text.len() > 3);
    found
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => {
            for value in values {
                strings(value, found);
            }
        }
        Value::Object(fields) => {
            for value in fields.values() {
                strings(value, found);
            }
        }
        _ => {}
    }
}

/// `forbidden` must not occur in what is printed; nor may any phone number.
fn assert_silent(name: &str, forbidden: &[String], printed: &dyn Debug) {
    for text in [format!("{printed:?}"), format!("{printed:#?}")] {
        assert!(!text.contains("2025550"), "{name} shows a number: {text}");
        for secret in forbidden {
            assert!(!text.contains(secret.as_str()), "{name} shows {secret:?}: {text}");
        }
    }
}

#[test]
fn nothing_on_the_way_out_shows_text_numbers_or_secrets() {
    for (carrier, case) in fixtures::all("send") {
        let mut secrets = forbidden(&case.json);
        secrets.extend(forbidden(&serde_json::from_str(&fixtures::credentials_text(carrier.id())).unwrap()));
        // Our id may be seen, words that are names of fields, and the method.
        secrets
            .retain(|text| !text.starts_with("msg_") && !["From", "Body", "POST"].contains(&text.as_str()));
        assert!(secrets.len() > 3, "{}", case.name);
        let message = Message::of(&case.json["message"]);
        let outgoing = message.outgoing();
        assert_silent(&case.name, &secrets, &outgoing);
        assert_silent(&case.name, &secrets, &case.credentials);
        let request = carrier.send_request(&outgoing, &case.credentials).unwrap();
        assert_silent(&case.name, &secrets, &request);
        assert_silent(&case.name, &secrets, &carrier.lookup_request(&outgoing, &case.credentials));
    }
}

#[test]
fn no_answer_of_a_carrier_shows_what_it_repeats() {
    for (carrier, case) in fixtures::all("reply") {
        let reply = reply(&case.json);
        let secrets = forbidden(&case.json["body"]);
        assert_silent(&case.name, &secrets, &reply);
        assert_silent(&case.name, &secrets, &carrier.send_outcome(&reply));
    }
}

#[test]
fn no_webhook_and_no_event_shows_text_numbers_or_files() {
    for (carrier, case) in fixtures::hooks() {
        let hook = hook(&case.json);
        let mut secrets = forbidden(&case.json);
        for header in hook.headers.values() {
            secrets.push(String::from_utf8_lossy(header.as_bytes()).into_owned());
        }
        assert_silent(&case.name, &secrets, &hook);
        let genuine = carrier.verify(&hook, &case.credentials, case.arrived_at()).unwrap();
        assert_silent(&case.name, &secrets, &genuine);
        // Opt-out words are also the names of what they mean.
        secrets.retain(|text| !["Stop", "Start", "Help"].contains(&text.as_str()));
        assert_silent(&case.name, &secrets, &carrier.events(&genuine).unwrap());
    }
}

#[test]
fn no_error_shows_what_caused_it() {
    for carrier in carriers::ALL {
        for broken in fixtures::broken_credentials(carrier.id()) {
            let error = carrier.check_credentials(&broken.as_str().into()).unwrap_err();
            let good = serde_json::from_str(&fixtures::credentials_text(carrier.id())).unwrap();
            assert_silent("error", &forbidden(&good), &error);
            assert_silent("error", &forbidden(&good), &error.to_string());
        }
    }
}
