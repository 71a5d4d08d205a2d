//! Which alerts are given, to whom, and where.

use serde_json::json;

use super::{account, alerts, mails, own, text};
use crate::house::{Ask, House, PASSWORD};

const CUSTOMER: &str = "+12125550123";
const REFUSED_SENDER: &str = "+12125550154";
const UNREACHABLE: &str = "+12125550173";

#[tokio::test]
async fn b03_who_may_see_the_balance_is_told_once_when_it_falls_below_a_threshold() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 101).await;
    let finance = house.colleague(&bakery, &["finance_data_manager"], "none").await;
    let ben = house.colleague(&bakery, &[], "all").await;
    text(&house, &bakery, CUSTOMER).await;
    assert!(alerts(&house, &bakery.owner, "low_balance").await.is_empty(), "100 are not below 100");
    for _ in 0..3 {
        text(&house, &bakery, CUSTOMER).await;
    }
    let told = [json!({"available": 99, "threshold": 100})];
    for person in [&bakery.owner, &finance] {
        assert_eq!(alerts(&house, person, "low_balance").await, told);
        assert_eq!(mails(&house, person, "99 credits left").await, 1);
    }
    assert!(alerts(&house, &ben, "low_balance").await.is_empty());
    assert_eq!(mails(&house, &ben, "credits left").await, 0);
    // The next threshold is another alert.
    for _ in 0..88 {
        house.send(&bakery.owner, &json!({"to": CUSTOMER, "body": "Fresh bread!"})).await;
    }
    let told = alerts(&house, &finance, "low_balance").await;
    assert_eq!(told.len(), 2);
    assert!(told.contains(&json!({"available": 9, "threshold": 10})), "{told:?}");
    house.close().await;
}

#[tokio::test]
async fn b03_credits_that_hover_around_a_threshold_are_told_of_once_an_hour() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    for _ in 0..3 {
        text(&house, &bakery, CUSTOMER).await;
        house.top_up(&bakery.account, 1).await;
    }
    assert_eq!(alerts(&house, &bakery.owner, "low_balance").await.len(), 1);
    house.pass(jiff::SignedDuration::from_mins(61)).await;
    text(&house, &bakery, CUSTOMER).await;
    assert_eq!(alerts(&house, &bakery.owner, "low_balance").await.len(), 2);
    assert_eq!(mails(&house, &bakery.owner, "credits left").await, 2);
    house.close().await;
}

#[tokio::test]
async fn b03_many_failures_within_an_hour_are_told_to_who_manages_gateways() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    account(&house, &bakery, |it| it["failed_deliveries"]["per_hour"] = json!(3)).await;
    for _ in 0..2 {
        text(&house, &bakery, UNREACHABLE).await;
    }
    house.pass(jiff::SignedDuration::from_mins(5)).await;
    assert!(alerts(&house, &bakery.owner, "failed_deliveries").await.is_empty());
    for _ in 0..4 {
        text(&house, &bakery, UNREACHABLE).await;
    }
    house.pass(jiff::SignedDuration::from_mins(5)).await;
    assert_eq!(alerts(&house, &bakery.owner, "failed_deliveries").await, [json!({"failed": 3})]);
    assert_eq!(mails(&house, &bakery.owner, "3 messages of Harbour Bakery failed").await, 1);
    assert!(alerts(&house, &ben, "failed_deliveries").await.is_empty());
    assert!(
        alerts(&house, &bakery.owner, "gateway_trouble").await.is_empty(),
        "it is no matter of the gateway"
    );
    house.close().await;
}

#[tokio::test]
async fn b03_a_gateway_that_is_refused_is_told_of_once_an_hour() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    for _ in 0..3 {
        text(&house, &bakery, REFUSED_SENDER).await;
    }
    let told = [json!({"gateway_id": bakery.gateway, "reason": "sender_not_allowed"})];
    assert_eq!(alerts(&house, &bakery.owner, "gateway_trouble").await, told);
    assert_eq!(mails(&house, &bakery.owner, "Front desk of Harbour Bakery cannot send").await, 1);
    house.pass(jiff::SignedDuration::from_mins(61)).await;
    text(&house, &bakery, REFUSED_SENDER).await;
    assert_eq!(alerts(&house, &bakery.owner, "gateway_trouble").await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn b03_a_sign_in_from_a_new_place_is_told_to_the_person_alone() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let before = alerts(&house, &ben, "new_sign_in").await.len();
    let mailed = mails(&house, &ben, "New sign-in").await;
    let body = json!({"email": ben.email, "password": PASSWORD});
    for _ in 0..2 {
        house.ask(Ask::post("/v1/sessions").from("198.51.100.7").json(&body)).await.expect(201);
    }
    let told = alerts(&house, &ben, "new_sign_in").await;
    assert_eq!(told.len(), before + 1);
    assert!(told.contains(&json!({"user_id": ben.id, "address": "198.51.100.7"})), "{told:?}");
    assert_eq!(mails(&house, &ben, "New sign-in").await, mailed + 1);
    assert!(alerts(&house, &bakery.owner, "new_sign_in").await.is_empty());
    // Whoever does not want the e-mail gets none.
    own(&house, &ben, |it| it["new_sign_in"]["email"] = json!(false)).await;
    house.ask(Ask::post("/v1/sessions").from("192.0.2.77").json(&body)).await.expect(201);
    assert_eq!(alerts(&house, &ben, "new_sign_in").await.len(), before + 2);
    assert_eq!(mails(&house, &ben, "New sign-in").await, mailed + 1);
    house.close().await;
}

