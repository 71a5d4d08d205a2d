//! Who buys credits (A16), and how the operator's top-up fulfils an order.

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House};

fn order(token: &str, amount: u32) -> Ask {
    Ask::post("/v1/credits/orders")
        .by(token)
        .json(&json!({"amount": amount, "reference": "purchase order 4"}))
}

fn paid(account: &str, order: &Value, amount: u32, key: &str) -> Ask {
    let body = json!({"account_id": account, "amount": amount, "order_id": order});
    Ask::post("/v1/credits/top-ups").key(key).json(&body)
}

#[tokio::test]
async fn a16_only_who_has_the_permission_can_order_credits() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let finance = house.colleague(&bakery, &["finance_data_manager"], "none").await;
    let manager = house.colleague(&bakery, &["account_manager", "people_manager"], "all").await;
    let ordered = house.ask(order(&finance.token, 500)).await.expect(201);
    assert_eq!((&ordered["state"], &ordered["ordered_by"]), (&json!("open"), &json!(finance.id)));
    let problem = refused(&house, order(&manager.token, 500)).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "credits:buy");
    assert!(house.has_told(&bakery.account, "credits.ordered", "user"));
    assert_eq!(house.balance(&finance).await, [10, 0, 0], "an order moves nothing");
    house.close().await;
}

#[tokio::test]
async fn a04_a_sub_account_orders_only_if_its_master_lets_it() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let problem = refused(&house, order(&north.owner.token, 5)).await.problem(403, "not-in-plan");
    assert_eq!(problem["feature"], "buy_credits");
    let path = format!("/v1/accounts/{}", north.id);
    house.patch(&master.owner, &path, &json!({"features": {"buy_credits": true}})).await.expect(200);
    house.ask(order(&north.owner.token, 5)).await.expect(201);
    house.patch(&master.owner, &path, &json!({"features": {"buy_credits": false}})).await.expect(200);
    refused(&house, order(&north.owner.token, 5)).await.problem(403, "not-in-plan");
    house.close().await;
}

#[tokio::test]
async fn a_top_up_fulfils_the_order_it_names_once() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    let owner = &bakery.owner;
    let first = house.ask(order(&owner.token, 500)).await.expect(201);
    house.move_clock(jiff::SignedDuration::from_millis(1));
    let second = house.ask(order(&owner.token, 40)).await.expect(201);
    let operator = |ask: Ask| {
        use secrecy::ExposeSecret;
        ask.by(house.running.operator_key.expose_secret())
    };
    // Another account's, another amount.
    let wrong = operator(paid(&rival.account, &first["id"], 500, "a"));
    refused(&house, wrong).await.names("#/order_id", "no_such_thing");
    let wrong = operator(paid(&bakery.account, &first["id"], 499, "b"));
    refused(&house, wrong).await.names("#/amount", "not_together");
    let line = house.as_operator(paid(&bakery.account, &first["id"], 500, "c")).await.expect(201);
    assert_eq!(line["order_id"], first["id"]);
    assert_eq!(house.as_operator(paid(&bakery.account, &first["id"], 500, "c")).await.expect(201), line);
    refused(&house, operator(paid(&bakery.account, &first["id"], 500, "d"))).await.problem(409, "conflict");
    let path = |order: &Value| format!("/v1/credits/orders/{}/cancel", order["id"].as_str().unwrap());
    refused(&house, Ask::post(path(&first)).by(&owner.token)).await.problem(409, "conflict");
    let cancelled = house.ask(Ask::post(path(&second)).by(&owner.token)).await.expect(200);
    assert_eq!(house.ask(Ask::post(path(&second)).by(&owner.token)).await.expect(200), cancelled);
    refused(&house, operator(paid(&bakery.account, &second["id"], 40, "e"))).await.problem(409, "conflict");
    let orders = house.list(&owner.token, "/v1/credits/orders").await;
    let states: Vec<_> = orders.iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["cancelled", "fulfilled"]);
    assert_eq!(orders[1]["ledger_entry_id"], line["id"]);
    assert_eq!(house.balance(owner).await, [510, 0, 0]);
    assert!(house.list(&rival.owner.token, "/v1/credits/orders").await.is_empty());
    refused(&house, Ask::post(path(&first)).by(&rival.owner.token)).await.problem(404, "not-found");
    house.close().await;
}
