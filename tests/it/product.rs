//! The product as people and carriers see it: over HTTP, in this process or deployed (`make test-stack`).

mod client;
mod rare;
mod routes;

use client::{Business, Product};
use reqwest::Method;
use serde_json::{Value, json};

const CUSTOMER: &str = "+12125550123";

/// The only conversation of a view, once there is one.
async fn conversation(product: &Product, token: &str, view: &str) -> Value {
    product
        .eventually("a conversation in the list", async || {
            let page = product.get(token, &format!("/v1/conversations?view={view}")).await.expect(200);
            page["data"].as_array().unwrap().first().cloned()
        })
        .await
}

/// Waits until a message has this status.
async fn status_is(product: &Product, business: &Business, message: &str, status: &str) -> Value {
    product
        .eventually(status, async || {
            let message = product.get(&business.owner, &format!("/v1/messages/{message}")).await.expect(200);
            (message["status"] == status).then_some(message)
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_comes_in_is_answered_arrives_and_is_paid_for() {
    let product = Product::start().await;
    let business = product.business().await;
    product.text_in(CUSTOMER, &business, "Are you open on Sunday? 🥐").await;

    let conversation = conversation(&product, &business.owner, "inbox").await;
    assert_eq!(conversation["contact"]["number"], CUSTOMER);
    assert_eq!(conversation["preview"], "Are you open on Sunday? 🥐");
    assert_eq!(conversation["unread"], 1);

    let id = conversation["id"].as_str().unwrap();
    let reply = json!({"conversation_id": id, "body": "Until six."});
    let accepted = product.post(&business.owner, "/v1/messages", &reply).await.expect(202);
    assert_eq!(accepted["credits"], 1);
    let message = status_is(&product, &business, accepted["id"].as_str().unwrap(), "delivered").await;
    assert_eq!(message["conversation_id"], id);

    let phone = product.phone(CUSTOMER, &business).await;
    let texts: Vec<_> = phone.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Are you open on Sunday? 🥐", "Until six."]);
    let receipts = phone[1]["receipts"].as_array().unwrap();
    assert!(receipts.iter().any(|receipt| receipt["status"] == "delivered"), "{receipts:?}");

    let credits = product.get(&business.owner, "/v1/credits").await.expect(200);
    assert_eq!(credits, json!({"available": 99, "held": 0, "spent": 1}));
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_is_assigned_told_and_sees_only_that_conversation() {
    let product = Product::start().await;
    let business = product.business().await;
    let (ben, token) = product.colleague(&business, "assigned").await;
    product.text_in(CUSTOMER, &business, "Hello").await;
    let conversation = conversation(&product, &business.owner, "inbox").await;
    let id = conversation["id"].as_str().unwrap();
    product.get(&token, &format!("/v1/conversations/{id}")).await.expect(404);

    if product.here().is_some() {
        let device = json!({"platform": "fcm", "token": "telephone-of-ben", "name": "Telephone"});
        product.post(&token, "/v1/push-endpoints", &device).await.expect(201);
    }
    let assigned = product.put(&business.owner, &format!("/v1/conversations/{id}/assignees/{ben}")).await;
    assert!(assigned.status.is_success(), "{assigned:?}");

    product.get(&token, &format!("/v1/conversations/{id}")).await.expect(200);
    let notification = product
        .eventually("the notification of being assigned", async || {
            let page = product.get(&token, "/v1/notifications").await.expect(200);
            page["data"].as_array().unwrap().first().cloned()
        })
        .await;
    assert_eq!(notification["conversation_id"], id);
    if let Some(running) = product.here() {
        let pushed = running.engines.sns.published();
        assert!(pushed.iter().any(|push| push.message.contains(&ben)), "nothing was pushed");
    }
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snoozed_conversation_comes_back_by_itself() {
    let product = Product::start().await;
    let business = product.business().await;
    product.text_in(CUSTOMER, &business, "Call me tomorrow").await;
    let inbox = conversation(&product, &business.owner, "inbox").await;
    let id = inbox["id"].as_str().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the product runs by the system's clock here")]
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3);
    let path = format!("/v1/conversations/{id}/snooze");
    let snoozed = product.post(&business.owner, &path, &json!({"until": until.to_string()})).await;
    assert!(snoozed.status.is_success(), "{snoozed:?}");
    let asleep = conversation(&product, &business.owner, "snoozed").await;
    assert_eq!(asleep["id"], id);
    let page = product.get(&business.owner, "/v1/conversations?view=inbox").await.expect(200);
    assert_eq!(page["data"], json!([]));
    let back = conversation(&product, &business.owner, "inbox").await;
    assert_eq!(back["id"], id);
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_carrier_refuses_costs_nothing() {
    let product = Product::start().await;
    let business = product.business().await;
    // 0150: "not a valid number", says the simulated carrier.
    let send = json!({"to": "+12125550150", "body": "Hello?"});
    let accepted = product.post(&business.owner, "/v1/messages", &send).await.expect(202);
    status_is(&product, &business, accepted["id"].as_str().unwrap(), "failed").await;
    let credits = product.get(&business.owner, "/v1/credits").await.expect(200);
    assert_eq!(credits, json!({"available": 100, "held": 0, "spent": 0}));
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_session_and_what_is_not_there_is_not_found() {
    let product = Product::start().await;
    let answer = product.call(Method::GET, "/v1/nowhere", None, None).await;
    assert_eq!(answer.expect(404), json!({"message": "Not Found"}));
    for path in ["/v1/me", "/v1/users", "/v1/conversations", "/v1/credits", "/v1/notifications"] {
        let answer = product.call(Method::GET, path, None, None).await;
        assert_eq!(answer.content_type, "application/problem+json", "{path}");
        answer.expect(401);
    }
    let openapi = product.call(Method::GET, "/openapi.json", None, None).await.expect(200);
    assert_eq!(openapi["openapi"], "3.1.0");
    product.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_is_refused() {
    let product = Product::start().await;
    let business = product.business().await;
    let path = format!("/v1/carriers/simulated/{}/inbound", business.gateway);
    let forged = product.call(Method::POST, &path, None, Some(&json!({"type": "message.received"}))).await;
    assert!(forged.status.is_client_error(), "{forged:?}");
    let page = product.get(&business.owner, "/v1/conversations?view=all").await.expect(200);
    assert_eq!(page["data"], json!([]));
    product.done().await;
}
