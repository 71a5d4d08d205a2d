//! Sub accounts stand under their master and apart from each other (A02, A03).

use jiff::SignedDuration;
use serde_json::json;

use super::{Branch, branch_body};
use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn a02_a09_a_master_opens_sub_accounts_that_are_accounts_of_their_own() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let south = house.branch(&master.owner, "South branch").await;
    let listed = house.list(&master.owner.token, "/v1/accounts").await;
    let names: Vec<_> = listed.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["North branch", "South branch"]);
    assert_eq!(listed[0]["id"], north.account);
    let path = format!("/v1/accounts/{}", south.id);
    let found = house.get(&master.owner.token, &path).await.expect(200);
    assert_eq!(found["standing"]["features"]["buy_credits"], false, "{found}");
    assert_eq!(found["standing"]["features"]["messaging"], true, "{found}");
    assert!(found["standing"]["paying_since"].is_string(), "as paying as its master");
    // The first user has all six roles, and may do all of it at once.
    let me = house.get(&north.owner.token, "/v1/me").await.expect(200);
    assert_eq!(me["user"]["roles"].as_array().unwrap().len(), 6);
    house.colleague(&north, &["people_manager"], "all").await;
    house.text_in("+12125550123", &north, "Open today?").await;
    let conversation = house.conversation_with(&north.owner, "+12125550123").await;
    house.send(&north.owner, &json!({"conversation_id": conversation["id"], "body": "Yes"})).await;
    house.settle().await;
    house.audit(&north.owner).await;
    assert!(house.has_told(&north.account, "account.opened", "master"));
    assert!(house.has_told(&master.account, "account.opened", "user"));
    house.close().await;
}

#[tokio::test]
async fn a03_i09_siblings_and_masters_see_nothing_of_each_other() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let south = house.branch(&master.owner, "South branch").await;
    house.text_in("+12125550123", &north, "A secret of the north").await;
    let conversation = house.conversation_with(&north.owner, "+12125550123").await;
    for other in [&master.owner, &south.owner] {
        for path in [
            "/v1/conversations?view=all",
            "/v1/users",
            "/v1/gateways",
            "/v1/notifications",
            "/v1/credits/ledger",
        ] {
            let answer = house.get(&other.token, path).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            for secret in ["secret of the north", &north.number, &north.owner.id, &north.owner.email, "North"]
            {
                assert!(!answer.text.contains(secret), "{secret} in {answer:?}");
            }
        }
        for path in [
            format!("/v1/conversations/{}", conversation["id"].as_str().unwrap()),
            format!("/v1/users/{}", north.owner.id),
        ] {
            refused(&house, Ask::get(path).by(&other.token)).await.problem(404, "not-found");
        }
    }
    // A sibling is no sub account of one's own, and neither is one's master.
    for stranger in [&south.owner, &north.owner] {
        for id in [&north.account, &master.account, &south.id] {
            let path = format!("/v1/accounts/{id}");
            refused(&house, Ask::get(&path).by(&stranger.token)).await.problem(404, "not-found");
            let suspend = Ask::post(format!("{path}/suspend")).by(&stranger.token);
            refused(&house, suspend).await.problem(404, "not-found");
        }
        assert!(house.list(&stranger.token, "/v1/accounts").await.is_empty());
    }
    house.close().await;
}

#[tokio::test]
async fn a02_a_sub_account_may_be_a_reseller_five_levels_deep_and_nobody_reaches_past_their_own() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let mut chain = vec![Branch { id: master.account.clone(), owner: master.owner.clone() }];
    for level in 2..=5 {
        let above = chain.last().unwrap().owner.clone();
        chain.push(house.branch(&above, &format!("Level {level}")).await);
    }
    let lowest = &chain[4].owner;
    let ask = Ask::post("/v1/accounts").by(&lowest.token).json(&branch_body("Too deep", "deep@example.com"));
    refused(&house, ask).await.problem(409, "conflict");
    for (above, below) in [(0, 2), (0, 4), (1, 3)] {
        let path = format!("/v1/accounts/{}", chain[below].id);
        refused(&house, Ask::get(path).by(&chain[above].owner.token)).await.problem(404, "not-found");
    }
    house.close().await;
}

