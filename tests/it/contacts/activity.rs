//! What happened with a contact, over all their conversations (C05, D33, D38, E04).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{contact, id};
use crate::bad_input::refused;
use crate::house::{Ask, House, Person};

const ANN: [&str; 2] = ["+12125550123", "+12125550124"];

/// Every entry, page by page.
async fn all(house: &House, who: &Person, path: &str, limit: u32) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..50 {
        let more = cursor.as_deref().map(|it| format!("&cursor={it}")).unwrap_or_default();
        let page = house.get(&who.token, &format!("{path}?limit={limit}{more}")).await.expect(200);
        found.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { return found };
        cursor = Some(next.to_owned());
    }
    panic!("the list does not end");
}

#[tokio::test]
async fn e04_d38_the_history_is_one_list_newest_first_over_all_conversations() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let profile = json!({"name": "Ann", "numbers": ANN, "emails": ["ann@example.com"]});
    let who = contact(&house, owner, &profile).await;
    let path = format!("/v1/contacts/{}", id(&who));
    for n in 0..4 {
        for number in ANN {
            house.move_clock(SignedDuration::from_secs(10));
            house.text_in(number, &bakery, &format!("Text {n}")).await;
        }
        house.move_clock(SignedDuration::from_secs(10));
        house
            .post(&owner.token, &format!("{path}/notes"), &json!({"text": format!("Note {n}")}))
            .await
            .expect(201);
        house.settle().await;
    }
    let first = house.conversation_with(owner, ANN[0]).await;
    let complete = format!("/v1/conversations/{}/complete", id(&first));
    house.post(&owner.token, &complete, &json!({})).await.expect(200);
    house.settle().await;
    let activity = format!("{path}/activity");
    let whole = all(&house, owner, &activity, 100).await;
    let count = |kind: &str| whole.iter().filter(|it| it["kind"] == kind).count();
    assert_eq!((count("incoming_message"), count("note"), count("contact_created")), (8, 4, 1));
    assert_eq!(count("conversation_finished"), 1, "D38");
    let times: Vec<&str> = whole.iter().map(|it| it["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    for limit in [1, 3, 7] {
        assert_eq!(all(&house, owner, &activity, limit).await, whole, "in pages of {limit}");
    }
    let notes = house.list(&owner.token, &format!("{activity}?kinds=note,incoming_message&limit=100")).await;
    assert_eq!(notes.len(), 12);
    let conversations = house.list(&owner.token, &format!("{path}/conversations")).await;
    assert_eq!(conversations.len(), 2);
    for bad in ["kinds=Not A Kind", "cursor=abc", "limit=0", "what=else"] {
        let bad = bad.replace(' ', "%20");
        refused(&house, Ask::get(format!("{activity}?{bad}")).by(&owner.token)).await.problem(422, "invalid");
    }
    let page = house.get(&owner.token, &format!("{activity}?limit=1")).await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = Ask::get(format!("{activity}?kinds=note&cursor={cursor}")).by(&owner.token);
    refused(&house, other).await.problem(422, "invalid");
    house.close().await;
}

#[tokio::test]
async fn d33_a_conversation_shows_what_happened_since_it_began_however_often_that_is_projected() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let who = contact(&house, owner, &json!({"name": "Ann", "numbers": [ANN[0]]})).await;
    let notes = format!("/v1/contacts/{}/notes", id(&who));
    house.post(&owner.token, &notes, &json!({"text": "Before"})).await.expect(201);
    house.move_clock(SignedDuration::from_secs(10));
    let conversation = house.text_in(ANN[0], &bakery, "Hi").await;
    house.move_clock(SignedDuration::from_secs(10));
    house.post(&owner.token, &notes, &json!({"text": "After"})).await.expect(201);
    house.settle().await;
    let timeline = format!("/v1/conversations/{}/timeline", id(&conversation));
    let shown = house.list(&owner.token, &timeline).await;
    let notes: Vec<_> = shown.iter().filter_map(|it| it["note"]["text"].as_str()).collect();
    assert_eq!(notes, ["After"]);
    let records = house.running.engines.dynamo.stream_records(None, 1_000).unwrap();
    for batch in records.chunks(50) {
        let answer = house.running.functions().invoke("Project", json!({"Records": batch})).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    house.settle().await;
    assert_eq!(house.list(&owner.token, &timeline).await, shown);
    house.close().await;
}

#[tokio::test]
async fn c05_c06_c07_x09_from_the_record_each_sees_the_conversations_they_may_read() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let conversation = house.text_in(ANN[0], &bakery, "Hi").await;
    let path = format!("/v1/contacts/{}", conversation["contact"]["id"].as_str().unwrap());
    let roles = ["people_manager", "communication_manager"];
    let blind = house.colleague(&bakery, &roles, "assigned").await;
    let reader = house.colleague(&bakery, &roles, "assigned").await;
    let overrides = format!("/v1/users/{}", reader.id);
    let grant = patch_access(owner, &overrides);
    house.ask(grant).await.expect(200);
    let nobody = house.colleague(&bakery, &["people_manager"], "none").await;
    for (who, sees) in [(owner, true), (&reader, true), (&blind, false), (&nobody, false)] {
        let conversations = house.list(&who.token, &format!("{path}/conversations")).await;
        assert_eq!(!conversations.is_empty(), sees);
        let activity = house.list(&who.token, &format!("{path}/activity")).await;
        assert_eq!(activity.iter().any(|it| it["kind"] == "incoming_message"), sees);
    }
    // C06, C07: reached that way, it does not stand in their inbox, and nobody tells them of it.
    house.text_in(ANN[0], &bakery, "Hello?").await;
    assert!(house.list(&reader.token, "/v1/conversations").await.is_empty());
    assert!(house.told(&reader.token).await.is_empty());
    house.close().await;
}

fn patch_access(owner: &Person, path: &str) -> Ask {
    Ask::new("PATCH", path).by(&owner.token).json(&json!({"message_access": "read"}))
}
