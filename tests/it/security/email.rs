//! Another e-mail address.

use jiff::SignedDuration;
use serde_json::json;

use super::{link, sign_in, subjects};
use crate::house::{Answer, Ask, House, PASSWORD};

async fn request(house: &House, token: &str, email: &str) -> Answer {
    house.post(token, "/v1/me/email-changes", &json!({"email": email, "password": PASSWORD})).await
}

fn confirm(token: &str) -> Ask {
    Ask::post("/v1/email-changes/confirm").json(&json!({"token": token}))
}

#[tokio::test]
async fn b04_an_address_counts_once_its_link_was_followed_and_the_old_one_is_told() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let (token, old) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let wrong = json!({"email": "new@example.com", "password": "not the password"});
    house.post(token, "/v1/me/email-changes", &wrong).await.names("#/password", "invalid");
    request(&house, token, old).await.names("#/email", "invalid");
    request(&house, token, "New@Example.com").await.expect(202);
    let link_token = link(&house, "new@example.com").await;
    house.ask(sign_in("new@example.com", PASSWORD)).await.problem(401, "sign-in-failed");
    house.ask(sign_in(old, PASSWORD)).await.expect(201);
    house.ask(confirm(&link_token)).await.expect(204);
    house.ask(sign_in("new@example.com", PASSWORD)).await.expect(201);
    house.ask(sign_in(old, PASSWORD)).await.problem(401, "sign-in-failed");
    assert_eq!(house.get(token, "/v1/me").await.expect(200)["user"]["email"], "new@example.com");
    assert_eq!(subjects(&house, old).await.len(), 1);
    house.ask(confirm(&link_token)).await.problem(410, "link-ended");
    // The old address is free.
    let business = json!({
        "business_name": "Other", "time_zone": "Europe/Berlin", "region": "DE", "name": "Cleo", "email": old,
        "password": PASSWORD,
    });
    house.ask(Ask::post("/v1/sign-up").json(&business)).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn b04_a_link_ends_after_a_day_and_when_another_address_is_wanted() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let token = bakery.owner.token.as_str();
    request(&house, token, "first@example.com").await.expect(202);
    let first = link(&house, "first@example.com").await;
    request(&house, token, "second@example.com").await.expect(202);
    let second = link(&house, "second@example.com").await;
    house.ask(confirm(&first)).await.problem(410, "link-ended");
    house.move_clock(SignedDuration::from_hours(24));
    house.ask(confirm(&second)).await.problem(410, "link-ended");
    house.ask(sign_in(&bakery.owner.email, PASSWORD)).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn b04_of_two_who_confirm_the_same_address_at_once_one_gets_it() {
    let house = House::open().await;
    let (bakery, roaster) = (house.business("Harbour Bakery", 0).await, house.business("Rival", 0).await);
    let mut links = vec![];
    for person in [&bakery.owner, &roaster.owner] {
        request(&house, &person.token, "wanted@example.com").await.expect(202);
        links.push(link(&house, "wanted@example.com").await);
    }
    let answers = house.at_once(links.iter().map(|token| confirm(token))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    answers.into_iter().find(|it| it.status == 409).unwrap().problem(409, "email-taken");
    // Whoever lost signs in as before.
    let mut old = 0;
    for person in [&bakery.owner, &roaster.owner] {
        old += usize::from(house.ask(sign_in(&person.email, PASSWORD)).await.status == 201);
    }
    assert_eq!(old, 1);
    house.ask(sign_in("wanted@example.com", PASSWORD)).await.expect(201);
    house.close().await;
}

/// Whoever asks learns nothing about the address that they could not learn by reading its mail.
#[tokio::test]
async fn b04_asking_for_a_taken_address_is_answered_like_asking_for_a_free_one() {
    let house = House::open().await;
    let (bakery, rival) = (house.business("Harbour Bakery", 0).await, house.business("Rival", 0).await);
    let free = request(&house, &bakery.owner.token, "free@example.com").await;
    let taken = request(&house, &bakery.owner.token, &rival.owner.email).await;
    assert_eq!((taken.status, taken.text.as_str()), (free.status, free.text.as_str()));
    let confirming = confirm(&link(&house, &rival.owner.email).await);
    house.ask(confirming).await.problem(409, "email-taken");
    house.close().await;
}