/// The parent is the caller, once and for all: nothing in a request names one, so no cycle can be asked for.
#[tokio::test]
async fn cycles_cannot_be_made() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let mut body = branch_body("Loop", "loop@example.com");
    body["parent_id"] = json!(north.id);
    let ask = Ask::post("/v1/accounts").by(&north.owner.token).json(&body);
    refused(&house, ask).await.names("#/parent_id", "unknown_field");
    for (who, path) in
        [(&master.owner, format!("/v1/accounts/{}", north.id)), (&master.owner, "/v1/account".into())]
    {
        let ask = Ask::new("PATCH", path).by(&who.token).json(&json!({"parent_id": north.id}));
        refused(&house, ask).await.names("#/parent_id", "unknown_field");
    }
    let own = Ask::new("PATCH", format!("/v1/accounts/{}", master.account)).by(&master.owner.token);
    refused(&house, own.json(&json!({"name": "Mine"}))).await.problem(404, "not-found");
    house.close().await;
}

#[tokio::test]
async fn b07_the_first_user_may_be_invited_instead() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let mut body = branch_body("North branch", "bea@example.com");
    body["owner"].as_object_mut().unwrap().remove("password");
    let ask = Ask::post("/v1/accounts").by(&master.owner.token).key("open-north").json(&body);
    let opened = house.ask(ask.clone()).await.expect(201);
    assert_eq!(house.ask(ask).await.expect(201), opened, "the same request opens no second one");
    assert_eq!(house.list(&master.owner.token, "/v1/accounts").await.len(), 1);
    let token = house.token_for("bea@example.com").await;
    let joined = json!({"token": token, "password": "correct horse battery"});
    let session = house.ask(Ask::post("/v1/invitations/accept").json(&joined)).await.expect(201);
    let me = house.get(session["token"].as_str().unwrap(), "/v1/me").await.expect(200);
    assert_eq!(me["account"]["id"], opened["id"]);
    house.close().await;
}

/// Who did not come within the week is invited once more; nobody else of the sub account could do it.
#[tokio::test]
async fn b07_a_first_user_who_has_not_come_is_invited_again() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let mut body = branch_body("North branch", "bea@example.com");
    body["owner"].as_object_mut().unwrap().remove("password");
    let opened = house.post(&master.owner.token, "/v1/accounts", &body).await.expect(201);
    let account = opened["id"].as_str().unwrap();
    let late = house.token_for("bea@example.com").await;
    house.move_clock(SignedDuration::from_hours(24 * 7));
    let join = |token: &str| {
        let body = json!({"token": token, "password": "plum trombone galaxy"});
        Ask::post("/v1/invitations/accept").json(&body)
    };
    refused(&house, join(&late)).await.problem(410, "link-ended");
    let again = || Ask::post(format!("/v1/accounts/{account}/invitation")).by(&master.owner.token);
    assert_eq!(house.ask(again()).await.expect(200)["email"], "bea@example.com");
    for log in [account, &master.account] {
        assert!(house.told_in(log).iter().any(|(action, _)| action == "user.invited"), "{log}");
    }
    house.ask(join(&house.token_for("bea@example.com").await)).await.expect(201);
    refused(&house, again()).await.problem(409, "conflict");
    house.close().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_new_sub_account_is_named_and_nothing_is_opened() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let open = |body: &serde_json::Value| Ask::post("/v1/accounts").by(&master.owner.token).json(body);
    for (pointer, wrong, code) in [
        ("/name", json!(""), "invalid"),
        ("/time_zone", json!("Mars/Olympus"), "invalid"),
        ("/region", json!("XX"), "invalid"),
        ("/owner/email", json!("nobody"), "invalid"),
        ("/owner/password", json!("short"), "too_short"),
    ] {
        let mut body = branch_body("North branch", "bea@example.com");
        *body.pointer_mut(pointer).unwrap() = wrong;
        let answer = refused(&house, open(&body)).await;
        let problem = answer.problem(422, "invalid");
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(format!("#{pointer}")), &json!(code)));
    }
    for email in [&master.owner.email, &master.owner.email.to_uppercase()] {
        refused(&house, open(&branch_body("North branch", email))).await.problem(409, "email-taken");
    }
    house.close().await;
}

#[tokio::test]
async fn b02_who_does_not_pay_has_no_sub_accounts() {
    let house = House::open().await;
    let (_, owner) = house.sign_up("Newcomer").await;
    let ask = Ask::post("/v1/accounts").by(&owner.token).json(&branch_body("North", "bea@example.com"));
    refused(&house, ask).await.problem(402, "paying-customers-only");
    house.close().await;
}
