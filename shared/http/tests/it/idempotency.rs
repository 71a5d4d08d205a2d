//! Invariant I12 for the operations that use the general record: the same key with the same request gives the same
//! answer, with another request 422, while running 409.

use crate::support::{World, answer};
use axum::extract::State;
use axum::response::Response;
use axum::{Router, body::Body};
use domain::id::{AccountId, UserId};
use engines::faults::Fault;
use http::{Request, StatusCode};
use http_api::{IdempotencyKey, Problem, Valid, idempotent};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;

#[derive(Clone)]
struct Shop {
    app: app::App,
    user: &'static str,
    orders: Arc<AtomicU32>,
    /// The order of 100 waits for this.
    delivery: Arc<Notify>,
}

#[derive(Serialize, Deserialize)]
struct Order {
    amount: u32,
}

/// Orders of 13 are refused.
async fn order(
    State(shop): State<Shop>,
    key: Option<IdempotencyKey>,
    Valid(order): Valid<Order>,
) -> Result<Response, Problem> {
    let caller =
        crate::support::caller(AccountId::derive(&[b"account"]), UserId::derive(&[shop.user.as_bytes()]));
    idempotent(&shop.app, &caller, key, "order", &order, async {
        if order.amount == 13 {
            return Err(Problem::Conflict("we do not sell 13".into()));
        }
        if order.amount == 100 {
            shop.delivery.notified().await;
        }
        let number = shop.orders.fetch_add(1, Ordering::SeqCst) + 1;
        Ok((StatusCode::CREATED, json!({"number": number, "amount": order.amount})))
    })
    .await
}

struct Customer {
    world: World,
    shop: Shop,
}

impl Customer {
    fn new() -> Self {
        let world = World::new();
        let shop =
            Shop { app: world.app.clone(), user: "ann", orders: Arc::default(), delivery: Arc::default() };
        Self { world, shop }
    }

    fn request(key: Option<&str>, amount: u32) -> Request<Body> {
        let mut request = Request::post("/orders").header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.body(Body::from(json!({"amount": amount}).to_string())).unwrap()
    }

    async fn orders_as(&self, user: &'static str, key: Option<&str>, amount: u32) -> (u16, Value) {
        let shop = Shop { user, ..self.shop.clone() };
        let router = Router::new().route("/orders", axum::routing::post(order)).with_state(shop);
        let (status, headers, body) = answer(&router, Self::request(key, amount)).await;
        if status.is_success() {
            assert_eq!(headers["content-type"], "application/json");
        }
        (status.as_u16(), body)
    }

    async fn orders(&self, key: Option<&str>, amount: u32) -> (u16, Value) {
        self.orders_as("ann", key, amount).await
    }

    fn count(&self) -> u32 {
        self.shop.orders.load(Ordering::SeqCst)
    }
}

fn slug(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

#[tokio::test]
async fn without_a_key_each_request_is_a_new_one() {
    let customer = Customer::new();
    assert_eq!(customer.orders(None, 1).await, (201, json!({"number": 1, "amount": 1})));
    assert_eq!(customer.orders(None, 1).await, (201, json!({"number": 2, "amount": 1})));
}

#[tokio::test]
async fn the_same_key_with_the_same_request_gets_the_same_answer_and_nothing_is_done_again() {
    let customer = Customer::new();
    let first = customer.orders(Some("k"), 1).await;
    assert_eq!(first, (201, json!({"number": 1, "amount": 1})));
    assert_eq!(customer.orders(Some("k"), 1).await, first);
    customer.world.clock.advance(SignedDuration::from_hours(23));
    assert_eq!(customer.orders(Some("k"), 1).await, first);
    assert_eq!(customer.count(), 1);
}

#[tokio::test]
async fn after_a_day_a_key_is_forgotten() {
    let customer = Customer::new();
    customer.orders(Some("k"), 1).await;
    customer.world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(customer.orders(Some("k"), 2).await, (201, json!({"number": 2, "amount": 2})));
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let customer = Customer::new();
    customer.orders(Some("k"), 1).await;
    let (status, problem) = customer.orders(Some("k"), 2).await;
    assert_eq!((status, slug(&problem)), (422, "idempotency-key-reused"));
    assert_eq!(customer.count(), 1);
}

#[tokio::test]
async fn keys_of_different_users_have_nothing_to_do_with_each_other() {
    let customer = Customer::new();
    customer.orders_as("ann", Some("k"), 1).await;
    assert_eq!(customer.orders_as("bob", Some("k"), 2).await, (201, json!({"number": 2, "amount": 2})));
}

#[tokio::test]
async fn a_refused_request_may_be_corrected_under_the_same_key() {
    let customer = Customer::new();
    let (status, problem) = customer.orders(Some("k"), 13).await;
    assert_eq!((status, slug(&problem)), (409, "conflict"));
    assert_eq!(customer.orders(Some("k"), 14).await.0, 201);
}

#[tokio::test]
async fn while_a_request_is_running_its_key_is_taken() {
    let customer = Arc::new(Customer::new());
    let slow = tokio::spawn({
        let customer = customer.clone();
        async move { customer.orders(Some("k"), 100).await }
    });
    tokio::task::yield_now().await;
    let (status, problem) = loop {
        let (status, problem) = customer.orders(Some("k"), 100).await;
        if slug(&problem) == "in-progress" {
            break (status, problem);
        }
    };
    assert_eq!((status, slug(&problem)), (409, "in-progress"));
    customer.shop.delivery.notify_one();
    let first = slow.await.unwrap();
    assert_eq!(first.0, 201);
    assert_eq!(customer.orders(Some("k"), 100).await, first);
    assert_eq!(customer.count(), 1);
}

#[tokio::test]
async fn a_request_whose_function_was_killed_may_be_repeated_after_its_lock_ends() {
    let customer = Arc::new(Customer::new());
    let killed = tokio::spawn({
        let customer = customer.clone();
        async move { customer.orders(Some("k"), 100).await }
    });
    while customer.world.dynamo.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    assert_eq!(slug(&customer.orders(Some("k"), 100).await.1), "in-progress");
    customer.world.clock.advance(SignedDuration::from_secs(31));
    customer.shop.delivery.notify_one();
    assert_eq!(customer.orders(Some("k"), 100).await.0, 201);
    assert_eq!(customer.count(), 1);
}

#[tokio::test]
async fn a_table_that_is_away_is_told_before_anything_is_done() {
    let customer = Customer::new();
    customer.world.dynamo.faults().set_down(true);
    let (status, problem) = customer.orders(Some("k"), 1).await;
    assert_eq!((status, slug(&problem)), (503, "unavailable"));
    assert_eq!(customer.count(), 0);
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_is_given_all_the_same() {
    let customer = Customer::new();
    for _ in 0..3 {
        customer.world.dynamo.faults().push_next_for("UpdateItem", Fault::LostRequest);
    }
    assert_eq!(customer.orders(Some("k"), 1).await, (201, json!({"number": 1, "amount": 1})));
    assert_eq!(slug(&customer.orders(Some("k"), 1).await.1), "in-progress");
    assert_eq!(customer.count(), 1);
}
