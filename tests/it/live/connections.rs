//! Connections: told at once, never in the way of anything, and gone when they are gone.

use engines::faults::Fault;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{CUSTOMER, begin, changes, connect, with_conversation};
use crate::house::House;

#[tokio::test]
async fn d06_who_looks_is_told_of_messages_receipts_and_acts_without_their_content() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let mut client = connect(&house, &bakery.owner, "owner").await;
    house.text_in(CUSTOMER, &bakery, "Top secret").await;
    let frames = client.frames();
    let [change] = frames.as_slice() else { panic!("{frames:#?}") };
    assert_eq!((&change["type"], &change["conversation_id"]), (&json!("change"), &json!(conversation)));
    assert_eq!((&change["gone"], change["entries"].as_array().unwrap().len()), (&json!(false), 1));
    let shown =
        house.get(&bakery.owner.token, &format!("/v1/conversations/{conversation}")).await.expect(200);
    assert_eq!(change["version"], shown["version"]);
    assert!(!change.to_string().contains("secret"));
    house.send(&bakery.owner, &json!({"conversation_id": conversation, "body": "Yes"})).await;
    house.pass(SignedDuration::from_mins(2)).await;
    let receipts: Vec<_> =
        client.of_type("change").into_iter().filter(|it| it.get("version").is_none()).collect();
    assert!(!receipts.is_empty(), "a receipt changes an entry only");
    house.close().await;
}

#[tokio::test]
async fn d06_a_connection_that_has_ended_or_does_not_answer_holds_up_nobody() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let owner = &bakery.owner;
    let since = begin(&house, &owner.token).await;
    let vanished = connect(&house, owner, "vanished").await;
    let mut there = connect(&house, owner, "there").await;
    let connections = &house.running.engines.connections;
    connections.vanish(&vanished.name);
    connections.faults().push_next(Fault::Throttled);
    for _ in 0..3 {
        connections.faults().push_next(Fault::Down);
    }
    house.text_in(CUSTOMER, &bakery, "One").await;
    house.text_in(CUSTOMER, &bakery, "Two").await;
    // Perhaps it missed something; then it asks.
    assert!(!there.of_type("change").is_empty());
    let (page, _) = changes(&house, &owner.token, &since).await;
    assert_eq!(page["conversations"][0]["preview"], "Two");
    let stale = house.table().iter().any(|item| item.contains("vanished"));
    assert!(!stale, "what has ended is forgotten");
    house.close().await;
}

#[tokio::test]
async fn d06_after_a_reconnection_nothing_is_missing() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let owner = &bakery.owner;
    let since = begin(&house, &owner.token).await;
    let mut client = connect(&house, owner, "first").await;
    house.text_in(CUSTOMER, &bakery, "One").await;
    assert_eq!(client.of_type("change").len(), 1);
    client.leaves(&house).await;
    house.text_in(CUSTOMER, &bakery, "Two").await;
    // First connected, then caught up: what happens in between is told, given, or both.
    let mut client = connect(&house, owner, "second").await;
    house.text_in(CUSTOMER, &bakery, "Three").await;
    let (page, _) = changes(&house, &owner.token, &since).await;
    let texts: Vec<_> =
        page["entries"].as_array().unwrap().iter().map(|it| it["message"]["text"].clone()).collect();
    for text in ["One", "Two", "Three"] {
        assert!(texts.contains(&json!(text)), "{texts:?}");
    }
    assert_eq!(client.of_type("change").len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_ping_is_answered_and_keeps_a_connection_that_would_end() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let mut kept = connect(&house, &bakery.owner, "kept").await;
    let mut silent = connect(&house, &bakery.owner, "silent").await;
    house.move_clock(SignedDuration::from_mins(90));
    kept.says(&house, &json!({"action": "ping"})).await;
    let pong = kept.frames();
    assert_eq!(pong, [json!({"type": "pong", "expires_at": house.now() + SignedDuration::from_hours(2)})]);
    house.move_clock(SignedDuration::from_mins(60));
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    assert_eq!(kept.of_type("change").len(), 1);
    assert_eq!(silent.frames(), [json!("closed")]);
    house.close().await;
}

