//! Our numbers: which one a message leaves by, how fast, and what happens when its carrier refuses.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::Api;

const CUSTOMER: &str = "+12125550123";
const OTHER_NUMBER: &str = "+12025550101";

/// A second gateway of the business.
async fn second(api: &Api, owner: &str) -> Value {
    let gateway = api.post(owner, "/v1/gateways", &api.line(OTHER_NUMBER)).await.expect(201);
    let inbound = gateway["inbound_url"].as_str().unwrap().parse().unwrap();
    api.world.phones.point_line(&OTHER_NUMBER.parse().unwrap(), inbound).unwrap();
    gateway
}

fn path(gateway: &Value) -> String {
    format!("/v1/gateways/{}", gateway["id"].as_str().unwrap())
}

/// How many messages the customer has from a number of ours.
fn received(api: &Api, from: &str) -> usize {
    api.world.phones.received(&CUSTOMER.parse().unwrap(), &from.parse().unwrap()).len()
}

#[tokio::test(start_paused = true)]
async fn d25_before_sending_another_gateway_can_be_chosen_for_the_customer_of_a_conversation() {
    let api = Api::new(71).await;
    let (owner, first) = api.business(10).await;
    let other = second(&api, &owner).await;
    api.text_in(CUSTOMER, "Hello").await;
    let page = api.get(&owner, "/v1/conversations?view=all").await.expect(200);
    let conversation = &page["data"][0]["id"];
    let answer = json!({"conversation_id": conversation, "body": "Hello"});
    let accepted = api.post(&owner, "/v1/messages", &answer).await.expect(202);
    assert_eq!(&accepted["conversation_id"], conversation, "by default from the number they wrote to");
    let answer =
        json!({"conversation_id": conversation, "gateway_id": other["id"], "body": "From our other one"});
    let accepted = api.post(&owner, "/v1/messages", &answer).await.expect(202);
    let theirs = format!("/v1/conversations/{}", accepted["conversation_id"].as_str().unwrap());
    let theirs = api.get(&owner, &theirs).await.expect(200);
    assert_eq!((&theirs["gateway_id"], &theirs["contact"]["number"]), (&other["id"], &json!(CUSTOMER)));
    api.world.settle().await;
    assert_eq!((received(&api, "+12025550100"), received(&api, OTHER_NUMBER)), (1, 1));
    // The same gateway may be named as well.
    let same = json!({"conversation_id": conversation, "gateway_id": first["id"], "body": "Hello again"});
    assert_eq!(&api.post(&owner, "/v1/messages", &same).await.expect(202)["conversation_id"], conversation);
    let strange = json!({"conversation_id": conversation, "gateway_id": "gwy_01b9020a318176bf9ae412e7897fb3ca", "body": "Hi"});
    api.post(&owner, "/v1/messages", &strange).await.wrong("#/gateway_id", "no_such_thing");
}

