//! Overrides and their explanation (A14, A15, A20, A21, X13).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person};

async fn explained(house: &House, by: &Person, of: &Person, permission: &str) -> Value {
    let path = format!("/v1/permissions/explain?user_id={}&permission={permission}", of.id);
    house.get(&by.token, &path).await.expect(200)
}

async fn team(house: &House, of: &Business, name: &str, permissions: Value) -> String {
    let body = json!({"name": name, "permissions": permissions});
    let team = house.post(&of.owner.token, "/v1/teams", &body).await.expect(201);
    team["id"].as_str().unwrap().to_owned()
}

async fn join(house: &House, of: &Business, who: &Person, teams: &[&str]) {
    let path = format!("/v1/users/{}", who.id);
    let body = json!({"team_ids": teams});
    house.ask(Ask::new("PATCH", path).by(&of.owner.token).json(&body)).await.expect(200);
    house.settle().await;
}

async fn overridden(house: &House, of: &Business, who: &Person, grants: Value) {
    let path = format!("/v1/users/{}/overrides", who.id);
    house.ask(Ask::new("PUT", path).by(&of.owner.token).json(&grants)).await.expect(200);
    house.settle().await;
}

/// The story that A20 and A21 tell: sales may not export, then one member of sales may.
#[tokio::test]
async fn a20_a21_x13_a_team_is_denied_export_and_one_member_is_given_it_back() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let sales = team(&house, &bakery, "Sales", json!({"denies": ["contacts:export"]})).await;
    let ben = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let eve = house.colleague(&bakery, &["people_manager"], "assigned").await;
    let before = explained(&house, &bakery.owner, &ben, "contacts:export").await;
    assert_eq!((&before["allowed"], &before["decided_by"]["role"]), (&json!(true), &json!("people_manager")));
    for who in [&ben, &eve] {
        join(&house, &bakery, who, &[&sales]).await;
        let denied = explained(&house, &bakery.owner, who, "contacts:export").await;
        assert_eq!(denied["allowed"], false);
        assert_eq!(denied["decided_by"], json!({"source": "team", "team_id": sales, "effect": "deny"}));
    }
    overridden(&house, &bakery, &eve, json!({"grants": ["contacts:export"]})).await;
    let given = explained(&house, &bakery.owner, &eve, "contacts:export").await;
    assert_eq!(given["allowed"], true);
    assert_eq!(given["decided_by"], json!({"source": "override", "effect": "grant"}));
    assert_eq!(given["spoken"].as_array().unwrap().len(), 3, "{given}");
    assert_eq!(explained(&house, &bakery.owner, &ben, "contacts:export").await["allowed"], false);
    // Taken back, the team decides again.
    overridden(&house, &bakery, &eve, json!({})).await;
    assert_eq!(explained(&house, &bakery.owner, &eve, "contacts:export").await["allowed"], false);
    house.close().await;
}

