//! `GET /v1/changes`: what happened since, each once, as it is now.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{CUSTOMER, begin, changes, id, text, with_conversation};
use crate::house::{Ask, House};

fn statuses(page: &Value) -> Vec<&Value> {
    page["entries"].as_array().unwrap().iter().map(|it| &it["message"]["status"]).collect()
}

#[tokio::test]
async fn d06_what_comes_in_and_goes_out_is_given_once_as_it_is_now() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let token = &bakery.owner.token;
    house.move_clock(SignedDuration::from_mins(1));
    let since = begin(&house, token).await;
    assert_eq!(changes(&house, token, &since).await.0["conversations"], json!([]));
    house.text_in(CUSTOMER, &bakery, "And on Sunday?").await;
    let (page, next) = changes(&house, token, &since).await;
    let shown = house.get(token, &format!("/v1/conversations/{conversation}")).await.expect(200);
    assert_eq!(page["conversations"], json!([shown]));
    assert!(shown["version"].as_u64().is_some(), "clients compare versions: {shown}");
    let entries = page["entries"].as_array().unwrap();
    let [entry] = entries.as_slice() else { panic!("{entries:#?}") };
    assert_eq!(
        (&entry["conversation_id"], &entry["kind"]),
        (&json!(conversation), &json!("incoming_message"))
    );
    assert_eq!(entry["message"]["text"], "And on Sunday?");
    // Within the overlap, but given before.
    let (page, next) = changes(&house, token, &next).await;
    assert_eq!((&page["conversations"], &page["entries"]), (&json!([]), &json!([])));
    house.send(&bakery.owner, &json!({"conversation_id": conversation, "body": "Until noon"})).await;
    house.settle().await;
    let (page, next) = changes(&house, token, &next).await;
    assert_eq!(page["conversations"].as_array().unwrap().len(), 1);
    assert!(statuses(&page).contains(&&json!("sent")), "{page:#}");
    // A receipt changes the entry and nothing else.
    house.pass(SignedDuration::from_mins(2)).await;
    let (page, next) = changes(&house, token, &next).await;
    assert!(statuses(&page).contains(&&json!("delivered")), "{page:#}");
    let (page, _) = changes(&house, token, &next).await;
    assert_eq!(page["entries"], json!([]));
    house.close().await;
}

#[tokio::test]
async fn d06_long_absences_are_caught_up_page_by_page() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let token = &bakery.owner.token;
    let mut since = begin(&house, token).await;
    let customers: Vec<_> = (0..7).map(|n| format!("+1212555014{n}")).collect();
    for customer in &customers {
        house.text_in(customer, &bakery, "Hello").await;
        house.move_clock(SignedDuration::from_mins(5));
    }
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = house.get(token, &format!("/v1/changes?limit=2&since={since}")).await.expect(200);
        let found = page["conversations"].as_array().unwrap();
        assert!(found.len() <= 2);
        seen.extend(found.iter().map(|it| text(&it["contact"]["number"])));
        since = text(&page["next"]);
        pages += 1;
        if page["more"] == false {
            break;
        }
    }
    assert!(pages >= 4, "{pages}");
    seen.dedup();
    assert_eq!(seen, customers, "in the order in which it happened");
    house.close().await;
}

#[tokio::test]
async fn d06_a_cursor_is_good_for_a_day_for_its_reader_and_for_what_they_could_see() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let owner = &bakery.owner;
    let ben = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let since = begin(&house, &ben.token).await;
    let path = format!("/v1/changes?since={since}");
    // Of somebody else, of another account, changed, of another list.
    house.get(&owner.token, &path).await.names("?since", "invalid");
    let other = house.business("Florist", 0).await;
    house.get(&other.owner.token, &path).await.names("?since", "invalid");
    for wrong in ["x", &since[1..], &format!("{since}A")] {
        let answer = house.get(&ben.token, &format!("/v1/changes?since={wrong}")).await;
        answer.names("?since", "invalid");
    }
    for (query, field, code) in [
        ("limit=0", "?limit", "invalid"),
        ("limit=101", "?limit", "invalid"),
        ("after=x", "?after", "unknown_field"),
    ] {
        let answer = house.get(&owner.token, &format!("/v1/changes?{query}")).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], field, "{code}: {problem}");
    }
    // Who may see more now would miss what they could not see then.
    let change = Ask::new("PATCH", format!("/v1/users/{}", ben.id)).by(&owner.token);
    house.ask(change.clone().json(&json!({"conversation_access": "all"}))).await.expect(200);
    house.get(&ben.token, &path).await.problem(410, "changes-expired");
    house.ask(change.json(&json!({"conversation_access": "assigned"}))).await.expect(200);
    house.get(&ben.token, &path).await.expect(200);
    let since = begin(&house, &owner.token).await;
    let path = format!("/v1/changes?since={since}");
    house.move_clock(SignedDuration::from_hours(23));
    house.get(&owner.token, &path).await.expect(200);
    house.move_clock(SignedDuration::from_hours(1));
    house.get(&owner.token, &path).await.problem(410, "changes-expired");
    house.close().await;
}

#[tokio::test]
async fn d06_what_changed_several_times_is_given_once_and_programs_may_ask() {
    let house = House::open().await;
    let (bakery, conversation) = with_conversation(&house).await;
    let owner = &bakery.owner;
    let key = json!({"name": "till", "permissions": ["messages:manage"], "conversation_access": "all"});
    let made = house.post(&owner.token, "/v1/api-keys", &key).await.expect(201);
    let token = text(&made["token"]);
    house.move_clock(SignedDuration::from_mins(1));
    let since = begin(&house, &token).await;
    for act in ["read", "unread", "complete", "reopen", "archive"] {
        house
            .ask(Ask::post(format!("/v1/conversations/{conversation}/{act}")).by(&owner.token))
            .await
            .expect(200);
    }
    house.settle().await;
    let (page, _) = changes(&house, &token, &since).await;
    let found = page["conversations"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((id(&found[0]), &found[0]["state"]), (conversation, &json!("archived")));
    let kinds: Vec<_> = page["entries"].as_array().unwrap().iter().map(|it| text(&it["kind"])).collect();
    assert_eq!(kinds, ["conversation_finished", "reopened", "archived"]);
    house.close().await;
}
