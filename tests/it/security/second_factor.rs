//! The second factor: set up, asked for, lost, required.

use jiff::SignedDuration;
use serde_json::json;

use super::{SecondFactor, ask, delete, settings, sign_in, sign_in_with, subjects, totp};
use crate::house::{Ask, House, PASSWORD};

const PATH: &str = "/v1/me/second-factor";

#[tokio::test]
async fn b04_it_is_asked_for_once_a_first_code_has_confirmed_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let (token, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let begun = house.post(token, PATH, &json!({})).await.expect(201);
    let secret = begun["secret"].as_str().unwrap();
    let otpauth = begun["otpauth"].as_str().unwrap();
    assert!(otpauth.starts_with("otpauth://totp/") && otpauth.contains(secret), "{otpauth}");
    house.ask(sign_in(email, PASSWORD)).await.expect(201);
    let confirm = format!("{PATH}/confirm");
    let right = totp(secret, house.now());
    let wrong = json!({"totp": if right == "000000" { "000001" } else { "000000" }});
    house.post(token, &confirm, &wrong).await.names("#/totp", "invalid");
    let codes = house.post(token, &confirm, &json!({"totp": right})).await.expect(200);
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    house.ask(sign_in(email, PASSWORD)).await.problem(401, "second-factor-required");
    house.post(token, &confirm, &json!({"totp": right})).await.problem(409, "conflict");
    house.post(token, PATH, &json!({})).await.problem(409, "conflict");
    assert_eq!(subjects(&house, email).await.len(), 1, "it is told by mail");
    house.close().await;
}

#[tokio::test]
async fn b04_a_code_is_accepted_once_also_right_after_it_confirmed() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let (token, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let begun = house.post(token, PATH, &json!({})).await.expect(201);
    let secret = begun["secret"].as_str().unwrap();
    let first = totp(secret, house.now());
    house.post(token, &format!("{PATH}/confirm"), &json!({"totp": first})).await.expect(200);
    house.ask(sign_in_with(email, "totp", &first)).await.problem(401, "sign-in-failed");
    house.move_clock(SignedDuration::from_secs(30));
    let second = totp(secret, house.now());
    house.ask(sign_in_with(email, "totp", &second)).await.expect(201);
    house.ask(sign_in_with(email, "totp", &second)).await.problem(401, "sign-in-failed");
    let answers = {
        house.move_clock(SignedDuration::from_secs(30));
        let third = totp(secret, house.now());
        house.at_once(std::iter::repeat_n(sign_in_with(email, "totp", &third), 3)).await
    };
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    house.close().await;
}

#[tokio::test]
async fn b04_a_recovery_code_works_once_however_it_is_typed() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let (token, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let second = SecondFactor::set_up(&house, token).await;
    let [first, other, ..] = second.recovery_codes.as_slice() else { panic!("too few codes") };
    let typed = first.to_lowercase().replace('-', " ");
    house.ask(sign_in_with(email, "recovery_code", &typed)).await.expect(201);
    house.ask(sign_in_with(email, "recovery_code", first)).await.problem(401, "sign-in-failed");
    house
        .ask(sign_in_with(email, "recovery_code", "AAAA-AAAA-AAAA-AAAA"))
        .await
        .problem(401, "sign-in-failed");
    // New ones end the old ones.
    let path = format!("{PATH}/recovery-codes");
    let renewed = house.post(token, &path, &json!({"totp": second.code(&house)})).await.expect(200);
    house.ask(sign_in_with(email, "recovery_code", other)).await.problem(401, "sign-in-failed");
    let new = renewed["recovery_codes"][0].as_str().unwrap();
    house.ask(sign_in_with(email, "recovery_code", new)).await.expect(201);
    let both = json!({"email": email, "password": PASSWORD, "totp": "000000", "recovery_code": other});
    house.ask(Ask::post("/v1/sessions").json(&both)).await.names("#/recovery_code", "not_together");
    house.close().await;
}

#[tokio::test]
async fn b04_removing_it_takes_a_code() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 0).await;
    let (token, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let remove = async |body| ask(&house, "DELETE", token, PATH, &body).await;
    remove(json!({"totp": "000000"})).await.problem(409, "conflict");
    let second = SecondFactor::set_up(&house, token).await;
    remove(json!({})).await.names("#/totp", "missing_field");
    remove(json!({"recovery_code": "AAAA-AAAA-AAAA-AAAA"})).await.names("#/recovery_code", "invalid");
    remove(json!({"recovery_code": second.recovery_codes[0]})).await.expect(204);
    house.ask(sign_in(email, PASSWORD)).await.expect(201);
    let again = SecondFactor::set_up(&house, token).await;
    assert_ne!(again.secret, second.secret);
    remove(json!({"totp": again.code(&house)})).await.expect(204);
    house.close().await;
}

#[tokio::test]
async fn b10_where_it_is_required_nothing_else_works_until_it_is_set_up() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = bakery.owner.token.as_str();
    let ben = house.colleague(&bakery, &["people_manager"], "all").await;
    let cleo = house.colleague(&bakery, &[], "all").await;
    let rule = json!({"required_of": "roles", "roles": ["people_manager", "finance_data_manager"]});
    SecondFactor::set_up(&house, owner).await;
    settings(&house, owner, |it| it["second_factor"] = rule).await.expect(200);
    house.get(&cleo.token, "/v1/conversations").await.expect(200);
    house.get(owner, "/v1/conversations").await.expect(200);
    house.get(&ben.token, "/v1/conversations").await.problem(403, "second-factor-setup-required");
    house.get(&ben.token, "/v1/users").await.problem(403, "second-factor-setup-required");
    house.get(&ben.token, "/v1/me").await.expect(200);
    let second = SecondFactor::set_up(&house, &ben.token).await;
    house.get(&ben.token, "/v1/conversations").await.expect(200);
    // Removed, it is missing again.
    let code = json!({"totp": second.code(&house)});
    ask(&house, "DELETE", &ben.token, PATH, &code).await.expect(204);
    house.get(&ben.token, "/v1/conversations").await.problem(403, "second-factor-setup-required");
    let everybody = json!({"required_of": "everybody"});
    settings(&house, owner, |it| it["second_factor"] = everybody).await.expect(200);
    house.get(&cleo.token, "/v1/conversations").await.problem(403, "second-factor-setup-required");
    settings(&house, owner, |it| it["second_factor"] = json!({"required_of": "nobody"})).await.expect(200);
    house.get(&ben.token, "/v1/conversations").await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn b10_an_account_manager_removes_that_of_somebody_who_has_lost_the_telephone() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let rival = house.business("Rival Roasters", 10).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    SecondFactor::set_up(&house, &ben.token).await;
    let path = format!("/v1/users/{}/second-factor", ben.id);
    delete(&house, &ben.token, &path).await.problem(403, "forbidden");
    delete(&house, &rival.owner.token, &path).await.problem(404, "not-found");
    house.ask(sign_in(&ben.email, PASSWORD)).await.problem(401, "second-factor-required");
    let before = subjects(&house, &ben.email).await.len();
    for _ in 0..2 {
        delete(&house, &bakery.owner.token, &path).await.expect(204);
    }
    house.ask(sign_in(&ben.email, PASSWORD)).await.expect(201);
    assert_eq!(subjects(&house, &ben.email).await.len(), before + 1, "they are told, once");
    house.close().await;
}
