//! Signing in with the wrong words, signing out, and losing rights.

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House, PASSWORD};

fn sign_in(email: &str, password: &str) -> Ask {
    Ask::post("/v1/sessions").json(&json!({"email": email, "password": password}))
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let mut wrong = house.ask(sign_in(&bakery.owner.email, "not the password")).await;
    for (email, password) in [
        ("nobody@example.com", "not the password"),
        ("nobody@example.com", PASSWORD),
        ("nobody@example.com", ""),
        (&bakery.owner.email, ""),
        (&bakery.owner.email, "correct horse batter"),
        (&bakery.owner.email, "Correct horse battery"),
        (&bakery.owner.email, "correct horse battery "),
    ] {
        let other = house.ask(sign_in(email, password)).await;
        assert_eq!(other.comparable(), wrong.comparable());
        wrong = other;
    }
    wrong.problem(401, "sign-in-failed");
    // Five failures were free; now one has to wait.
    house.move_clock(jiff::SignedDuration::from_mins(1));
    house.ask(sign_in(&bakery.owner.email.to_uppercase(), PASSWORD)).await.expect(201);
    house.close().await;
}

/// Hashing takes most of the time; an unknown address must take it too. Compared coarsely, because others work on this
/// machine as well: without the hash the answer would come twenty times sooner.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "measures how long an answer takes")]
async fn an_unknown_address_takes_as_long_as_a_known_one() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let mut fastest = vec![];
    for email in [bakery.owner.email.as_str(), "nobody@example.com"] {
        let mut times = vec![];
        for _ in 0..5 {
            let started = std::time::Instant::now();
            house.ask(sign_in(email, "not the password")).await.expect(401);
            times.push(started.elapsed());
        }
        fastest.push(times.into_iter().min().unwrap());
    }
    assert!(fastest[1] * 3 > fastest[0], "{fastest:?}");
    house.close().await;
}

#[tokio::test]
async fn signing_out_ends_this_session_at_once_and_no_other() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let other = house.sign_in(&bakery.owner.email).await;
    let sign_out = Ask::new("DELETE", "/v1/sessions/current").by(&bakery.owner.token);
    let answer = house.ask(sign_out.clone()).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    house.get(&bakery.owner.token, "/v1/me").await.problem(401, "unauthenticated");
    house.ask(sign_out).await.problem(401, "unauthenticated");
    house.get(&other, "/v1/me").await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn the_eleventh_session_ends_the_first() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let mut tokens = vec![bakery.owner.token.clone()];
    for _ in 0..10 {
        tokens.push(house.sign_in(&bakery.owner.email).await);
    }
    house.get(&tokens[0], "/v1/me").await.problem(401, "unauthenticated");
    for token in &tokens[1..] {
        house.get(token, "/v1/me").await.expect(200);
    }
    house.close().await;
}

async fn change(house: &House, by: &str, user: &str, change: Value) -> crate::house::Answer {
    house.ask(Ask::new("PATCH", format!("/v1/users/{user}")).by(by).json(&change)).await
}

#[tokio::test]
async fn who_is_demoted_loses_the_rights_with_the_next_request() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = &bakery.owner.token;
    let ben = house
        .colleague(&bakery, &["account_manager", "finance_data_manager", "integrations_manager"], "all")
        .await;
    house.text_in("+12125550123", &bakery, "Hello").await;
    let user = json!({"name": "Cleo", "email": "cleo@example.com", "password": PASSWORD});
    let tries = [
        (Ask::get("/v1/credits"), "credits:read"),
        (Ask::get("/v1/conversations?view=all"), "messages:manage"),
        (Ask::post("/v1/messages").json(&json!({"to": "+12125550123", "body": "Hi"})), "messages:manage"),
        (Ask::post("/v1/users").json(&user), "users:manage"),
        (
            Ask::new("PATCH", format!("/v1/users/{}", ben.id)).json(&json!({"conversation_access": "all"})),
            "users:manage",
        ),
    ];
    for (ask, _) in &tries[..3] {
        let answer = house.ask(ask.clone().by(&ben.token)).await;
        assert!(answer.status < 300, "{answer:?}");
    }
    house.settle().await;
    change(&house, owner, &ben.id, json!({"roles": [], "conversation_access": "none"})).await.expect(200);
    for (ask, permission) in tries {
        let problem = refused(&house, ask.by(&ben.token)).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], permission);
    }
    house.get(&ben.token, "/v1/me").await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn x16_the_last_account_manager_cannot_be_demoted() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let (owner, id) = (&bakery.owner.token, &bakery.owner.id);
    let ask =
        Ask::new("PATCH", format!("/v1/users/{id}")).by(owner).json(&json!({"roles": ["people_manager"]}));
    refused(&house, ask.clone()).await.problem(409, "last-account-manager");
    let ben = house.colleague(&bakery, &["account_manager"], "all").await;
    house.ask(ask).await.expect(200);
    let ask = Ask::new("PATCH", format!("/v1/users/{}", ben.id)).by(&ben.token).json(&json!({"roles": []}));
    refused(&house, ask).await.problem(409, "last-account-manager");
    // Everything else of the last one may change.
    change(&house, &ben.token, &ben.id, json!({"name": "Benjamin", "conversation_access": "none"}))
        .await
        .expect(200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x16_of_two_managers_who_demote_each_other_at_once_one_stays() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1).await;
    let ben = house.colleague(&bakery, &["account_manager"], "all").await;
    let demote = |by: &str, user: &str| {
        Ask::new("PATCH", format!("/v1/users/{user}")).by(by).json(&json!({"roles": []}))
    };
    let both = [demote(&bakery.owner.token, &ben.id), demote(&ben.token, &bakery.owner.id)];
    let answers = house.at_once(both).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{answers:#?}");
    let users = house.list(&bakery.owner.token, "/v1/users").await;
    let managers =
        users.iter().filter(|user| user["roles"].as_array().unwrap().contains(&json!("account_manager")));
    assert_eq!(managers.count(), 1);
    house.close().await;
}
