//! What can be said about alerts, and by whom.

use serde_json::{Value, json};

use super::{account, own};
use crate::bad_input::refused;
use crate::house::{Ask, House};

fn put(path: &str, token: &str, body: &Value) -> Ask {
    Ask::new("PUT", path).by(token).json(body)
}

#[tokio::test]
async fn b03_an_account_has_alerts_from_the_beginning_and_changes_them() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let everywhere = json!({"alert_centre": true, "email": true});
    let at_first = json!({
        "low_balance": {"alert_centre": true, "email": true, "thresholds": [10, 100]},
        "failed_deliveries": {"alert_centre": true, "email": true, "per_hour": 20},
        "gateway_trouble": everywhere, "new_sign_in": everywhere, "security_change": everywhere,
    });
    let path = "/v1/account/alerts";
    assert_eq!(house.get(&bakery.owner.token, path).await.expect(200), at_first);
    account(&house, &bakery, |it| it["low_balance"]["thresholds"] = json!([5, 500])).await;
    account(&house, &bakery, |it| it["gateway_trouble"]["email"] = json!(false)).await;
    let changed = house.get(&bakery.owner.token, path).await.expect(200);
    assert_eq!(changed["low_balance"]["thresholds"], json!([5, 500]));
    assert_eq!(changed["gateway_trouble"], json!({"alert_centre": true, "email": false}));
    // Saying the same again changes nothing.
    let before = house.table();
    house.ask(put(path, &bakery.owner.token, &changed)).await.expect(200);
    assert_eq!(*house.table(), *before);
    house.close().await;
}

#[tokio::test]
async fn b03_settings_out_of_bounds_are_refused_and_change_nothing() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let path = "/v1/account/alerts";
    let settings = house.get(&bakery.owner.token, path).await.expect(200);
    for (pointer, field, value) in [
        ("/low_balance", "thresholds", json!([0])),
        ("/low_balance", "thresholds", json!([1, 2, 3, 4, 5, 6])),
        ("/low_balance", "thresholds", json!([-1])),
        ("/low_balance", "thresholds", json!([1.5])),
        ("/low_balance", "thresholds", json!("100")),
        ("/failed_deliveries", "per_hour", json!(0)),
        ("/failed_deliveries", "per_hour", json!(201)),
        ("/gateway_trouble", "email", json!("yes")),
        ("/security_change", "sms", json!(true)),
        ("", "new_sign_in", Value::Null),
    ] {
        let mut wrong = settings.clone();
        wrong.pointer_mut(pointer).unwrap()[field] = value.clone();
        let problem = refused(&house, put(path, &bakery.owner.token, &wrong)).await.problem(422, "invalid");
        let named = problem["errors"][0]["pointer"].as_str().unwrap();
        assert!(named.starts_with(&format!("#{pointer}/{field}")), "{value}: {problem}");
    }
    house.close().await;
}

#[tokio::test]
async fn b02_b03_alerts_of_the_account_are_set_by_who_may_in_accounts_that_pay() {
    let house = House::open().await;
    let (_, owner) = house.sign_up("Corner Café").await;
    house.get(&owner.token, "/v1/account/alerts").await.problem(402, "paying-customers-only");
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &["communication_manager"], "all").await;
    let settings = house.get(&bakery.owner.token, "/v1/account/alerts").await.expect(200);
    for ask in
        [Ask::get("/v1/account/alerts").by(&ben.token), put("/v1/account/alerts", &ben.token, &settings)]
    {
        let problem = refused(&house, ask).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], "alerts:manage");
    }
    house.close().await;
}

#[tokio::test]
async fn b03_everybody_says_for_themselves_where_they_are_told() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &[], "none").await;
    own(&house, &ben, |it| it["low_balance"]["email"] = json!(false)).await;
    let bens = house.get(&ben.token, "/v1/me/alerts").await.expect(200);
    assert_eq!(bens["low_balance"], json!({"alert_centre": true, "email": false}));
    let anas = house.get(&bakery.owner.token, "/v1/me/alerts").await.expect(200);
    assert_eq!(anas["low_balance"], json!({"alert_centre": true, "email": true}));
    let key = json!({"name": "Shop", "permissions": ["credits:read"]});
    let key = house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    let ask = Ask::get("/v1/me/alerts").by(key["token"].as_str().unwrap());
    house.ask(ask).await.problem(409, "conflict");
    house.close().await;
}
