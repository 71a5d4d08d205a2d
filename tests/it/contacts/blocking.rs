//! The stop list: nobody writes to who is on it, and who is on it tells nobody anything (B15, I07).

use serde_json::json;

use super::{ann, at, contact, id, patch};
use crate::bad_input::refused;
use crate::house::{Ask, House};

const ANN: &str = "+12125550123";

#[tokio::test]
async fn b15_i07_nothing_is_sent_to_who_is_blocked_by_whatever_number() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    let blocked = house.post(&owner.token, &format!("{who}/block"), &json!({})).await.expect(200);
    assert_eq!(blocked["blocked_since"], house.now().to_string());
    let before = house.table();
    house.post(&owner.token, &format!("{who}/block"), &json!({})).await.expect(200);
    assert_eq!(house.table(), before, "blocking again changed something");
    // A number that comes later is blocked like the others.
    let numbers = json!({"numbers": [ANN, "+12125550124"]});
    house.ask(patch(owner, &who, &numbers)).await.expect(200);
    house.settle().await;
    for body in [
        json!({"to": ANN, "body": "Bread!"}),
        json!({"to": "+12125550124", "body": "Bread!"}),
        json!({"conversation_id": id(&conversation), "body": "Bread!"}),
        json!({"contact_id": conversation["contact"]["id"], "body": "Bread!"}),
    ] {
        let ask = Ask::post("/v1/messages").by(&owner.token).json(&body);
        refused(&house, ask).await.problem(403, "recipient-blocked");
    }
    house.post(&owner.token, &format!("{who}/unblock"), &json!({})).await.expect(200);
    house.send(owner, &json!({"to": ANN, "body": "Bread!"})).await;
    house.send(owner, &json!({"to": "+12125550124", "body": "Bread!"})).await;
    house.settle().await;
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn b15_who_is_blocked_is_kept_in_the_archive_read_and_told_to_nobody() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    let told = house.told(&owner.token).await.len();
    let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    house.post(&owner.token, &format!("{who}/block"), &json!({})).await.expect(200);
    house.settle().await;
    let shown = house.conversation_with(owner, ANN).await;
    assert_eq!((&shown["state"], &shown["unread"]), (&json!("archived"), &json!(0)));
    let shown = house.text_in(ANN, &bakery, "Let me in!").await;
    assert_eq!((&shown["state"], &shown["unread"]), (&json!("archived"), &json!(0)));
    assert_eq!(shown["preview"], "Let me in!", "it is kept");
    assert_eq!(house.told(&owner.token).await.len(), told);
    let list = house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Club"})).await.expect(201);
    let template = json!({"name": "Answer", "text": "Welcome to the club"});
    let template = house.post(&owner.token, "/v1/templates", &template).await.expect(201);
    let keyword = json!({"word": "club", "contact_list_id": list["id"], "template_id": template["id"]});
    house.post(&owner.token, "/v1/keywords", &keyword).await.expect(201);
    let shown = house.text_in(ANN, &bakery, "Club").await;
    assert_eq!(shown["preview"], "Club", "a keyword is not answered either");
    house.post(&owner.token, &format!("{who}/unblock"), &json!({})).await.expect(200);
    house.settle().await;
    let shown = house.text_in(ANN, &bakery, "Thank you").await;
    assert_eq!((&shown["state"], &shown["unread"]), (&json!("open"), &json!(1)));
    assert_eq!(house.told(&owner.token).await.len(), told + 1);
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn b15_who_is_blocked_before_they_ever_wrote_begins_in_the_archive() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let who = ann(&house, owner).await;
    house.post(&owner.token, &format!("{}/block", at(&who)), &json!({})).await.expect(200);
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    assert_eq!((&conversation["state"], &conversation["unread"]), (&json!("archived"), &json!(0)));
    assert_eq!(conversation["contact"]["id"], who["id"]);
    assert!(house.told(&owner.token).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn b15_i07_a_number_stays_on_the_stop_list_when_its_contact_is_removed() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let who = ann(&house, owner).await;
    house.post(&owner.token, &format!("{}/block", at(&who)), &json!({})).await.expect(200);
    house.ask(Ask::new("DELETE", at(&who)).by(&owner.token)).await.expect(204);
    house.pass(jiff::SignedDuration::from_mins(2)).await;
    let ask = || Ask::post("/v1/messages").by(&owner.token).json(&json!({"to": ANN, "body": "Bread!"}));
    refused(&house, ask()).await.problem(403, "recipient-blocked");
    let again = contact(&house, owner, &json!({"name": "Ann again", "numbers": [ANN]})).await;
    assert!(!again["blocked_since"].is_null(), "who takes over the number is on the list with it");
    refused(&house, ask()).await.problem(403, "recipient-blocked");
    house.post(&owner.token, &format!("{}/unblock", at(&again)), &json!({})).await.expect(200);
    house.ask(ask()).await.expect(202);
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn i07_a_message_that_waits_is_not_sent_to_who_is_blocked_meanwhile() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let who = ann(&house, owner).await;
    let sent = house.send(owner, &json!({"to": ANN, "body": "Bread!"})).await;
    house.post(&owner.token, &format!("{}/block", at(&who)), &json!({})).await.expect(200);
    house.settle().await;
    let message = house.get(&owner.token, &format!("/v1/messages/{}", id(&sent))).await.expect(200);
    assert_eq!(
        (&message["status"], &message["failure"]["reason"]),
        (&json!("failed"), &json!("blocked_here"))
    );
    assert_eq!(house.balance(owner).await, [100, 0, 0]);
    house.audit(owner).await;
    house.close().await;
}
