//! Guessing, and what it tells.

use jiff::SignedDuration;
use serde_json::json;

use super::{SecondFactor, delete, fresh, sign_in, sign_in_with, subjects, table_calls};
use crate::house::{Ask, House, Log, PASSWORD};

/// Same words, same calls to the table, one password compared: whoever it is. Counted, because time on a shared machine
/// proves nothing.
#[tokio::test]
async fn b04_sign_in_does_not_tell_unknown_addresses_from_wrong_passwords() {
    let log = Log::collect();
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let (disabled, disabled_email) = house.add_user(&bakery, &[], "all").await;
    let change = Ask::new("PATCH", format!("/v1/users/{disabled}")).by(&bakery.owner.token);
    house.ask(change.json(&json!({"enabled": false}))).await.expect(200);
    let invited = json!({"name": "Iris", "email": "iris@example.com"});
    house.post(&bakery.owner.token, "/v1/users", &invited).await.expect(201);
    let compared = || log.text().matches("a password is compared").count();
    let mut seen = vec![];
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        ("nobody-else@example.com", "not the password"),
        (&bakery.owner.email, "not the password"),
        (&disabled_email, "not the password"),
        (&disabled_email, PASSWORD),
        ("iris@example.com", PASSWORD),
    ] {
        let before = compared();
        let (answer, calls) = table_calls(&house, sign_in(email, password)).await;
        seen.push((answer.comparable(), calls, compared() - before));
        answer.problem(401, "sign-in-failed");
    }
    for other in &seen {
        assert_eq!(*other, seen[0]);
    }
    assert_eq!(seen[0].2, 1);
    house.close().await;
}

#[tokio::test]
async fn b04_failures_lock_out_for_longer_each_time_also_with_the_right_password() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let email = bakery.owner.email.as_str();
    for _ in 0..5 {
        house.ask(sign_in(email, "not the password")).await.problem(401, "sign-in-failed");
    }
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        let locked = house.ask(sign_in(email, PASSWORD)).await;
        assert_eq!(locked.header("retry-after"), Some((minutes * 60).to_string().as_str()));
        locked.problem(429, "rate-limited");
        house.move_clock(SignedDuration::from_mins(minutes) - SignedDuration::from_secs(1));
        house.ask(sign_in(email, PASSWORD)).await.problem(429, "rate-limited");
        house.move_clock(SignedDuration::from_secs(1));
        house.ask(sign_in(email, "not the password")).await.problem(401, "sign-in-failed");
    }
    // Who is signed in stays so, and who waits comes in and is forgiven.
    house.get(&bakery.owner.token, "/v1/me").await.expect(200);
    house.move_clock(SignedDuration::from_hours(1));
    for _ in 0..5 {
        house.ask(sign_in(email, PASSWORD)).await.expect(201);
        house.ask(sign_in(email, "not the password")).await.problem(401, "sign-in-failed");
    }
    house.close().await;
}

#[tokio::test]
async fn b04_being_locked_out_does_not_tell_whether_an_address_is_known() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let mut answers = vec![];
    for email in [bakery.owner.email.as_str(), "nobody@example.com"] {
        for _ in 0..5 {
            house.ask(sign_in(email, "not the password")).await.problem(401, "sign-in-failed");
        }
        let (answer, calls) = table_calls(&house, sign_in(email, "not the password")).await;
        answers.push((answer.comparable(), answer.header("retry-after").map(str::to_owned), calls));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0.0, 429);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b04_guesses_that_arrive_together_all_count() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let guess = |n: u32| sign_in(&bakery.owner.email, &format!("guess number {n}"));
    let answers = house.at_once((0..16).map(guess)).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(looked_at <= 5, "{looked_at} guesses were looked at");
    assert!(answers.iter().all(|answer| [401, 429, 503].contains(&answer.status)));
    house.ask(sign_in(&bakery.owner.email, PASSWORD)).await.problem(429, "rate-limited");
    house.close().await;
}

#[tokio::test]
async fn b04_a_wrong_code_is_a_failure_and_a_missing_one_is_none() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let email = bakery.owner.email.as_str();
    let second = SecondFactor::set_up(&house, &bakery.owner.token).await;
    for _ in 0..8 {
        house.ask(sign_in(email, PASSWORD)).await.problem(401, "second-factor-required");
    }
    // Only who has the password learns that a code is wanted.
    house.ask(sign_in(email, "not the password")).await.problem(401, "sign-in-failed");
    let right = second.code(&house);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        house.ask(sign_in_with(email, "totp", wrong)).await.problem(401, "sign-in-failed");
        house.ask(sign_in(email, PASSWORD)).await;
    }
    house.ask(sign_in_with(email, "totp", &right)).await.problem(429, "rate-limited");
    house.close().await;
}

#[tokio::test]
async fn b04_a_sign_in_from_a_new_place_is_told_by_mail() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let email = bakery.owner.email.as_str();
    fresh(&house, &bakery.owner).await;
    assert_eq!(subjects(&house, email).await.len(), 0, "where one signed up is known");
    house.ask(sign_in(email, PASSWORD).from("203.0.113.7")).await.expect(201);
    assert_eq!(subjects(&house, email).await.len(), 1);
    house.ask(sign_in(email, PASSWORD).from("203.0.113.7")).await.expect(201);
    house.ask(sign_in(email, "not the password").from("198.51.100.1")).await.expect(401);
    assert_eq!(subjects(&house, email).await.len(), 1);
    house.ask(sign_in(email, PASSWORD).from("198.51.100.1")).await.expect(201);
    assert_eq!(subjects(&house, email).await.len(), 2);
    delete(&house, &bakery.owner.token, "/v1/sessions/current").await.expect(204);
    house.close().await;
}
