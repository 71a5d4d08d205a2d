//! Two contacts become one (B15).

use jiff::SignedDuration;
use serde_json::json;

use super::{at, contact, id};
use crate::bad_input::refused;
use crate::house::{Ask, House};

const ANN: [&str; 2] = ["+12125550123", "+12125550124"];

#[tokio::test]
async fn b15_merging_moves_everything_to_the_one_that_stays() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    for key in ["cake", "shoe"] {
        house.post(&owner.token, "/v1/contact-fields", &json!({"key": key, "label": key})).await.expect(201);
    }
    let stays = json!({"name": "Ann", "numbers": [ANN[0]], "fields": {"cake": "Sacher"}});
    let stays = contact(&house, owner, &stays).await;
    let goes = json!({
        "name": "A. Lee", "numbers": [ANN[1]], "emails": ["ann@example.com"], "owner_id": owner.id,
        "fields": {"cake": "Linzer", "shoe": "38"},
    });
    let goes = contact(&house, owner, &goes).await;
    for number in ANN {
        house.text_in(number, &bakery, "Hi").await;
    }
    let list = house.post(&owner.token, "/v1/contact-lists", &json!({"name": "Regulars"})).await.expect(201);
    let member = format!("/v1/contact-lists/{}/contacts", id(&list));
    house.ask(Ask::new("PUT", format!("{member}/{}", id(&goes))).by(&owner.token)).await.expect(204);
    let texts = 120;
    for n in 0..texts {
        let note = json!({"text": format!("Note {n}")});
        house.post(&owner.token, &format!("{}/notes", at(&goes)), &note).await.expect(201);
    }
    house.settle().await;
    let before = house.conversation_with(owner, ANN[0]).await;
    let body = json!({"contact_id": id(&goes)});
    let merge = || Ask::post(format!("{}/merge", at(&stays))).by(&owner.token).json(&body);
    let merged = house.ask(merge()).await.expect(200);
    assert_eq!(merged["name"], "Ann", "what both have is that of the one that stays");
    assert_eq!(merged["numbers"], json!(ANN));
    assert_eq!(merged["emails"], json!(["ann@example.com"]));
    assert_eq!(merged["fields"], json!({"cake": "Sacher", "shoe": "38"}));
    assert_eq!(merged["owner_id"], json!(owner.id));
    refused(&house, Ask::get(at(&goes)).by(&owner.token)).await.problem(404, "not-found");
    // The answer may have got lost: asked again at once, it is the same.
    assert_eq!(house.ask(merge()).await.expect(200), merged);
    for _ in 0..3 {
        house.pass(SignedDuration::from_mins(1)).await;
    }
    let conversations = house.list(&owner.token, &format!("{}/conversations", at(&stays))).await;
    assert_eq!(conversations.len(), 2);
    for conversation in &conversations {
        assert_eq!(
            (&conversation["contact"]["id"], &conversation["contact"]["name"]),
            (&stays["id"], &json!("Ann"))
        );
    }
    let members = house.list(&owner.token, &member).await;
    assert_eq!((members.len(), &members[0]["id"]), (1, &stays["id"]));
    let mut notes = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            house.get(&owner.token, &format!("{}/notes?limit=100{cursor}", at(&stays))).await.expect(200);
        notes.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(notes.len(), texts);
    let after = house.conversation_with(owner, ANN[0]).await;
    assert_eq!(after["last_activity_at"], before["last_activity_at"]);
    let timeline = format!("/v1/conversations/{}/timeline?events=note", id(&after));
    assert!(house.list(&owner.token, &timeline).await.is_empty(), "old notes are no news");
    assert!(!house.table().iter().any(|item| item.contains(id(&goes)) && item.contains("\"leaving\"")));
    house.audit(owner).await;
    house.close().await;
}

#[tokio::test]
async fn b15_what_would_be_too_much_or_makes_no_sense_is_not_merged() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let numbers = |from: u32, to: u32| (from..to).map(|n| format!("+1212555{n:04}")).collect::<Vec<_>>();
    let one = contact(&house, owner, &json!({"numbers": numbers(100, 106)})).await;
    let two = contact(&house, owner, &json!({"numbers": numbers(106, 111)})).await;
    let merge = |other: &str| {
        Ask::post(format!("{}/merge", at(&one))).by(&owner.token).json(&json!({"contact_id": other}))
    };
    refused(&house, merge(id(&two))).await.problem(409, "conflict");
    for other in [id(&one), "con_00000000000000000000000000000000"] {
        let problem = refused(&house, merge(other)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "#/contact_id");
    }
    house.close().await;
}

#[tokio::test]
async fn b15_i07_who_is_merged_with_somebody_on_the_stop_list_is_on_it() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let stays = contact(&house, owner, &json!({"numbers": [ANN[0]]})).await;
    let goes = contact(&house, owner, &json!({"numbers": [ANN[1]]})).await;
    house.post(&owner.token, &format!("{}/block", at(&goes)), &json!({})).await.expect(200);
    let body = json!({"contact_id": id(&goes)});
    let merged = house.post(&owner.token, &format!("{}/merge", at(&stays)), &body).await.expect(200);
    assert!(!merged["blocked_since"].is_null());
    for number in ANN {
        let ask = Ask::post("/v1/messages").by(&owner.token).json(&json!({"to": number, "body": "Bread!"}));
        refused(&house, ask).await.problem(403, "recipient-blocked");
    }
    house.settle().await;
    house.close().await;
}
