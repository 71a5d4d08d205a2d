//! What changes, live: the log that clients catch up from, connections that are told at once, and who is where (D06).

mod changes;
mod connections;
mod cost;
mod gaps;
mod presence;
mod sight;
mod sockets;
mod tickets;

use engines::connections::Posted;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::house::{Ask, Business, House, Person};

const CUSTOMER: &str = "+12125550123";

/// Where somebody begins to follow changes.
async fn begin(house: &House, token: &str) -> String {
    let begun = house.get(token, "/v1/changes").await.expect(200);
    assert_eq!((&begun["conversations"], &begun["entries"]), (&json!([]), &json!([])));
    text(&begun["next"])
}

/// What changed since a cursor, on one page, and the next cursor.
async fn changes(house: &House, token: &str, since: &str) -> (Value, String) {
    let page = house.get(token, &format!("/v1/changes?limit=100&since={since}")).await.expect(200);
    assert_eq!(page["more"], false);
    let next = text(&page["next"]);
    (page, next)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn id(value: &Value) -> String {
    text(&value["id"])
}

async fn assign(house: &House, by: &Person, conversation: &str, to: &Person) {
    let path = format!("/v1/conversations/{conversation}/assignees/{}", to.id);
    house.ask(Ask::new("PUT", path).by(&by.token)).await.expect(200);
    house.settle().await;
}

async fn unassign(house: &House, by: &Person, conversation: &str, from: &Person) {
    let path = format!("/v1/conversations/{conversation}/assignees/{}", from.id);
    house.ask(Ask::new("DELETE", path).by(&by.token)).await.expect(200);
    house.settle().await;
}

/// A business with a conversation.
async fn with_conversation(house: &House) -> (Business, String) {
    let bakery = house.business("Bakery", 100).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Are you open?").await;
    (bakery, id(&conversation))
}

/// The client's end of a connection, without a socket.
struct Client {
    name: String,
    posted: UnboundedReceiver<Posted>,
}

/// Calls the function as API Gateway does.
async fn event(house: &House, route: &str, name: &str, mut event: Value) -> Value {
    let context = json!({"routeKey": route, "connectionId": name, "identity": {"sourceIp": "192.0.2.7"}});
    event["requestContext"] = context;
    house.running.functions().invoke("Live", event).await.unwrap()
}

async fn ticket(house: &House, who: &Person) -> String {
    let ticket = house.ask(Ask::post("/v1/live/tickets").by(&who.token)).await.expect(201);
    assert!(text(&ticket["url"]).starts_with("ws://localhost:"));
    text(&ticket["ticket"])
}

/// Tries to open a connection: the status of the handshake.
async fn open(house: &House, ticket: &str, name: &str) -> Value {
    event(house, "$connect", name, json!({"queryStringParameters": {"ticket": ticket}})).await["statusCode"]
        .clone()
}

async fn connect(house: &House, who: &Person, name: &str) -> Client {
    let ticket = ticket(house, who).await;
    assert_eq!(open(house, &ticket, name).await, 200);
    Client { name: name.to_owned(), posted: house.running.engines.connections.open(name) }
}

impl Client {
    async fn says(&self, house: &House, what: &Value) {
        self.says_text(house, &what.to_string()).await;
    }

    async fn says_text(&self, house: &House, what: &str) {
        let answer = event(house, "$default", &self.name, json!({"body": what})).await;
        assert_eq!(answer["statusCode"], 200);
    }

    async fn watches(&self, house: &House, conversation: &str) {
        self.says(house, &json!({"action": "watch", "conversation_id": conversation})).await;
    }

    async fn leaves(self, house: &House) {
        house.running.engines.connections.vanish(&self.name);
        event(house, "$disconnect", &self.name, json!({})).await;
    }

    /// What it was told since it was asked last.
    fn frames(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Ok(posted) = self.posted.try_recv() {
            match posted {
                Posted::Frame(bytes) => frames.push(serde_json::from_slice(&bytes).unwrap()),
                Posted::Closed => frames.push(json!("closed")),
            }
        }
        frames
    }

    /// Of these frames, those of a type.
    fn of_type(&mut self, kind: &str) -> Vec<Value> {
        let mut frames = self.frames();
        frames.retain(|frame| frame["type"] == kind);
        frames
    }
}
