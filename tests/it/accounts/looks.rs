//! The master makes its sub accounts look like itself (A08).

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn a08_the_looks_of_all_sub_accounts_are_set_at_once_and_of_one_alone() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let south = house.branch(&master.owner, "South branch").await;
    let all = json!({
        "name": "Brand Texts", "logo": "https://brand.example/logo.png", "primary_colour": "#AA0000",
        "sender_name": "Brand", "web_domain": "texts.brand.example",
    });
    let set = house.put(&master.owner, "/v1/account/sub-account-branding", &all).await.expect(200);
    assert_eq!((&set["primary_colour"], &set["accent_colour"]), (&json!("#aa0000"), &json!(null)));
    let own = json!({"branding": {"name": "Brand North", "primary_colour": "#00aa00"}});
    let path = format!("/v1/accounts/{}", north.id);
    let changed = house.patch(&master.owner, &path, &own).await.expect(200);
    assert_eq!(
        (&changed["look"]["name"], &changed["look"]["sender_name"]),
        (&json!("Brand North"), &json!("Brand"))
    );
    for (branch, name, colour) in [(&north, "Brand North", "#00aa00"), (&south, "Brand Texts", "#aa0000")] {
        let account = house.get(&branch.owner.token, "/v1/account").await.expect(200);
        assert_eq!(
            (&account["look"]["name"], &account["look"]["primary_colour"]),
            (&json!(name), &json!(colour))
        );
        assert_eq!(account["parent_id"], master.account);
    }
    let listed = house.list(&master.owner.token, "/v1/accounts").await;
    let names: Vec<_> = listed.iter().map(|it| it["look"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Brand North", "Brand Texts"]);
    // Letters to people of a sub account look so, too.
    let invited = json!({"name": "Ben", "email": "ben@north.example"});
    house.post(&north.owner.token, "/v1/users", &invited).await.expect(201);
    let letter = house.letters_to("ben@north.example").await.pop().unwrap();
    assert!(letter.from.contains("Brand"), "{}", letter.from);
    assert!(letter.page.unwrap().starts_with("https://texts.brand.example/"));
    assert!(house.has_told(&north.id, "account.branding_changed", "master"));
    house.close().await;
}

#[tokio::test]
async fn a08_a_sub_account_does_not_change_its_looks_itself() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch(&master.owner, "North branch").await;
    let body = json!({"branding": {"name": "Mine"}});
    let ask = |token: &str| Ask::new("PATCH", "/v1/account").by(token).json(&body);
    refused(&house, ask(&north.owner.token)).await.problem(409, "conflict");
    house.ask(ask(&master.owner.token)).await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn looks_are_what_they_are_or_refused() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    for (field, wrong) in [
        ("name", json!("")),
        ("logo", json!("http://brand.example/logo.png")),
        ("logo", json!("javascript:alert(1)")),
        ("primary_colour", json!("red")),
        ("accent_colour", json!("#12345")),
        ("sender_name", json!("a\nBcc: b@example.com")),
        ("web_domain", json!("https://brand.example")),
        ("web_domain", json!("localhost")),
    ] {
        let ask = Ask::new("PUT", "/v1/account/sub-account-branding").by(&master.owner.token);
        let ask = ask.json(&json!({field: wrong}));
        refused(&house, ask).await.names(&format!("#/{field}"), "invalid");
    }
    house.close().await;
}
