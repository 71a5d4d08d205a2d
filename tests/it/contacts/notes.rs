//! Notes about a contact, and what happens to them elsewhere (D12, D33 to D35).

use serde_json::{Value, json};

use super::{ann, at, id, patch};
use crate::bad_input::refused;
use crate::house::{Ask, House};

const ANN: &str = "+12125550123";

#[tokio::test]
async fn d33_d34_d35_a_note_stands_in_the_activity_and_the_timeline_and_never_leaves() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    let sent = house.running.phones.received(&ANN.parse().unwrap(), &bakery.number.parse().unwrap()).len();
    let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    house.move_clock(jiff::SignedDuration::from_secs(5));
    let note = json!({"text": "Likes 🍰, writes עברית\nand العربية", "mentions": [owner.id]});
    let made = house.post(&owner.token, &format!("{who}/notes"), &note).await.expect(201);
    assert_eq!((&made["text"], &made["author"]["user_id"]), (&note["text"], &json!(owner.id)));
    assert_eq!(made["created_at"], house.now().to_string());
    house.settle().await;
    let timeline = format!("/v1/conversations/{}/timeline?events=note", id(&conversation));
    let shown = house.list(&owner.token, &timeline).await;
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert_eq!((&shown[0]["kind"], &shown[0]["note"]["id"]), (&json!("note"), &made["id"]));
    let activity = house.list(&owner.token, &format!("{who}/activity?kinds=note")).await;
    assert_eq!(activity.len(), 1, "once, although the timeline has a copy");
    assert_eq!((&activity[0]["at"], &activity[0]["conversation_id"]), (&made["created_at"], &json!(null)));
    assert_eq!(house.list(&owner.token, &format!("{who}/notes")).await, std::slice::from_ref(&made));
    let after = house.conversation_with(owner, ANN).await;
    for same in ["unread", "state", "last_activity_at", "preview"] {
        assert_eq!(after[same], conversation[same], "a note changed {same}");
    }
    assert_eq!(
        house.running.phones.received(&ANN.parse().unwrap(), &bakery.number.parse().unwrap()).len(),
        sent,
        "a note left the product"
    );
    // What is rewritten or removed is so everywhere.
    let path = format!("{who}/notes/{}", id(&made));
    house.ask(patch(owner, &path, &json!({"text": "Likes pie"}))).await.expect(200);
    house.settle().await;
    let shown = house.list(&owner.token, &timeline).await;
    assert_eq!((shown.len(), &shown[0]["note"]["text"]), (1, &json!("Likes pie")));
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    house.settle().await;
    assert!(house.list(&owner.token, &timeline).await.is_empty());
    assert!(house.list(&owner.token, &format!("{who}/activity?kinds=note")).await.is_empty());
    refused(&house, Ask::new("DELETE", &path).by(&owner.token)).await.problem(404, "not-found");
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn d33_who_is_named_in_a_note_is_told_once_however_many_conversations_show_it() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let dora = house.colleague(&bakery, &["people_manager", "communication_manager"], "all").await;
    let numbers = [ANN, "+12125550124"];
    let who = super::contact(&house, owner, &json!({"name": "Ann", "numbers": numbers})).await;
    for number in numbers {
        house.text_in(number, &bakery, "Hi").await;
    }
    let before = house.told(&dora.token).await.len();
    house.move_clock(jiff::SignedDuration::from_secs(5));
    let note = json!({"text": "Ask Dora", "mentions": [dora.id]});
    house.post(&owner.token, &format!("{}/notes", at(&who)), &note).await.expect(201);
    house.move_clock(jiff::SignedDuration::from_secs(5));
    house.settle().await;
    assert_eq!(house.told(&dora.token).await.len(), before + 1);
    house.close().await;
}

#[tokio::test]
async fn d33_a_note_has_up_to_ten_thousand_characters_and_is_its_writers() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let notes = format!("{}/notes", at(&ann(&house, owner).await));
    for text in ["👋".repeat(10_000), "ש".repeat(10_000)] {
        let made = house.post(&owner.token, &notes, &json!({"text": text})).await.expect(201);
        assert_eq!(made["text"], text);
    }
    let post = |body: Value| Ask::post(&notes).by(&owner.token).json(&body);
    for (body, pointer) in [
        (json!({"text": "👋".repeat(10_001)}), "#/text"),
        (json!({"text": " \n"}), "#/text"),
        (json!({"text": "a\u{0}"}), "#/text"),
        (json!({}), "#/text"),
        (json!({"text": "x", "mentions": ["usr_00000000000000000000000000000000"]}), "#/mentions"),
    ] {
        let problem = refused(&house, post(body)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    let mine = house.post(&owner.token, &notes, &json!({"text": "Mine"})).await.expect(201);
    let dora = house.colleague(&bakery, &["people_manager"], "all").await;
    let path = format!("{notes}/{}", id(&mine));
    refused(&house, patch(&dora, &path, &json!({"text": "Hers"}))).await.problem(409, "conflict");
    refused(&house, Ask::new("DELETE", &path).by(&dora.token)).await.problem(409, "conflict");
    assert_eq!(house.list(&dora.token, &notes).await.len(), 3, "colleagues see it");
    house.close().await;
}

#[tokio::test]
async fn d12_what_happens_elsewhere_stands_in_the_timeline_once() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    let events = format!("{who}/events");
    let body =
        json!({"kind": "order_shipped", "title": "Order 17 📦", "occurred_at": "2030-01-08T14:00:00Z"});
    let tell = || Ask::post(&events).by(&owner.token).key("order-17").json(&body);
    let told = house.ask(tell()).await.expect(201);
    assert_eq!(house.ask(tell()).await.expect(201), told, "the same request is the same event");
    house.settle().await;
    let timeline = format!("/v1/conversations/{}/timeline?events=order_shipped", id(&conversation));
    let shown = house.list(&owner.token, &timeline).await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["happening"]["title"], "Order 17 📦");
    assert_eq!(shown[0]["happening"]["occurred_at"], "2030-01-08T14:00:00Z");
    for (body, pointer) in [
        (json!({"kind": "Order Shipped"}), "#/kind"),
        (json!({"kind": "incoming_message"}), "#/kind"),
        (json!({"kind": "k".repeat(41)}), "#/kind"),
        (json!({"kind": "order_shipped", "title": "x".repeat(201)}), "#/title"),
        (json!({"kind": "order_shipped", "occurred_at": "2030-01-08T15:00:01Z"}), "#/occurred_at"),
    ] {
        let ask = Ask::post(&events).by(&owner.token).json(&body);
        let problem = refused(&house, ask).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    house.close().await;
}

#[tokio::test]
async fn d12_a_changed_contact_is_told_of_in_their_timelines_and_shown_by_their_new_name() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    house.ask(patch(owner, &who, &json!({"name": "Ann Lee"}))).await.expect(200);
    house.settle().await;
    let shown = house.conversation_with(owner, ANN).await;
    assert_eq!(shown["contact"]["name"], "Ann Lee");
    assert_eq!(shown["unread"], conversation["unread"], "a name makes nothing unread");
    let timeline = format!("/v1/conversations/{}/timeline?events=contact_updated", id(&conversation));
    assert_eq!(house.list(&owner.token, &timeline).await.len(), 1);
    house.close().await;
}
