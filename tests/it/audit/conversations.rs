//! What happens in conversations gets into the log (I11): by whom, from where, once, and without what was written.

use serde_json::{Value, json};

use super::{kept, shown};
use crate::house::{Ask, House};

const CUSTOMER: &str = "+12125550123";

#[tokio::test]
async fn i11_what_people_and_programs_do_in_conversations_is_in_the_log_with_from_where() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Is the sourdough ready?").await;
    let id = conversation["id"].as_str().unwrap().to_owned();
    let before = kept(&house).len();
    let key = json!({"name": "Web shop", "permissions": ["messages:manage", "messages:compose"], "conversation_access": "all"});
    let made = house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    let (token, key) = (made["token"].as_str().unwrap(), made["api_key"]["id"].as_str().unwrap());
    let body = json!({"conversation_id": id, "body": "At noon, dear Clara."});
    let sent =
        house.ask(Ask::post("/v1/messages").by(token).from("198.51.100.7").json(&body)).await.expect(202);
    let message = sent["id"].as_str().unwrap();
    let archive = Ask::post(format!("/v1/conversations/{id}/archive")).by(&bakery.owner.token);
    house.ask(archive.from("203.0.113.9")).await.expect(200);
    let log = shown(&house, &bakery.owner, "limit=2").await;
    assert_eq!(kept(&house).len(), before + 3);
    let told = |entry: &Value| {
        json!([
            entry["action"],
            entry["object"],
            entry["actor"],
            entry["address"],
            entry["before"],
            entry["after"]
        ])
    };
    let by_ana = json!({"kind": "user", "user_id": bakery.owner.id});
    let by_key = json!({"kind": "api_key", "user_id": bakery.owner.id, "api_key_id": key});
    let expected = [
        json!(["conversation.archived", id, by_ana, "203.0.113.9", null, {"state": "archived"}]),
        json!([
            "message.sent", message, by_key, "198.51.100.7", null,
            {"conversation_id": id, "segments": 1, "credits": 1},
        ]),
    ];
    for entry in &expected {
        assert!(log.iter().any(|it| told(it) == *entry), "{entry} is not in {log:#?}");
    }
    // The timeline shows the program, too.
    let timeline = house.list(&bakery.owner.token, &format!("/v1/conversations/{id}/timeline")).await;
    let of_message = timeline.iter().find(|it| it["kind"] == "outgoing_message").unwrap();
    assert_eq!(of_message["actor"], json!({"type": "api_key", "api_key_id": key}));
    assert_eq!(of_message["message"]["author"], json!({"api_key_id": key}));
    house.close().await;
}

#[tokio::test]
async fn i11_no_text_and_no_number_of_a_customer_gets_into_the_log() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Is the sourdough ready?").await;
    let id = conversation["id"].as_str().unwrap();
    for body in [
        json!({"conversation_id": id, "body": "At noon, dear Clara."}),
        json!({"to": "+12125550124", "body": "Fresh sourdough!"}),
    ] {
        house.send(&bakery.owner, &body).await;
    }
    house.text_in(CUSTOMER, &bakery, "STOP").await;
    house.settle().await;
    for entry in kept(&house) {
        for hidden in ["Clara", "sourdough", "5550123", "5550124", "STOP"] {
            assert!(!entry.text.contains(hidden), "{hidden} in {entry:?}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn i11_what_customers_and_the_product_itself_do_is_on_the_timeline_only() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
    let path = format!("/v1/conversations/{}/snooze", conversation["id"].as_str().unwrap());
    house.post(&bakery.owner.token, &path, &json!({"preset": "in_one_hour"})).await.expect(200);
    house.settle().await;
    let before = kept(&house);
    house.pass(jiff::SignedDuration::from_mins(61)).await;
    house.text_in(CUSTOMER, &bakery, "Anybody there?").await;
    assert_eq!(kept(&house), before);
    house.close().await;
}

/// The stream may show everything again: with the same records, nothing is written a second time.
#[tokio::test]
async fn i11_what_the_stream_shows_twice_is_in_the_log_once() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
    let id = conversation["id"].as_str().unwrap();
    house.send(&bakery.owner, &json!({"conversation_id": id, "body": "Yes!"})).await;
    house
        .post(&bakery.owner.token, &format!("/v1/conversations/{id}/complete"), &json!({}))
        .await
        .expect(200);
    house.settle().await;
    let before = house.table();
    for record in house.running.engines.dynamo.stream_records(None, 1_000).unwrap() {
        let answer =
            house.running.functions().invoke("Dispatch", json!({"Records": [record]})).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]), "{record}");
    }
    house.settle().await;
    assert_eq!(*house.table(), *before);
    house.close().await;
}
