//! Codes, links, secrets and passwords are in no log, in no item of the table, in no answer but the one that shows them.

use serde_json::json;

use super::{OTHER_PASSWORD, SecondFactor, ask, link, settings, sign_in_with};
use crate::house::{Ask, House, Log, PASSWORD};

#[tokio::test]
async fn b04_no_code_link_secret_or_password_is_in_log_table_or_audit() {
    let log = Log::collect();
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let (owner, email) = (bakery.owner.token.as_str(), bakery.owner.email.as_str());
    let second = SecondFactor::set_up(&house, owner).await;
    let code = second.code(&house);
    let signed_in = house.ask(sign_in_with(email, "totp", &code)).await.expect(201);
    let session = signed_in["token"].as_str().unwrap();
    let recovery = &second.recovery_codes[0];
    house.ask(sign_in_with(email, "recovery_code", recovery)).await.expect(201);
    house.ask(sign_in_with(email, "recovery_code", recovery)).await.expect(401);
    house.ask(Ask::post("/v1/password-resets").json(&json!({"email": email}))).await.expect(202);
    let reset = link(&house, email).await;
    let wanted = json!({"email": "new@example.com", "password": PASSWORD});
    house.post(owner, "/v1/me/email-changes", &wanted).await.expect(202);
    let confirmation = link(&house, "new@example.com").await;
    settings(&house, owner, |it| it["password"]["history"] = json!(3)).await.expect(200);
    let change = json!({"current_password": PASSWORD, "password": OTHER_PASSWORD});
    ask(&house, "PUT", owner, "/v1/me/password", &change).await.expect(204);
    let again = json!({"current_password": OTHER_PASSWORD, "password": PASSWORD});
    let refused = ask(&house, "PUT", owner, "/v1/me/password", &again).await;
    let used = json!({"token": reset, "password": "marmalade on the umbrella"});
    let ended = house.ask(Ask::post("/v1/password-resets/confirm").json(&used)).await;
    house.ask(Ask::post("/v1/email-changes/confirm").json(&json!({"token": confirmation}))).await.expect(204);
    house.settle().await;
    let (text, table) = (log.text(), house.table());
    let plain = recovery.replace('-', "");
    let secrets = [
        PASSWORD,
        OTHER_PASSWORD,
        "marmalade",
        &second.secret,
        recovery,
        &plain,
        &reset,
        &confirmation,
        session,
        owner,
    ];
    for secret in secrets {
        assert!(!text.lines().any(|line| line.contains(secret)), "{secret} is in the log");
        assert!(!table.iter().any(|item| item.contains(secret)), "{secret} is in the table");
        assert!(!refused.text.contains(secret) && !ended.text.contains(secret), "{secret} is in an answer");
    }
    assert!(!text.contains(email) && !text.contains("argon2"), "the log tells too much");
    let log_lines_with_code = text.lines().filter(|line| line.contains(&format!("\"{code}\""))).count();
    assert_eq!(log_lines_with_code, 0);
    house.close().await;
}
