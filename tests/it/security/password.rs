//! Which passwords may be chosen, how long they are good, and changing one's own.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{OTHER_PASSWORD, ask, flaws, fresh, is_signed_in, settings, sign_in, subjects};
use crate::house::{Answer, Ask, House, PASSWORD};

async fn change(house: &House, token: &str, current: &str, wanted: &str) -> Answer {
    let body = json!({"current_password": current, "password": wanted});
    ask(house, "PUT", token, "/v1/me/password", &body).await
}

#[tokio::test]
async fn b04_changing_the_password_ends_the_other_sessions() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let (token, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let other = fresh(&house, &bakery.owner).await;
    change(&house, token, "not the password", OTHER_PASSWORD).await.names("#/current_password", "invalid");
    assert!(is_signed_in(&house, &other).await);
    change(&house, token, PASSWORD, OTHER_PASSWORD).await.expect(204);
    assert!(is_signed_in(&house, token).await);
    house.get(&other, "/v1/me").await.problem(401, "unauthenticated");
    house.ask(sign_in(email, PASSWORD)).await.problem(401, "sign-in-failed");
    house.ask(sign_in(email, OTHER_PASSWORD)).await.expect(201);
    assert_eq!(subjects(&house, email).await.len(), 1, "it is told by mail");
    house.close().await;
}

#[tokio::test]
async fn b04_a_stolen_session_is_no_way_to_guess_the_password() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let token = bakery.owner.token.as_str();
    for _ in 0..5 {
        let answer = change(&house, token, "not the password", OTHER_PASSWORD).await;
        answer.names("#/current_password", "invalid");
    }
    change(&house, token, PASSWORD, OTHER_PASSWORD).await.problem(429, "rate-limited");
    house.close().await;
}

#[tokio::test]
async fn b04_each_flaw_of_a_password_has_its_code_wherever_one_is_chosen() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let token = bakery.owner.token.as_str();
    let long = "very long ".repeat(21);
    let cases: [(&str, &[&str]); 6] = [
        ("kx7#QwzP9", &["too_short"]),
        ("secret", &["too_short", "too_common"]),
        (&long, &["too_long"]),
        ("qwertyuiop", &["too_common"]),
        ("abcdefghijklm", &["too_weak"]),
        ("", &["too_short", "too_weak"]),
    ];
    for (password, expected) in cases {
        let changed = change(&house, token, PASSWORD, password).await;
        assert_eq!(flaws(changed, "#/password"), expected, "{password}");
        let business = json!({
            "business_name": "New Bakery", "time_zone": "Europe/Berlin", "region": "DE", "name": "Cleo",
            "email": "cleo@example.com", "password": password,
        });
        let signed_up = house.ask(Ask::post("/v1/sign-up").json(&business)).await;
        assert_eq!(flaws(signed_up, "#/password"), expected, "{password}");
        let user = json!({"name": "Dora", "email": "dora@example.com", "password": password});
        let added = house.post(token, "/v1/users", &user).await;
        assert_eq!(flaws(added, "#/password"), expected, "{password}");
    }
    // What everybody knows about the user is no secret.
    let known = change(&house, token, PASSWORD, &bakery.owner.email).await;
    assert_eq!(flaws(known, "#/password"), ["too_weak"]);
    house.close().await;
}

#[tokio::test]
async fn b10_the_policy_of_the_account_counts_for_whoever_chooses_next() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let policy = json!({"min_length": 24, "min_strength": 4, "history": 2, "expires_after_days": null});
    settings(&house, &bakery.owner.token, |it| it["password"] = policy).await.expect(200);
    let wanted = |password: &'static str| change(&house, &ben.token, PASSWORD, password);
    assert_eq!(flaws(wanted(OTHER_PASSWORD).await, "#/password"), ["too_short"]);
    assert_eq!(flaws(wanted(PASSWORD).await, "#/password"), ["too_short", "used_before"]);
    house.get(&ben.token, "/v1/me").await.expect(200);
    let first = "seventeen purple elephants climb";
    let second = "eighteen yellow giraffes descend";
    wanted(first).await.expect(204);
    change(&house, &ben.token, first, second).await.expect(204);
    for used in [first, second] {
        let again = change(&house, &ben.token, second, used).await;
        assert_eq!(flaws(again, "#/password"), ["used_before"], "{used}");
    }
    house.close().await;
}

#[tokio::test]
async fn b10_an_expired_password_is_only_good_for_changing_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let days = |days: Value| move |it: &mut Value| it["password"]["expires_after_days"] = days;
    settings(&house, &bakery.owner.token, days(json!(5))).await.expect(200);
    house.move_clock(SignedDuration::from_hours(24 * 5) - SignedDuration::from_secs(1));
    house.get(&ben.token, "/v1/conversations").await.expect(200);
    house.move_clock(SignedDuration::from_secs(1));
    house.get(&ben.token, "/v1/conversations").await.problem(403, "password-expired");
    let again = fresh(&house, &ben).await;
    house.get(&again, "/v1/conversations").await.problem(403, "password-expired");
    house.get(&again, "/v1/me").await.expect(200);
    change(&house, &again, PASSWORD, OTHER_PASSWORD).await.expect(204);
    house.get(&again, "/v1/conversations").await.expect(200);
    house.close().await;
}
