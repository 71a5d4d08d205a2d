//! A contact who is removed is forgotten; what was sent stays known by the number alone (B15).

use jiff::SignedDuration;
use serde_json::json;

use super::{at, contact, id};
use crate::bad_input::refused;
use crate::house::{Ask, House};

const ANN: &str = "+12125550123";

#[tokio::test]
async fn b15_nothing_of_a_removed_contact_is_left_but_the_conversation_and_the_number() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let profile =
        json!({"name": "Annabel", "numbers": [ANN, "+12125550125"], "emails": ["annabel@example.com"]});
    let who = contact(&house, owner, &profile).await;
    let conversation = house.text_in(ANN, &bakery, "Hi").await;
    assert_eq!(conversation["contact"]["name"], "Annabel");
    let note = json!({"text": "Allergic to walnuts"});
    house.post(&owner.token, &format!("{}/notes", at(&who)), &note).await.expect(201);
    let list = house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Regulars"})).await.expect(201);
    let member = format!("/v1/contact-lists/{}/contacts", id(&list));
    house.ask(Ask::new("PUT", format!("{member}/{}", id(&who))).by(&owner.token)).await.expect(204);
    house.settle().await;
    let remove = || Ask::new("DELETE", at(&who)).by(&owner.token);
    house.ask(remove()).await.expect(204);
    refused(&house, remove()).await.problem(404, "not-found");
    for _ in 0..3 {
        house.pass(SignedDuration::from_mins(1)).await;
    }
    let shown = house.conversation_with(owner, ANN).await;
    assert_eq!((&shown["contact"]["number"], &shown["contact"]["name"]), (&json!(ANN), &json!(null)));
    assert!(house.list(&owner.token, &member).await.is_empty());
    assert!(house.list(&owner.token, "/v1/contacts").await.is_empty());
    for gone in ["walnuts", "annabel@example.com", "+12125550125"] {
        let left: Vec<_> = house
            .table()
            .iter()
            .filter(|item| item.contains(gone) && !item.contains("#audit"))
            .cloned()
            .collect();
        assert!(left.is_empty(), "{gone}: {left:#?}");
    }
    // Texting goes on, and the number can be somebody's again, with the conversation.
    house.send(owner, &json!({"conversation_id": id(&conversation), "body": "Bread!"})).await;
    let again = contact(&house, owner, &json!({"name": "Bella", "numbers": [ANN]})).await;
    house.settle().await;
    let shown = house.conversation_with(owner, ANN).await;
    assert_eq!((&shown["contact"]["id"], &shown["contact"]["name"]), (&again["id"], &json!("Bella")));
    let theirs = house.list(&owner.token, &format!("{}/conversations", at(&again))).await;
    assert_eq!(theirs.len(), 1);
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn i07_a_number_that_has_opted_out_stays_so_when_its_contact_is_removed() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN, &bakery, "STOP").await;
    let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    house.ask(Ask::new("DELETE", who).by(&owner.token)).await.expect(204);
    house.settle().await;
    contact(&house, owner, &json!({"name": "Ann", "numbers": [ANN]})).await;
    let ask = Ask::post("/v1/messages").by(&owner.token).json(&json!({"to": ANN, "body": "Bread!"}));
    refused(&house, ask).await.problem(403, "recipient-opted-out");
    house.close().await;
}
