//! I10: lists, changes and what is told live ask one predicate.

use serde_json::{Value, json};

use super::{CUSTOMER, assign, begin, changes, connect, id, open, ticket, unassign};
use crate::house::{Ask, Business, House, Person};

/// A conversation with a new customer, of nobody.
async fn conversation(house: &House, bakery: &Business, customer: &str) -> String {
    id(&house.text_in(customer, bakery, "Hello").await)
}

/// The conversations of a list that somebody sees.
async fn listed(house: &House, who: &Person) -> Vec<String> {
    let mut ids: Vec<_> =
        house.list(&who.token, "/v1/conversations?view=all&limit=100").await.iter().map(id).collect();
    ids.sort();
    ids
}

fn named(frames: &[Value]) -> Vec<String> {
    let mut ids: Vec<_> = frames
        .iter()
        .filter(|it| it["type"] == "change" && it["gone"] == false)
        .map(|it| it["conversation_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

#[tokio::test]
async fn i10_changes_and_what_is_told_are_of_the_conversations_in_the_list() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let sees_all = house.colleague(&bakery, &["people_manager"], "all").await;
    let sees_assigned = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let sees_none = house.colleague(&bakery, &["people_manager"], "none").await;
    let mine = conversation(&house, &bakery, "+12125550131").await;
    let anothers = conversation(&house, &bakery, "+12125550132").await;
    let nobodys = conversation(&house, &bakery, "+12125550133").await;
    assign(&house, owner, &mine, &sees_assigned).await;
    assign(&house, owner, &anothers, &sees_all).await;
    for who in [&sees_all, &sees_assigned] {
        let since = begin(&house, &who.token).await;
        let mut client = connect(&house, who, &format!("of-{}", who.id)).await;
        for customer in ["+12125550131", "+12125550132", "+12125550133"] {
            house.text_in(customer, &bakery, "Still there?").await;
        }
        let expected = listed(&house, who).await;
        let (page, _) = changes(&house, &who.token, &since).await;
        let mut given: Vec<_> = page["conversations"].as_array().unwrap().iter().map(id).collect();
        given.sort();
        assert_eq!(given, expected);
        let entries = page["entries"].as_array().unwrap().iter();
        let mut of: Vec<_> = entries.map(|it| it["conversation_id"].as_str().unwrap()).collect();
        of.sort_unstable();
        of.dedup();
        assert_eq!(of, expected);
        let frames = client.frames();
        assert_eq!(named(&frames), expected);
        // Not a word of others, not even an id.
        let told = format!("{page}{}", json!(frames));
        for other in [&mine, &anothers, &nobodys].into_iter().filter(|it| !expected.contains(it)) {
            assert!(!told.contains(other.as_str()), "{told}");
        }
    }
    assert_eq!(listed(&house, &sees_assigned).await, [mine]);
    house.get(&sees_none.token, "/v1/changes").await.problem(403, "forbidden");
    house.ask(Ask::post("/v1/live/tickets").by(&sees_none.token)).await.problem(403, "forbidden");
    house.close().await;
}

#[tokio::test]
async fn i10_who_loses_a_conversation_is_told_that_it_is_gone_and_nothing_more() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    let ben = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let eva = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let conversation = conversation(&house, &bakery, CUSTOMER).await;
    assign(&house, owner, &conversation, &ben).await;
    house.move_clock(jiff::SignedDuration::from_mins(1));
    let (bens, evas, owners) =
        (begin(&house, &ben.token).await, begin(&house, &eva.token).await, begin(&house, &owner.token).await);
    let mut client = connect(&house, &ben, "ben").await;
    let mut other = connect(&house, &eva, "eva").await;
    unassign(&house, owner, &conversation, &ben).await;
    house.text_in(CUSTOMER, &bakery, "My secret is out").await;
    let gone = json!([{"id": conversation, "gone": true}]);
    let (page, next) = changes(&house, &ben.token, &bens).await;
    assert_eq!((&page["conversations"], &page["entries"]), (&gone, &json!([])));
    assert_eq!(changes(&house, &ben.token, &next).await.0["conversations"], json!([]));
    assert_eq!(changes(&house, &eva.token, &evas).await.0["conversations"], json!([]));
    let (page, _) = changes(&house, &owner.token, &owners).await;
    assert_eq!(page["conversations"][0]["preview"], "My secret is out");
    let told = client.of_type("change");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((&told[0]["gone"], &told[0]["entries"]), (&json!(true), &json!([])));
    assert_eq!(other.frames(), Vec::<Value>::new());
    // Back again: the client hears of it as of something new.
    assign(&house, owner, &conversation, &ben).await;
    let (page, _) = changes(&house, &ben.token, &next).await;
    assert_eq!(page["conversations"][0]["preview"], "My secret is out");
    assert_eq!(client.of_type("change")[0]["gone"], false);
    house.close().await;
}

/// Rights are looked at again before anything is told after a minute, and the connection is closed.
#[tokio::test]
async fn i10_a_session_that_ended_a_user_who_left_and_rights_that_were_taken_are_told_nothing_more() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let owner = &bakery.owner;
    conversation(&house, &bakery, CUSTOMER).await;
    let patch = |who: &Person, body: Value| {
        Ask::new("PATCH", format!("/v1/users/{}", who.id)).by(&owner.token).json(&body)
    };
    for case in ["signs out", "is removed", "sees none", "sees less"] {
        let ben = house.colleague(&bakery, &["people_manager"], "all").await;
        let unused = ticket(&house, &ben).await;
        let mut client = connect(&house, &ben, case.replace(' ', "-").as_str()).await;
        house.text_in(CUSTOMER, &bakery, "Before").await;
        assert_eq!(client.of_type("change").len(), 1, "{case}");
        match case {
            "signs out" => {
                house.ask(Ask::new("DELETE", "/v1/sessions/current").by(&ben.token)).await.expect(204);
            }
            "is removed" => {
                house
                    .ask(Ask::new("DELETE", format!("/v1/users/{}", ben.id)).by(&owner.token))
                    .await
                    .expect(204);
            }
            "sees none" => {
                house.ask(patch(&ben, json!({"conversation_access": "none"}))).await.expect(200);
            }
            _ => {
                house.ask(patch(&ben, json!({"conversation_access": "assigned"}))).await.expect(200);
            }
        }
        if case != "sees less" {
            assert_eq!(open(&house, &unused, "late").await, 403, "{case}: a ticket is worth nothing either");
        }
        house.move_clock(jiff::SignedDuration::from_secs(61));
        house.text_in(CUSTOMER, &bakery, "After").await;
        let told = client.frames();
        let expected = if case == "sees less" { vec![] } else { vec![json!("closed")] };
        assert_eq!(told, expected, "{case}");
    }
    house.close().await;
}