#[tokio::test]
async fn b03_a_change_of_security_is_told_to_who_looks_after_it_and_to_the_person_and_mailed_once() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let eve = house.colleague(&bakery, &[], "all").await;
    crate::security::SecondFactor::set_up(&house, &ben.token).await;
    let told = json!({"action": "second_factor.on", "user_id": ben.id});
    assert_eq!(alerts(&house, &bakery.owner, "security_change").await, std::slice::from_ref(&told));
    assert_eq!(alerts(&house, &ben, "security_change").await, [told]);
    assert!(alerts(&house, &eve, "security_change").await.is_empty());
    // Ben got his letter with the change; Ana another.
    assert_eq!(mails(&house, &ben, "a second factor was switched on").await, 1);
    assert_eq!(mails(&house, &ben, "somebody's second factor").await, 0);
    assert_eq!(mails(&house, &bakery.owner, "somebody's second factor was switched on").await, 1);
    let key = json!({"name": "Shop", "permissions": ["credits:read"]});
    house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    let anas = alerts(&house, &bakery.owner, "security_change").await;
    assert!(anas.contains(&json!({"action": "api_key.created", "user_id": bakery.owner.id})), "{anas:?}");
    assert_eq!(mails(&house, &bakery.owner, "an API key was made").await, 1);
    // What is a matter of one person alone is told nobody else.
    let body = json!({"current_password": PASSWORD, "password": "purple elephant stairs"});
    house.ask(Ask::new("PUT", "/v1/me/password").by(&eve.token).json(&body)).await.expect(204);
    let eves = alerts(&house, &eve, "security_change").await;
    assert_eq!(eves, [json!({"action": "password.changed", "user_id": eve.id})]);
    assert_eq!(alerts(&house, &bakery.owner, "security_change").await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn b03_what_the_account_or_the_person_has_switched_off_goes_nowhere() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let finance = house.colleague(&bakery, &["finance_data_manager"], "none").await;
    own(&house, &finance, |it| it["low_balance"]["alert_centre"] = json!(false)).await;
    account(&house, &bakery, |it| {
        it["low_balance"]["email"] = json!(false);
        it["gateway_trouble"] = json!({"alert_centre": false, "email": false});
    })
    .await;
    text(&house, &bakery, CUSTOMER).await;
    text(&house, &bakery, REFUSED_SENDER).await;
    assert_eq!(alerts(&house, &bakery.owner, "low_balance").await.len(), 1);
    assert!(alerts(&house, &finance, "low_balance").await.is_empty());
    assert!(alerts(&house, &bakery.owner, "gateway_trouble").await.is_empty());
    for person in [&bakery.owner, &finance] {
        assert_eq!(mails(&house, person, "credits left").await, 0);
        assert_eq!(mails(&house, person, "cannot send").await, 0);
    }
    house.close().await;
}

#[tokio::test]
async fn b03_an_alert_is_pushed_to_nobody_and_can_be_read_like_any_notification() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    text(&house, &bakery, CUSTOMER).await;
    let all = house.list(&bakery.owner.token, "/v1/notifications").await;
    let alert = all.iter().find(|it| it["kind"] == "low_balance").unwrap();
    assert!(alert["conversation_id"].is_null() && alert["read"] == false, "{alert}");
    let id = alert["id"].as_str().unwrap();
    let pushed = house.running.engines.sns.published();
    assert!(!pushed.iter().any(|push| push.message.contains(id)));
    let path = format!("/v1/notifications/{id}/read");
    assert_eq!(house.post(&bakery.owner.token, &path, &json!({})).await.status, 204);
    let all = house.list(&bakery.owner.token, "/v1/notifications").await;
    assert_eq!(all.iter().find(|it| it["id"] == id).unwrap()["read"], true);
    house.close().await;
}
