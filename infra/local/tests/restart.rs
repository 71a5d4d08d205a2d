//! What is kept when `make run` stops and starts again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::phone::PhoneNumber;
use local::{Options, Running, demo};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

async fn call(running: &Running, request: axum::http::request::Builder, body: &Value) -> (StatusCode, Value) {
    let request = request.header("host", "localhost").header("content-type", "application/json");
    let response = running.gateway().answer(request.body(Body::from(body.to_string())).unwrap()).await;
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn inbox(running: &Running, demo: &demo::Demo) -> Value {
    let sign_in = json!({"email": demo.email, "password": demo.password});
    let (status, session) = call(running, Request::post("/v1/sessions"), &sign_in).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let token = format!("Bearer {}", session["token"].as_str().unwrap());
    let list = Request::get("/v1/conversations?view=inbox").header("authorization", token);
    let (status, page) = call(running, list, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn data_numbers_and_the_operators_key_outlive_a_restart_and_the_demo_is_set_up_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        port: 0,
        data: Some(folder.path().join("data")),
        clock: None,
        downloads: None,
        schedules: false,
    };
    let first = local::start(options.clone()).await.unwrap();
    let demo = demo::seed(&first).await.unwrap();
    first.settle().await.unwrap();
    assert_eq!(inbox(&first, &demo).await[0]["unread"], 1);
    let key = first.operator_key.expose_secret().to_owned();
    first.stop().await;

    let second = local::start(options).await.unwrap();
    demo::seed(&second).await.unwrap();
    assert_eq!(second.operator_key.expose_secret(), key);
    // The carrier's secrets are the same, and its texts go to where the product listens now.
    let customer: PhoneNumber = "+12025550123".parse().unwrap();
    let business: PhoneNumber = demo.number.parse().unwrap();
    second.phones.text_in(&customer, &business, "Hello again", &[]).unwrap();
    second.settle().await.unwrap();
    let conversations = inbox(&second, &demo).await;
    assert_eq!(conversations.as_array().unwrap().len(), 1);
    assert_eq!(
        (&conversations[0]["unread"], &conversations[0]["preview"]),
        (&2.into(), &"Hello again".into())
    );
    assert_eq!(second.denials.list(), Vec::<String>::new());
    second.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_said() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = Options { port, data: None, clock: None, downloads: None, schedules: false };
    let error = local::start(options).await.err().unwrap();
    assert_eq!(error.to_string(), format!("cannot listen on port {port}"));
}
