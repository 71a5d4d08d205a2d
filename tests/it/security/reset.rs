//! A forgotten password.

use jiff::SignedDuration;
use serde_json::json;

use super::{
    OTHER_PASSWORD, SecondFactor, flaws, is_signed_in, link, sign_in, sign_in_with, subjects, table_calls,
};
use crate::house::{Answer, Ask, House, PASSWORD};

fn request(email: &str) -> Ask {
    Ask::post("/v1/password-resets").json(&json!({"email": email}))
}

async fn confirm(house: &House, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    house.ask(Ask::post("/v1/password-resets/confirm").json(&body)).await
}

#[tokio::test]
async fn b04_the_link_lets_one_choose_once_and_ends_every_session_and_lock_out() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let email = bakery.owner.email.as_str();
    for _ in 0..6 {
        house.ask(sign_in(email, "not the password")).await;
    }
    house.ask(request(email)).await.expect(202);
    let token = link(&house, email).await;
    assert_eq!(flaws(confirm(&house, &token, "qwertyuiop").await, "#/password"), ["too_common"]);
    assert!(is_signed_in(&house, &bakery.owner.token).await);
    confirm(&house, &token, OTHER_PASSWORD).await.expect(204);
    assert!(!is_signed_in(&house, &bakery.owner.token).await);
    confirm(&house, &token, "another password altogether").await.problem(410, "link-ended");
    house.ask(sign_in(email, OTHER_PASSWORD)).await.expect(201);
    house.ask(sign_in(email, PASSWORD)).await.problem(401, "sign-in-failed");
    assert_eq!(subjects(&house, email).await.len(), 2, "the link, and that the password was changed");
    house.close().await;
}

#[tokio::test]
async fn b04_of_two_who_use_the_link_at_once_one_succeeds() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    house.ask(request(&bakery.owner.email)).await.expect(202);
    let token = link(&house, &bakery.owner.email).await;
    let ask = |n: u32| {
        let body = json!({"token": token, "password": format!("{OTHER_PASSWORD} {n}")});
        Ask::post("/v1/password-resets/confirm").json(&body)
    };
    let mut statuses: Vec<u16> = house.at_once((0..3).map(ask)).await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410, 410]);
    house.close().await;
}

#[tokio::test]
async fn b04_a_link_ends_after_an_hour_and_when_another_is_sent() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let email = bakery.owner.email.as_str();
    house.ask(request(email)).await.expect(202);
    let first = link(&house, email).await;
    house.move_clock(SignedDuration::from_mins(1));
    house.ask(request(email)).await.expect(202);
    let second = link(&house, email).await;
    assert_ne!(first, second);
    confirm(&house, &first, OTHER_PASSWORD).await.problem(410, "link-ended");
    house.move_clock(SignedDuration::from_hours(1));
    confirm(&house, &second, OTHER_PASSWORD).await.problem(410, "link-ended");
    for forged in ["", "tdl_", "tdl_AAAA", &second[..second.len() - 2], &format!("{second}A")] {
        confirm(&house, forged, OTHER_PASSWORD).await.problem(410, "link-ended");
    }
    house.ask(sign_in(email, PASSWORD)).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn b04_asking_does_as_much_and_says_as_little_for_nobody_as_for_somebody() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let (disabled, disabled_email) = house.add_user(&bakery, &[], "all").await;
    let change = Ask::new("PATCH", format!("/v1/users/{disabled}")).by(&bakery.owner.token);
    house.ask(change.json(&json!({"enabled": false}))).await.expect(200);
    house.settle().await;
    let mut seen = vec![];
    for email in ["nobody@example.com", &bakery.owner.email, &bakery.owner.email, &disabled_email] {
        let (answer, calls) = table_calls(&house, request(email)).await;
        seen.push((answer.status, answer.text.clone(), calls));
    }
    for other in &seen {
        assert_eq!(*other, seen[0]);
    }
    assert_eq!((seen[0].0, seen[0].1.as_str()), (202, ""));
    assert_eq!(subjects(&house, &bakery.owner.email).await.len(), 1, "one letter in a minute");
    assert_eq!(subjects(&house, &disabled_email).await.len(), 0);
    assert_eq!(subjects(&house, "nobody@example.com").await.len(), 0);
    house.close().await;
}

#[tokio::test]
async fn b04_a_new_password_does_not_remove_the_second_factor() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let email = bakery.owner.email.as_str();
    let second = SecondFactor::set_up(&house, &bakery.owner.token).await;
    house.ask(request(email)).await.expect(202);
    let token = link(&house, email).await;
    confirm(&house, &token, OTHER_PASSWORD).await.expect(204);
    house.ask(sign_in(email, OTHER_PASSWORD)).await.problem(401, "second-factor-required");
    house.ask(sign_in_with(email, "totp", &second.code(&house))).await.problem(401, "sign-in-failed");
    let body = json!({"email": email, "password": OTHER_PASSWORD, "totp": second.code(&house)});
    house.ask(Ask::post("/v1/sessions").json(&body)).await.expect(201);
    house.close().await;
}
