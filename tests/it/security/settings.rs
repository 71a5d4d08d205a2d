//! What the account asks of everybody: who may say so, and what makes sense.

use serde_json::{Value, json};

use super::{ask, settings, sign_in};
use crate::house::{Ask, House, PASSWORD};

const PATH: &str = "/v1/account/security";

#[tokio::test]
async fn b10_account_managers_see_and_replace_the_settings_and_nobody_else() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = bakery.owner.token.as_str();
    let ben = house.colleague(&bakery, &["people_manager", "integrations_manager"], "all").await;
    let defaults = json!({
        "second_factor": {"required_of": "nobody", "roles": []},
        "password": {"min_length": 10, "min_strength": 2, "history": 0, "expires_after_days": null},
        "session_hours": 336,
        "allowed_addresses": [],
    });
    assert_eq!(house.get(owner, PATH).await.expect(200), defaults);
    house.get(&ben.token, PATH).await.problem(403, "forbidden");
    ask(&house, "PUT", &ben.token, PATH, &defaults).await.problem(403, "forbidden");
    let wanted = json!({
        "second_factor": {"required_of": "nobody", "roles": []},
        "password": {"min_length": 12, "min_strength": 3, "history": 5, "expires_after_days": 90},
        "session_hours": 12,
        "allowed_addresses": ["127.0.0.0/8", "2001:db8::/48"],
    });
    assert_eq!(ask(&house, "PUT", owner, PATH, &wanted).await.expect(200), wanted);
    assert_eq!(house.get(owner, PATH).await.expect(200), wanted);
    house.close().await;
}

#[tokio::test]
async fn b04_settings_that_make_no_sense_are_refused_and_nothing_changes() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = bakery.owner.token.as_str();
    let before = house.get(owner, PATH).await.expect(200);
    let cases: [(&str, Value, &str); 14] = [
        ("/password/min_length", json!(9), "#/password/min_length"),
        ("/password/min_length", json!(65), "#/password/min_length"),
        ("/password/min_strength", json!(5), "#/password/min_strength"),
        ("/password/history", json!(25), "#/password/history"),
        ("/password/expires_after_days", json!(0), "#/password/expires_after_days"),
        ("/session_hours", json!(0), "#/session_hours"),
        ("/session_hours", json!(721), "#/session_hours"),
        ("/session_hours", json!(-1), "#/session_hours"),
        ("/allowed_addresses", json!(["office"]), "#/allowed_addresses"),
        ("/allowed_addresses", json!(["203.0.113.0/24"]), "#/allowed_addresses"),
        ("/second_factor", json!({"required_of": "roles", "roles": []}), "#/second_factor/roles"),
        (
            "/second_factor",
            json!({"required_of": "nobody", "roles": ["people_manager"]}),
            "#/second_factor/roles",
        ),
        (
            "/second_factor",
            json!({"required_of": "roles", "roles": ["rol_00000000000000000000000000000000"]}),
            "#/second_factor/roles",
        ),
        ("/second_factor/required_of", json!("everyone"), "#/second_factor/required_of"),
    ];
    for (place, value, pointer) in cases {
        let answer = settings(&house, owner, |it| *it.pointer_mut(place).unwrap() = value.clone()).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{place} = {value}: {problem}");
    }
    assert_eq!(house.get(owner, PATH).await.expect(200), before);
    house.close().await;
}

#[tokio::test]
async fn b10_outside_the_allowed_addresses_nobody_comes_in_and_sessions_are_worth_nothing() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let (owner, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let ranges = json!(["127.0.0.1", "203.0.113.0/24"]);
    settings(&house, owner, |it| it["allowed_addresses"] = ranges).await.expect(200);
    let me = |from: &str| Ask::get("/v1/me").by(owner).from(from);
    house.ask(me("203.0.113.200")).await.expect(200);
    house.ask(me("::ffff:203.0.113.200")).await.expect(200);
    for outside in ["198.51.100.1", "2001:db8::1"] {
        house.ask(me(outside)).await.problem(403, "address-not-allowed");
        // The same answer as for a wrong password: whoever guesses from there learns nothing.
        house.ask(sign_in(email, PASSWORD).from(outside)).await.problem(401, "sign-in-failed");
    }
    house.ask(sign_in(email, PASSWORD).from("203.0.113.9")).await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn i11_a_change_of_the_settings_is_in_the_audit_log_with_before_and_after() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = bakery.owner.token.as_str();
    settings(&house, owner, |it| it["session_hours"] = json!(12)).await.expect(200);
    settings(&house, owner, |it| it["session_hours"] = json!(12)).await.expect(200);
    let table = house.table();
    let entries: Vec<&String> = table.iter().filter(|item| item.contains("security.changed")).collect();
    assert_eq!(entries.len(), 1, "{entries:#?}");
    assert!(entries[0].contains("336") && entries[0].contains("127.0.0.1"), "{}", entries[0]);
    house.close().await;
}
