//! Who says stop gets nothing until they say start (I07).

use jiff::SignedDuration;
use serde_json::{Value, json};

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
    for text in ["Please don't stop!", "When does the bus stop?", "HELP", "stop by at five o'clock", "🛑"] {
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
    // What is charged is the confirmation.
    assert_eq!(house.balance(&bakery.owner).await, [99, 0, 1]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// What we said to a customer, oldest first.
async fn said_to(house: &House, bakery: &Business, customer: &str) -> Vec<Value> {
    let conversation = house.conversation_with(&bakery.owner, customer).await;
    let path = format!(
        "/v1/conversations/{}/timeline?events=outgoing_message",
        conversation["id"].as_str().unwrap()
    );
    let mut entries = house.list(&bakery.owner.token, &path).await;
    entries.reverse();
    entries.into_iter().map(|it| it["message"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn i07_an_opt_out_is_confirmed_once_and_so_is_the_opt_in_that_ends_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    for stop in ["STOP", "Arrêt", "stop texting me"] {
        house.text_in(CUSTOMER, &bakery, stop).await;
        house.pass(SignedDuration::from_mins(1)).await;
    }
    let said = said_to(&house, &bakery, CUSTOMER).await;
    assert_eq!(said.len(), 1, "{said:#?}");
    let text = said[0]["text"].as_str().unwrap();
    assert!(text.starts_with("Harbour Bakery: You are unsubscribed"), "{text}");
    assert_eq!((&said[0]["status"], &said[0]["origin"]), (&json!("delivered"), &json!("notification")));
    house.text_in(CUSTOMER, &bakery, "HELP").await;
    house.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(said_to(&house, &bakery, CUSTOMER).await.len(), 1, "nothing else goes to who has opted out");
    for _ in 0..2 {
        house.text_in(CUSTOMER, &bakery, "START").await;
        house.pass(SignedDuration::from_mins(1)).await;
    }
    let said = said_to(&house, &bakery, CUSTOMER).await;
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[1]["text"].as_str().unwrap().contains("subscribed again"));
    house.text_in(CUSTOMER, &bakery, "quit").await;
    house.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(said_to(&house, &bakery, CUSTOMER).await.len(), 3, "another opt-out has its own");
    assert_eq!(house.balance(&bakery.owner).await, [97, 0, 3], "each is charged");
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test(start_paused = true)]
async fn i07_help_is_answered_once_an_hour() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    for help in ["HELP", "info", "Ayuda"] {
        house.text_in(CUSTOMER, &bakery, help).await;
        house.pass(SignedDuration::from_mins(1)).await;
    }
    let said = said_to(&house, &bakery, CUSTOMER).await;
    assert!(matches!(said.len(), 1 | 2), "the hour may have ended in between: {said:#?}");
    assert!(said[0]["text"].as_str().unwrap().contains("Reply STOP"));
    house.pass(SignedDuration::from_hours(1)).await;
    house.text_in(CUSTOMER, &bakery, "help").await;
    house.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(said_to(&house, &bakery, CUSTOMER).await.len(), said.len() + 1);
    house.close().await;
}

/// Twilio answers the words that it knows; what it does not know is ours to answer.
#[tokio::test(start_paused = true)]
async fn i07_nothing_is_confirmed_where_the_carrier_has_answered() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let twilio = house.twilio_line(&bakery.owner).await;
    for (reference, customer, text) in [("SM1", CUSTOMER, "STOP"), ("SM2", "+12125550124", "Abmelden")] {
        let webhook = twilio.text(reference, customer, text);
        house.ask(twilio.webhook(&twilio.inbound(), webhook, house.now())).await.expect(200);
        let conversation = house.conversation_with(&bakery.owner, customer).await;
        let ask = Ask::post("/v1/messages").by(&bakery.owner.token);
        let body = json!({"conversation_id": conversation["id"], "body": "Fresh bread!"});
        refused(&house, ask.json(&body)).await.problem(403, "recipient-opted-out");
    }
    house.settle().await;
    assert_eq!(said_to(&house, &bakery, CUSTOMER).await, Vec::<Value>::new());
    assert_eq!(said_to(&house, &bakery, "+12125550124").await.len(), 1);
    house.close().await;
}

#[tokio::test(start_paused = true)]
async fn i07_a_confirmation_that_would_come_after_five_minutes_is_not_sent() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    // 0157: throttled for ever.
    house.text_in("+12125550157", &bakery, "STOP").await;
    for _ in 0..10 {
        house.pass(SignedDuration::from_mins(1)).await;
    }
    let said = said_to(&house, &bakery, "+12125550157").await;
    assert_eq!(said.len(), 1);
    assert_eq!(
        (&said[0]["status"], &said[0]["failure"]["reason"]),
        (&json!("failed"), &json!("opted_out_here"))
    );
    assert_eq!(house.balance(&bakery.owner).await, [100, 0, 0]);
    house.close().await;
}

#[tokio::test]
async fn i07_an_opt_out_is_about_the_customer_with_all_their_numbers() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let owner = &bakery.owner;
    let (mobile, home, new) = (CUSTOMER, "+12125550124", "+12125550125");
    let ann = json!({"name": "Ann", "numbers": [mobile, home]});
    let ann = house.post(&owner.token, "/v1/contacts", &ann).await.expect(201);
    let path = format!("/v1/contacts/{}", ann["id"].as_str().unwrap());
    house.text_in(mobile, &bakery, "Stop").await;
    let add = json!({"numbers": [mobile, home, new]});
    house.ask(Ask::new("PATCH", &path).by(&owner.token).json(&add)).await.expect(200);
    let send = |to: &str| {
        Ask::post("/v1/messages").by(&owner.token).json(&json!({"to": to, "body": "Fresh bread!"}))
    };
    for number in [mobile, home, new] {
        refused(&house, send(number)).await.problem(403, "recipient-opted-out");
    }
    // Whichever number they say it from.
    house.text_in(home, &bakery, "START").await;
    for number in [mobile, home, new] {
        house.ask(send(number)).await.expect(202);
    }
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn i07_what_may_be_an_opt_out_is_shown_to_a_person() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    for (text, consent) in [
        ("Could you please take me off your list?", json!("unclear")),
        ("STOP", json!("opt_out")),
        ("Start", json!("opt_in")),
        ("Help", json!("help")),
        ("Thanks", Value::Null),
    ] {
        let conversation = house.text_in(CUSTOMER, &bakery, text).await;
        let path = format!(
            "/v1/conversations/{}/timeline?events=incoming_message&limit=1",
            conversation["id"].as_str().unwrap()
        );
        let newest = house.get(&bakery.owner.token, &path).await.expect(200)["data"][0]["message"].clone();
        assert_eq!((&newest["text"], &newest["consent"]), (&json!(text), &consent));
    }
    house.settle().await;
    house.close().await;
}