#[tokio::test]
async fn what_a_client_says_and_may_not_is_answered_with_an_error_and_ends_nothing() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let other = house.business("Florist", 10).await;
    let foreign = house.text_in("+12125550188", &other, "Hello").await;
    let mut client = connect(&house, &bakery.owner, "owner").await;
    let unknown = json!("cnv_0193a2b4c5d670008000000000000008");
    for (said, problem) in [
        (String::new(), "malformed"),
        ("hello".to_owned(), "malformed"),
        ("[1]".to_owned(), "malformed"),
        ("{}".to_owned(), "invalid"),
        (r#"{"action": "dance"}"#.to_owned(), "invalid"),
        (r#"{"action": "watch"}"#.to_owned(), "invalid"),
        (r#"{"action": "watch", "conversation_id": 5}"#.to_owned(), "invalid"),
        (r#"{"action": "watch", "conversation_id": "cnv_1"}"#.to_owned(), "invalid"),
        (r#"{"action": "ping", "more": true}"#.to_owned(), "invalid"),
        (json!({"action": "ping", "conversation_id": conversation}).to_string(), "invalid"),
        (format!(r#"{{"action": "{}"}}"#, "x".repeat(2_000)), "too-large"),
        (json!({"action": "watch", "conversation_id": unknown}).to_string(), "not-found"),
        (json!({"action": "watch", "conversation_id": foreign["id"]}).to_string(), "not-found"),
        (json!({"action": "typing", "conversation_id": foreign["id"]}).to_string(), "not-found"),
    ] {
        client.says_text(&house, &said).await;
        let frames = client.frames();
        let [error] = frames.as_slice() else { panic!("{said}: {frames:?}") };
        assert_eq!((&error["type"], &error["problem"]), (&json!("error"), &json!(problem)), "{said}");
    }
    client.says(&house, &json!({"action": "unwatch"})).await;
    client.says(&house, &json!({"action": "ping"})).await;
    assert_eq!(client.frames().len(), 1, "it is still there");
    // A connection that nobody knows is closed.
    let mut stray = house.running.engines.connections.open("stray");
    super::event(&house, "$default", "stray", json!({"body": r#"{"action": "ping"}"#})).await;
    assert_eq!(stray.try_recv(), Ok(engines::connections::Posted::Closed));
    house.close().await;
}

#[tokio::test]
async fn one_person_has_ten_connections_and_the_most_silent_one_makes_room() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let mut clients = Vec::new();
    for n in 0..11 {
        clients.push(connect(&house, &bakery.owner, &format!("tab-{n}")).await);
        house.move_clock(SignedDuration::from_secs(1));
    }
    let closed: Vec<_> = clients.iter_mut().map(|it| it.frames().contains(&json!("closed"))).collect();
    assert_eq!(closed.iter().filter(|closed| **closed).count(), 1);
    assert!(closed[0]);
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    let told: Vec<Vec<Value>> = clients.iter_mut().map(|it| it.of_type("change")).collect();
    assert!(told[1..].iter().all(|frames| frames.len() == 1), "{told:?}");
    house.close().await;
}

#[tokio::test]
async fn a_connection_may_end_twice_and_before_it_was_known() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let client = connect(&house, &bakery.owner, "ends-twice").await;
    client.watches(&house, &conversation).await;
    super::event(&house, "$disconnect", "ends-twice", json!({})).await;
    super::event(&house, "$disconnect", "ends-twice", json!({})).await;
    super::event(&house, "$disconnect", "never", json!({})).await;
    assert!(!house.table().iter().any(|item| item.contains("ends-twice")));
    house.close().await;
}
