//! Test messages (D36), and sending only if nobody has written in the meantime.

use engines::faults::Fault;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

const CUSTOMER: &str = "+12125550123";

fn test(who: &Person, key: &str, body: &Value) -> Ask {
    Ask::post("/v1/messages/test").by(&who.token).key(key).json(body)
}

/// What the carrier was given for a customer, in the order in which it came.
async fn said(house: &House, bakery: &Business) -> Vec<Value> {
    let conversation = house.conversation_with(&bakery.owner, CUSTOMER).await;
    let path = format!("/v1/conversations/{}/timeline?events=outgoing_message", id(&conversation));
    let mut entries = house.list(&bakery.owner.token, &path).await;
    entries.reverse();
    entries.into_iter().map(|it| it["message"].clone()).collect()
}

#[tokio::test]
async fn d36_x14_a_test_is_a_disclaimer_and_then_the_text_both_charged() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let body = json!({"to": CUSTOMER, "body": "Fresh bread!"});
    let sent = house.ask(test(&bakery.owner, "one", &body)).await.expect(202);
    assert_eq!(sent["credits"], 2);
    assert_eq!(house.balance(&bakery.owner).await, [8, 2, 0]);
    // The same request again: nothing more.
    assert_eq!(house.ask(test(&bakery.owner, "one", &body)).await.expect(202), sent);
    // Another with its key is not the same, nor is the text alone.
    let other = json!({"to": CUSTOMER, "body": "Old bread!"});
    house.ask(test(&bakery.owner, "one", &other)).await.problem(422, "idempotency-key-reused");
    let alone = Ask::post("/v1/messages").by(&bakery.owner.token).key("one").json(&body);
    house.ask(alone).await.problem(422, "idempotency-key-reused");
    house.pass(SignedDuration::from_mins(1)).await;
    let said = said(&house, &bakery).await;
    let shown: Vec<_> = said.iter().map(|it| (id(it), it["status"].clone())).collect();
    let delivered = json!("delivered");
    assert_eq!(shown, [(id(&sent["disclaimer"]), delivered.clone()), (id(&sent["message"]), delivered)]);
    assert!(said[0]["text"].as_str().unwrap().starts_with("Bakery: this is a test"), "{said:#?}");
    assert_eq!(said[1]["text"], "Fresh bread!");
    assert_eq!(house.balance(&bakery.owner).await, [8, 0, 2]);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn d36_x14_a_test_goes_as_a_whole_or_not_at_all() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 1).await;
    let body = json!({"to": CUSTOMER, "body": "Fresh bread!"});
    // One credit is not enough for two messages.
    let problem = refused(&house, test(&bakery.owner, "one", &body)).await.problem(402, "not-enough-credits");
    assert_eq!((&problem["needed"], &problem["available"]), (&json!(2), &json!(1)));
    house.top_up(&bakery.account, 10).await;
    house.text_in(CUSTOMER, &bakery, "STOP").await;
    refused(&house, test(&bakery.owner, "two", &body)).await.problem(403, "recipient-opted-out");
    for (body, pointer, code) in [
        (json!({"to": CUSTOMER}), "#/body", "missing_field"),
        (json!({"body": "Hello"}), "#/to", "missing_field"),
        (json!({"to": "12", "body": "Hello"}), "#/to", "invalid"),
        (json!({"to": CUSTOMER, "body": " "}), "#/body", "invalid"),
    ] {
        refused(&house, test(&bakery.owner, "three", &body)).await.names(pointer, code);
    }
    house.close().await;
}

