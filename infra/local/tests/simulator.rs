//! The phone simulator's page and its API, without a product behind them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engines::phones::{PhoneNetwork, Settings};
use jiff::Timestamp;
use local::simulator::{Lines, Simulator, router};
use serde_json::{Value, json};
use tower::ServiceExt;

const CARRIER: &str = "http://simulated-carrier.invalid/";

fn simulator() -> Router {
    let settings = Settings::new(CARRIER.parse().unwrap(), 7);
    router(Simulator {
        network: Arc::new(PhoneNetwork::new(settings, || Timestamp::UNIX_EPOCH)),
        lines: Arc::new(Lines::in_memory()),
        base_url: CARRIER.parse().unwrap(),
        pushes: Arc::new(|| vec![json!({"kind": "assigned"})]),
    })
}

async fn call(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(router: &Router, path: &str) -> (StatusCode, String) {
    call(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(router: &Router, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(path).header("content-type", "application/json");
    let (status, body) = call(router, request.body(Body::from(body.to_string())).unwrap()).await;
    (status, serde_json::from_str(&body).unwrap())
}

/// The texts between `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &'a str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once(after)).map(|(found, _)| found).collect()
}

#[tokio::test]
async fn the_page_has_every_element_that_its_script_asks_for_and_a_label_for_every_field() {
    let router = simulator();
    let (_, page) = get(&router, "/simulator").await;
    let (_, script) = get(&router, "/simulator/page.js").await;
    let ids = between(&page, "id=\"", "\"");
    for asked in between(&script, "$(\"", "\")") {
        assert!(ids.contains(&asked), "there is no #{asked}");
    }
    let labels = between(&page, "<label for=\"", "\"");
    for kind in ["<input id=\"", "<select id=\"", "<textarea id=\""] {
        for field in between(&page, kind, "\"") {
            assert!(labels.contains(&field), "#{field} has no label");
        }
    }
    assert!(!script.contains("innerHTML"), "texts of people would become HTML");
}

#[tokio::test]
async fn a_business_opens_a_line_and_a_customer_texts_it() {
    let router = simulator();
    let line = json!({"number": "+12025550100", "inbound_url": "http://localhost/inbound"});
    let (status, opened) = post(&router, "/simulator/api/lines", &line).await;
    assert_eq!((status, &opened["credentials"]["base_url"]), (StatusCode::OK, &CARRIER.into()));
    let text = json!({"from": "+12025550123", "to": "+12025550100", "text": "Hi", "media": ["https://a.test/x.png"]});
    let (status, sent) = post(&router, "/simulator/api/texts", &text).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{sent}");
    let path = "/simulator/api/thread?phone=%2B12025550123&business=%2B12025550100";
    let thread: Value = serde_json::from_str(&get(&router, path).await.1).unwrap();
    assert_eq!(thread["messages"][0]["text"], "Hi");
    assert_eq!(thread["messages"][0]["media"][0]["content_type"], "image/png");
    let network: Value = serde_json::from_str(&get(&router, "/simulator/api/network").await.1).unwrap();
    assert_eq!(
        (&network["lines"][0]["number"], &network["webhooks_waiting"]),
        (&"+12025550100".into(), &1.into())
    );
}

#[tokio::test]
async fn what_cannot_be_is_said_in_words() {
    let router = simulator();
    for (path, body, expected) in [
        ("texts", json!({"from": "+12025550123", "to": "+12025550100", "text": "Hi"}), StatusCode::NOT_FOUND),
        ("texts", json!({"from": "+12025550123", "to": "+12025550100"}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            "texts",
            json!({"from": "nobody", "to": "+12025550100", "text": "Hi"}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("lines", json!({"number": "1"}), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, answer) = post(&router, &format!("/simulator/api/{path}"), &body).await;
        assert_eq!(status, expected, "{body}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    }
}

#[tokio::test]
async fn the_carrier_answers_over_http_as_in_process() {
    let router = simulator();
    let line = json!({"number": "+12025550100", "inbound_url": "http://localhost/inbound"});
    let (_, opened) = post(&router, "/simulator/api/lines", &line).await;
    let key = opened["credentials"]["api_key"].as_str().unwrap().to_owned();
    let send = |key: &str| {
        let body = json!({
            "id": "msg_0193a2b4c5d670008000000000000003", "from": "+12025550100", "to": "+12025550123",
            "text": "Hello", "media": [], "status_callback": "http://localhost/status",
        });
        let request = Request::post("/carrier/messages").header("content-type", "application/json");
        request.header("authorization", format!("Bearer {key}")).body(Body::from(body.to_string())).unwrap()
    };
    let (status, answer) = call(&router, send(&key)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    let (status, _) = call(&router, send("wrong")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_simulator_runs_alone_and_gives_out_the_address_it_was_told() {
    let carrier = "http://carrier.test/carrier/".parse().unwrap();
    let (address, mut tasks) = local::simulator_only::start(0, Some(carrier)).await.unwrap();
    let port = address.port().unwrap();
    // It still listens once nobody waits for its start any more.
    tokio::task::yield_now().await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let body = r#"{"number": "+12025550100"}"#;
    let request = format!(
        "POST /simulator/api/lines HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    assert!(answer.contains("http://carrier.test/carrier/"), "{answer}");
    tasks.shutdown().await;
}
