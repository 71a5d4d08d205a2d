//! What the layers do to every request, whatever a handler does.

use crate::support::{World, answer};
use axum::Json;
use axum::body::Body;
use domain::id::AccountId;
use http::{HeaderMap, Request, StatusCode};
use http_api::{Caller, Operator, Problem, RawBody, service};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;
use utoipa_axum::{router::OpenApiRouter, routes};

#[utoipa::path(get, path = "/fine/{id}")]
async fn fine() -> Json<Value> {
    Json(json!({"fine": true}))
}

#[utoipa::path(post, path = "/fine/{id}")]
async fn post_fine(RawBody(_): RawBody) -> StatusCode {
    StatusCode::ACCEPTED
}

#[utoipa::path(get, path = "/panics")]
async fn panics() -> StatusCode {
    panic!("with +12025550143 in its message")
}

#[derive(Debug, thiserror::Error)]
#[error("the table is on fire")]
struct OnFire(#[source] io::Error);

#[utoipa::path(get, path = "/fails")]
async fn fails() -> Result<(), Problem> {
    Err(Problem::internal(OnFire(io::Error::other("matches"))))
}

#[utoipa::path(get, path = "/busy")]
async fn busy() -> Result<(), Problem> {
    Err(storage::StoreError::Contention.into())
}

#[utoipa::path(get, path = "/cached")]
async fn cached() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("cache-control", "max-age=60")], "document")
}

#[utoipa::path(get, path = "/mine")]
async fn mine(caller: Caller) -> String {
    caller.account.to_string()
}

#[utoipa::path(get, path = "/operated")]
async fn operated(_: Operator) -> &'static str {
    "operated"
}

fn router_of(world: &World) -> axum::Router {
    let routes = OpenApiRouter::new()
        .routes(routes!(fine, post_fine))
        .routes(routes!(panics))
        .routes(routes!(fails))
        .routes(routes!(busy))
        .routes(routes!(cached))
        .routes(routes!(mine))
        .routes(routes!(operated));
    service(routes, world.app.clone())
}

async fn get(path: &str) -> (StatusCode, HeaderMap, Value) {
    answer(&router_of(&World::new()), Request::get(path).body(Body::empty()).unwrap()).await
}

