//! Conversations that sleep and come back (D17, X05).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::house::{Business, House, OPENING};

const CUSTOMER: &str = "+12125550123";

async fn asleep(house: &House, bakery: &Business, body: &Value) -> (String, Value) {
    let conversation = house.text_in(CUSTOMER, bakery, "Call me").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let snoozed = house.post(&bakery.owner.token, &format!("{path}/snooze"), body).await.expect(200);
    (path, snoozed)
}

async fn view(house: &House, bakery: &Business, view: &str) -> usize {
    house.list(&bakery.owner.token, &format!("/v1/conversations?view={view}")).await.len()
}

#[tokio::test]
async fn d17_a_snoozed_conversation_is_hidden_and_comes_back_when_its_time_has_come_and_not_before() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let until = house.now() + SignedDuration::from_hours(2);
    let (path, snoozed) = asleep(&house, &bakery, &json!({"until": until.to_string()})).await;
    assert_eq!(snoozed["snoozed_until"], until.to_string());
    assert_eq!(snoozed["state"], "open");
    for (hidden, shown) in [("inbox", "snoozed"), ("unread", "all")] {
        assert_eq!((view(&house, &bakery, hidden).await, view(&house, &bakery, shown).await), (0, 1));
    }
    let counts = house.get(&bakery.owner.token, "/v1/conversations/counts").await.expect(200);
    assert_eq!(counts["unread"]["conversations"], 0, "what sleeps does not count as unread");
    house.pass(SignedDuration::from_mins(119)).await;
    assert_eq!(view(&house, &bakery, "snoozed").await, 1);
    house.audit(&bakery.owner).await;
    house.pass(SignedDuration::from_mins(1)).await;
    let awake = house.get(&bakery.owner.token, &path).await.expect(200);
    assert_eq!((&awake["snoozed_until"], &awake["unread"]), (&Value::Null, &json!(1)));
    assert_eq!((view(&house, &bakery, "inbox").await, view(&house, &bakery, "snoozed").await), (1, 0));
    assert_eq!(awake["last_activity_at"], until.to_string(), "it stands on top again");
    let entries = house.list(&bakery.owner.token, &format!("{path}/timeline")).await;
    assert_eq!((&entries[0]["kind"], &entries[0]["actor"]["type"]), (&json!("unsnoozed"), &json!("system")));
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn x05_presets_are_of_the_wall_clock_in_the_accounts_time_zone() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    // OPENING is ten o'clock on a Tuesday in New York; the clocks go forward in the night to 10 March 2030.
    for (now, preset, until) in [
        (OPENING, "in_one_hour", "2030-01-08T16:00:00Z"),
        (OPENING, "tomorrow", "2030-01-09T14:00:00Z"),
        (OPENING, "next_monday", "2030-01-14T14:00:00Z"),
        ("2030-03-09T20:00:00Z", "tomorrow", "2030-03-10T13:00:00Z"),
        ("2030-03-10T06:30:00Z", "in_one_hour", "2030-03-10T07:30:00Z"),
        ("2030-03-11T03:30:00Z", "next_monday", "2030-03-11T13:00:00Z"),
    ] {
        let now: Timestamp = now.parse().unwrap();
        house.move_clock(now.duration_since(house.now()));
        let token = house.sign_in(&bakery.owner.email).await;
        let conversation = house.text_in_as(&token, CUSTOMER, &bakery, "Call me").await;
        let path = format!("/v1/conversations/{}/snooze", conversation["id"].as_str().unwrap());
        let snoozed = house.post(&token, &path, &json!({"preset": preset})).await.expect(200);
        assert_eq!(snoozed["snoozed_until"], until, "{preset} at {now}");
    }
    house.close().await;
}

#[tokio::test]
async fn x05_a_text_wakes_a_sleeping_conversation_at_once() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let (path, _) = asleep(&house, &bakery, &json!({"preset": "tomorrow"})).await;
    house.text_in(CUSTOMER, &bakery, "It is urgent!").await;
    let awake = house.get(&bakery.owner.token, &path).await.expect(200);
    assert_eq!((&awake["snoozed_until"], &awake["unread"]), (&Value::Null, &json!(2)));
    assert_eq!(view(&house, &bakery, "unread").await, 1);
    // The time it was to sleep until comes and goes without a trace.
    house.pass(SignedDuration::from_hours(48)).await;
    let entries = house.list(&bakery.owner.token, &format!("{path}/timeline?events=unsnoozed")).await;
    assert_eq!(entries.len(), 1);
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn d17_another_time_replaces_the_first_and_waking_by_hand_ends_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let (path, _) = asleep(&house, &bakery, &json!({"preset": "in_one_hour"})).await;
    let snooze = format!("{path}/snooze");
    let again = house.post(&bakery.owner.token, &snooze, &json!({"preset": "tomorrow"})).await.expect(200);
    assert_eq!(again["snoozed_until"], "2030-01-09T14:00:00Z");
    house.pass(SignedDuration::from_hours(2)).await;
    assert_eq!(view(&house, &bakery, "snoozed").await, 1, "the first time has no meaning any more");
    house.post(&bakery.owner.token, &format!("{path}/unsnooze"), &json!({})).await.expect(200);
    assert_eq!(view(&house, &bakery, "inbox").await, 1);
    // Completing and archiving wake, too: nothing comes back by itself.
    for act in ["complete", "archive"] {
        house.post(&bakery.owner.token, &format!("{path}/reopen"), &json!({})).await;
        house.post(&bakery.owner.token, &snooze, &json!({"preset": "in_one_hour"})).await.expect(200);
        let closed = house.post(&bakery.owner.token, &format!("{path}/{act}"), &json!({})).await.expect(200);
        assert_eq!(closed["snoozed_until"], Value::Null);
        house.pass(SignedDuration::from_hours(2)).await;
        assert_eq!(view(&house, &bakery, "inbox").await, 0, "{act}");
    }
    house.audit(&bakery.owner).await;
    house.close().await;
}

#[tokio::test]
async fn d17_many_that_fall_due_together_all_come_back() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    for number in 0..30 {
        let customer = format!("+1212555{:04}", 101 + number);
        let conversation = house.text_in(&customer, &bakery, "Later").await;
        let path = format!("/v1/conversations/{}/snooze", conversation["id"].as_str().unwrap());
        house.post(&bakery.owner.token, &path, &json!({"preset": "in_one_hour"})).await.expect(200);
    }
    assert_eq!((view(&house, &bakery, "inbox").await, view(&house, &bakery, "snoozed").await), (0, 30));
    house.pass(SignedDuration::from_hours(1)).await;
    assert_eq!((view(&house, &bakery, "inbox").await, view(&house, &bakery, "snoozed").await), (30, 0));
    house.audit(&bakery.owner).await;
    house.close().await;
}
