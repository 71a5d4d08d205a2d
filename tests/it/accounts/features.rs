//! What an account has: by its plan, and by what its master switches on and off (C23, E01).

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn c23_e01_without_messaging_nothing_is_sent_and_what_comes_in_is_kept() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    house.text_in("+12125550123", &north, "Before").await;
    let path = format!("/v1/accounts/{}", north.account);
    let off = json!({"features": {"messaging": false}});
    let changed = house.patch(&master.owner, &path, &off).await.expect(200);
    assert_eq!(changed["standing"]["features"]["messaging"], false);
    for ask in [
        Ask::get("/v1/conversations"),
        Ask::get("/v1/conversations/counts"),
        Ask::post("/v1/messages").json(&json!({"to": "+12125550123", "body": "Hello"})),
    ] {
        let problem = refused(&house, ask.by(&north.owner.token)).await.problem(403, "not-in-plan");
        assert_eq!(problem["feature"], "messaging");
    }
    let text = north.line.text("during", "+12125550123", "During");
    house.ask(north.line.webhook(&north.line.inbound(), text, house.now())).await.expect(200);
    house.settle().await;
    house.patch(&master.owner, &path, &json!({"features": {"messaging": true}})).await.expect(200);
    let conversation = house.conversation_with(&north.owner, "+12125550123").await;
    assert_eq!((&conversation["unread"], &conversation["preview"]), (&json!(2), &json!("During")));
    assert!(house.has_told(&north.account, "account.features_changed", "master"));
    assert!(house.has_told(&master.account, "account.features_changed", "user"));
    house.close().await;
}

#[tokio::test]
async fn a09_a_master_switches_on_only_what_it_has_itself() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let path = format!("/v1/accounts/{}", north.id);
    let off = json!({"features": {"keywords": false}});
    house.patch(&master.owner, &path, &off).await.expect(200);
    let below = house.branch(&north.owner, "Below").await;
    let path = format!("/v1/accounts/{}", below.id);
    let found = house.get(&north.owner.token, &path).await.expect(200);
    assert_eq!(found["standing"]["features"]["keywords"], false, "it begins with what its master has");
    for feature in ["keywords", "buy_credits"] {
        let ask = Ask::new("PATCH", &path).by(&north.owner.token).json(&json!({"features": {feature: true}}));
        let problem = refused(&house, ask).await.problem(403, "not-in-plan");
        assert_eq!(problem["feature"], feature);
    }
    let ask = Ask::new("PATCH", &path).by(&north.owner.token);
    refused(&house, ask.clone().json(&json!({"features": {"flying": true}}))).await.problem(422, "invalid");
    refused(&house, ask.json(&json!({"features": {"messaging": 1}}))).await.problem(422, "invalid");
    house.close().await;
}

#[tokio::test]
async fn c23_a11_the_operator_puts_an_account_on_a_plan() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let path = format!("/v1/operator/accounts/{}/plan", bakery.account);
    let plan = |name: &str| Ask::new("PUT", &path).json(&json!({"name": name, "included_users": 5}));
    let standing = house.as_operator(plan("starter")).await.expect(200);
    assert_eq!(standing["plan"]["name"], "starter");
    let problem = house.get(&bakery.owner.token, "/v1/conversations").await.problem(403, "not-in-plan");
    assert_eq!(problem["feature"], "messaging");
    house.get(&bakery.owner.token, "/v1/accounts").await.problem(403, "not-in-plan");
    let account = house.get(&bakery.owner.token, "/v1/account").await.expect(200);
    assert_eq!(account["standing"]["features"]["messaging"], false);
    house.as_operator(plan("growth")).await.expect(200);
    house.get(&bakery.owner.token, "/v1/conversations").await.expect(200);
    assert!(house.has_told(&bakery.account, "account.plan_changed", "operator"));
    refused(&house, plan("growth").by(&bakery.owner.token)).await.problem(401, "unauthenticated");
    house.close().await;
}
