//! A master enters its sub account as support, when it is let in (A09).

use serde_json::{Value, json};

use super::Branch;
use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person};
use jiff::SignedDuration;

async fn allow(house: &House, north: &Branch, hours: i64) {
    let until = house.now() + SignedDuration::from_hours(hours);
    house.put(&north.owner, "/v1/account/support-access", &json!({"until": until})).await.expect(200);
    house.settle().await;
}

fn enter(master: &Person, north: &Branch) -> Ask {
    Ask::post(format!("/v1/accounts/{}/support-sessions", north.id)).by(&master.token)
}

async fn world() -> (House, Business, Branch) {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    (house, master, north)
}

fn text(of: &Value, field: &str) -> String {
    of[field].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a09_support_enters_only_while_the_sub_account_allows_it() {
    let (house, master, north) = world().await;
    refused(&house, enter(&master.owner, &north)).await.problem(409, "support-not-allowed");
    allow(&house, &north, 2).await;
    let session = house.ask(enter(&master.owner, &north)).await.expect(201);
    let token = text(&session, "token");
    let me = house.get(&token, "/v1/me").await.expect(200);
    assert_eq!((&me["account"]["id"], &me["user"]["id"]), (&json!(north.id), &session["user_id"]));
    let may = me["permissions"].as_array().unwrap();
    for daily in
        ["messages:manage", "messages:compose", "contacts:manage", "templates:manage", "gateways:manage"]
    {
        assert!(may.contains(&json!(daily)), "{daily} {may:?}");
    }
    for never in
        ["account:manage", "users:manage", "security:manage", "credits:read", "credits:buy", "audit:read"]
    {
        assert!(!may.contains(&json!(never)), "{never} {may:?}");
    }
    for path in ["/v1/credits", "/v1/accounts"] {
        house.get(&token, path).await.problem(403, "forbidden");
    }
    // Both logs tell of it, and the sub account's people are told by e-mail.
    assert!(house.has_told(&north.id, "support.allowed", "user"));
    assert!(house.has_told(&north.id, "support.entered", "master"));
    assert!(house.has_told(&master.account, "support.entered", "user"));
    let letters = house.letters_to(&north.owner.email).await;
    let about_support = letters.iter().filter(|letter| letter.text.contains("support")).count();
    assert_eq!(about_support, 2, "allowed, entered");
    // Taking it back ends the session at once.
    house.ask(Ask::new("DELETE", "/v1/account/support-access").by(&north.owner.token)).await.expect(204);
    house.get(&token, "/v1/me").await.problem(401, "unauthenticated");
    refused(&house, enter(&master.owner, &north)).await.problem(409, "support-not-allowed");
    house.close().await;
}

#[tokio::test]
async fn a09_a_visit_lasts_an_hour_and_never_longer_than_it_is_allowed() {
    let (house, master, north) = world().await;
    allow(&house, &north, 2).await;
    let first = text(&house.ask(enter(&master.owner, &north)).await.expect(201), "token");
    house.move_clock(SignedDuration::from_mins(59));
    house.get(&first, "/v1/me").await.expect(200);
    house.move_clock(SignedDuration::from_mins(1));
    house.get(&first, "/v1/me").await.problem(401, "unauthenticated");
    house.move_clock(SignedDuration::from_mins(30));
    let second = text(&house.ask(enter(&master.owner, &north)).await.expect(201), "token");
    house.move_clock(SignedDuration::from_mins(30));
    house.get(&second, "/v1/me").await.problem(401, "unauthenticated");
    refused(&house, enter(&master.owner, &north)).await.problem(409, "support-not-allowed");
    house.close().await;
}

#[tokio::test]
async fn a09_x17_a_visitor_is_no_colleague_and_takes_no_seat() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let line = house.branch_with_line(&master.owner, "North branch", 10).await;
    let north = Branch { id: line.account.clone(), owner: line.owner.clone() };
    allow(&house, &north, 2).await;
    let session = house.ask(enter(&master.owner, &north)).await.expect(201);
    let (token, visitor) = (text(&session, "token"), text(&session, "user_id"));
    let users = house.list(&north.owner.token, "/v1/users").await;
    assert_eq!(users.len(), 1, "{users:?}");
    let usage = house.get(&north.owner.token, "/v1/usage").await.expect(200);
    assert_eq!(usage["seats"]["users"], 1);
    let conversation = house.text_in("+12125550123", &line, "Help!").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let assign = Ask::new("PUT", format!("{path}/assignees/{visitor}")).by(&north.owner.token);
    refused(&house, assign).await.problem(404, "not-found");
    // They may answer, and are not assigned by it; nobody tells them of anything.
    house
        .post(&token, "/v1/messages", &json!({"conversation_id": conversation["id"], "body": "Hello"}))
        .await
        .expect(202);
    house.settle().await;
    assert_eq!(house.get(&north.owner.token, &path).await.expect(200)["assignees"], json!([]));
    house.text_in("+12125550123", &line, "Thanks").await;
    assert!(house.list(&token, "/v1/notifications").await.is_empty());
    for ask in [Ask::get(format!("/v1/users/{visitor}")), Ask::new("DELETE", format!("/v1/users/{visitor}"))]
    {
        refused(&house, ask.by(&north.owner.token)).await.problem(404, "not-found");
    }
    // They come back as the same.
    let again = house.ask(enter(&master.owner, &north)).await.expect(201);
    assert_eq!(again["user_id"], visitor);
    house.close().await;
}

#[tokio::test]
async fn a09_who_may_let_support_in_and_for_how_long() {
    let (house, master, north) = world().await;
    let allow = |token: &str, hours: i64| {
        let until = house.now() + SignedDuration::from_hours(hours);
        Ask::new("PUT", "/v1/account/support-access").by(token).json(&json!({"until": until}))
    };
    for hours in [-1, 0, 24 * 30 + 1, 24 * 3650] {
        refused(&house, allow(&north.owner.token, hours)).await.names("#/until", "out_of_range");
    }
    refused(&house, allow(&master.owner.token, 1)).await.problem(409, "conflict");
    house.ask(allow(&north.owner.token, 24 * 30)).await.expect(200);
    // Neither a sibling nor somebody else's master gets in, nor a program.
    let stranger = house.business("Stranger", 10).await;
    refused(&house, enter(&stranger.owner, &north)).await.problem(404, "not-found");
    let ben = house.colleague(&master, &["finance_data_manager", "people_manager"], "all").await;
    let problem = refused(&house, enter(&ben, &north)).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "accounts:enter");
    house.close().await;
}