#[tokio::test(start_paused = true)]
async fn d25_what_the_carrier_has_surely_not_sent_leaves_by_the_backup() {
    let api = Api::new(72).await;
    let (owner, first) = api.business(10).await;
    let other = second(&api, &owner).await;
    let backup = json!({"backup_gateway_id": other["id"]});
    api.patch(&owner, &path(&first), &backup).await.expect(200);
    let mut wrong = api.line("+12025550100")["credentials"].clone();
    let right = wrong.clone();
    wrong["api_key"] = json!("no-such-key");
    api.patch(&owner, &path(&first), &json!({"credentials": wrong})).await.expect(200);
    api.world.pass(Duration::from_mins(2)).await;

    let body = json!({"to": CUSTOMER, "body": "Hello"});
    let accepted = api.post(&owner, "/v1/messages", &body).await.expect(202);
    api.world.pass(Duration::from_mins(1)).await;
    assert_eq!((received(&api, "+12025550100"), received(&api, OTHER_NUMBER)), (0, 1));
    let message = format!("/v1/messages/{}", accepted["id"].as_str().unwrap());
    let message = api.get(&owner, &message).await.expect(200);
    assert_eq!(
        (&message["status"], &message["conversation_id"]),
        (&json!("delivered"), &accepted["conversation_id"])
    );
    let shown = api.get(&owner, &path(&first)).await.expect(200);
    assert_eq!(shown["trouble"]["reason"], "account", "{shown}");
    assert_eq!(api.get(&owner, "/v1/credits").await.expect(200)["spent"], 1);
    let told = api.get(&owner, "/v1/notifications").await.expect(200);
    let kinds: Vec<_> =
        told["data"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "gateway_trouble").count(), 1, "{kinds:?}");

    api.patch(&owner, &path(&first), &json!({"credentials": right})).await.expect(200);
    api.world.pass(Duration::from_mins(2)).await;
    api.post(&owner, "/v1/messages", &body).await.expect(202);
    api.world.pass(Duration::from_mins(1)).await;
    assert_eq!((received(&api, "+12025550100"), received(&api, OTHER_NUMBER)), (1, 1));
    assert_eq!(api.get(&owner, &path(&first)).await.expect(200)["trouble"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn d25_what_the_carrier_refuses_for_the_message_itself_is_not_tried_elsewhere() {
    let api = Api::new(73).await;
    let (owner, first) = api.business(10).await;
    let other = second(&api, &owner).await;
    api.patch(&owner, &path(&first), &json!({"backup_gateway_id": other["id"]})).await.expect(200);
    let body = json!({"to": "+12125550150", "body": "Hello"});
    let accepted = api.post(&owner, "/v1/messages", &body).await.expect(202);
    api.world.pass(Duration::from_mins(1)).await;
    let message = format!("/v1/messages/{}", accepted["id"].as_str().unwrap());
    let message = api.get(&owner, &message).await.expect(200);
    assert_eq!(
        (&message["status"], &message["failure"]["reason"]),
        (&json!("failed"), &json!("invalid_number"))
    );
    assert_eq!(api.get(&owner, &path(&first)).await.expect(200)["trouble"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn d26_messages_leave_no_faster_than_their_gateway_may_and_all_leave() {
    let api = Api::new(74).await;
    let (owner, gateway) = api.business(40).await;
    api.patch(&owner, &path(&gateway), &json!({"segments_per_second": 1})).await.expect(200);
    api.world.pass(Duration::from_mins(2)).await;
    let customers: Vec<_> = (200..230).map(|n| format!("+12125550{n}")).collect();
    for customer in &customers {
        let body = json!({"to": customer, "body": "Hello"});
        api.post(&owner, "/v1/messages", &body).await.expect(202);
    }
    let left = || {
        let ours = "+12025550100".parse().unwrap();
        customers
            .iter()
            .filter(|it| !api.world.phones.received(&it.parse().unwrap(), &ours).is_empty())
            .count()
    };
    for second in 1..=60 {
        api.world.pass(Duration::from_secs(1)).await;
        // One each second, and what was saved up before the first.
        assert!(left() <= second + 2, "{} after {second} seconds", left());
        assert!(left() == 30 || left() * 2 >= second, "{} after {second} seconds", left());
    }
    assert_eq!(left(), 30);
}

#[tokio::test(start_paused = true)]
async fn d26_a_gateway_says_what_it_carries_and_a_message_that_does_not_fit_is_refused() {
    let api = Api::new(75).await;
    let (owner, gateway) = api.business(10).await;
    assert_eq!((&gateway["kind"], &gateway["sends_media"]), (&json!("long_code"), &json!(true)));
    let changed = api.patch(&owner, &path(&gateway), &json!({"sends_media": false})).await.expect(200);
    assert_eq!(changed["sends_media"], false);
    api.world.pass(Duration::from_mins(2)).await;
    let picture = json!({"to": CUSTOMER, "media": ["https://example.com/menu.jpg"]});
    api.post(&owner, "/v1/messages", &picture).await.wrong("#/media", "invalid");
    api.post(&owner, "/v1/messages", &json!({"to": CUSTOMER, "body": "No picture"})).await.expect(202);
    for (field, value, code) in [
        ("segments_per_second", json!(0), "invalid"),
        ("segments_per_second", json!(1_001), "invalid"),
        ("backup_gateway_id", gateway["id"].clone(), "no_such_thing"),
        ("credentials", json!({}), "invalid"),
    ] {
        let body = json!({field: value});
        api.patch(&owner, &path(&gateway), &body).await.wrong(&format!("#/{field}"), code);
    }
}

#[tokio::test(start_paused = true)]
async fn d25_nothing_leaves_by_a_retired_gateway_and_what_customers_write_to_it_arrives() {
    let api = Api::new(76).await;
    let (owner, first) = api.business(10).await;
    let other = second(&api, &owner).await;
    let retire = json!({"retired": true});
    api.patch(&owner, &path(&first), &retire).await.problem(409, "conflict");
    api.patch(&owner, "/v1/account", &json!({"default_gateway_id": other["id"]})).await.expect(200);
    assert!(api.patch(&owner, &path(&first), &retire).await.expect(200)["retired_at"].is_string());
    api.world.pass(Duration::from_mins(2)).await;
    api.text_in(CUSTOMER, "Are you there?").await;
    let page = api.get(&owner, "/v1/conversations?view=all").await.expect(200);
    let answer = json!({"conversation_id": page["data"][0]["id"], "body": "Yes"});
    api.post(&owner, "/v1/messages", &answer).await.wrong("#/gateway_id", "invalid");
    let answer = json!({"conversation_id": page["data"][0]["id"], "gateway_id": other["id"], "body": "Yes"});
    api.post(&owner, "/v1/messages", &answer).await.expect(202);
    let back = api.patch(&owner, &path(&first), &json!({"retired": false})).await.expect(200);
    assert_eq!(back["retired_at"], Value::Null);
}
