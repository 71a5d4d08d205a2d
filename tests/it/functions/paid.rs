//! What messages cost, when, and to whom.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::Api;

const CUSTOMER: &str = "+12125550123";
/// A number of the simulated carrier that is refused: not a valid number.
const REFUSED: &str = "+12125550150";

fn balance(available: u32, held: u32, spent: u32) -> Value {
    json!({"available": available, "held": held, "spent": spent})
}

#[tokio::test(start_paused = true)]
async fn a18_x14_x15_everybody_spends_from_one_pot_by_segments_held_then_spent() {
    let api = Api::new(81).await;
    let (owner, _) = api.business(10).await;
    let (_, ben) = api.colleague(&owner, "ben@bakery.example", "all").await;
    let credits = async || api.get(&owner, "/v1/credits").await.expect(200);
    let long = json!({"to": CUSTOMER, "body": "a".repeat(161)});
    assert_eq!(api.post(&ben, "/v1/messages", &long).await.expect(202)["credits"], 2);
    let picture = json!({"to": CUSTOMER, "media": ["https://example.com/menu.jpg"]});
    assert_eq!(api.post(&owner, "/v1/messages", &picture).await.expect(202)["credits"], 3);
    assert_eq!(credits().await, balance(5, 5, 0));
    api.world.pass(Duration::from_mins(1)).await;
    assert_eq!(credits().await, balance(5, 0, 5));
}

