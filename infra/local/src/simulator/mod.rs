//! The phone simulator: a page on which you are the customer, and the carrier's interface behind it.
//!
//! The phones and the carrier are [`engines::phones`]; here they get a page, a JSON API for the page (and for a tour
//! with curl), and an address for the carrier's own interface, so that functions in other processes can send to it.
//!
//! | route | what |
//! |---|---|
//! | `GET /simulator`, `GET /` | the page |
//! | `GET /simulator/api/network` | numbers of businesses, phones, numbers that misbehave |
//! | `GET /simulator/api/thread?phone=&business=` | one conversation as the phone shows it |
//! | `POST /simulator/api/texts` | `{from, to, text, media?: [url]}`: a customer writes |
//! | `POST /simulator/api/lines` | `{number, inbound_url?}`: a business gets a number and its credentials |
//! | `GET /simulator/api/pushes` | what was pushed to people's devices, newest first |
//! | `/carrier/…` | the carrier's interface, as `carriers::simulated` speaks it |

mod lines;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use carriers::{HttpExecutor, HttpRequest};
use domain::phone::PhoneNumber;
use engines::phones::{
    Answer, Attachment, NetworkSummary, PhoneNetwork, SinkError, Thread, WebhookRequest, WebhookSink,
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

pub use lines::{Lines, LinesError};

/// Most that the carrier's interface reads of a request. A message with ten addresses of files takes about 20 kB.
const REQUEST_BYTES_MAX: usize = 128 * 1024;
/// How long a caller waits for an answer that the carrier never gives, before the connection is dropped. Longer than
/// the callers' own time-out.
const SILENCE: Duration = Duration::from_secs(30);

/// Most pushes that the page shows.
pub const PUSHES_MAX: usize = 50;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What was pushed to people's devices, newest first, as JSON.
pub type Pushes = Arc<dyn Fn() -> Vec<Value> + Send + Sync>;

/// The simulator's state; clones share it.
#[derive(Clone)]
pub struct Simulator {
    /// The phones and the carrier.
    pub network: Arc<PhoneNetwork>,
    /// The businesses' numbers, kept over a restart.
    pub lines: Arc<Lines>,
    /// Where the carrier's interface lives in gateways' credentials.
    pub base_url: Url,
    /// The panel of pushes.
    pub pushes: Pushes,
}

/// The simulator's routes.
pub fn router(simulator: Simulator) -> Router {
    let text = |kind: &'static str, body: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], body) })
    };
    Router::new()
        // Who opens the bare address sees something.
        .route("/", get(|| async { Redirect::temporary("/simulator") }))
        .route("/simulator", text("text/html; charset=utf-8", PAGE))
        .route("/simulator/page.css", text("text/css; charset=utf-8", STYLE))
        .route("/simulator/page.js", text("text/javascript; charset=utf-8", SCRIPT))
        .route("/simulator/api/network", get(network))
        .route("/simulator/api/thread", get(thread))
        .route("/simulator/api/texts", post(text_in))
        .route("/simulator/api/lines", post(open_line))
        .route("/simulator/api/pushes", get(pushes))
        .route("/carrier/{*path}", any(carrier))
        .with_state(simulator)
}

async fn network(State(simulator): State<Simulator>) -> Json<NetworkSummary> {
    Json(simulator.network.summary())
}

async fn pushes(State(simulator): State<Simulator>) -> Json<Vec<Value>> {
    Json((simulator.pushes)())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThreadQuery {
    phone: PhoneNumber,
    business: PhoneNumber,
}

async fn thread(State(simulator): State<Simulator>, Query(query): Query<ThreadQuery>) -> Json<Thread> {
    Json(simulator.network.thread(&query.phone, &query.business))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextIn {
    from: PhoneNumber,
    to: PhoneNumber,
    #[serde(default)]
    text: String,
    #[serde(default)]
    media: Vec<Url>,
}

async fn text_in(State(simulator): State<Simulator>, body: JsonBody<TextIn>) -> Result<Response, Refused> {
    let TextIn { from, to, text, media } = body?.0;
    if text.is_empty() && media.is_empty() {
        return Err(Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "A text needs words or a file."));
    }
    let media: Vec<_> = media.into_iter().map(attachment).collect();
    let sent = simulator.network.text_in(&from, &to, &text, &media);
    let reference = sent.map_err(|_| {
        Refused::new(StatusCode::NOT_FOUND, "That number has no line, or its line has no inbound address.")
    })?;
    Ok((StatusCode::ACCEPTED, Json(json!({"reference": reference.as_str()}))).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenLine {
    number: PhoneNumber,
    inbound_url: Option<Url>,
}

async fn open_line(
    State(simulator): State<Simulator>,
    body: JsonBody<OpenLine>,
) -> Result<Json<Value>, Refused> {
    let OpenLine { number, inbound_url } = body?.0;
    let credentials = simulator.lines.open(&simulator.network, number, inbound_url).map_err(|error| {
        tracing::error!(error = %error, "a line could not be kept");
        Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "The line could not be kept.")
    })?;
    Ok(Json(json!({"credentials": credentials})))
}

/// The carrier's interface. A request that the carrier never answers keeps its connection until the caller gives up.
async fn carrier(State(simulator): State<Simulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().trim_start_matches("/carrier/");
    let Ok(url) = simulator.base_url.join(path) else { return StatusCode::NOT_FOUND.into_response() };
    let request = HttpRequest { method: parts.method, url, headers: parts.headers, body };
    match simulator.network.answer(&request) {
        Answer::Reply(reply) => {
            let mut response = Response::new(Body::from(reply.body));
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            response
        }
        Answer::NoConnection => StatusCode::BAD_GATEWAY.into_response(),
        Answer::Silence => {
            tokio::time::sleep(SILENCE).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}

/// Delivers webhooks over HTTP, as a carrier does.
pub struct OverHttp<E>(pub E);

#[async_trait]
impl<E: HttpExecutor> WebhookSink for OverHttp<E> {
    async fn deliver(&self, webhook: WebhookRequest) -> Result<StatusCode, SinkError> {
        let WebhookRequest { method, url, headers, body, .. } = webhook;
        let request = HttpRequest { method, url, headers, body };
        self.0.execute(request).await.map(|reply| reply.status).map_err(|_| SinkError)
    }
}

/// Media types by the ending of a file's name. Carriers tell the type; the page only knows an address.
const MEDIA_TYPES: [(&str, &str); 8] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("vcf", "text/vcard"),
];

fn attachment(url: Url) -> Attachment {
    let ending = url.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let known = MEDIA_TYPES.iter().find(|(known, _)| *known == ending);
    let content_type = known.map_or("application/octet-stream", |(_, content_type)| content_type).to_owned();
    Attachment { url, content_type }
}

/// A body in JSON, or why it is none, in words for the page.
type JsonBody<T> = Result<Json<T>, axum::extract::rejection::JsonRejection>;

/// An answer of the simulator's API that is not what was asked for.
struct Refused {
    status: StatusCode,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.to_owned() }
    }
}

impl From<axum::extract::rejection::JsonRejection> for Refused {
    fn from(rejection: axum::extract::rejection::JsonRejection) -> Self {
        Self { status: rejection.status(), message: rejection.body_text() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"message": self.message}))).into_response()
    }
}
