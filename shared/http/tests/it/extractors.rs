//! What the extractors accept, and how they say no.

use axum::body::Body;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::id::ContactId;
use http::{Request, StatusCode};
use http_api::{ClientAddress, IdempotencyKey, PageQuery, Param, Query, RawBody, Valid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;

/// A text of our own that is parsed, with an error in our own words.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Colour(String);

impl TryFrom<String> for Colour {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "red" | "blue" => Ok(Self(text)),
            "quote me" => Err(format!("{text} is no colour")),
            _ => Err("not a colour".to_owned()),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Size {
    Small,
    Large,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    colour: Colour,
    count: u8,
    size: Option<Size>,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "a/b~c")]
    text: String,
}

fn router() -> Router {
    Router::new()
        .route("/orders", post(async |Valid(order): Valid<Order>| Json(order)))
        .route("/raw", post(async |RawBody(body): RawBody| body))
        .route(
            "/pages",
            get(async |Query(page): Query<PageQuery>| Json(json!([page.limit.get(), page.cursor]))),
        )
        .route("/contacts/{id}", get(async |Param(id): Param<ContactId>| id.to_string()))
        .route("/keys", get(async |key: Option<IdempotencyKey>| Json(key.map(|key| key.as_str().to_owned()))))
        .route("/address", get(async |ClientAddress(address): ClientAddress| Json(address)))
}

async fn answer(request: Request<Body>) -> (StatusCode, Value) {
    let response = router().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (
        status,
        serde_json::from_slice(&body).unwrap_or(Value::String(String::from_utf8_lossy(&body).into_owned())),
    )
}

