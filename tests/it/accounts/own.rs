//! One's own account and its settings.

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn an_accounts_settings_are_changed_by_who_may_and_seen_by_all() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let (second, ..) = house.simulated_line(&bakery.owner).await;
    let body = json!({
        "name": "Harbour Bakery", "time_zone": "Europe/Berlin", "region": "DE", "wake_on_reply": false,
        "default_gateway_id": second,
    });
    let changed = house.patch(&bakery.owner, "/v1/account", &body).await.expect(200);
    let seen = house.get(&ben.token, "/v1/account").await.expect(200);
    assert_eq!(seen, changed);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&seen[field], value, "{field}");
    }
    // What is left out stays, and the same again changes nothing.
    let before = house.table();
    assert_eq!(house.patch(&bakery.owner, "/v1/account", &json!({})).await.expect(200), changed);
    assert_eq!(house.patch(&bakery.owner, "/v1/account", &body).await.expect(200), changed);
    assert_eq!(house.table(), before);
    assert!(house.has_told(&bakery.account, "account.changed", "user"));
    let ask = Ask::new("PATCH", "/v1/account").by(&ben.token).json(&body);
    let problem = refused(&house, ask).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "account:manage");
    house.close().await;
}

#[tokio::test]
async fn x19_the_default_gateway_is_one_of_the_accounts_own() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    for id in [rival.gateway.clone(), format!("gwy_{:032x}", 7)] {
        let ask = Ask::new("PATCH", "/v1/account").by(&bakery.owner.token);
        let ask = ask.json(&json!({"default_gateway_id": id}));
        refused(&house, ask).await.names("#/default_gateway_id", "no_such_thing");
    }
    house.close().await;
}

#[tokio::test]
async fn x05_an_account_may_let_sleeping_conversations_sleep() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    for (wakes, state) in [(false, "asleep"), (true, "awake")] {
        house.patch(owner, "/v1/account", &json!({"wake_on_reply": wakes})).await.expect(200);
        let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
        let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
        let until = house.now() + jiff::SignedDuration::from_hours(2);
        house.post(&owner.token, &format!("{path}/snooze"), &json!({"until": until})).await.expect(200);
        let after = house.text_in("+12125550123", &bakery, "Still there?").await;
        assert_eq!(after["snoozed_until"].is_null(), wakes, "{state}: {after}");
    }
    house.close().await;
}
