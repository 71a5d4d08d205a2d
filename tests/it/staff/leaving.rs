//! Being disabled, being removed, and what becomes of one's conversations (A10, X16).

use jiff::SignedDuration;
use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, PASSWORD, Person};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn assigned(house: &House, of: &Business, customer: &str, to: &Person) -> String {
    let conversation = house.text_in(customer, of, "Hello").await;
    let id = conversation["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/conversations/{id}/assignees/{}", to.id);
    house.ask(Ask::new("PUT", path).by(&of.owner.token)).await.expect(200);
    id
}

fn remove(of: &Business, who: &str, query: &str) -> Ask {
    Ask::new("DELETE", format!("/v1/users/{who}{query}")).by(&of.owner.token)
}

#[tokio::test]
async fn a10_who_is_disabled_is_signed_out_and_comes_back_as_they_were() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ben = house.colleague(&bakery, &["people_manager"], "all").await;
    let path = format!("/v1/users/{}", ben.id);
    let set = |enabled: bool| {
        Ask::new("PATCH", path.clone()).by(&bakery.owner.token).json(&json!({"enabled": enabled}))
    };
    let disabled = house.ask(set(false)).await.expect(200);
    assert_eq!(disabled["status"], "disabled");
    refused(&house, Ask::get("/v1/me").by(&ben.token)).await.problem(401, "unauthenticated");
    let sign_in = Ask::post("/v1/sessions").json(&json!({"email": ben.email, "password": PASSWORD}));
    house.ask(sign_in).await.problem(401, "sign-in-failed");
    // C11: nobody tells somebody who cannot come.
    let enabled = house.ask(set(true)).await.expect(200);
    assert_eq!((&enabled["status"], &enabled["roles"]), (&json!("active"), &json!(["people_manager"])));
    refused(&house, Ask::get("/v1/me").by(&ben.token)).await.problem(401, "unauthenticated");
    house.sign_in(&ben.email).await;
    let oneself = Ask::new("PATCH", format!("/v1/users/{}", bakery.owner.id));
    let ask = oneself.by(&bakery.owner.token).json(&json!({"enabled": false}));
    refused(&house, ask).await.problem(409, "conflict");
    house.close().await;
}

#[tokio::test]
async fn a10_who_is_removed_leaves_their_conversations_to_a_successor_in_every_folder() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "assigned").await;
    let eve = house.colleague(&bakery, &[], "assigned").await;
    let open = assigned(&house, &bakery, "+12125550120", &ben).await;
    let asleep = assigned(&house, &bakery, "+12125550121", &ben).await;
    let done = assigned(&house, &bakery, "+12125550122", &ben).await;
    let away = assigned(&house, &bakery, "+12125550123", &ben).await;
    let shared = assigned(&house, &bakery, "+12125550124", &ben).await;
    assigned(&house, &bakery, "+12125550124", &eve).await;
    for (id, act, body) in [
        (&asleep, "snooze", json!({"preset": "tomorrow"})),
        (&done, "complete", json!({})),
        (&away, "archive", json!({})),
    ] {
        let path = format!("/v1/conversations/{id}/{act}");
        house.post(&bakery.owner.token, &path, &body).await.expect(200);
    }
    house.ask(remove(&bakery, &ben.id, &format!("?reassign_to={}", eve.id))).await.expect(204);
    refused(&house, Ask::get("/v1/me").by(&ben.token)).await.problem(401, "unauthenticated");
    house.pass(MINUTE).await;
    for id in [&open, &asleep, &done, &away, &shared] {
        let seen = house.get(&eve.token, &format!("/v1/conversations/{id}")).await.expect(200);
        assert_eq!(seen["assignees"], json!([eve.id]), "{seen}");
    }
    // She was given them by somebody else, so she is told (C13).
    assert!(!house.list(&eve.token, "/v1/notifications").await.is_empty());
    // The address is free, the name stays where it was, and nobody finds the user any more.
    assert!(house.list(&bakery.owner.token, "/v1/users").await.iter().all(|it| it["id"] != ben.id.as_str()));
    refused(&house, Ask::get(format!("/v1/users/{}", ben.id)).by(&bakery.owner.token))
        .await
        .problem(404, "not-found");
    refused(&house, remove(&bakery, &ben.id, "")).await.problem(404, "not-found");
    let body = json!({"name": "Ben again", "email": ben.email, "password": PASSWORD});
    house.post(&bakery.owner.token, "/v1/users", &body).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn a10_without_a_successor_the_conversations_of_who_leaves_are_unassigned() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "assigned").await;
    let id = assigned(&house, &bakery, "+12125550120", &ben).await;
    house.ask(remove(&bakery, &ben.id, "")).await.expect(204);
    house.pass(MINUTE).await;
    let unassigned = house.list(&bakery.owner.token, "/v1/conversations?view=unassigned").await;
    assert_eq!(unassigned[0]["id"], id.as_str());
    // And everybody who sees all is told again of what comes in (C11).
    let before = house.list(&bakery.owner.token, "/v1/notifications").await.len();
    house.text_in("+12125550120", &bakery, "Anybody?").await;
    assert_eq!(house.list(&bakery.owner.token, "/v1/notifications").await.len(), before + 1);
    // After some minutes the departure is done with.
    for _ in 0..6 {
        house.pass(MINUTE).await;
    }
    assert!(house.table().iter().all(|item| !item.contains("\"departure\"")));
    house.close().await;
}

