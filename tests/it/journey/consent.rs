//! Who says stop gets nothing until they say start (I07).

use jiff::SignedDuration;
use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, Business, House};

const CUSTOMER: &str = "+12125550123";

fn sends(bakery: &Business, conversation: &str) -> [Ask; 2] {
    [
        json!({"to": CUSTOMER, "body": "Fresh bread!"}),
        json!({"conversation_id": conversation, "body": "Fresh bread!"}),
    ]
    .map(|body| Ask::post("/v1/messages").by(&bakery.owner.token).json(&body))
}

#[tokio::test]
async fn i07_every_word_for_stop_ends_and_every_word_for_start_renews() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let words = [
        ("STOP", "START"),
        ("stop", "unstop"),
        (" Stop. ", "Start!"),
        ("UNSUBSCRIBE", "subscribe"),
        ("Opt-out", "START"),
        ("cancel", "start"),
        ("QUIT", "start"),
    ];
    for (stop, start) in words {
        let conversation = house.text_in(CUSTOMER, &bakery, stop).await;
        let id = conversation["id"].as_str().unwrap();
        assert_eq!(conversation["preview"], stop, "what was said is shown");
        for ask in sends(&bakery, id) {
            refused(&house, ask).await.problem(403, "recipient-opted-out");
        }
        house.text_in(CUSTOMER, &bakery, start).await;
        for ask in sends(&bakery, id) {
            house.ask(ask).await.expect(202);
        }
        house.settle().await;
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn i07_a_sentence_with_such_a_word_is_no_stop() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    for text in ["Please don't stop!", "When does the bus stop?", "HELP", "stopping by at five", "🛑"] {
        let conversation = house.text_in(CUSTOMER, &bakery, text).await;
        for ask in sends(&bakery, conversation["id"].as_str().unwrap()) {
            house.ask(ask).await.expect(202);
        }
    }
    house.settle().await;
    house.close().await;
}

/// Stopping concerns the number, whichever of ours it was said to.
#[tokio::test]
async fn i07_stop_said_to_one_number_holds_for_all_numbers_of_the_business() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (gateway, ..) = house.simulated_line(&bakery.owner).await;
    house.text_in(CUSTOMER, &bakery, "STOP").await;
    let body = json!({"to": CUSTOMER, "gateway_id": gateway, "body": "Fresh bread!"});
    let ask = Ask::post("/v1/messages").by(&bakery.owner.token).json(&body);
    refused(&house, ask).await.problem(403, "recipient-opted-out");
    house.close().await;
}

#[tokio::test]
async fn i07_a_stop_that_only_the_carrier_knows_counts_as_well() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    // 0151: the customer has opted out at the carrier.
    let body = json!({"to": "+12125550151", "body": "Fresh bread!"});
    house.send(&bakery.owner, &body).await;
    house.settle().await;
    let ask = Ask::post("/v1/messages").by(&bakery.owner.token).json(&body);
    refused(&house, ask).await.problem(403, "recipient-opted-out");
    assert_eq!(house.balance(&bakery.owner).await, [100, 0, 0]);
    // Twilio tells of it in a field of its own.
    let twilio = house.twilio_line(&bakery.owner).await;
    let mut webhook = twilio.text("SM1", CUSTOMER, "No more, please");
    webhook.extend_from_slice(b"&OptOutType=STOP");
    house.ask(twilio.webhook(&twilio.inbound(), webhook, house.now())).await.expect(200);
    let conversation = house.conversation_with(&bakery.owner, CUSTOMER).await;
    for ask in sends(&bakery, conversation["id"].as_str().unwrap()) {
        refused(&house, ask).await.problem(403, "recipient-opted-out");
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// A message that waits for its carrier when the customer says stop is not sent any more.
#[tokio::test(start_paused = true)]
async fn i07_a_message_that_still_waits_when_stop_comes_is_withdrawn() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    // 0156: throttled for the first two attempts, then taken.
    let sent = house.send(&bakery.owner, &json!({"to": "+12125550156", "body": "Fresh bread!"})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    house.text_in("+12125550156", &bakery, "STOP").await;
    house.live(SignedDuration::from_mins(5), SignedDuration::from_secs(15)).await;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap());
    let message = house.get(&bakery.owner.token, &path).await.expect(200);
    assert_eq!(
        (&message["status"], &message["failure"]["reason"]),
        (&json!("failed"), &json!("opted_out_here"))
    );
    let id = message["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(house.running.phones.arrivals(id), 0);
    assert_eq!(house.balance(&bakery.owner).await, [100, 0, 0]);
    house.audit(&bakery.owner).await;
    house.close().await;
}
