//! Teams and roles of the account's own (A14, A15, B06, B09).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn b06_b09_users_belong_to_several_teams_and_hold_several_roles() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner.token;
    let mut ids = Vec::new();
    for (kind, name, grants) in
        [("teams", "Sales", "credits:read"), ("teams", "Care", "usage:read"), ("roles", "Lead", "audit:read")]
    {
        let body = json!({"name": name, "permissions": {"grants": [grants]}});
        let made = house.post(owner, &format!("/v1/{kind}"), &body).await.expect(201);
        ids.push(made["id"].clone());
    }
    let ben = house.colleague(&bakery, &["people_manager", ids[2].as_str().unwrap()], "none").await;
    let body = json!({"team_ids": [ids[0], ids[1]]});
    let path = format!("/v1/users/{}", ben.id);
    house.ask(Ask::new("PATCH", path).by(owner).json(&body)).await.expect(200);
    house.settle().await;
    let me = house.get(&ben.token, "/v1/me").await.expect(200);
    for permission in ["credits:read", "usage:read", "audit:read", "contacts:manage"] {
        assert!(me["permissions"].as_array().unwrap().contains(&json!(permission)), "{permission} {me}");
    }
    let roles = house.list(owner, "/v1/roles").await;
    let built_in = roles.iter().filter(|role| role["built_in"] == true).count();
    assert_eq!((built_in, roles.len()), (6, 7));
    house.close().await;
}

#[tokio::test]
async fn names_that_collide_are_refused_and_change_nothing() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner.token;
    for (path, taken, others) in [
        (
            "/v1/roles",
            "Shift lead",
            ["shift lead", " Shift lead ", "SHIFT LEAD", "account_manager", "People Manager"],
        ),
        ("/v1/teams", "Sales", ["sales", " Sales ", "SALES", "sAlEs", "Sales"]),
    ] {
        house.post(owner, path, &json!({"name": taken})).await.expect(201);
        let other = house.post(owner, path, &json!({"name": "Another"})).await.expect(201);
        for name in others {
            let ask = Ask::post(path).by(owner).json(&json!({"name": name}));
            refused(&house, ask).await.names("#/name", "taken");
            let path = format!("{path}/{}", other["id"].as_str().unwrap());
            let ask = Ask::new("PATCH", path).by(owner).json(&json!({"name": name}));
            refused(&house, ask).await.names("#/name", "taken");
        }
        // A thing may keep its own name, in other letters too.
        let path = format!("{path}/{}", other["id"].as_str().unwrap());
        let ask = Ask::new("PATCH", path).by(owner).json(&json!({"name": "ANOTHER"}));
        assert_eq!(house.ask(ask).await.expect(200)["name"], "ANOTHER");
    }
    house.close().await;
}

#[tokio::test]
async fn x16_no_role_or_team_can_lock_the_account_out() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    for path in ["/v1/roles", "/v1/teams"] {
        let body = json!({"name": "Nobody", "permissions": {"denies": ["users:manage"]}});
        let ask = Ask::post(path).by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.names("#/permissions/denies", "out_of_range");
    }
    house.close().await;
}

#[tokio::test]
async fn roles_and_teams_that_do_not_exist_cannot_be_given() {
    let house = House::open().await;
    let (bakery, rival) = (house.business("Bakery", 10).await, house.business("Rival", 10).await);
    let named = json!({"name": "Foreign"});
    let role = house.post(&rival.owner.token, "/v1/roles", &named).await.expect(201)["id"].clone();
    let team = house.post(&rival.owner.token, "/v1/teams", &named).await.expect(201)["id"].clone();
    let unknown = |kind: &str| json!(format!("{kind}_{:032x}", 7));
    let many: Vec<Value> = (0..21).map(|n| json!(format!("rol_{n:032x}"))).collect();
    let path = format!("/v1/users/{}", bakery.owner.id);
    for (body, pointer, code) in [
        (json!({"roles": [role]}), "#/roles", "no_such_thing"),
        (json!({"roles": [unknown("rol")]}), "#/roles", "no_such_thing"),
        (json!({"roles": many}), "#/roles", "out_of_range"),
        (json!({"team_ids": [team]}), "#/team_ids", "no_such_thing"),
        (json!({"team_ids": [unknown("tem")]}), "#/team_ids", "no_such_thing"),
        (json!({"team_ids": ["sales"]}), "#/team_ids/0", "invalid"),
    ] {
        let ask = Ask::new("PATCH", path.clone()).by(&bakery.owner.token).json(&body);
        refused(&house, ask).await.names(pointer, code);
    }
    house.close().await;
}

#[tokio::test]
async fn teams_created_at_the_same_moment_are_all_there() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let names = ["One", "Two", "Three", "Four"];
    let create = |name: &str| Ask::post("/v1/teams").by(&bakery.owner.token).json(&json!({"name": name}));
    for answer in house.at_once(names.map(create)).await {
        answer.expect(201);
    }
    let same = ["Same", "same", "SAME"];
    let made = house.at_once(same.map(create)).await.into_iter().filter(|it| it.status == 201).count();
    assert_eq!(made, 1);
    assert_eq!(house.list(&bakery.owner.token, "/v1/teams").await.len(), 5);
    house.settle().await;
    house.close().await;
}

/// B02: only who pays has users and teams.
#[tokio::test]
async fn b02_before_the_first_top_up_there_are_no_users_teams_or_security_settings() {
    let house = House::open().await;
    let (account, owner) = house.sign_up("Trial").await;
    for (method, path, body) in [
        ("POST", "/v1/users", json!({"name": "Ben", "email": "ben@example.com"})),
        ("POST", "/v1/teams", json!({"name": "Sales"})),
        ("POST", "/v1/roles", json!({"name": "Lead"})),
        ("POST", "/v1/api-keys", json!({"name": "Shop", "permissions": ["usage:read"]})),
    ] {
        let ask = Ask::new(method, path).by(&owner.token).json(&body);
        refused(&house, ask).await.problem(402, "paying-customers-only");
    }
    let path = format!("/v1/permissions/explain?user_id={}&permission=users:manage", owner.id);
    let explained = house.get(&owner.token, &path).await.expect(200);
    assert_eq!((&explained["allowed"], &explained["granted"]), (&json!(false), &json!(true)));
    assert_eq!(explained["account_lacks"], "paying_customer");
    house.top_up(&account, 10).await;
    house.post(&owner.token, "/v1/teams", &json!({"name": "Sales"})).await.expect(201);
    house.settle().await;
    house.close().await;
}
