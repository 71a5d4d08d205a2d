//! Live connections: they open with a ticket, say what their person looks at, and end.
//!
//! API Gateway keeps the sockets and calls this function for each that opens (`$connect`, whose status is the answer to the
//! handshake), for each text that a client sends (`$default`) and after each that ended (`$disconnect`). What a client says
//! and may not say is answered with a frame, never by ending the connection.

mod text;

use std::collections::BTreeMap;

use app::{
    App, Failure,
    live::{ConnectError, SaidWrong},
};
use domain::live::ConnectionId;
use serde::{Deserialize, Serialize};

/// A socket opened, said something, or ended: the event of a WebSocket API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketEvent {
    request_context: RequestContext,
    #[serde(default)]
    query_string_parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    route_key: String,
    connection_id: ConnectionId,
    #[serde(default)]
    identity: Identity,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    #[serde(default)]
    source_ip: Option<String>,
}

/// What API Gateway is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SocketAnswer {
    /// 200, or what the handshake is refused with.
    #[serde(rename = "statusCode")]
    pub status_code: u16,
}

const DONE: SocketAnswer = SocketAnswer { status_code: 200 };
const REFUSED: SocketAnswer = SocketAnswer { status_code: 403 };

const UNAVAILABLE: SaidWrong = SaidWrong { problem: "unavailable", detail: "try again a little later" };

/// Handles an event.
pub async fn handle(app: &App, event: SocketEvent) -> Result<SocketAnswer, Failure> {
    let RequestContext { route_key, connection_id, .. } = &event.request_context;
    match route_key.as_str() {
        "$connect" => connect(app, &event).await,
        "$disconnect" => {
            app::live::disconnected(app, connection_id).await?;
            Ok(DONE)
        }
        _ => {
            let heard = Box::pin(hear(app, connection_id, &event)).await;
            if heard.is_err() {
                // If that fails too, the first failure is the one to know of.
                let _ = app::live::said_wrong(app, connection_id, UNAVAILABLE).await;
            }
            heard.map(|()| DONE)
        }
    }
}

async fn connect(app: &App, event: &SocketEvent) -> Result<SocketAnswer, Failure> {
    let RequestContext { connection_id, identity, .. } = &event.request_context;
    let Some(ticket) = event.query_string_parameters.as_ref().and_then(|query| query.get("ticket")) else {
        return Ok(REFUSED);
    };
    let address = identity.source_ip.as_deref().and_then(|address| address.parse().ok());
    match Box::pin(app::live::connect(app, ticket, connection_id.clone(), address)).await {
        Ok(()) => Ok(DONE),
        Err(ConnectError::Refused) => Ok(REFUSED),
        Err(ConnectError::Failure(failure)) => Err(failure),
    }
}

async fn hear(app: &App, id: &ConnectionId, event: &SocketEvent) -> Result<(), Failure> {
    let text = event.body.as_deref().unwrap_or_default();
    match text::read(text, event.is_base64_encoded) {
        Ok(saying) => app::live::said(app, id, saying).await,
        Err(wrong) => app::live::said_wrong(app, id, wrong).await,
    }
}
