//! Scheduled messages: written now, sent at their time, if they may be sent then.

use engines::faults::Fault;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

const CUSTOMER: &str = "+12125550123";
/// The house opens at 15:00 that day.
const AT_FOUR: &str = "2030-01-08T16:00:00Z";

/// What arrived on the customer's phone, in its order.
fn phone_saw(house: &House, bakery: &Business) -> Vec<String> {
    let (phone, business) = (CUSTOMER.parse().unwrap(), bakery.number.parse().unwrap());
    let arrived = house.running.phones.received(&phone, &business);
    arrived.into_iter().map(|it| it.text).collect()
}

async fn schedule(house: &House, who: &Person, more: Value) -> Value {
    let mut body = json!({"to": CUSTOMER, "body": "Fresh bread!", "send_at": AT_FOUR});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.send(who, &body).await
}

fn path(message: &Value) -> String {
    format!("/v1/messages/{}", id(message))
}

async fn waiting(house: &House, who: &Person) -> Vec<Value> {
    house.list(&who.token, "/v1/messages?status=scheduled").await
}

/// A little after four o'clock.
async fn past_four(house: &House) {
    house.pass(SignedDuration::from_mins(63)).await;
    house.pass(SignedDuration::from_mins(1)).await;
}

#[tokio::test]
async fn scheduled_messages_are_listed_edited_and_sent_once_at_their_time_and_charged_then() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let later = schedule(&house, owner, json!({})).await;
    assert_eq!(
        (&later["status"], &later["send_at"], &later["credits"]),
        (&json!("scheduled"), &json!(AT_FOUR), &json!(1))
    );
    assert_eq!(house.balance(owner).await, [10, 0, 0]);
    house.settle().await;
    let shown = waiting(&house, owner).await;
    assert_eq!((shown.len(), &shown[0]["id"], &shown[0]["status"]), (1, &later["id"], &json!("scheduled")));
    assert_eq!(house.get(&owner.token, &path(&later)).await.expect(200)["text"], "Fresh bread!");
    let edit = Ask::new("PATCH", path(&later)).by(&owner.token).json(&json!({"body": "Fresh rye bread!"}));
    assert_eq!(house.ask(edit).await.expect(200)["text"], "Fresh rye bread!");
    assert_eq!(phone_saw(&house, &bakery), Vec::<String>::new());
    past_four(&house).await;
    assert_eq!(phone_saw(&house, &bakery), ["Fresh rye bread!"]);
    let sent = house.get(&owner.token, &path(&later)).await.expect(200);
    assert_eq!((&sent["status"], &sent["id"]), (&json!("delivered"), &later["id"]));
    assert_eq!(house.balance(owner).await, [9, 0, 1]);
    assert_eq!(waiting(&house, owner).await, Vec::<Value>::new());
    let cancel = Ask::new("DELETE", path(&later)).by(&owner.token);
    refused(&house, cancel).await.problem(409, "conflict");
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn scheduled_messages_that_were_taken_back_are_not_sent_and_stay_to_be_seen() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let later = schedule(&house, owner, json!({})).await;
    for _ in 0..2 {
        let cancelled = house.ask(Ask::new("DELETE", path(&later)).by(&owner.token)).await.expect(200);
        assert_eq!(cancelled["status"], "cancelled");
    }
    let edit = Ask::new("PATCH", path(&later)).by(&owner.token).json(&json!({"body": "Too late"}));
    refused(&house, edit).await.problem(409, "conflict");
    past_four(&house).await;
    assert_eq!(phone_saw(&house, &bakery), Vec::<String>::new());
    assert_eq!(house.get(&owner.token, &path(&later)).await.expect(200)["status"], "cancelled");
    assert_eq!(house.balance(owner).await, [10, 0, 0]);
    house.close().await;
}

#[tokio::test]
async fn scheduled_messages_stop_if_the_customer_answers_where_that_was_asked_for() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    house.text_in(CUSTOMER, &bakery, "Do you have bread?").await;
    let stops = schedule(&house, owner, json!({"stop_if_answered": true, "body": "Still interested?"})).await;
    let goes = schedule(&house, owner, json!({"stop_if_answered": false, "body": "We close at five."})).await;
    house.move_clock(SignedDuration::from_mins(5));
    house.text_in(CUSTOMER, &bakery, "Never mind").await;
    let shown: Vec<_> = waiting(&house, owner).await.iter().map(id).collect();
    assert_eq!(shown, [id(&goes)]);
    past_four(&house).await;
    assert_eq!(phone_saw(&house, &bakery), ["We close at five."]);
    let ended = house.get(&owner.token, &path(&stops)).await.expect(200);
    assert_eq!((&ended["status"], &ended["failure"]["reason"]), (&json!("cancelled"), &json!("answered")));
    house.close().await;
}