#[tokio::test(start_paused = true)]
async fn x15_what_the_carrier_refuses_comes_back_and_the_ledger_says_so() {
    let api = Api::new(82).await;
    let (owner, _) = api.business(10).await;
    let body = json!({"to": REFUSED, "body": "Hello"});
    let message = api.post(&owner, "/v1/messages", &body).await.expect(202);
    api.world.settle().await;
    assert_eq!(api.get(&owner, "/v1/credits").await.expect(200), balance(10, 0, 0));
    let ledger = api.get(&owner, "/v1/credits/ledger").await.expect(200);
    let mut lines: Vec<_> = ledger["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["amount"].as_i64().unwrap(), &line["message_id"]))
        .collect();
    // Lines of one millisecond stand in no particular order.
    lines.sort_by_key(|line| line.1);
    let id = &message["id"];
    assert_eq!(lines, [("message", -1, id), ("return", 1, id), ("top_up", 10, &Value::Null)]);
}

#[tokio::test(start_paused = true)]
async fn x15_of_two_colleagues_who_spend_the_last_credits_at_once_one_does() {
    let api = Api::new(83).await;
    let (owner, _) = api.business(3).await;
    let (_, ben) = api.colleague(&owner, "ben@bakery.example", "all").await;
    let two_segments = |to: &str| json!({"to": to, "body": "a".repeat(161)});
    let (first, second) = (two_segments(CUSTOMER), two_segments("+12125550124"));
    let answers =
        tokio::join!(api.post(&owner, "/v1/messages", &first), api.post(&ben, "/v1/messages", &second),);
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 402]);
    let poor = [answers.0, answers.1].into_iter().find(|answer| answer.status == 402).unwrap();
    let poor = poor.problem(402, "not-enough-credits");
    assert_eq!((&poor["needed"], &poor["available"]), (&json!(2), &json!(1)));
    assert_eq!(api.get(&owner, "/v1/credits").await.expect(200), balance(1, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn d30_d31_what_the_preview_says_is_what_is_charged() {
    const BRITISH: &str = "+447700900123";
    let api = Api::new(84).await;
    let (owner, _) = api.business(100).await;
    let one_more = |n: usize| ("a".repeat(n), "a".repeat(n + 1));
    let (fits, needs_another) = one_more(160);
    let flag = format!("{}{}", "a".repeat(60), "🇺🇦".repeat(3));
    for (to, text, media, segments) in [
        (CUSTOMER, fits.as_str(), json!([]), 1),
        (CUSTOMER, &needs_another, json!([]), 2),
        (CUSTOMER, &flag, json!([]), 2),
        (CUSTOMER, "Look", json!(["https://example.com/menu.jpg"]), 1),
        (BRITISH, &needs_another, json!([]), 2),
        (BRITISH, "Look", json!(["https://example.com/menu.jpg"]), 1),
    ] {
        let draft = json!({"body": text, "media": media, "to": to});
        let preview = api.post(&owner, "/v1/messages/preview", &draft).await.expect(200);
        assert_eq!(preview["segments"], segments, "{text}");
        let anywhere = json!({"body": text, "media": media});
        let least = api.post(&owner, "/v1/messages/preview", &anywhere).await.expect(200)["credits"].as_u64();
        let before = api.get(&owner, "/v1/credits").await.expect(200);
        let body = json!({"to": to, "body": text, "media": media});
        let accepted = api.post(&owner, "/v1/messages", &body).await.expect(202);
        let after = api.get(&owner, "/v1/credits").await.expect(200);
        let charged = before["available"].as_u64().unwrap() - after["available"].as_u64().unwrap();
        assert_eq!((&preview["credits"], &accepted["credits"]), (&json!(charged), &json!(charged)), "{text}");
        assert_eq!(least.unwrap() < charged, to == BRITISH, "{text}");
        let path = format!("/v1/conversations/{}", accepted["conversation_id"].as_str().unwrap());
        assert_eq!(api.get(&owner, &path).await.expect(200)["contact"]["number"], to);
    }
    // Nothing is charged for asking what it costs in a conversation.
    let draft = json!({"body": "Hello", "conversation_id": "cnv_00000000000000000000000000000001"});
    api.post(&owner, "/v1/messages/preview", &draft).await.problem(404, "not-found");
}

#[tokio::test(start_paused = true)]
async fn d31_with_smart_encoding_what_is_shown_is_sent_and_charged() {
    let api = Api::new(86).await;
    let (owner, _) = api.business(10).await;
    let written = format!("{} – the cook’s own…", "a".repeat(60));
    let body = json!({"to": CUSTOMER, "body": written});
    let plain = api.post(&owner, "/v1/messages", &body).await.expect(202);
    assert_eq!((&plain["encoding"], &plain["credits"]), (&json!("ucs2"), &json!(2)));

    let draft = json!({"body": written, "smart_encoding": true});
    let preview = api.post(&owner, "/v1/messages/preview", &draft).await.expect(200);
    assert_eq!((&preview["encoding"], &preview["credits"]), (&json!("gsm7"), &json!(1)));
    let replaced =
        [("–", "-"), ("’", "'"), ("…", "...")].map(|(was, is)| json!({"character": was, "with": is}));
    assert_eq!(preview["replaced_characters"], json!(replaced));
    let body = json!({"to": CUSTOMER, "body": written, "smart_encoding": true});
    let sent = api.post(&owner, "/v1/messages", &body).await.expect(202);
    assert_eq!((&sent["segments"], &sent["credits"]), (&preview["segments"], &preview["credits"]));
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    let sent = api.get(&owner, &path).await.expect(200);
    assert_eq!(sent["text"], preview["text"]);

    // A text that needs UCS-2 whatever its quotes are is left alone.
    let draft = json!({"body": "“Ready” 🎉", "smart_encoding": true});
    let preview = api.post(&owner, "/v1/messages/preview", &draft).await.expect(200);
    assert_eq!((&preview["text"], &preview["replaced_characters"]), (&draft["body"], &json!([])));
}

#[tokio::test(start_paused = true)]
async fn e16_e19_a_timeline_is_filtered_by_origin_and_by_failure_independently() {
    let api = Api::new(85).await;
    let (owner, _) = api.business(10).await;
    let body = json!({"to": REFUSED, "body": "Hello"});
    let message = api.post(&owner, "/v1/messages", &body).await.expect(202);
    api.world.settle().await;
    api.text_in(REFUSED, "What is it?").await;
    let path = format!("/v1/conversations/{}/timeline", message["conversation_id"].as_str().unwrap());
    let kinds = async |query: &str| {
        let page = api.get(&owner, &format!("{path}?{query}")).await.expect(200);
        let kinds = page["data"].as_array().unwrap().iter();
        kinds.map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("").await, ["incoming_message", "assigned", "conversation_started", "outgoing_message"]);
    assert_eq!(kinds("failed=true").await, ["outgoing_message"]);
    assert_eq!(kinds("failed=true&origins=manual").await, ["outgoing_message"]);
    assert_eq!(kinds("failed=true&origins=campaign").await, Vec::<String>::new());
    assert_eq!(
        kinds("events=outgoing_message,incoming_message").await,
        ["incoming_message", "outgoing_message"]
    );
    let shown = api.get(&owner, &format!("{path}?failed=true")).await.expect(200);
    let failure = &shown["data"][0]["message"]["failure"];
    assert_eq!((&failure["reason"], &failure["code"]), (&json!("invalid_number"), &json!("invalid_number")));
}