#[tokio::test]
async fn a16_buying_credits_is_for_the_finance_team_alone() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let finance = team(&house, &bakery, "Finance", json!({"grants": ["credits:buy", "credits:read"]})).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    assert_eq!(explained(&house, &ben, &ben, "credits:buy").await["allowed"], false);
    refused(&house, Ask::get("/v1/credits").by(&ben.token)).await.problem(403, "forbidden");
    join(&house, &bakery, &ben, &[&finance]).await;
    assert_eq!(explained(&house, &ben, &ben, "credits:buy").await["allowed"], true);
    house.get(&ben.token, "/v1/credits").await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn a15_what_a_team_or_role_gives_changes_for_all_its_people_with_their_next_request() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let desk = team(&house, &bakery, "Desk", json!({})).await;
    let (ben, eve) =
        (house.colleague(&bakery, &[], "none").await, house.colleague(&bakery, &[], "none").await);
    for who in [&ben, &eve] {
        join(&house, &bakery, who, &[&desk]).await;
        refused(&house, Ask::get("/v1/conversations").by(&who.token)).await.problem(403, "forbidden");
    }
    let change = |permissions: Value| {
        let path = format!("/v1/teams/{desk}");
        Ask::new("PATCH", path).by(&bakery.owner.token).json(&json!({"permissions": permissions}))
    };
    house.ask(change(json!({"conversation_access": "all"}))).await.expect(200);
    for who in [&ben, &eve] {
        house.get(&who.token, "/v1/conversations").await.expect(200);
    }
    house.ask(change(json!({"conversation_access": "all", "denies": ["messages:manage"]}))).await.expect(200);
    for who in [&ben, &eve] {
        refused(&house, Ask::get("/v1/conversations").by(&who.token)).await.problem(403, "forbidden");
    }
    house.ask(change(json!({"conversation_access": "all"}))).await.expect(200);
    house.ask(Ask::new("DELETE", format!("/v1/teams/{desk}")).by(&bakery.owner.token)).await.expect(204);
    for who in [&ben, &eve] {
        refused(&house, Ask::get("/v1/conversations").by(&who.token)).await.problem(403, "forbidden");
    }
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn c02_x13_a_personal_level_beats_what_roles_and_teams_give() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let body = json!({"name": "Supervisor", "permissions": {"conversation_access": "all"}});
    let role = house.post(&bakery.owner.token, "/v1/roles", &body).await.expect(201);
    let role = role["id"].as_str().unwrap();
    let ben = house.colleague(&bakery, &[role], "assigned").await;
    let access = async || house.get(&ben.token, "/v1/me").await.expect(200)["conversation_access"].clone();
    assert_eq!(access().await, "all");
    overridden(&house, &bakery, &ben, json!({"conversation_access": "assigned"})).await;
    assert_eq!(access().await, "assigned");
    refused(&house, Ask::get("/v1/conversations?view=unassigned").by(&ben.token))
        .await
        .problem(403, "forbidden");
    overridden(&house, &bakery, &ben, json!({"conversation_access": "none"})).await;
    refused(&house, Ask::get("/v1/conversations").by(&ben.token)).await.problem(403, "forbidden");
    house.close().await;
}

#[tokio::test]
async fn a14_everybody_may_have_explained_what_they_may_do_and_others_with_a_right() {
    let house = House::open().await;
    let (bakery, rival) = (house.business("Bakery", 10).await, house.business("Rival", 10).await);
    let ben = house.colleague(&bakery, &[], "none").await;
    overridden(&house, &bakery, &ben, json!({"denies": ["users:read"]})).await;
    let own = explained(&house, &ben, &ben, "users:read").await;
    assert_eq!((&own["allowed"], &own["decided_by"]["source"]), (&json!(false), &json!("override")));
    let path = format!("/v1/permissions/explain?user_id={}&permission=users:read", bakery.owner.id);
    refused(&house, Ask::get(&path).by(&ben.token)).await.problem(403, "forbidden");
    refused(&house, Ask::get(&path).by(&rival.owner.token)).await.problem(404, "not-found");
    let unknown = format!("/v1/permissions/explain?user_id={}&permission=users:rule", ben.id);
    refused(&house, Ask::get(unknown).by(&ben.token)).await.names("?permission", "invalid");
    house.close().await;
}

#[tokio::test]
async fn what_contradicts_itself_or_does_not_exist_is_named_and_changes_nothing() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let ben = house.colleague(&bakery, &[], "none").await;
    let put = |body: Value| {
        Ask::new("PUT", format!("/v1/users/{}/overrides", ben.id)).by(&bakery.owner.token).json(&body)
    };
    let both = json!({"grants": ["audit:read"], "denies": ["audit:read"]});
    refused(&house, put(both)).await.names("#/denies", "not_together");
    refused(&house, put(json!({"grants": ["users:rule"]}))).await.names("#/grants/0", "invalid");
    refused(&house, put(json!({"grants": ["Users:Manage"]}))).await.names("#/grants/0", "invalid");
    refused(&house, put(json!({"grants": "users:manage"}))).await.names("#/grants", "wrong_type");
    refused(&house, put(json!({"conversation_access": "some"})))
        .await
        .names("#/conversation_access", "invalid");
    refused(&house, put(json!({"allow": []}))).await.names("#/allow", "unknown_field");
    house.close().await;
}
