//! The same over a real WebSocket, as a client has it on a laptop and in AWS.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{CUSTOMER, with_conversation};
use crate::house::{Ask, House, Person};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn address(house: &House, who: &Person) -> String {
    let ticket = house.ask(Ask::post("/v1/live/tickets").by(&who.token)).await.expect(201);
    format!("{}?ticket={}", ticket["url"].as_str().unwrap(), ticket["ticket"].as_str().unwrap())
}

async fn say(socket: &mut Socket, what: &Value) {
    socket.send(Message::text(what.to_string())).await.unwrap();
}

/// What it is told next; null: it was closed.
async fn next(socket: &mut Socket) -> Value {
    let wait = tokio::time::timeout(Duration::from_secs(10), socket.next());
    match wait.await.expect("something is told within ten seconds") {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Value::Null,
        Some(Ok(other)) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d06_over_a_real_socket_changes_and_presence_arrive() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let address = address(&house, &bakery.owner).await;
    let (mut socket, _) = connect_async(address.as_str()).await.unwrap();
    say(&mut socket, &json!({"action": "ping"})).await;
    assert_eq!(next(&mut socket).await["type"], "pong");
    say(&mut socket, &json!({"action": "watch", "conversation_id": conversation})).await;
    let frame = next(&mut socket).await;
    assert_eq!((&frame["type"], frame["viewers"].as_array().unwrap().len()), (&json!("presence"), 1));
    house.text_in(CUSTOMER, &bakery, "Are you there?").await;
    let frame = next(&mut socket).await;
    assert_eq!((&frame["type"], &frame["conversation_id"]), (&json!("change"), &json!(conversation)));
    socket.send(Message::text("nonsense")).await.unwrap();
    assert_eq!(next(&mut socket).await["problem"], "malformed");
    socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(next(&mut socket).await["problem"], "malformed");
    // The ticket is used.
    let refused = connect_async(address.as_str()).await;
    let Err(Error::Http(answer)) = refused else { panic!("a ticket opens one connection") };
    assert_eq!(answer.status(), 403);
    // Leaving is noticed.
    socket.close(None).await.unwrap();
    let is_left = || house.table().iter().any(|it| it.contains("#watchers") || it.contains("connection#"));
    for _ in 0..200 {
        if !is_left() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!is_left());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_over_a_real_socket_the_end_of_a_session_ends_the_connection() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let ben = house.colleague(&bakery, &["people_manager"], "all").await;
    let (mut socket, _) = connect_async(address(&house, &ben).await.as_str()).await.unwrap();
    house.ask(Ask::new("DELETE", "/v1/sessions/current").by(&ben.token)).await.expect(204);
    house.move_clock(jiff::SignedDuration::from_secs(61));
    say(&mut socket, &json!({"action": "ping"})).await;
    assert_eq!(next(&mut socket).await, Value::Null);
    house.close().await;
}
