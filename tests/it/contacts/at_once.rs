//! Several at once, and the same again (B15).

use serde_json::json;

use super::{at, contact, id};
use crate::house::{Ask, House};

#[tokio::test]
async fn b15_of_two_who_make_a_contact_of_one_number_one_does() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    for round in 0..5 {
        let number = format!("+1212555{:04}", 100 + round);
        let body = json!({"name": "Ann", "numbers": [number], "emails": [format!("ann{round}@example.com")]});
        let asks = (0..4).map(|_| Ask::post("/v1/contacts").by(&owner.token).json(&body));
        let answers = house.at_once(asks).await;
        let made: Vec<_> = answers.iter().filter(|it| it.status == 201).collect();
        assert_eq!(made.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|it| matches!(it.status, 201 | 409)), "{answers:?}");
    }
    assert_eq!(house.list(&owner.token, "/v1/contacts").await.len(), 5);
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn b15_a_contact_that_is_made_while_they_write_is_there_once() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    for round in 0..5 {
        let number = format!("+1212555{:04}", 100 + round);
        let line = &bakery.line;
        let text =
            line.webhook(&line.inbound(), line.text(&format!("at-once-{round}"), &number, "Hi"), house.now());
        let make =
            Ask::post("/v1/contacts").by(&owner.token).json(&json!({"name": "Ann", "numbers": [number]}));
        let answers = house.at_once([text, make]).await;
        assert_eq!(answers[0].status, 200);
        assert!(matches!(answers[1].status, 201 | 409), "{answers:?}");
        house.settle().await;
        let conversation = house.conversation_with(owner, &number).await;
        let who = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
        assert_eq!(house.get(&owner.token, &who).await.expect(200)["numbers"], json!([number]));
    }
    assert_eq!(house.list(&owner.token, "/v1/contacts").await.len(), 5);
    house.close().await;
}

#[tokio::test]
async fn i12_the_same_request_makes_one_contact_and_one_note() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let create = || Ask::post("/v1/contacts").by(&owner.token).key("k-1").json(&json!({"name": "Ann"}));
    let made = house.ask(create()).await.expect(201);
    assert_eq!(house.ask(create()).await.expect(201), made);
    let note =
        || Ask::post(format!("{}/notes", at(&made))).by(&owner.token).key("k-2").json(&json!({"text": "Hm"}));
    let added = house.ask(note()).await.expect(201);
    assert_eq!(house.ask(note()).await.expect(201), added);
    assert_eq!(house.list(&owner.token, "/v1/contacts").await.len(), 1);
    assert_eq!(house.list(&owner.token, &format!("{}/notes", at(&made))).await.len(), 1);
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn b15_merging_each_into_the_other_at_once_leaves_one() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    for round in 0..5_u32 {
        let number = |n: u32| format!("+1212555{:04}", 100 + 2 * round + n);
        let one = contact(&house, owner, &json!({"numbers": [number(0)]})).await;
        let two = contact(&house, owner, &json!({"numbers": [number(1)]})).await;
        let merge = |a: &serde_json::Value, b: &serde_json::Value| {
            Ask::post(format!("{}/merge", at(a))).by(&owner.token).json(&json!({"contact_id": id(b)}))
        };
        let answers = house.at_once([merge(&one, &two), merge(&two, &one)]).await;
        assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1, "{answers:?}");
    }
    let left = house.list(&owner.token, "/v1/contacts").await;
    assert_eq!(left.len(), 5);
    assert!(left.iter().all(|it| it["numbers"].as_array().unwrap().len() == 2), "{left:#?}");
    house.settle().await;
    house.close().await;
}
