//! Tickets: one connection, once, within a minute, for one session of one person.

use jiff::SignedDuration;
use serde_json::json;

use super::{connect, event, open, text, ticket, with_conversation};
use crate::house::{Ask, House};

#[tokio::test]
async fn d06_a_ticket_opens_one_connection_once_within_a_minute() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let first = ticket(&house, &bakery.owner).await;
    assert_eq!(open(&house, &first, "one").await, 200);
    assert_eq!(open(&house, &first, "two").await, 403, "used");
    let second = ticket(&house, &bakery.owner).await;
    assert_ne!(first, second);
    house.move_clock(SignedDuration::from_secs(59));
    assert_eq!(open(&house, &second, "three").await, 200);
    let third = ticket(&house, &bakery.owner).await;
    house.move_clock(SignedDuration::from_secs(60));
    assert_eq!(open(&house, &third, "four").await, 403, "ended");
    house.close().await;
}

#[tokio::test]
async fn d06_what_is_no_ticket_opens_nothing() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let genuine = ticket(&house, &bakery.owner).await;
    let mut changed = genuine.clone().into_bytes();
    for at in [4, 20, 60, changed.len() - 2] {
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let wrong = String::from_utf8(changed.clone()).unwrap();
        assert_eq!(open(&house, &wrong, "changed").await, 403, "{at}");
        changed = genuine.clone().into_bytes();
    }
    for wrong in ["", "tdt_", &genuine[1..], &genuine[..genuine.len() - 4], bakery.owner.token.as_str()] {
        assert_eq!(open(&house, wrong, "none").await, 403);
    }
    let without = event(&house, "$connect", "without", json!({})).await;
    assert_eq!(without["statusCode"], 403);
    // A name that somebody has is not given to somebody else.
    let florist = house.business("Florist", 0).await;
    let _theirs = connect(&house, &florist.owner, "taken").await;
    assert_eq!(open(&house, &genuine, "taken").await, 403);
    house.close().await;
}

#[tokio::test]
async fn tickets_are_for_people_who_have_signed_in() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    house.ask(Ask::post("/v1/live/tickets")).await.problem(401, "unauthenticated");
    let key = json!({"name": "till", "permissions": ["messages:manage"], "conversation_access": "all"});
    let made = house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    let key = text(&made["token"]);
    house.ask(Ask::post("/v1/live/tickets").by(&key)).await.problem(403, "people-only");
    house.close().await;
}

#[tokio::test]
async fn b04_a_ticket_is_worth_nothing_from_an_address_that_the_account_does_not_allow() {
    let house = House::open().await;
    let (bakery, _) = with_conversation(&house).await;
    let owner = &bakery.owner;
    let ticket = ticket(&house, owner).await;
    let settings = house.get(&owner.token, "/v1/account/security").await.expect(200);
    let mut settings = settings;
    settings["allowed_addresses"] = json!(["127.0.0.1/32"]);
    let put = Ask::new("PUT", "/v1/account/security").by(&owner.token).json(&settings);
    let answer = house.ask(put).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    // Sockets of these tests come from 192.0.2.7.
    assert_eq!(open(&house, &ticket, "elsewhere").await, 403);
    house.close().await;
}
