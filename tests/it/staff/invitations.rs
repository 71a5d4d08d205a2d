//! Joining by a link in an e-mail (A10, B07, B08).

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, PASSWORD};

const DORA: &str = "dora@example.com";

async fn invite(house: &House, to: &Business) -> Value {
    let body = json!({"name": "Dora Day", "email": DORA, "roles": ["people_manager"]});
    house.post(&to.owner.token, "/v1/users", &body).await.expect(201)
}

fn accept(token: &str) -> Ask {
    let body = json!({"token": token, "password": "plum trombone galaxy", "name": "Dora D."});
    Ask::post("/v1/invitations/accept").json(&body)
}

#[tokio::test]
async fn a10_b07_who_is_invited_joins_by_the_link_chooses_a_password_and_has_their_roles() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let invited = invite(&house, &bakery).await;
    assert_eq!(invited["status"], "invited");
    let letters = house.letters_to(DORA).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].subject.contains("Bakery"), "{}", letters[0].subject);
    let token = house.token_for(DORA).await;
    let joined = house.ask(accept(&token)).await.expect(201);
    assert_eq!((&joined["user"]["status"], &joined["user"]["name"]), (&json!("active"), &json!("Dora D.")));
    let me = house.get(joined["token"].as_str().unwrap(), "/v1/me").await.expect(200);
    assert_eq!(me["user"]["roles"], json!(["people_manager"]));
    let sign_in = json!({"email": DORA, "password": "plum trombone galaxy"});
    house.ask(Ask::post("/v1/sessions").json(&sign_in)).await.expect(201);
    // B08: the details of a user are seen by choosing them from the list.
    let path = format!("/v1/users/{}", invited["id"].as_str().unwrap());
    let seen = house.get(&bakery.owner.token, &path).await.expect(200);
    assert_eq!((&seen["initials"], &seen["email"]), (&json!("DD"), &json!(DORA)));
    house.close().await;
}

#[tokio::test]
async fn b07_the_link_of_an_invitation_works_once_even_if_it_is_used_at_the_same_moment() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    invite(&house, &bakery).await;
    let token = house.token_for(DORA).await;
    let answers = house.at_once([accept(&token), accept(&token), accept(&token)]).await;
    let statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 2, "{statuses:?}");
    refused(&house, accept(&token)).await.problem(410, "link-ended");
    house.close().await;
}

#[tokio::test]
async fn b07_the_link_of_an_invitation_ends_after_a_week_and_when_another_is_sent() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let invited = invite(&house, &bakery).await;
    let first = house.token_for(DORA).await;
    let again = format!("/v1/users/{}/invitation", invited["id"].as_str().unwrap());
    house.move_clock(SignedDuration::from_secs(1));
    house.ask(Ask::post(&again).by(&bakery.owner.token)).await.expect(200);
    let second = house.token_for(DORA).await;
    assert_ne!(first, second);
    refused(&house, accept(&first)).await.problem(410, "link-ended");
    house.move_clock(SignedDuration::from_hours(24 * 7));
    refused(&house, accept(&second)).await.problem(410, "link-ended");
    // Whoever missed it is invited once more.
    house.ask(Ask::post(&again).by(&bakery.owner.token)).await.expect(200);
    let third = house.token_for(DORA).await;
    house.ask(accept(&third)).await.expect(201);
    refused(&house, Ask::post(&again).by(&bakery.owner.token)).await.problem(409, "conflict");
    house.close().await;
}

#[tokio::test]
async fn b07_a_link_that_was_tampered_with_or_is_of_another_purpose_is_none() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    invite(&house, &bakery).await;
    let token = house.token_for(DORA).await;
    let flipped = if token.ends_with('A') { "B" } else { "A" };
    let wrong = [
        String::new(),
        "tdl_".to_owned(),
        token[..token.len() - 1].to_owned(),
        format!("{token}A"),
        format!("{}{flipped}", &token[..token.len() - 1]),
        token.replacen("tdl_", "tds_", 1),
        bakery.owner.token.clone(),
        "x".repeat(10_000),
    ];
    for token in wrong {
        refused(&house, accept(&token)).await.problem(410, "link-ended");
    }
    house.close().await;
}

#[tokio::test]
async fn before_joining_one_can_neither_sign_in_nor_be_assigned_and_the_address_is_taken() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let invited = invite(&house, &bakery).await;
    for password in [PASSWORD, ""] {
        let sign_in = Ask::post("/v1/sessions").json(&json!({"email": DORA, "password": password}));
        house.ask(sign_in).await.problem(401, "sign-in-failed");
    }
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    let (conversation, dora) = (conversation["id"].as_str().unwrap(), invited["id"].as_str().unwrap());
    let assign = Ask::new("PUT", format!("/v1/conversations/{conversation}/assignees/{dora}"));
    refused(&house, assign.by(&bakery.owner.token)).await.problem(404, "not-found");
    // The same person again, however the address is written.
    for email in [DORA, "Dora@Example.com", "DORA@EXAMPLE.COM"] {
        let body = json!({"name": "Dora", "email": email});
        let ask = Ask::post("/v1/users").by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.problem(409, "email-taken");
    }
    let path = format!("/v1/users/{dora}");
    let enable = Ask::new("PATCH", path).by(&bakery.owner.token).json(&json!({"enabled": true}));
    refused(&house, enable).await.problem(409, "conflict");
    house.close().await;
}

#[tokio::test]
async fn an_address_with_characters_that_only_look_right_is_refused() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    for email in [
        "dor\u{430}@example.com",
        "dora@ex\u{430}mple.com",
        "\u{ff44}ora@example.com",
        "dora\u{200b}@example.com",
        "dora@example.com\u{202e}",
        "dora@example\u{3002}com",
        "do\u{301}ra@example.com",
        "dora@example.com\u{0}",
        "dora@example.com, eve@example.com",
        "Dora <dora@example.com>",
    ] {
        let body = json!({"name": "Dora", "email": email});
        let ask = Ask::post("/v1/users").by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.names("#/email", "invalid");
    }
    house.close().await;
}

#[tokio::test]
async fn i12_inviting_with_the_same_key_again_invites_once() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ask = || {
        let body = json!({"name": "Dora", "email": DORA});
        Ask::post("/v1/users").by(&bakery.owner.token).key("invite-dora").json(&body)
    };
    let (first, second) = (house.ask(ask()).await.expect(201), house.ask(ask()).await.expect(201));
    assert_eq!(first, second);
    assert_eq!(house.letters_to(DORA).await.len(), 1);
    house.close().await;
}