async fn get_it(path: &str) -> (StatusCode, Value) {
    answer(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post_as(content_type: Option<&str>, body: impl Into<Body>) -> (StatusCode, Value) {
    let mut request = Request::post("/orders");
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    answer(request.body(body.into()).unwrap()).await
}

async fn post_json(body: &str) -> (StatusCode, Value) {
    post_as(Some("application/json"), body.to_owned()).await
}

fn slug(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

/// The one error of an `invalid` problem: pointer, code, detail.
async fn error_of(body: &str) -> (String, String, String) {
    let (status, problem) = post_json(body).await;
    assert_eq!((status, slug(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"), "{body}: {problem}");
    first_error(&problem)
}

fn first_error(problem: &Value) -> (String, String, String) {
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem}");
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
    (text("pointer"), text("code"), text("detail"))
}

async fn check(body: &str, pointer: &str, code: &str, detail: &str) {
    let expected = (pointer.to_owned(), code.to_owned(), detail.to_owned());
    assert_eq!(error_of(body).await, expected, "{body}");
}

#[tokio::test]
async fn a_body_is_read_into_its_type() {
    let body = r#" {"colour":"red","count":2,"size":"large","lines":[{"a/b~c":"x"}]} "#;
    let (status, order) = post_json(body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(order, json!({"colour": "red", "count": 2, "size": "large", "lines": [{"a/b~c": "x"}]}));
}

#[tokio::test]
async fn a_body_has_to_be_declared_as_json() {
    let body = r#"{"colour":"red","count":2}"#;
    for accepted in
        ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/x+json"]
    {
        assert_eq!(post_as(Some(accepted), body).await.0, StatusCode::OK, "{accepted}");
    }
    for refused in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json"), Some("")]
    {
        let (status, problem) = post_as(refused, body).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{refused:?}");
        assert_eq!(slug(&problem), "unsupported-media-type");
    }
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let bodies = [
        "",
        "{",
        "nonsense",
        "{\"count\":1",
        "{\"colour\":\"red\",\"count\":2} {}",
        "[1,",
        "{\"colour\":\"\\ud800\"}",
        "{'colour':'red'}",
        "{\"colour\":\"red\u{1}\"}",
        "\u{feff}{}",
    ];
    for body in bodies {
        let (status, problem) = post_json(body).await;
        assert_eq!((status, slug(&problem)), (StatusCode::BAD_REQUEST, "malformed"), "{body:?}: {problem}");
    }
    let (status, problem) = post_as(Some("application/json"), b"{\"colour\":\"\xff\"}".to_vec()).await;
    assert_eq!((status, slug(&problem)), (StatusCode::BAD_REQUEST, "malformed"));
}

#[tokio::test]
async fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
    for opening in ["[", "{\"lines\":"] {
        let (status, _) = post_json(&opening.repeat(6_000)).await;
        assert!(status.is_client_error(), "{opening}: {status}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large() {
    let padding = " ".repeat(http_api::BODY_BYTES_MAX);
    let (status, problem) = post_json(&format!(r#"{{"colour":"red","count":2}}{padding}"#)).await;
    assert_eq!((status, slug(&problem)), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
    assert_eq!(problem["limit_bytes"], 65536);
    let exactly = format!(r#"{{"colour":"red","count":2}}{}"#, &padding[26..]);
    assert_eq!(exactly.len(), http_api::BODY_BYTES_MAX);
    assert_eq!(post_json(&exactly).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_field_is_pointed_at() {
    check(r#"{"color":"red"}"#, "#/color", "unknown_field", "there is no such field").await;
    check(r#"{"a/b":1}"#, "#/a~1b", "unknown_field", "there is no such field").await;
    let body = r#"{"colour":"red","count":1,"lines":[{"a/b~c":"x"},{"y":1}]}"#;
    check(body, "#/lines/1/y", "unknown_field", "there is no such field").await;
    let long = format!(r#"{{"{}":1}}"#, "x".repeat(100));
    check(&long, "#", "unknown_field", "there is no such field").await;
}

#[tokio::test]
async fn a_missing_field_is_pointed_at() {
    check(r#"{"colour":"red"}"#, "#/count", "missing_field", "this field is required").await;
    check(r"{}", "#/colour", "missing_field", "this field is required").await;
    let body = r#"{"colour":"red","count":1,"lines":[{}]}"#;
    check(body, "#/lines/0/a~1b~0c", "missing_field", "this field is required").await;
}

#[tokio::test]
async fn a_field_that_appears_twice_is_pointed_at() {
    check(r#"{"colour":"red","colour":"red"}"#, "#/colour", "duplicate_field", "this field appears twice")
        .await;
}

#[tokio::test]
async fn a_wrong_type_says_what_is_expected_and_not_what_came() {
    check(r#"{"colour":1234}"#, "#/colour", "wrong_type", "expected a text").await;
    check(r#"{"colour":null}"#, "#/colour", "wrong_type", "expected a text").await;
    let whole = "expected a whole number, zero or more";
    check(r#"{"colour":"red","count":"1234"}"#, "#/count", "wrong_type", whole).await;
    check(r#"{"colour":"red","count":1.5}"#, "#/count", "wrong_type", whole).await;
    check(r#"{"colour":"red","count":1,"lines":{}}"#, "#/lines", "wrong_type", "expected a list").await;
    check(r#"{"colour":"red","count":1,"lines":["x"]}"#, "#/lines/0", "wrong_type", "expected an object")
        .await;
    check(r#""text""#, "#", "wrong_type", "expected an object").await;
    check("null", "#", "wrong_type", "expected an object").await;
    check(r#"["red",1,null,[]]"#, "#", "wrong_type", "expected an object").await;
}

#[tokio::test]
async fn a_value_out_of_range_says_so() {
    let whole = "expected a whole number, zero or more";
    check(r#"{"colour":"red","count":-1}"#, "#/count", "out_of_range", whole).await;
    check(r#"{"colour":"red","count":256}"#, "#/count", "out_of_range", whole).await;
}

#[tokio::test]
async fn an_unknown_word_is_answered_with_the_known_ones() {
    let body = r#"{"colour":"red","count":1,"size":"huge, expected `x`"}"#;
    check(body, "#/size", "invalid", "expected \"small\" or \"large\"").await;
    for other in ["5", "true", "[]", "{}"] {
        let body = format!(r#"{{"colour":"red","count":1,"size":{other}}}"#);
        check(&body, "#/size", "wrong_type", "expected a text").await;
    }
}

#[tokio::test]
async fn a_domain_type_speaks_for_itself_unless_it_repeats_the_value() {
    check(r#"{"colour":"green"}"#, "#/colour", "invalid", "not a colour").await;
    check(r#"{"colour":"quote me"}"#, "#/colour", "invalid", "this value is not accepted").await;
}

#[tokio::test]
async fn no_answer_repeats_what_was_sent() {
    let secret = "hunter2-secret";
    for body in [
        format!(r#"{{"colour":"{secret}"}}"#),
        format!(r#"{{"colour":"red","count":"{secret}"}}"#),
        format!(r#"{{"colour":"red","count":1,"size":"{secret}"}}"#),
        format!(r#"{{"colour":"red","count":1,"lines":"{secret}"}}"#),
        format!(r#""{secret}""#),
        format!(r#"{{"colour":"red","count":1}} {secret}"#),
        secret.to_owned(),
    ] {
        let (status, problem) = post_json(&body).await;
        assert!(status.is_client_error());
        assert!(!problem.to_string().contains(secret), "{body}: {problem}");
    }
    let (_, problem) = get_it(&format!("/pages?limit={secret}")).await;
    assert!(!problem.to_string().contains(secret), "{problem}");
}

#[tokio::test]
async fn a_raw_body_is_passed_on_byte_by_byte_up_to_its_limit() {
    let post = |body: Vec<u8>| answer(Request::post("/raw").body(Body::from(body)).unwrap());
    assert_eq!(post(b"a=b&c".to_vec()).await, (StatusCode::OK, json!("a=b&c")));
    assert_eq!(post(Vec::new()).await, (StatusCode::OK, json!("")));
    assert_eq!(post(vec![b' '; http_api::RAW_BODY_BYTES_MAX]).await.0, StatusCode::OK);
    let (status, problem) = post(vec![b' '; http_api::RAW_BODY_BYTES_MAX + 1]).await;
    assert_eq!((status, slug(&problem)), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"));
}

#[tokio::test]
async fn a_page_has_a_limit_and_a_cursor() {
    assert_eq!(get_it("/pages").await, (StatusCode::OK, json!([50, null])));
    assert_eq!(get_it("/pages?limit=1&cursor=abc").await, (StatusCode::OK, json!([1, "abc"])));
    assert_eq!(get_it("/pages?limit=100").await, (StatusCode::OK, json!([100, null])));
}

#[tokio::test]
async fn a_wrong_query_points_at_its_parameter() {
    let range = "expected a whole number from 1 to 100";
    for (query, pointer, code, detail) in [
        ("limit=0", "?limit", "out_of_range", range),
        ("limit=101", "?limit", "out_of_range", range),
        ("limit=99999999999999999999", "?limit", "wrong_type", range),
        ("limit=ten", "?limit", "wrong_type", range),
        ("limit=", "?limit", "wrong_type", range),
        ("limit=-1", "?limit", "wrong_type", range),
        ("page=2", "?page", "unknown_field", "there is no such field"),
        ("limit=1&limit=2", "?limit", "duplicate_field", "this field appears twice"),
    ] {
        let (status, problem) = get_it(&format!("/pages?{query}")).await;
        assert_eq!((status, slug(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"), "{query}");
        let expected = (pointer.to_owned(), code.to_owned(), detail.to_owned());
        assert_eq!(first_error(&problem), expected, "{query}");
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_one_does_not_exist() {
    let id = "con_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b";
    assert_eq!(get_it(&format!("/contacts/{id}")).await, (StatusCode::OK, json!(id)));
    for wrong in [
        "msg_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b",
        "con_1",
        "%00",
        "%ff",
        "con_0199D6A1B2C37E4F8A5B6C7D8E9F0A1B",
    ] {
        let (status, problem) = get_it(&format!("/contacts/{wrong}")).await;
        assert_eq!((status, slug(&problem)), (StatusCode::NOT_FOUND, "not-found"), "{wrong}");
    }
}

#[tokio::test]
async fn an_idempotency_key_is_optional_and_visible_ascii() {
    let with = |values: &[&[u8]]| {
        let mut request = Request::get("/keys");
        for value in values {
            request = request.header("idempotency-key", *value);
        }
        answer(request.body(Body::empty()).unwrap())
    };
    assert_eq!(with(&[]).await, (StatusCode::OK, Value::Null));
    assert_eq!(with(&[b"k-1"]).await, (StatusCode::OK, json!("k-1")));
    assert_eq!(with(&[&[b'k'; 255]]).await.0, StatusCode::OK);
    let refused: [&[&[u8]]; 6] =
        [&[b""], &[&[b'k'; 256]], &[b"a b"], &[b"a\tb"], &[b"\xc3\xa4"], &[b"a", b"a"]];
    for values in refused {
        let (status, problem) = with(values).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{values:?}");
        let (pointer, code, _) = first_error(&problem);
        assert_eq!((pointer.as_str(), code.as_str()), ("@Idempotency-Key", "invalid"), "{values:?}");
    }
}

#[tokio::test]
async fn the_address_is_what_the_gateway_saw_and_never_a_header() {
    let event = include_str!("events/get.json");
    let from_gateway = |path: &str| {
        let event = event.replace("/v1/things", path);
        lambda_http::request::from_str(&event).unwrap().map(|_| Body::empty())
    };
    assert_eq!(answer(from_gateway("/address")).await, (StatusCode::OK, json!("203.0.113.7")));
    let direct =
        Request::get("/address").header("x-forwarded-for", "198.51.100.1").body(Body::empty()).unwrap();
    assert_eq!(answer(direct).await, (StatusCode::OK, Value::Null));
}