#[tokio::test]
async fn scheduled_messages_are_asked_again_for_consent_credits_and_permission_at_their_time() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 3).await;
    let owner = &bakery.owner;
    let ben = house.colleague(&bakery, &["communication_manager"], "all").await;
    let opted_out = schedule(&house, owner, json!({})).await;
    let dear = schedule(&house, owner, json!({"to": "+12125550124", "body": "a".repeat(700)})).await;
    let bens = schedule(&house, &ben, json!({"to": "+12125550125"})).await;
    house.text_in(CUSTOMER, &bakery, "STOP").await;
    let deny = json!({"grants": [], "denies": ["messages:compose"]});
    let overrides = format!("/v1/users/{}/overrides", ben.id);
    house.ask(Ask::new("PUT", overrides).by(&owner.token).json(&deny)).await.expect(200);
    past_four(&house).await;
    for (message, reason) in
        [(opted_out, "opted_out_here"), (dear, "not_enough_credits"), (bens, "not_permitted")]
    {
        let ended = house.get(&owner.token, &path(&message)).await.expect(200);
        assert_eq!(
            (&ended["status"], &ended["failure"]["reason"]),
            (&json!("failed"), &json!(reason)),
            "{ended:#}"
        );
    }
    // One was for the confirmation.
    assert_eq!(house.balance(owner).await[0], 2);
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn scheduled_messages_have_their_time_within_a_year_and_say_what_is_wrong() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let send = |more: Value| {
        let mut body = json!({"to": CUSTOMER, "body": "Hello"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Ask::post("/v1/messages").by(&owner.token).json(&body)
    };
    for (more, pointer, code) in [
        (json!({"send_at": "2030-01-08T15:00:30Z"}), "#/send_at", "out_of_range"),
        (json!({"send_at": "2029-01-08T15:00:00Z"}), "#/send_at", "out_of_range"),
        (json!({"send_at": "2031-01-09T15:00:00Z"}), "#/send_at", "out_of_range"),
        (json!({"send_at": "tomorrow"}), "#/send_at", "invalid"),
        (json!({"stop_if_answered": true}), "#/stop_if_answered", "not_together"),
        (
            json!({"send_at": AT_FOUR, "gateway_id": format!("gwy_{:032x}", 7)}),
            "#/gateway_id",
            "no_such_thing",
        ),
    ] {
        refused(&house, send(more)).await.names(pointer, code);
    }
    let now = json!({"to": CUSTOMER, "body": "Hello", "send_at": AT_FOUR});
    let test = Ask::post("/v1/messages/test").by(&owner.token).key("one").json(&now);
    refused(&house, test).await.names("#/send_at", "not_together");
    house.close().await;
}

#[tokio::test]
async fn scheduled_messages_are_as_visible_as_their_conversation() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ben = house.colleague(&bakery, &["communication_manager"], "assigned").await;
    let later = schedule(&house, &bakery.owner, json!({})).await;
    assert_eq!(waiting(&house, &ben).await, Vec::<Value>::new());
    for ask in [
        Ask::get(path(&later)),
        Ask::new("DELETE", path(&later)),
        Ask::new("PATCH", path(&later)).json(&json!({"body": "Mine"})),
    ] {
        refused(&house, ask.by(&ben.token)).await.problem(404, "not-found");
    }
    let bens = schedule(&house, &ben, json!({"to": "+12125550124"})).await;
    assert_eq!(waiting(&house, &ben).await.iter().map(id).collect::<Vec<_>>(), [id(&bens)]);
    house.close().await;
}

/// The request again, the schedule twice at once, and each call of the table failing once: one text.
#[tokio::test]
async fn scheduled_messages_are_sent_once_whatever_is_repeated_or_lost() {
    for fault in [Fault::LostRequest, Fault::LostResponse, Fault::Throttled, Fault::TransactionConflict] {
        let house = House::open().await;
        let bakery = house.business("Bakery", 10).await;
        let owner = &bakery.owner;
        let body = json!({"to": CUSTOMER, "body": "Fresh bread!", "send_at": AT_FOUR});
        let ask = || Ask::post("/v1/messages").by(&owner.token).key("once").json(&body);
        let later = house.ask(ask()).await.expect(202);
        assert_eq!(house.ask(ask()).await.expect(202), later);
        let other = json!({"to": CUSTOMER, "body": "Old bread!", "send_at": AT_FOUR});
        let other = Ask::post("/v1/messages").by(&owner.token).key("once").json(&other);
        refused(&house, other).await.problem(422, "idempotency-key-reused");
        let faults = house.running.engines.dynamo.faults();
        for operation in ["Query", "GetItem", "TransactWriteItems", "PutItem", "UpdateItem"] {
            if !matches!(fault, Fault::TransactionConflict) || operation == "TransactWriteItems" {
                faults.push_next_for(operation, fault);
            }
        }
        house.move_clock(SignedDuration::from_mins(61));
        let functions = house.running.functions();
        for _ in 0..3 {
            let call = || functions.invoke("Unsnooze", json!({}));
            let _ = tokio::join!(call(), call());
            let _ = house.running.settle().await;
            house.move_clock(SignedDuration::from_mins(2));
        }
        faults.clear();
        house.pass(SignedDuration::from_mins(30)).await;
        assert_eq!(phone_saw(&house, &bakery), ["Fresh bread!"], "{fault:?}");
        assert_eq!(house.balance(owner).await, [9, 0, 1], "{fault:?}");
        assert_eq!(house.ask(ask()).await.expect(202)["id"], later["id"], "{fault:?}");
        house.audit(owner).await;
        house.close().await;
    }
}
