//! Devices: registered, refreshed, moved, disabled, and silent after the session has ended.

use serde_json::{Value, json};

use super::{pushes, team};
use crate::house::{Ask, House, Person};

const CUSTOMER: &str = "+12125550123";
const PATH: &str = "/v1/push-endpoints";

async fn add(house: &House, who: &Person, token: &str, name: &str) -> Value {
    let device = json!({"platform": "apns", "token": token, "name": name});
    house.post(&who.token, PATH, &device).await.expect(201)
}

#[tokio::test]
async fn e07_a_token_is_one_device_of_one_person_at_a_time() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let ana = &bakery.owner;
    let first = add(&house, ana, "shared-telephone", "Counter").await;
    let again = add(&house, ana, "shared-telephone", "Telephone at the counter").await;
    assert_eq!(first["id"], again["id"]);
    assert_eq!(house.list(&ana.token, PATH).await, std::slice::from_ref(&again));
    assert_eq!(again["state"], "enabled");
    assert!(!again.to_string().contains("shared-telephone"), "the token is not shown");
    let moved = add(&house, &cleo, "shared-telephone", "Mine now").await;
    assert_ne!(moved["id"], first["id"]);
    assert!(house.list(&ana.token, PATH).await.is_empty());
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    assert_eq!(pushes(&house, "shared-telephone"), 1, "for Cleo alone");
    // The same words for another platform are another device.
    let other = json!({"platform": "fcm", "token": "shared-telephone", "name": "Tablet"});
    house.post(&ana.token, PATH, &other).await.expect(201);
    assert_eq!(house.list(&cleo.token, PATH).await.len(), 1);
    let path = format!("{PATH}/{}", moved["id"].as_str().unwrap());
    house.ask(Ask::new("DELETE", path.clone()).by(&ana.token)).await.expect(404);
    house.ask(Ask::new("DELETE", path.clone()).by(&cleo.token)).await.expect(204);
    house.ask(Ask::new("DELETE", path).by(&cleo.token)).await.expect(404);
    let before = pushes(&house, "shared-telephone");
    house.text_in(CUSTOMER, &bakery, "Hello?").await;
    assert_eq!(pushes(&house, "shared-telephone"), before + 1, "for Ana's tablet alone");
    house.close().await;
}

#[tokio::test]
async fn two_people_who_claim_a_token_at_once_do_not_both_have_it() {
    let house = House::open().await;
    let (bakery, cleo, ben) = team(&house).await;
    let people = [&bakery.owner, &cleo, &ben];
    let device = json!({"platform": "fcm", "token": "one-telephone", "name": "Telephone"});
    let asks = people.iter().map(|who| Ask::post(PATH).by(&who.token).json(&device));
    for answer in house.at_once(asks).await {
        answer.expect(201);
    }
    let mut devices = 0;
    for who in people {
        devices += house.list(&who.token, PATH).await.len();
    }
    assert_eq!(devices, 1);
    house.close().await;
}

#[tokio::test]
async fn a_device_whose_app_is_gone_shows_as_disabled_and_telling_its_token_enables_it() {
    let house = House::open().await;
    let (bakery, _, _) = team(&house).await;
    let ana = &bakery.owner;
    add(&house, ana, "telephone", "Telephone").await;
    let sns = &house.running.engines.sns;
    let address = || sns.published().last().map(|it| it.target.clone());
    house.text_in(CUSTOMER, &bakery, "Hello").await;
    let Some(engines::sns::Target::Endpoint(address)) = address() else { panic!("nothing was pushed") };
    sns.uninstall(&address);
    // The push service notices with the next push, and says so with the one after that.
    for _ in 0..2 {
        house.text_in(CUSTOMER, &bakery, "Hello?").await;
    }
    assert_eq!(house.list(&ana.token, PATH).await[0]["state"], "disabled");
    assert_eq!(pushes(&house, "telephone"), 1);
    house.text_in(CUSTOMER, &bakery, "Hello??").await;
    assert_eq!(house.told(&ana.token).await.len(), 4, "the alert centre has everything");
    let again = add(&house, ana, "telephone", "Telephone").await;
    assert_eq!(again["state"], "enabled");
    house.text_in(CUSTOMER, &bakery, "There you are").await;
    assert_eq!(pushes(&house, "telephone"), 2);
    house.close().await;
}

