//! API keys: scoped, shown once, never more than their maker (B04, B10).

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House, Person};

async fn key(house: &House, of: &Person, body: Value) -> (String, String) {
    let made = house.post(&of.token, "/v1/api-keys", &body).await.expect(201);
    house.settle().await;
    (made["token"].as_str().unwrap().to_owned(), made["api_key"]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn b10_a_key_does_what_its_scopes_say_and_no_more() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let scopes = json!({"name": "Shop", "permissions": ["credits:read"]});
    let (token, id) = key(&house, &bakery.owner, scopes).await;
    assert!(token.starts_with("tdk_"));
    house.get(&token, "/v1/credits").await.expect(200);
    for path in ["/v1/users", "/v1/conversations", "/v1/api-keys", "/v1/gateways"] {
        let problem = house.get(&token, path).await.problem(403, "forbidden");
        assert!(problem["permission"].is_string());
    }
    let listed = house.get(&bakery.owner.token, "/v1/api-keys").await;
    assert!(!listed.text.contains(&token), "a token is shown once");
    let listed = listed.expect(200)["data"][0].clone();
    assert_eq!(listed["id"], id.as_str());
    assert_eq!(listed["last_used_at"], json!(house.now().to_string()));
    house.close().await;
}

#[tokio::test]
async fn b10_a_key_that_is_revoked_or_has_expired_is_none() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let (kept, id) =
        key(&house, &bakery.owner, json!({"name": "Shop", "permissions": ["credits:read"]})).await;
    let until =
        json!({"name": "Till", "permissions": ["credits:read"], "expires_at": "2030-01-08T16:00:00Z"});
    let (ends, _) = key(&house, &bakery.owner, until).await;
    house.get(&ends, "/v1/credits").await.expect(200);
    house.move_clock(SignedDuration::from_hours(1));
    refused(&house, Ask::get("/v1/credits").by(&ends)).await.problem(401, "unauthenticated");
    let revoke = || Ask::new("DELETE", format!("/v1/api-keys/{id}")).by(&bakery.owner.token);
    house.get(&kept, "/v1/credits").await.expect(200);
    house.ask(revoke()).await.expect(204);
    refused(&house, Ask::get("/v1/credits").by(&kept)).await.problem(401, "unauthenticated");
    refused(&house, revoke()).await.problem(404, "not-found");
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn b10_a_key_never_has_more_rights_than_its_maker() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ann = house.colleague(&bakery, &["account_manager", "finance_data_manager"], "assigned").await;
    let beyond = |body: Value| Ask::post("/v1/api-keys").by(&ann.token).json(&body);
    let wrong = json!({"name": "Shop", "permissions": ["gateways:manage"]});
    refused(&house, beyond(wrong)).await.names("#/permissions", "out_of_range");
    let wrong = json!({"name": "Shop", "permissions": ["credits:read"], "conversation_access": "all"});
    refused(&house, beyond(wrong)).await.names("#/conversation_access", "out_of_range");
    let (token, _) =
        key(&house, &ann, json!({"name": "Shop", "permissions": ["credits:read", "users:manage"]})).await;
    house.get(&token, "/v1/credits").await.expect(200);
    // What its maker loses it loses too, and it ends with them.
    let path = format!("/v1/users/{}", ann.id);
    let change = |body: Value| Ask::new("PATCH", path.clone()).by(&bakery.owner.token).json(&body);
    house.ask(change(json!({"roles": ["account_manager"]}))).await.expect(200);
    house.get(&token, "/v1/credits").await.problem(403, "forbidden");
    house.ask(change(json!({"roles": ["finance_data_manager"]}))).await.expect(200);
    house.get(&token, "/v1/credits").await.expect(200);
    house.ask(change(json!({"enabled": false}))).await.expect(200);
    house.get(&token, "/v1/credits").await.problem(401, "unauthenticated");
    house.ask(change(json!({"enabled": true}))).await.expect(200);
    house.get(&token, "/v1/credits").await.expect(200);
    house.ask(Ask::new("DELETE", path.clone()).by(&bakery.owner.token)).await.expect(204);
    house.get(&token, "/v1/credits").await.problem(401, "unauthenticated");
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn b10_a_key_makes_no_keys_and_is_assigned_to_nothing() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let all = json!({
        "name": "Shop", "permissions": ["api-keys:manage", "messages:manage", "messages:compose"],
        "conversation_access": "all",
    });
    let (token, id) = key(&house, &bakery.owner, all.clone()).await;
    house.ask(Ask::post("/v1/api-keys").by(&token).json(&all)).await.problem(409, "conflict");
    let body = json!({"to": "+12125550123", "body": "Your order is ready"});
    let sent = house.post(&token, "/v1/messages", &body).await.expect(202);
    house.settle().await;
    let path = format!("/v1/conversations/{}", sent["conversation_id"].as_str().unwrap());
    let conversation = house.get(&token, &path).await.expect(200);
    assert_eq!(conversation["assignees"], json!([]));
    house.ask(Ask::post(format!("{path}/complete")).by(&token)).await.expect(200);
    let timeline = house.list(&bakery.owner.token, &format!("{path}/timeline")).await;
    assert_eq!(timeline[0]["actor"], json!({"type": "api_key", "api_key_id": id}));
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn what_a_key_cannot_be_is_named() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    for (body, pointer, code) in [
        (json!({"name": "Shop", "permissions": []}), "#/permissions", "out_of_range"),
        (json!({"name": "Shop"}), "#/permissions", "missing_field"),
        (json!({"name": "Shop", "permissions": ["everything"]}), "#/permissions/0", "invalid"),
        (json!({"name": "", "permissions": ["usage:read"]}), "#/name", "invalid"),
        (
            json!({"name": "Shop", "permissions": ["usage:read"], "expires_at": "2030-01-08T15:00:00Z"}),
            "#/expires_at",
            "out_of_range",
        ),
    ] {
        let ask = Ask::post("/v1/api-keys").by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.names(pointer, code);
    }
    house.close().await;
}
