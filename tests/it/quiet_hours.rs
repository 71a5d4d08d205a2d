//! Quiet hours of customers: what is no answer waits for the morning, and says so.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

/// New York, five hours behind in January.
const CUSTOMER: &str = "+12125550123";
/// The carrier puts the first two attempts off.
const SLOW: &str = "+12125550156";
/// Eight in the morning there.
const MORNING: &str = "2030-01-09T13:00:00Z";

fn phone_saw(house: &House, customer: &str, bakery: &Business) -> usize {
    let (phone, business) = (customer.parse().unwrap(), bakery.number.parse().unwrap());
    house.running.phones.received(&phone, &business).len()
}

/// A house at ten in the evening of the customer's day; the house opens at ten in the morning.
async fn at_night() -> (House, Business) {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    house.move_clock(SignedDuration::from_hours(12));
    let owner = back(&house, &bakery).await;
    (house, Business { owner, ..bakery })
}

/// The owner, signed in anew: a night is longer than a session that nobody uses.
async fn back(house: &House, bakery: &Business) -> Person {
    Person { token: house.sign_in(&bakery.owner.email).await, ..bakery.owner.clone() }
}

async fn shown(house: &House, who: &Person, message: &Value) -> Value {
    house.get(&who.token, &format!("/v1/messages/{}", id(message))).await.expect(200)
}

#[tokio::test]
async fn quiet_hours_defer_what_is_no_answer_until_the_morning_once_and_show_it() {
    let (house, bakery) = at_night().await;
    let owner = &bakery.owner;
    let ask = || {
        let body = json!({"to": CUSTOMER, "body": "Fresh bread!"});
        Ask::post("/v1/messages").by(&owner.token).key("bread").json(&body)
    };
    let first = house.ask(ask()).await.expect(202);
    assert_eq!(
        (&first["status"], &first["deferred_until"], &first["send_at"]),
        (&json!("scheduled"), &json!(MORNING), &json!(MORNING)),
    );
    house.settle().await;
    assert_eq!(house.ask(ask()).await.expect(202), first, "the same request again");
    assert_eq!(house.list(&owner.token, "/v1/messages?status=scheduled").await.len(), 1);
    assert_eq!(shown(&house, owner, &first).await["deferred_until"], MORNING);
    assert_eq!(house.balance(owner).await, [10, 0, 0]);
    house.pass(SignedDuration::from_mins(599)).await;
    assert_eq!(phone_saw(&house, CUSTOMER, &bakery), 0);
    house.pass(SignedDuration::from_mins(2)).await;
    house.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(phone_saw(&house, CUSTOMER, &bakery), 1);
    let owner = back(&house, &bakery).await;
    let sent = shown(&house, &owner, &first).await;
    assert_eq!((&sent["status"], &sent["deferred_until"]), (&json!("delivered"), &json!(MORNING)));
    let again = json!({"to": CUSTOMER, "body": "Fresh bread!"});
    let again = Ask::post("/v1/messages").by(&owner.token).key("bread").json(&again);
    assert_eq!(house.ask(again).await.expect(202)["id"], first["id"]);
    house.settle().await;
    assert_eq!(phone_saw(&house, CUSTOMER, &bakery), 1);
    house.audit(&owner).await;
    house.close().await;
}

#[tokio::test]
async fn quiet_hours_never_hold_back_an_answer() {
    let (house, bakery) = at_night().await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Are you still open?").await;
    let answer = json!({"conversation_id": id(&conversation), "body": "Until eleven."});
    let answer = house.send(&bakery.owner, &answer).await;
    assert_eq!((&answer["status"], answer.get("deferred_until")), (&json!("queued"), None));
    house.settle().await;
    assert_eq!(phone_saw(&house, CUSTOMER, &bakery), 1);
    house.close().await;
}

#[tokio::test]
async fn quiet_hours_are_overridden_by_permission_only() {
    let (house, bakery) = at_night().await;
    let ben = house.colleague(&bakery, &["communication_manager"], "all").await;
    let urgent = json!({"to": CUSTOMER, "body": "Your oven is on.", "override_quiet_hours": true});
    let ask = |who: &Person, path: &str, body: &Value| Ask::post(path).by(&who.token).json(body);
    let problem = refused(&house, ask(&ben, "/v1/messages", &urgent)).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "messages:override-quiet-hours");
    let sent = house.send(&bakery.owner, &urgent).await;
    assert_eq!(sent["status"], "queued");
    house.settle().await;
    assert_eq!(phone_saw(&house, CUSTOMER, &bakery), 1);
    // A test is for now or not at all.
    let test = json!({"to": "+12125550124", "body": "Is this how it looks?"});
    let test = ask(&bakery.owner, "/v1/messages/test", &test);
    let detail = refused(&house, test).await.problem(409, "conflict")["detail"].clone();
    assert!(detail.as_str().unwrap().contains("2030-01-09T13:00:00Z"), "{detail}");
    house.close().await;
}