#[tokio::test]
async fn nothing_is_pushed_after_the_session_has_ended_whatever_ended_it() {
    let house = House::open().await;
    let (bakery, cleo, ben) = team(&house).await;
    let ana = &bakery.owner;
    let mut heard = vec![];
    for (who, token) in [(&cleo, "signs-out"), (&ben, "is-disabled")] {
        add(&house, who, token, "Telephone").await;
        heard.push(token);
    }
    let dora = house.colleague(&bakery, &[], "all").await;
    add(&house, &dora, "is-removed", "Telephone").await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
    for who in [&cleo, &ben, &dora] {
        super::assign(&house, ana, &conversation, who).await;
    }
    house.text_in(CUSTOMER, &bakery, "Hello?").await;
    let before: Vec<usize> = ["signs-out", "is-disabled", "is-removed"].map(|it| pushes(&house, it)).into();
    assert!(before.iter().all(|count| *count >= 2), "{before:?}");
    house.ask(Ask::new("DELETE", "/v1/sessions/current").by(&cleo.token)).await.expect(204);
    let disable = Ask::new("PATCH", format!("/v1/users/{}", ben.id)).by(&ana.token);
    house.ask(disable.json(&json!({"enabled": false}))).await.expect(200);
    let remove = Ask::new("DELETE", format!("/v1/users/{}", dora.id)).by(&ana.token);
    house.ask(remove).await.expect(204);
    house.text_in(CUSTOMER, &bakery, "Hello??").await;
    let after: Vec<usize> = ["signs-out", "is-disabled", "is-removed"].map(|it| pushes(&house, it)).into();
    assert_eq!(after, before);
    // Who signs in again sees the device, and has it again when its app tells its token.
    let token = house.sign_in(&cleo.email).await;
    assert_eq!(house.list(&token, PATH).await[0]["state"], "signed_out");
    let cleo = Person { token, ..cleo };
    add(&house, &cleo, "signs-out", "Telephone").await;
    house.text_in(CUSTOMER, &bakery, "Hello???").await;
    assert_eq!(pushes(&house, "signs-out"), after[0] + 1);
    house.close().await;
}

#[tokio::test]
async fn a_person_has_at_most_twenty_devices_and_old_ones_make_room() {
    let house = House::open().await;
    let (_, cleo, _) = team(&house).await;
    for n in 0..20 {
        add(&house, &cleo, &format!("telephone-{n}"), "Telephone").await;
    }
    let one_more = json!({"platform": "apns", "token": "telephone-20", "name": "Telephone"});
    house.post(&cleo.token, PATH, &one_more).await.problem(409, "conflict");
    // Refreshing one of them is possible.
    add(&house, &cleo, "telephone-3", "Telephone").await;
    house.ask(Ask::new("DELETE", "/v1/sessions/current").by(&cleo.token)).await.expect(204);
    let cleo = Person { token: house.sign_in(&cleo.email).await, ..cleo };
    add(&house, &cleo, "telephone-20", "Telephone").await;
    assert_eq!(house.list(&cleo.token, PATH).await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn bad_devices_are_refused_with_the_field_named() {
    let house = House::open().await;
    let (bakery, _, _) = team(&house).await;
    for (field, value) in [
        ("platform", json!("windows")),
        ("token", json!("")),
        ("token", json!("with space")),
        ("token", json!("x".repeat(2049))),
        ("name", json!("")),
        ("surprise", json!(1)),
    ] {
        let mut device = json!({"platform": "fcm", "token": "t", "name": "n"});
        device[field] = value;
        let problem = house.post(&bakery.owner.token, PATH, &device).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("#/{field}"), "{problem}");
    }
    let key = json!({"name": "Program", "permissions": ["notifications:read"]});
    let key = house.post(&bakery.owner.token, "/v1/api-keys", &key).await.expect(201);
    let key = key["token"].as_str().unwrap().to_owned();
    let device = json!({"platform": "fcm", "token": "t", "name": "n"});
    house.post(&key, PATH, &device).await.problem(409, "conflict");
    house.close().await;
}

#[tokio::test]
async fn a_push_holds_ids_and_nothing_that_anybody_wrote() {
    let house = House::open().await;
    let (bakery, _, _) = team(&house).await;
    add(&house, &bakery.owner, "telephone", "My secret telephone").await;
    let conversation = house.text_in(CUSTOMER, &bakery, "My card number is nobody's business").await;
    let delivered = house.running.engines.sns.deliveries();
    let body = &delivered.iter().find(|it| it.token == "telephone").unwrap().body;
    assert!(body.contains(conversation["id"].as_str().unwrap()), "{body}");
    for secret in ["card", "business", CUSTOMER, "Harbour", "secret", "Ana"] {
        assert!(!body.contains(secret), "{body}");
    }
    house.close().await;
}
