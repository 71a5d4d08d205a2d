//! API Gateway's WebSocket API on a laptop: sockets on the same port as everything else.
//!
//! Opening one asks the function of `$connect`, whose status is the answer to the handshake; each text goes to `$default`, and
//! `$disconnect` is called when it has ended. Functions reach the clients through the connections' management, which is the
//! engine under their real SDK clients: what is posted there arrives here.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use app::IdSource;
use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, Request, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::engine::general_purpose::URL_SAFE as BASE64_URL;
use engines::connections::{Connections, Posted};
use runtime::SystemIds;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::event::{SourceAddress, message};
use crate::functions::Functions;

/// Where the sockets are: the name of the API's stage.
pub const PATH: &str = "/live";
/// Random bytes in the name of a connection, as in AWS.
const NAME_BYTES: usize = 11;

/// The WebSocket API; clones share it.
#[derive(Clone)]
pub struct Sockets {
    /// The function of each route.
    routes: Arc<BTreeMap<String, String>>,
    functions: Functions,
    connections: Connections,
    stopped: watch::Receiver<bool>,
}

impl Sockets {
    /// Answers these routes with these functions until `stopped` says true.
    pub fn new(
        routes: BTreeMap<String, String>,
        functions: Functions,
        connections: Connections,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self { routes: Arc::new(routes), functions, connections, stopped }
    }

    /// The place where sockets are opened.
    pub fn router(self) -> Router {
        Router::new().route(PATH, get(open)).with_state(self)
    }

    /// Calls the function of a route. An error is what the function failed with, told to the log.
    async fn call(&self, route: &str, mut event: Value, name: &str, source: &str) -> Result<Value, ()> {
        let kind = match route {
            "$connect" => "CONNECT",
            "$disconnect" => "DISCONNECT",
            _ => "MESSAGE",
        };
        if let Some(fields) = event.as_object_mut() {
            let context = json!({
                "routeKey": route,
                "eventType": kind,
                "connectionId": name,
                "apiId": "local",
                "stage": PATH.trim_start_matches('/'),
                "identity": {"sourceIp": source},
            });
            fields.insert("requestContext".to_owned(), context);
        }
        let function = self.routes.get(route).map(String::as_str).unwrap_or_default();
        self.functions.invoke(function, event).await.map_err(|error| {
            tracing::error!(function, error = %error, "the function failed");
        })
    }

    /// Carries what is said either way until one end leaves.
    async fn carry(
        self,
        mut socket: WebSocket,
        mut posted: UnboundedReceiver<Posted>,
        name: String,
        source: String,
    ) {
        let mut stopped = self.stopped.clone();
        loop {
            tokio::select! {
                said = socket.recv() => {
                    let event = match said {
                        Some(Ok(Message::Text(text))) => json!({"body": text.as_str(), "isBase64Encoded": false}),
                        Some(Ok(Message::Binary(bytes))) => {
                            json!({"body": BASE64.encode(bytes), "isBase64Encoded": true})
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    };
                    // A failure is in the log, and the function has told the client.
                    let _ = self.call("$default", event, &name, &source).await;
                }
                posted = posted.recv() => match posted {
                    Some(Posted::Frame(frame)) => {
                        let text = String::from_utf8_lossy(&frame).into_owned();
                        if socket.send(Message::Text(text.into())).await.is_err() {
                            break;
                        }
                    }
                    Some(Posted::Closed) | None => {
                        let _ = socket.send(Message::Close(None)).await;
                        break;
                    }
                },
                () = stops(&mut stopped) => break,
            }
        }
        self.connections.vanish(&name);
        let _ = self.call("$disconnect", json!({}), &name, &source).await;
    }
}

/// Ends when the product stops, or is not there any more.
async fn stops(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

/// Opens a socket if the function of `$connect` lets it.
async fn open(
    State(sockets): State<Sockets>,
    Query(query): Query<BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
    request: Request,
) -> Response<Body> {
    let mut random = [0; NAME_BYTES];
    SystemIds.fill(&mut random);
    let name = BASE64_URL.encode(random);
    let source = request.extensions().get::<SourceAddress>().map_or(Ipv4Addr::LOCALHOST.into(), |it| it.0);
    let source = source.to_string();
    let event = json!({"queryStringParameters": query, "isBase64Encoded": false});
    let Ok(answer) = sockets.call("$connect", event, &name, &source).await else {
        return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
    };
    let status = answer.get("statusCode").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
    match status.and_then(|it| StatusCode::from_u16(it).ok()) {
        Some(status) if status.is_success() => {
            let posted = sockets.connections.open(&name);
            upgrade.on_upgrade(move |socket| sockets.carry(socket, posted, name, source)).into_response()
        }
        Some(status) => message(status, "Forbidden"),
        None => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
    }
}
