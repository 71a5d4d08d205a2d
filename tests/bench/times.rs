//! How long handlers work, apart from their table calls.
//!
//! Requests go through the functions' own routers with all their layers, as the Lambda adapter hands them over. From the
//! time of a request the time inside the embedded table is taken off; what remains is ours: the session check, parsing,
//! deciding, the AWS SDK's signing and serialising, the answer. The network, TLS and API Gateway are not in it.

use std::time::Duration;

use app::conversations::Act;
use axum::{Router, body::Body};
use http::{Method, Request, header};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    report::{Limit, Report},
    sizes::median,
    stage::{ANSWER, Measured, Stage, customer},
};

/// How often each handler is called for its median.
const RUNS: u32 = 201;

/// Milliseconds of a handler's own work, at the median.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// Accepting a message.
    pub(crate) send: f64,
    /// Taking a webhook.
    pub(crate) inbound: f64,
}

/// Measures handlers that people and carriers wait for.
pub(crate) async fn run(report: &mut Report) -> Times {
    let stage = Stage::set().await;
    let app = stage.world.app.clone();
    let conversations = http_api::service(conversations::routes(), app.clone());
    let known = customer(1);
    let id = stage.known(&known, &[stage.owner.user]).await;
    for number in 2..60 {
        stage.texted(&customer(number)).await;
    }
    for _ in 0..60 {
        stage.texted(&known).await;
    }
    report.title("Handler time over its table calls");
    let me = |path: &str| get(&stage, path);
    let session = http_api::service(sessions::routes(), app.clone());
    several(report, &stage, "GET /v1/me", &session, || me("/v1/me")).await;
    several(report, &stage, "inbox page of 50", &conversations, || me("/v1/conversations")).await;
    several(report, &stage, "badge", &conversations, || me("/v1/conversations/counts")).await;
    let timeline = format!("/v1/conversations/{id}/timeline");
    several(report, &stage, "timeline page of 50", &conversations, || me(&timeline)).await;
    let snooze = format!("/v1/conversations/{id}/snooze");
    let mut minutes = 0_i64;
    several(report, &stage, "snooze", &conversations, || {
        minutes += 1;
        let until = stage.world.now() + jiff::SignedDuration::from_mins(60 + minutes);
        post(&stage, &snooze, &json!({"until": until}))
    })
    .await;
    stage.act(id, Act::Unsnooze).await;
    let sends = http_api::service(send::routes(), app.clone());
    let answer = json!({"conversation_id": id, "body": ANSWER});
    let send = several(report, &stage, "send", &sends, || post(&stage, "/v1/messages", &answer)).await;
    let webhooks = http_api::service(inbound::routes(), app);
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let webhook = stage.text(&known).await;
        let mut request = Request::post(webhook.url.path()).body(Body::from(webhook.body.clone())).unwrap();
        request.headers_mut().clone_from(&webhook.headers);
        runs.push(one(&stage, &webhooks, request).await);
    }
    let inbound = shown(report, "inbound webhook", &runs);
    Times { send, inbound }
}

fn request(stage: &Stage, method: Method, path: &str) -> http::request::Builder {
    let token = format!("Bearer {}", stage.token);
    Request::builder().method(method).uri(path).header(header::AUTHORIZATION, token)
}

fn get(stage: &Stage, path: &str) -> Request<Body> {
    request(stage, Method::GET, path).body(Body::empty()).unwrap()
}

fn post(stage: &Stage, path: &str, body: &serde_json::Value) -> Request<Body> {
    let builder = request(stage, Method::POST, path).header(header::CONTENT_TYPE, "application/json");
    builder.body(Body::from(body.to_string())).unwrap()
}

async fn one(stage: &Stage, router: &Router, request: Request<Body>) -> Measured {
    let (measured, answer) = stage.measure(router.clone().oneshot(request)).await;
    let status = answer.unwrap().status();
    assert!(status.is_success(), "{status}");
    measured
}

async fn several(
    report: &mut Report,
    stage: &Stage,
    what: &str,
    router: &Router,
    mut request: impl FnMut() -> Request<Body>,
) -> f64 {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        tokio::time::advance(Duration::from_millis(1)).await;
        runs.push(one(stage, router, request()).await);
    }
    shown(report, what, &runs)
}

fn shown(report: &mut Report, what: &str, runs: &[Measured]) -> f64 {
    let own = median(runs, Measured::own).as_secs_f64() * 1000.0;
    report.check(what, "ms at the median", own, Limit::Shown(1.0));
    own
}
