//! The history of a conversation and its filters (D08, D09, D11, D12, E16 to E19).

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::house::{Ask, Business, House, Person};

const CUSTOMER: &str = "+12125550175";

/// A conversation in which everything has happened once, oldest first.
const STORY: [&str; 15] = [
    "incoming_message",
    "conversation_started",
    "assigned",
    "outgoing_message",
    "assigned",
    "unassigned",
    "snoozed",
    "unsnoozed",
    "conversation_finished",
    "incoming_message",
    "reopened",
    "outgoing_message",
    "archived",
    "outgoing_message",
    "reopened",
];

async fn story() -> (House, Business, Person, String) {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let conversation = house.text_in(CUSTOMER, &bakery, "one").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let id = conversation["id"].as_str().unwrap();
    let owner = &bakery.owner;
    let act = async |act: &str, body: Value| {
        house.pass(SignedDuration::from_secs(5)).await;
        house.post(&owner.token, &format!("{path}/{act}"), &body).await.expect(200);
    };
    let assign = async |method: &str| {
        house.pass(SignedDuration::from_secs(5)).await;
        let ask = Ask::new(method, format!("{path}/assignees/{}", ben.id)).by(&owner.token);
        house.ask(ask).await.expect(200);
    };
    let send = async |text: &str| {
        house.pass(SignedDuration::from_secs(5)).await;
        // 0175: taken, then failed.
        house.send(owner, &json!({"conversation_id": id, "body": text})).await;
        house.pass(SignedDuration::from_secs(5)).await;
    };
    assign("PUT").await;
    send("two").await;
    assign("DELETE").await;
    act("snooze", json!({"preset": "tomorrow"})).await;
    act("unsnooze", json!({})).await;
    act("complete", json!({})).await;
    house.pass(SignedDuration::from_secs(5)).await;
    house.text_in(CUSTOMER, &bakery, "three").await;
    send("four").await;
    act("archive", json!({})).await;
    send("five").await;
    (house, bakery, ben, path)
}

#[tokio::test]
async fn d08_d09_d11_the_timeline_tells_what_happened_when_and_who_did_it() {
    let (house, bakery, ben, path) = story().await;
    let entries = house.list(&bakery.owner.token, &format!("{path}/timeline?limit=100")).await;
    let kinds: Vec<_> = entries.iter().rev().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, STORY);
    for (newer, older) in entries.iter().zip(&entries[1..]) {
        assert!(newer["sequence"].as_u64() > older["sequence"].as_u64());
        assert!(newer["at"].as_str() >= older["at"].as_str());
    }
    let owner = &bakery.owner.id;
    for entry in &entries {
        let kind = entry["kind"].as_str().unwrap();
        let is_message = kind.ends_with("_message");
        assert_eq!(
            (entry["message"].is_object(), entry["event"].is_object()),
            (is_message, !is_message),
            "{kind}"
        );
        let by_contact = ["incoming_message", "conversation_started"].contains(&kind)
            || (kind == "reopened" && entry["sequence"] == 11);
        let actor =
            if by_contact { json!({"type": "contact"}) } else { json!({"type": "user", "user_id": owner}) };
        assert_eq!(entry["actor"], actor, "{entry:#}");
    }
    let users: Vec<_> = entries.iter().rev().filter_map(|it| it["event"]["user_id"].as_str()).collect();
    assert_eq!(users, [&ben.id, owner, &ben.id]);
    assert_eq!(entries[STORY.len() - 1 - 6]["event"]["until"], "2030-01-09T14:00:00Z");
    // The initials beside what somebody sent.
    let people = house.list(&bakery.owner.token, "/v1/users").await;
    let author = &entries[STORY.len() - 1 - 3]["message"]["author"]["user_id"];
    let found = people.iter().find(|person| person["id"] == *author).unwrap();
    assert_eq!(found["initials"], "AB");
    house.audit(&bakery.owner).await;
    house.close().await;
}

/// A filter and the entries that it leaves, oldest first, as places in the story.
async fn check(house: &House, bakery: &Business, path: &str, filter: &str, expected: &[usize]) {
    for limit in [3, 100] {
        let (mut found, mut cursor) = (vec![], String::new());
        loop {
            let page = format!("{path}/timeline?{filter}&limit={limit}{cursor}");
            let page = house.get(&bakery.owner.token, &page).await.expect(200);
            found.extend(page["data"].as_array().unwrap().iter().map(|it| it["sequence"].as_u64().unwrap()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        found.reverse();
        let found: Vec<_> =
            found.into_iter().map(|sequence| usize::try_from(sequence).unwrap() - 1).collect();
        assert_eq!(found, expected, "{filter} by {limit}");
    }
}

#[tokio::test]
async fn d12_e19_events_origins_and_failure_are_filters_of_their_own() {
    let (house, bakery, _, path) = story().await;
    let places = |kinds: &[&str]| -> Vec<usize> {
        (0..STORY.len()).filter(|place| kinds.contains(&STORY[*place])).collect()
    };
    let all: Vec<usize> = (0..STORY.len()).collect();
    check(&house, &bakery, &path, "failed=false", &all).await;
    let mut kinds = STORY.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in &kinds {
        check(&house, &bakery, &path, &format!("events={kind}"), &places(&[kind])).await;
    }
    check(&house, &bakery, &path, "events=assigned,archived", &places(&["assigned", "archived"])).await;
    check(&house, &bakery, &path, &format!("events={}", kinds.join(",")), &all).await;
    let outgoing = places(&["outgoing_message"]);
    // 0175: each of our messages was taken and failed afterwards.
    check(&house, &bakery, &path, "failed=true", &outgoing).await;
    check(&house, &bakery, &path, "failed=true&events=incoming_message", &[]).await;
    check(&house, &bakery, &path, "failed=true&origins=manual", &outgoing).await;
    check(&house, &bakery, &path, "failed=true&origins=campaign", &[]).await;
    check(&house, &bakery, &path, "events=outgoing_message&origins=manual", &outgoing).await;
    check(&house, &bakery, &path, "events=outgoing_message&origins=campaign,notification", &[]).await;
    house.close().await;
}
