//! Suspending and reopening (A09).

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn a09_a_suspended_sub_account_does_nothing_and_loses_nothing() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let key = json!({"name": "Till", "permissions": ["messages:manage", "messages:compose"], "conversation_access": "all"});
    let key = house.post(&north.owner.token, "/v1/api-keys", &key).await.expect(201);
    let key = key["token"].as_str().unwrap().to_owned();
    house.get(&key, "/v1/conversations").await.expect(200);
    let path = format!("/v1/accounts/{}", north.account);
    let suspended =
        house.post(&master.owner.token, &format!("{path}/suspend"), &json!(null)).await.expect(200);
    assert!(suspended["standing"]["suspended_since"].is_string());
    let again = house.post(&master.owner.token, &format!("{path}/suspend"), &json!(null)).await.expect(200);
    assert_eq!(again, suspended, "suspending again changes nothing");
    let hello = json!({"to": "+12125550123", "body": "Hello"});
    for token in [&north.owner.token, &key] {
        let ask = Ask::post("/v1/messages").by(token).json(&hello);
        refused(&house, ask).await.problem(403, "account-suspended");
    }
    refused(&house, Ask::get("/v1/conversations").by(&north.owner.token))
        .await
        .problem(403, "account-suspended");
    house.get(&north.owner.token, "/v1/me").await.expect(200);
    // Customers notice nothing.
    let text = north.line.text("during", "+12125550123", "During");
    house.ask(north.line.webhook(&north.line.inbound(), text, house.now())).await.expect(200);
    house.settle().await;
    house.post(&master.owner.token, &format!("{path}/reopen"), &json!(null)).await.expect(200);
    assert_eq!(house.conversation_with(&north.owner, "+12125550123").await["unread"], 1);
    house.send(&north.owner, &hello).await;
    house.settle().await;
    for action in ["account.suspended", "account.reopened"] {
        assert!(house.has_told(&north.account, action, "master"), "{action}");
        assert!(house.has_told(&master.account, action, "user"), "{action}");
    }
    house.close().await;
}

#[tokio::test]
async fn a09_what_the_operator_has_suspended_no_master_reopens() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let by_operator = |what: &str| Ask::post(format!("/v1/operator/accounts/{}/{what}", north.id));
    house.as_operator(by_operator("suspend")).await.expect(200);
    let reopen = Ask::post(format!("/v1/accounts/{}/reopen", north.id)).by(&master.owner.token);
    refused(&house, reopen).await.problem(409, "conflict");
    house.get(&north.owner.token, "/v1/account").await.problem(403, "account-suspended");
    house.as_operator(by_operator("reopen")).await.expect(200);
    house.get(&north.owner.token, "/v1/account").await.expect(200);
    assert!(house.has_told(&north.id, "account.suspended", "operator"));
    let nobody = Ask::post(format!("/v1/operator/accounts/acc_{:032x}/suspend", 7));
    house.as_operator(nobody).await.problem(404, "not-found");
    house.close().await;
}
