//! Mentions in notes.

use serde_json::{Value, json};

use super::{assign, pushes, team};
use crate::house::{Ask, House, Person};

async fn mentions(house: &House, who: &Person) -> Vec<Value> {
    house.settle().await;
    let told = house.told(&who.token).await;
    told.into_iter().filter(|it| it["kind"] == "mentioned").collect()
}

#[tokio::test]
async fn d33_who_is_mentioned_in_a_note_of_a_conversation_is_told_but_for_its_author() {
    let house = House::open().await;
    let (bakery, cleo, ben) = team(&house).await;
    let (device, own) = (house.device(&cleo).await, house.device(&bakery.owner).await);
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    let id = conversation["id"].as_str().unwrap();
    assign(&house, &bakery.owner, &conversation, &ben).await;
    let (before, own_before) = (pushes(&house, &device), pushes(&house, &own));
    let path = format!("/v1/conversations/{id}/notes");
    let note = json!({"text": "Can you two look?", "mentions": [cleo.id, ben.id, bakery.owner.id]});
    house.post(&bakery.owner.token, &path, &note).await.expect(201);
    for who in [&cleo, &ben] {
        let told = mentions(&house, who).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["conversation_id"], id);
    }
    assert!(mentions(&house, &bakery.owner).await.is_empty(), "nobody is told what they wrote themselves");
    assert_eq!((pushes(&house, &device), pushes(&house, &own)), (before + 1, own_before));
    // What the stream shows again is told once.
    for record in house.running.engines.dynamo.stream_records(None, 1_000).unwrap() {
        house.running.functions().invoke("Dispatch", json!({"Records": [record]})).await.unwrap();
    }
    assert_eq!(mentions(&house, &cleo).await.len(), 1);
    assert_eq!(pushes(&house, &device), before + 1);
    house.close().await;
}

#[tokio::test]
async fn d33_a_note_about_a_customer_is_told_once_however_many_conversations_show_it() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let (gateway, number, line) = house.simulated_line(&bakery.owner).await;
    let second = crate::house::Business { number, gateway, line, ..bakery.clone() };
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    house.text_in("+12125550123", &second, "Hello there, too").await;
    let contact = conversation["contact"]["id"].as_str().unwrap();
    let note = json!({"text": "Likes cake", "mentions": [cleo.id]});
    house.post(&bakery.owner.token, &format!("/v1/contacts/{contact}/notes"), &note).await.expect(201);
    let told = mentions(&house, &cleo).await;
    let id = conversation["id"].as_str().unwrap();
    let timeline = house.list(&bakery.owner.token, &format!("/v1/conversations/{id}/timeline")).await;
    assert_eq!(told.len(), 1, "{told:?} {timeline:#?}");
    let of = |field: &str| told[0][field].as_str().is_some();
    assert!(of("contact_id") || of("conversation_id"));
    house.close().await;
}

#[tokio::test]
async fn i10_who_may_not_read_the_note_any_more_is_not_told() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let disable = Ask::new("PATCH", format!("/v1/users/{}", cleo.id)).by(&bakery.owner.token);
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    house.ask(disable.json(&json!({"conversation_access": "none"}))).await.expect(200);
    let path = format!("/v1/conversations/{}/notes", conversation["id"].as_str().unwrap());
    let note = json!({"text": "Look!", "mentions": [cleo.id]});
    assert_eq!(house.post(&bakery.owner.token, &path, &note).await.status, 422);
    assert!(mentions(&house, &cleo).await.is_empty());
    house.close().await;
}