#[tokio::test]
async fn quiet_hours_go_by_the_record_of_the_customer_and_the_settings_of_the_account() {
    let (house, bakery) = at_night().await;
    let owner = &bakery.owner;
    let honolulu = json!({"numbers": [CUSTOMER], "time_zone": "Pacific/Honolulu", "place": "US-HI"});
    let contact = house.post(&owner.token, "/v1/contacts", &honolulu).await.expect(201);
    assert_eq!((&contact["time_zone"], &contact["place"]), (&json!("Pacific/Honolulu"), &json!("US-HI")));
    // Five in the afternoon there.
    let send = json!({"to": CUSTOMER, "body": "Fresh bread!"});
    assert_eq!(house.send(owner, &send).await["status"], "queued");
    let settings = |hours: Value| {
        let body = json!({"quiet_hours": hours});
        Ask::new("PATCH", "/v1/account").by(&owner.token).json(&body)
    };
    let narrow = json!({"enforced": true, "within": {"from": "09:00", "to": "16:30"}});
    assert_eq!(house.ask(settings(narrow.clone())).await.expect(200)["quiet_hours"], narrow);
    assert_eq!(house.send(owner, &send).await["deferred_until"], "2030-01-09T19:00:00Z");
    let backwards = json!({"enforced": true, "within": {"from": "16:30", "to": "09:00"}});
    house.ask(settings(backwards)).await.problem(422, "invalid");
    let off = json!({"enforced": false});
    house.ask(settings(off)).await.expect(200);
    assert_eq!(house.send(owner, &send).await["status"], "queued");
    let nowhere = Ask::new("PATCH", format!("/v1/contacts/{}", id(&contact))).by(&owner.token);
    let nowhere = nowhere.json(&json!({"place": "Atlantis"}));
    refused(&house, nowhere).await.names("#/place", "invalid");
    house.close().await;
}

#[tokio::test]
async fn quiet_hours_are_asked_again_when_a_scheduled_message_has_come_to_its_time() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let late = json!({"to": CUSTOMER, "body": "Fresh bread!", "send_at": "2030-01-09T02:30:00Z"});
    let late = house.send(&bakery.owner, &late).await;
    assert_eq!(late.get("deferred_until"), None, "the customer may write until then");
    house.pass(SignedDuration::from_mins(11 * 60 + 31)).await;
    house.pass(SignedDuration::from_mins(1)).await;
    let owner = back(&house, &bakery).await;
    let waiting = shown(&house, &owner, &late).await;
    assert_eq!((&waiting["status"], &waiting["deferred_until"]), (&json!("scheduled"), &json!(MORNING)));
    house.pass(SignedDuration::from_mins(10 * 60 + 28)).await;
    house.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(phone_saw(&house, CUSTOMER, &bakery), 1);
    house.close().await;
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_hold_back_what_has_waited_too_long_for_its_carrier() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    // Two minutes before nine in the evening.
    house.move_clock(SignedDuration::from_mins(10 * 60 + 58));
    let owner = back(&house, &bakery).await;
    let bread = json!({"to": SLOW, "body": "Fresh bread!"});
    let sent = house.send(&owner, &bread).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let step = SignedDuration::from_secs(30);
    house.move_clock(SignedDuration::from_mins(2));
    house.live(SignedDuration::from_mins(1), step).await;
    let held = shown(&house, &owner, &sent).await;
    assert_eq!((&held["deferred_until"], &held["attempts"]), (&json!(MORNING), &json!(1)), "{held:#}");
    house.pass(SignedDuration::from_mins(60)).await;
    assert_eq!(shown(&house, &owner, &sent).await["attempts"], 1);
    house.move_clock(SignedDuration::from_mins(10 * 60));
    house.live(SignedDuration::from_mins(5), step).await;
    let owner = back(&house, &bakery).await;
    assert_eq!(shown(&house, &owner, &sent).await["status"], "delivered");
    assert_eq!(phone_saw(&house, SLOW, &bakery), 1);
    house.close().await;
}
