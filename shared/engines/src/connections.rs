//! The connections of an API Gateway WebSocket API, in memory: `PostToConnection`, `DeleteConnection` under the real SDK
//! client.
//!
//! [`Connections`] is a handle; clones share it. Who holds the client's end (a test, the local server's socket) opens a
//! connection and gets what is posted to it, in order. A connection that is not open is answered `GoneException`, as is
//! one that its client left without a word ([`Connections::vanish`] makes one such).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::calls::{Call, CallLog};
use crate::connector::{Connector, Engine, NoAnswer, Refusal, Request, Response};
use crate::faults::Faults;
use crate::lock;

/// What stands before the name of a connection in a path.
pub const CONNECTIONS: &str = "/@connections/";

const CONTENT_TYPE: &str = "application/json";
/// The largest frame that API Gateway takes, in bytes.
const FRAME_BYTES_MAX: usize = 128 * 1024;

/// What happens to the client's end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is told something.
    Frame(Bytes),
    /// It is closed from our side.
    Closed,
}

/// The connections; clones share them.
#[derive(Clone, Debug)]
pub struct Connections {
    connector: Connector<Table>,
    faults: Faults,
    calls: CallLog,
}

#[derive(Clone, Default)]
struct Table(Arc<Mutex<BTreeMap<String, UnboundedSender<Posted>>>>);

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table(…)")
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self::new()
    }
}

impl Connections {
    /// Nobody is connected.
    pub fn new() -> Self {
        let (faults, calls) = (Faults::default(), CallLog::default());
        Self { connector: Connector::new(Table::default(), faults.clone(), calls.clone()), faults, calls }
    }

    /// What an SDK configuration takes as `http_client`. `Connections` itself is accepted there, too.
    pub fn http_client(&self) -> SharedHttpClient {
        self.connector.http_client()
    }

    /// Answers one request, for serving the engine over a socket.
    ///
    /// # Errors
    /// An injected fault hid the answer.
    pub async fn respond(&self, request: Request) -> Result<Response, NoAnswer> {
        self.connector.respond(request).await
    }

    /// What goes wrong in front of the connections.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The SDK calls since the beginning, at most the last 10,000.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }

    /// Opens a connection of this name. What it is told arrives here.
    pub fn open(&self, name: &str) -> UnboundedReceiver<Posted> {
        let (sender, receiver) = unbounded_channel();
        lock(&self.connector.engine().0).insert(name.to_owned(), sender);
        receiver
    }

    /// The client of a connection is not there any more.
    pub fn vanish(&self, name: &str) {
        lock(&self.connector.engine().0).remove(name);
    }

    /// Whether a connection is open.
    pub fn is_open(&self, name: &str) -> bool {
        lock(&self.connector.engine().0).contains_key(name)
    }
}

impl HttpClient for Connections {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.connector.http_connector(settings, components)
    }
}

impl Engine for Table {
    fn operation(&self, request: &Request) -> String {
        let operation = match request.method.as_str() {
            "POST" => "PostToConnection",
            "DELETE" => "DeleteConnection",
            _ => "",
        };
        operation.to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        let Some((_, name)) = request.path.split_once(CONNECTIONS) else {
            return refused(404, "NotFoundException");
        };
        let name = decoded(name);
        let mut open = lock(&self.0);
        let sent = |posted, open: &BTreeMap<String, UnboundedSender<Posted>>| {
            open.get(&name).is_some_and(|sender| sender.send(posted).is_ok())
        };
        match operation {
            "PostToConnection" if request.body.len() > FRAME_BYTES_MAX => {
                refused(413, "PayloadTooLargeException")
            }
            "PostToConnection" if sent(Posted::Frame(request.body), &open) => {
                Response::new(200, CONTENT_TYPE, "")
            }
            "DeleteConnection" if sent(Posted::Closed, &open) => {
                open.remove(&name);
                Response::new(204, CONTENT_TYPE, "")
            }
            _ => refused(410, "GoneException"),
        }
    }

    fn refuse(&self, refusal: Refusal, _: &str, _: &Request) -> Option<Response> {
        (refusal == Refusal::Throttled).then(|| refused(429, "LimitExceededException"))
    }
}

fn refused(status: u16, name: &str) -> Response {
    Response::new(status, CONTENT_TYPE, "{}").with_header("x-amzn-errortype", name).with_error(name)
}

/// Percent-decodes a name: API Gateway's end with an equals sign.
fn decoded(name: &str) -> String {
    let mut out = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.split_at_checked(2).filter(|_| byte == b'%');
        let code = digits.and_then(|(digits, tail)| {
            let code = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            Some((code, tail))
        });
        let (byte, tail) = code.unwrap_or((byte, tail));
        out.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_percent_decoded() {
        for (encoded, name) in [("L0Sc%3D", "L0Sc="), ("a%2Fb%2bc", "a/b+c"), ("a%", "a%"), ("a%zz", "a%zz")]
        {
            assert_eq!(decoded(encoded), name);
        }
    }

    #[tokio::test]
    async fn what_is_posted_arrives_until_one_end_leaves() {
        let connections = Connections::new();
        let ask = |method: &str, body: &str| {
            let (connections, body) = (connections.clone(), body.to_owned());
            let method = method.to_owned();
            async move {
                let request = Request::to("/live/@connections/x%3D", None, body);
                connections.respond(Request { method, ..request }).await.unwrap().status
            }
        };
        assert_eq!(ask("POST", "early").await, 410);
        let mut client = connections.open("x=");
        assert_eq!(ask("POST", "hello").await, 200);
        assert_eq!(ask("POST", &"x".repeat(FRAME_BYTES_MAX + 1)).await, 413);
        assert_eq!(ask("DELETE", "").await, 204);
        assert_eq!(ask("POST", "late").await, 410);
        assert_eq!(client.recv().await, Some(Posted::Frame("hello".into())));
        assert_eq!(client.recv().await, Some(Posted::Closed));
        drop(client);
        drop(connections.open("y"));
        assert!(connections.is_open("y"));
        connections.vanish("y");
        assert!(!connections.is_open("y"));
    }
}
