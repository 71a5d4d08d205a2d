//! Notes in conversations (D33 to D35) and what the timeline shows of what kind (D12, E16 to E19).

use serde_json::{Value, json};

use super::Desk;
use crate::house::Ask;

#[tokio::test]
async fn d33_d34_d35_a_note_stands_in_the_timeline_for_colleagues_and_never_leaves() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let owner = desk.owner();
    let balance = desk.house.balance(owner).await;
    let text = format!("مرحبا 👩‍👩‍👧‍👦 {}", "é".repeat(9_900));
    let note =
        desk.house.post(&owner.token, &format!("{path}/notes"), &json!({"text": text})).await.expect(201);
    assert_eq!((&note["kind"], &note["note"]["text"]), (&json!("note"), &json!(text)));
    assert_eq!((&note["actor"]["user_id"], note["at"].is_string()), (&json!(owner.id), true));
    desk.house.settle().await;
    assert_eq!(desk.house.balance(owner).await, balance, "nothing was sent");
    let entries = desk.house.list(&owner.token, &format!("{path}/timeline?events=note")).await;
    assert_eq!(entries, [note]);
    let after = desk.house.get(&owner.token, &path).await.expect(200);
    assert_eq!((&after["unread"], &after["preview"]), (&json!(1), &json!("Are you open on Sunday?")), "X08");
    desk.house.close().await;
}

#[tokio::test]
async fn a_note_is_added_once_for_a_key_and_bad_ones_are_refused() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let add = |body: &Value| Ask::post(format!("{path}/notes")).by(&desk.owner().token).json(body);
    let body = json!({"text": "Call her back"});
    let first = desk.house.ask(add(&body).key("note-1")).await.expect(201);
    assert_eq!(desk.house.ask(add(&body).key("note-1")).await.expect(201), first);
    desk.house.ask(add(&json!({"text": "Other"})).key("note-1")).await.problem(422, "idempotency-key-reused");
    for text in ["", " ", "a\u{0}b", &"x".repeat(10_001)] {
        desk.house.ask(add(&json!({"text": text}))).await.names("#/text", "invalid");
    }
    let stranger = "usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b";
    let mentions = json!({"text": "@you", "mentions": [desk.owner().id, stranger]});
    desk.house.ask(add(&mentions)).await.names("#/mentions/1", "no_such_thing");
    let none = desk.house.colleague(&desk.shop, &[], "none").await;
    let mentions = json!({"text": "@you", "mentions": [none.id]});
    desk.house.ask(add(&mentions)).await.names("#/mentions/0", "no_such_thing");
    let notes = desk.house.list(&desk.owner().token, &format!("{path}/timeline?events=note")).await;
    assert_eq!(notes.len(), 1);
    desk.house.close().await;
}

#[tokio::test]
async fn d12_d38_the_event_filter_picks_any_of_the_kinds_and_all_by_default() {
    let desk = Desk::open().await;
    let path = desk.thread("+12125550121").await;
    let token = &desk.owner().token;
    desk.house
        .send(desk.owner(), &json!({"conversation_id": super::last(&path), "body": "From seven."}))
        .await;
    desk.house.settle().await;
    desk.house.post(token, &format!("{path}/complete"), &json!({})).await.expect(200);
    let kinds = async |query: &str| -> Vec<String> {
        let entries = desk.house.list(token, &format!("{path}/timeline{query}")).await;
        entries.iter().rev().map(|it| it["kind"].as_str().unwrap().to_owned()).collect()
    };
    let all =
        ["incoming_message", "conversation_started", "outgoing_message", "assigned", "conversation_finished"];
    assert_eq!(kinds("").await, all);
    assert_eq!(kinds("?events=conversation_started,conversation_finished").await, [all[1], all[4]]);
    assert!(kinds("?events=order_shipped").await.is_empty(), "names of others' making are fine");
    desk.house
        .get(token, &format!("{path}/timeline?events=Order%20Shipped"))
        .await
        .names("?events", "invalid");
    // E16 to E18: what a customer writes was sent by hand.
    assert_eq!(kinds("?origins=manual&events=incoming_message,outgoing_message").await, [all[0], all[2]]);
    assert!(
        kinds("?origins=campaign,notification&events=incoming_message,outgoing_message").await.is_empty()
    );
    assert!(kinds("?failed=true").await.is_empty());
    desk.house.close().await;
}