/// Whatever is lost on the way, the disclaimer leaves first, and each leaves once.
#[tokio::test]
async fn d36_i08_the_disclaimer_leaves_first_whatever_fails_on_the_way() {
    for fault in [Fault::LostRequest, Fault::LostResponse, Fault::Throttled, Fault::TransactionConflict] {
        let house = House::open().await;
        let bakery = house.business("Bakery", 10).await;
        let faults = house.running.engines.dynamo.faults();
        let body = json!({"to": CUSTOMER, "body": "Fresh bread!"});
        faults.push_next_for("TransactWriteItems", fault);
        let mut answer = house.ask(test(&bakery.owner, "one", &body)).await;
        if answer.status >= 500 {
            answer = house.ask(test(&bakery.owner, "one", &body)).await;
        }
        answer.expect(202);
        faults.clear();
        // The workers meet it too, each of their calls once.
        for operation in ["PutItem", "GetItem", "Query", "TransactWriteItems", "UpdateItem"] {
            if !matches!(fault, Fault::TransactionConflict) || operation == "TransactWriteItems" {
                faults.push_next_for(operation, fault);
            }
        }
        for _ in 0..8 {
            let _ = house.running.settle().await;
            house.move_clock(SignedDuration::from_mins(2));
        }
        faults.clear();
        house.pass(SignedDuration::from_mins(30)).await;
        let said = said(&house, &bakery).await;
        let texts: Vec<_> = said.iter().map(|it| it["text"].as_str().unwrap()).collect();
        assert_eq!(texts.len(), 2, "{fault:?}");
        assert!(texts[0].contains("test") && texts[1] == "Fresh bread!", "{fault:?} {texts:?}");
        let phone = phone_saw(&house, &bakery);
        assert_eq!(phone, texts, "{fault:?}");
        assert_eq!(house.balance(&bakery.owner).await, [8, 0, 2], "{fault:?}");
        house.close().await;
    }
}

/// What arrived on the customer's phone, in its order.
fn phone_saw(house: &House, bakery: &Business) -> Vec<String> {
    let (phone, business) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
    let arrived = house.running.phones.received(&phone, &business);
    arrived.into_iter().map(|it| it.text).collect()
}

#[tokio::test]
async fn d32_who_has_not_seen_the_newest_message_can_ask_to_be_refused() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let send = |seen: Value, key: &str| {
        let body = json!({"to": CUSTOMER, "body": "At noon.", "if_last_message": seen});
        Ask::post("/v1/messages").by(&owner.token).key(key).json(&body)
    };
    // Nobody has written yet, and that is known.
    let wrong = format!("msg_{:032x}", 7);
    let problem =
        refused(&house, send(json!(wrong), "first")).await.problem(409, "conversation-has-moved-on");
    assert_eq!(problem["last_message_id"], Value::Null);
    let first = house.ask(send(Value::Null, "first")).await.expect(202);
    // The request again is answered as before, although its own message is the newest now.
    assert_eq!(house.ask(send(Value::Null, "first")).await.expect(202), first);
    let problem =
        refused(&house, send(Value::Null, "second")).await.problem(409, "conversation-has-moved-on");
    assert_eq!(problem["last_message_id"], first["id"]);
    let second = house.ask(send(first["id"].clone(), "second")).await.expect(202);
    // A customer writes, and what was thought out before does not go.
    house.text_in(CUSTOMER, &bakery, "Or rather at one?").await;
    let problem =
        refused(&house, send(second["id"].clone(), "third")).await.problem(409, "conversation-has-moved-on");
    let newest = problem["last_message_id"].as_str().unwrap().to_owned();
    assert!(newest != id(&second) && newest.starts_with("msg_"));
    house.ask(send(json!(newest), "third")).await.expect(202);
    // The key of an accepted one with another belief is another request.
    house.ask(send(first["id"].clone(), "third")).await.problem(422, "idempotency-key-reused");
    for wrong in [json!("x"), json!(5), json!({})] {
        let problem = refused(&house, send(wrong, "fourth")).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "#/if_last_message");
    }
    house.settle().await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d32_of_many_who_answer_the_same_message_at_once_one_does() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "When?").await;
    let path = format!("/v1/conversations/{}/timeline", id(&conversation));
    let entries = house.list(&bakery.owner.token, &path).await;
    let newest = entries.iter().find_map(|it| it["message"]["id"].as_str()).unwrap().to_owned();
    for round in 0..5 {
        let seen = if round == 0 { newest.clone() } else { id(said(&house, &bakery).await.last().unwrap()) };
        let asks = (0..6).map(|n| {
            let body = json!({
                "conversation_id": conversation["id"], "body": format!("At {n}"), "if_last_message": seen,
            });
            Ask::post("/v1/messages").by(&bakery.owner.token).json(&body)
        });
        let answers = house.at_once(asks).await;
        let (done, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 202);
        assert_eq!(done.len(), 1, "{late:#?}");
        for answer in late {
            let problem = answer.problem(409, "conversation-has-moved-on");
            assert_eq!(problem["last_message_id"], done[0].body["id"]);
        }
    }
    house.settle().await;
    house.close().await;
}