#[tokio::test]
async fn only_somebody_who_can_take_conversations_over_is_a_successor() {
    let house = House::open().await;
    let (bakery, rival) = (house.business("Bakery", 10).await, house.business("Rival", 10).await);
    let ben = house.colleague(&bakery, &[], "assigned").await;
    let blind = house.colleague(&bakery, &[], "none").await;
    for wrong in [&ben.id, &blind.id, &rival.owner.id, &format!("usr_{:032x}", 7)] {
        let ask = remove(&bakery, &ben.id, &format!("?reassign_to={wrong}"));
        refused(&house, ask).await.names("?reassign_to", "no_such_thing");
    }
    let ask = remove(&bakery, &ben.id, "?reassign_to=ben");
    refused(&house, ask).await.names("?reassign_to", "invalid");
    house.close().await;
}

#[tokio::test]
async fn x16_the_last_account_manager_is_neither_removed_disabled_demoted_nor_overridden() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ann = house.colleague(&bakery, &["account_manager"], "all").await;
    let owner = &bakery.owner;
    // A second one who has been invited only does not count yet.
    let body = json!({"name": "Zoe", "email": "zoe@example.com", "roles": ["account_manager"]});
    house.post(&owner.token, "/v1/users", &body).await.expect(201);
    house.settle().await;
    house.ask(remove(&bakery, &ann.id, "")).await.expect(204);
    let me = format!("/v1/users/{}", owner.id);
    let demote = Ask::new("PATCH", me.clone()).by(&owner.token).json(&json!({"roles": ["people_manager"]}));
    refused(&house, demote).await.problem(409, "last-account-manager");
    let deny = Ask::new("PUT", format!("{me}/overrides"))
        .by(&owner.token)
        .json(&json!({"denies": ["users:manage"]}));
    refused(&house, deny).await.problem(409, "last-account-manager");
    refused(&house, remove(&bakery, &owner.id, "")).await.problem(409, "conflict");
    house.close().await;
}

#[tokio::test]
async fn x16_two_managers_who_remove_each_other_at_once_cannot_both_succeed() {
    for _ in 0..5 {
        let house = House::open().await;
        let bakery = house.business("Bakery", 10).await;
        let ann = house.colleague(&bakery, &["account_manager"], "all").await;
        let by = |who: &Person, whom: &str| Ask::new("DELETE", format!("/v1/users/{whom}")).by(&who.token);
        let answers = house.at_once([by(&bakery.owner, &ann.id), by(&ann, &bakery.owner.id)]).await;
        let done = answers.iter().filter(|it| it.status == 204).count();
        assert!(done <= 1, "{answers:?}");
        let left = house.get(&bakery.owner.token, "/v1/me").await.status == 200
            || house.get(&ann.token, "/v1/me").await.status == 200;
        assert!(left, "{answers:?}");
        house.settle().await;
        house.close().await;
    }
}
