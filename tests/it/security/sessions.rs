//! Sessions: seen, ended, cut short.

use jiff::SignedDuration;
use serde_json::json;

use super::{delete, fresh, is_signed_in, settings, sign_in};
use crate::house::{House, PASSWORD};

#[tokio::test]
async fn b04_one_sees_ones_sessions_and_ends_any_of_them_at_once() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let owner = bakery.owner.token.as_str();
    house.move_clock(SignedDuration::from_mins(5));
    let agent = format!("Browser/1.0 {}", "x".repeat(300));
    let ask = sign_in(&bakery.owner.email, PASSWORD).from("203.0.113.7").header("user-agent", &agent);
    let other = house.ask(ask).await.expect(201)["token"].as_str().unwrap().to_owned();
    let sessions = house.list(owner, "/v1/sessions").await;
    assert_eq!(sessions.len(), 2);
    assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&json!(false), &json!(true)));
    assert_eq!(sessions[0]["address"], "203.0.113.7");
    assert_eq!(sessions[0]["user_agent"], agent[..200]);
    assert_eq!(sessions[1]["created_at"], "2030-01-08T15:00:00Z");
    assert_eq!(sessions[1]["expires_at"], "2030-01-22T15:00:00Z");
    let path = format!("/v1/sessions/{}", sessions[0]["id"].as_str().unwrap());
    assert!(is_signed_in(&house, &other).await);
    delete(&house, owner, &path).await.expect(204);
    house.get(&other, "/v1/me").await.problem(401, "unauthenticated");
    delete(&house, owner, &path).await.problem(404, "not-found");
    assert_eq!(house.list(owner, "/v1/sessions").await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn b04_nobody_ends_the_session_of_somebody_else_by_its_id() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let session = house.list(&bakery.owner.token, "/v1/sessions").await[0]["id"].clone();
    let path = format!("/v1/sessions/{}", session.as_str().unwrap());
    delete(&house, &ben.token, &path).await.problem(404, "not-found");
    assert!(is_signed_in(&house, &bakery.owner.token).await);
    house.close().await;
}

#[tokio::test]
async fn b10_an_account_manager_sees_and_ends_the_sessions_of_others() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let rival = house.business("Rival Roasters", 10).await;
    let owner = bakery.owner.token.as_str();
    let ben = house.colleague(&bakery, &[], "all").await;
    let second = fresh(&house, &ben).await;
    let path = format!("/v1/users/{}/sessions", ben.id);
    house.get(&ben.token, &path).await.problem(403, "forbidden");
    house.get(&rival.owner.token, &path).await.problem(404, "not-found");
    delete(&house, &rival.owner.token, &path).await.problem(404, "not-found");
    let sessions = house.list(owner, &path).await;
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|session| session["current"] == false));
    delete(&house, owner, &format!("{path}/{}", sessions[0]["id"].as_str().unwrap())).await.expect(204);
    assert!(!is_signed_in(&house, &second).await && is_signed_in(&house, &ben.token).await);
    delete(&house, owner, &path).await.expect(204);
    assert!(!is_signed_in(&house, &ben.token).await);
    house.close().await;
}

#[tokio::test]
async fn b10_a_shorter_life_counts_at_once_for_sessions_that_have_begun() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = bakery.owner.token.as_str();
    let ben = house.colleague(&bakery, &[], "all").await;
    house.move_clock(SignedDuration::from_hours(3));
    let later = fresh(&house, &bakery.owner).await;
    let set = settings(&house, &later, |it| it["session_hours"] = json!(2)).await.expect(200);
    assert_eq!(set["session_hours"], 2);
    assert!(!is_signed_in(&house, owner).await && !is_signed_in(&house, &ben.token).await);
    assert!(is_signed_in(&house, &later).await);
    house.move_clock(SignedDuration::from_hours(2) - SignedDuration::from_secs(1));
    assert!(is_signed_in(&house, &later).await);
    house.move_clock(SignedDuration::from_secs(1));
    assert!(!is_signed_in(&house, &later).await);
    house.close().await;
}