fn slug(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

#[tokio::test]
async fn every_answer_has_an_id_and_may_not_be_kept_or_sniffed() {
    for path in ["/fine/1", "/panics", "/fails", "/nowhere", "/mine"] {
        let (_, headers, _) = get(path).await;
        assert_eq!(headers["x-request-id"].len(), 32, "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn a_handler_may_decide_itself_how_long_its_answer_is_kept() {
    assert_eq!(get("/cached").await.1["cache-control"], "max-age=60");
}

#[tokio::test]
async fn the_id_is_the_one_of_the_gateway_and_also_in_the_problem() {
    let event = include_str!("events/get.json");
    let request = lambda_http::request::from_str(event).unwrap().map(|_| Body::empty());
    let (status, headers, problem) = answer(&router_of(&World::new()), request).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(headers["x-request-id"], "JKJaXmPLvHcESHA=");
    assert_eq!(problem["request_id"], "JKJaXmPLvHcESHA=");
}

#[tokio::test]
async fn the_id_of_the_gateway_never_comes_from_a_header() {
    let request = Request::get("/fine/1").header("x-request-id", "forged").body(Body::empty()).unwrap();
    let (_, headers, _) = answer(&router_of(&World::new()), request).await;
    assert_ne!(headers["x-request-id"], "forged");
}

#[tokio::test]
async fn an_unknown_path_and_an_unknown_method_are_problems() {
    let (status, headers, problem) = get("/nowhere").await;
    assert_eq!((status, slug(&problem)), (StatusCode::NOT_FOUND, "not-found"));
    assert_eq!(headers["content-type"], "application/problem+json");

    let request = Request::delete("/fine/1").body(Body::empty()).unwrap();
    let (status, headers, problem) = answer(&router_of(&World::new()), request).await;
    assert_eq!((status, slug(&problem)), (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"));
    assert_eq!(headers["allow"], "GET,HEAD,POST");
    assert!(problem["request_id"].is_string());
}

#[tokio::test]
async fn a_panic_is_answered_and_stays_with_its_request() {
    let router = router_of(&World::new());
    let request = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let (status, _, problem) = answer(&router, request("/panics")).await;
    assert_eq!((status, slug(&problem)), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert_eq!(answer(&router, request("/fine/1")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_caller_learns_the_id_of_a_failure_and_not_its_cause() {
    let (status, _, problem) = get("/fails").await;
    assert_eq!((status, slug(&problem)), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert!(problem["request_id"].is_string());
    assert!(!problem.to_string().contains("fire"), "{problem}");
}

#[tokio::test]
async fn a_busy_table_asks_the_caller_to_come_back() {
    let (status, headers, problem) = get("/busy").await;
    assert_eq!((status, slug(&problem)), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert_eq!(headers["retry-after"], "2");
}

#[tokio::test]
async fn without_a_token_nobody_gets_in() {
    for header in [None, Some("Basic x"), Some("Bearer no-such-session")] {
        let mut request = Request::get("/mine");
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let (status, headers, problem) =
            answer(&router_of(&World::new()), request.body(Body::empty()).unwrap()).await;
        assert_eq!((status, slug(&problem)), (StatusCode::UNAUTHORIZED, "unauthenticated"), "{header:?}");
        assert_eq!(headers["www-authenticate"], "Bearer realm=\"textdesk\"");
    }
}

/// The token of the first user of a new business, and its account.
async fn sign_up(world: &World) -> (String, AccountId) {
    let business = app::sessions::Business {
        name: "Bakery".parse().unwrap(),
        time_zone: serde_json::from_value(json!("Europe/Berlin")).unwrap(),
        region: "DE".parse().unwrap(),
        user_name: "Ann Lee".parse().unwrap(),
        email: "ann@example.com".parse().unwrap(),
        password: "correct horse battery".into(),
    };
    let signed_in =
        app::sessions::sign_up(&world.app, business, &app::sessions::Origin::default()).await.unwrap();
    (signed_in.token.expose_secret().to_owned(), signed_in.user.account)
}

#[tokio::test]
async fn who_is_signed_in_is_asked_at_each_request() {
    let world = World::new();
    let (token, account) = sign_up(&world).await;
    let router = router_of(&world);
    let request = || {
        let request = Request::get("/mine").header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    let (status, _, body) = answer(&router, request()).await;
    assert_eq!((status, body), (StatusCode::OK, json!(account.to_string())));

    world.dynamo.faults().set_down(true);
    assert_eq!(answer(&router, request()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    world.dynamo.faults().set_down(false);

    let caller = app::caller::authenticate(&world.app, &token, None).await.unwrap();
    app::sessions::sign_out(&world.app, &caller).await.unwrap();
    assert_eq!(answer(&router, request()).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_log_says_who_asked() {
    let world = World::new();
    let (token, account) = sign_up(&world).await;
    let request = Request::get("/mine").header("authorization", format!("Bearer {token}"));
    let lines = log_of_world(&world, request.body(Body::empty()).unwrap()).await;
    assert_eq!(lines[0]["span"]["account"], account.to_string());
    assert!(lines[0]["span"]["user"].as_str().unwrap().starts_with("usr_"));
    assert!(!format!("{lines:?}").contains(&token));
}

async fn operate(world: &World, key: &str) -> StatusCode {
    let request = Request::get("/operated").header("authorization", format!("Bearer {key}"));
    answer(&router_of(world), request.body(Body::empty()).unwrap()).await.0
}

#[tokio::test]
async fn the_operator_is_known_by_the_key_and_by_nothing_else() {
    let world = World::new();
    assert_eq!(operate(&world, crate::support::OPERATOR_KEY).await, StatusCode::OK);
    for wrong in ["", "x", "the-operators-own-ke", "the-operators-own-key2"] {
        assert_eq!(operate(&world, wrong).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
}

#[tokio::test]
async fn without_a_configured_key_there_is_no_operator() {
    for name in [None, Some("no-such-secret")] {
        let world = World::with_operator_secret(name);
        assert_eq!(operate(&world, crate::support::OPERATOR_KEY).await, StatusCode::UNAUTHORIZED, "{name:?}");
    }
    let away = World::with_operator_secret(Some("away"));
    assert_eq!(operate(&away, crate::support::OPERATOR_KEY).await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_body_over_the_hard_limit_is_refused() {
    let body = vec![b'x'; http_api::RAW_BODY_BYTES_MAX + 1];
    let request = Request::post("/fine/1").body(Body::from(body)).unwrap();
    let (status, _, problem) = answer(&router_of(&World::new()), request).await;
    assert_eq!((status, slug(&problem)), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
}

/// Everything that was logged during a request, line by line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn log_of(request: Request<Body>) -> Vec<Value> {
    log_of_world(&World::new(), request).await
}

async fn log_of_world(world: &World, request: Request<Body>) -> Vec<Value> {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
    let router = router_of(world);
    let guard = tracing::subscriber::set_default(subscriber);
    answer(&router, request).await;
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_request_leaves_one_line_with_its_operation_and_ids_and_nothing_else_of_it() {
    let id = "cnv_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b";
    let request = Request::post(format!("/fine/{id}?q=+12025550143"))
        .header("authorization", "Bearer secret-token")
        .body(Body::from("a body with a text"))
        .unwrap();
    let lines = log_of(request).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line["message"], "request answered");
    assert_eq!((&line["status"], &line["duration_ms"]), (&json!(202), &json!(0)));
    assert_eq!(line["span"]["operation"], "POST /fine/{id}");
    assert_eq!(line["span"]["ids"], id);
    assert_eq!(line["span"]["request_id"].as_str().map(str::len), Some(32));
    let whole = line.to_string();
    for hidden in ["12025550143", "secret-token", "a body"] {
        assert!(!whole.contains(hidden), "{whole}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_all_its_causes_and_the_request() {
    let lines = log_of(Request::get("/fails").body(Body::empty()).unwrap()).await;
    let failures: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(failures.len(), 1, "{lines:?}");
    assert_eq!(failures[0]["error"], "the table is on fire");
    assert_eq!(failures[0]["causes"], "matches");
    assert_eq!(failures[0]["span"]["operation"], "GET /fails");
    assert_eq!(lines[1]["span"]["request_id"], failures[0]["span"]["request_id"]);
}

#[tokio::test]
async fn what_the_caller_did_wrong_is_no_failure_of_ours() {
    let lines = log_of(Request::get("/mine").body(Body::empty()).unwrap()).await;
    assert!(lines.iter().all(|line| line["level"] == "INFO"), "{lines:?}");
}

#[tokio::test]
async fn a_panic_is_logged_without_its_message() {
    let lines = log_of(Request::get("/panics").body(Body::empty()).unwrap()).await;
    assert_eq!(lines.iter().filter(|line| line["level"] == "ERROR").count(), 1);
    assert!(!format!("{lines:?}").contains("12025550143"), "{lines:?}");
}
