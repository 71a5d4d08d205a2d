//! Arbitrary bytes: no panic, no belief, and no success where there is none.

use bytes::Bytes;
use carriers::{HttpReply, Outcome, Webhook};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{fixtures::credentials, sign::sign};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Bodies that look a little like what carriers send, and bodies that do not.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let names = "(MessageSid|SmsStatus|MessageStatus|From|To|Body|NumMedia|MediaUrl0|OptOutType|ErrorCode)";
    let form = format!("({names}=[ -~é]{{0,12}}&){{0,12}}");
    let field =
        r#""(type|reference|from|to|text|media|status|id|error)":("[ -~]{0,12}"|[0-9]{1,30}|null|\[\]|\{\})"#;
    let json = format!(r#"\{{"type":"message\.(received|status)"(,{field}){{0,8}}\}}"#);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..512),
        proptest::string::string_regex(&form).unwrap().prop_map(String::into_bytes),
        proptest::string::string_regex(&json).unwrap().prop_map(String::into_bytes),
    ]
}

fn webhooks() -> impl Strategy<Value = Webhook> {
    let content_type = prop_oneof![
        Just("application/x-www-form-urlencoded"),
        Just("application/json"),
        Just("text/plain; charset=utf-8"),
        Just(""),
    ];
    let method = prop_oneof![Just(Method::POST), Just(Method::GET), Just(Method::PUT)];
    (method, content_type, bodies(), "[ -~]{0,60}").prop_map(|(method, content_type, body, query)| {
        let mut url = url::Url::parse("https://textdesk.example/v1/carriers/x/gwy_1/inbound").unwrap();
        url.set_query(Some(&query));
        let headers =
            HeaderMap::from_iter([("content-type".parse().unwrap(), HeaderValue::from_static(content_type))]);
        Webhook { method, url, headers, body: Bytes::from(body), key: None }
    })
}

proptest! {
    #[test]
    fn whatever_a_carrier_signs_is_read_or_unreadable(hook in webhooks()) {
        for carrier in carriers::ALL {
            let mut hook = hook.clone();
            sign(carrier.id(), &mut hook, NOW);
            let credentials = credentials(carrier.id());
            let genuine = carrier.verify(&hook, &credentials, NOW);
            prop_assert!(genuine.is_ok(), "{}: {:?}", carrier.id(), genuine);
            let _ = carrier.events(&genuine.unwrap());
        }
    }

    #[test]
    fn whatever_a_stranger_signs_is_forged(
        hook in webhooks(),
        signature in proptest::collection::vec(any::<u8>().prop_filter("visible", |byte| *byte >= 32 && *byte != 127), 0..80),
        seconds in any::<i64>(),
    ) {
        for carrier in carriers::ALL {
            let mut hook = hook.clone();
            let signature = HeaderValue::from_bytes(&signature).unwrap();
            hook.headers.insert("x-twilio-signature", signature.clone());
            hook.headers.insert("authorization", signature.clone());
            hook.headers.insert("x-simulated-signature", signature);
            hook.headers.insert("x-simulated-timestamp", HeaderValue::from(seconds));
            prop_assert!(carrier.verify(&hook, &credentials(carrier.id()), NOW).is_err());
        }
    }

    #[test]
    fn only_a_success_is_accepted_and_only_with_a_reference(status in 100_u16..1000, body in bodies()) {
        let Ok(status) = StatusCode::from_u16(status) else { return Ok(()) };
        let reply = HttpReply { status, headers: HeaderMap::new(), body: Bytes::from(body) };
        for carrier in carriers::ALL {
            let outcome = carrier.send_outcome(&reply);
            let accepted = matches!(outcome, Outcome::Accepted { .. });
            prop_assert!(!accepted || status.is_success());
            // What cannot be read as either is unknown, never a failure that would be sent again.
            let again = matches!(outcome, Outcome::TryLater { .. });
            prop_assert!(!again || !status.is_success());
            let _ = carrier.lookup_outcome(&reply);
        }
    }
}
