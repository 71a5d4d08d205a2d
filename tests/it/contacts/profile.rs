//! Who a contact is (B15, C20).

use serde_json::json;

use super::{ann, at, contact, id, patch};
use crate::bad_input::refused;
use crate::house::{Ask, House};

#[tokio::test]
async fn b15_c20_a_contact_is_made_shown_changed_and_listed() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let field = json!({"key": "favourite_cake", "label": "Favourite cake"});
    house.post(&owner.token, "/v1/contact-fields", &field).await.expect(201);
    let profile = json!({
        "name": "Ann Lee", "numbers": ["(212) 555-0123", "+44 20 7946 0018", "212-555-0123"],
        "emails": ["Ann@Example.com"], "fields": {"favourite_cake": "Sacher"}, "owner_id": owner.id,
    });
    let made = contact(&house, owner, &profile).await;
    assert_eq!(made["numbers"], json!(["+12125550123", "+442079460018"]), "each once, as E.164");
    assert_eq!(made["emails"], json!(["ann@example.com"]));
    assert_eq!((&made["owner_id"], &made["blocked_since"]), (&json!(owner.id), &json!(null)));
    assert_eq!(house.get(&owner.token, &at(&made)).await.expect(200), made);
    house.move_clock(jiff::SignedDuration::from_secs(5));
    let change = json!({"name": null, "emails": [], "fields": {"favourite_cake": null}, "owner_id": null});
    let changed = house.ask(patch(owner, &at(&made), &change)).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["fields"], &changed["owner_id"]),
        (&json!(null), &json!({}), &json!(null))
    );
    assert_eq!(changed["numbers"], made["numbers"], "what is absent stays");
    assert_ne!(changed["updated_at"], made["updated_at"]);
    house.settle().await;
    let before = house.table();
    house.ask(patch(owner, &at(&made), &change)).await.expect(200);
    house.ask(patch(owner, &at(&made), &json!({}))).await.expect(200);
    house.settle().await;
    assert_eq!(house.table(), before, "the same change again changed something");
    let bob = contact(&house, owner, &json!({"emails": ["bob@example.com"]})).await;
    let all = house.list(&owner.token, "/v1/contacts").await;
    assert_eq!(all, [changed, bob]);
    let first = house.get(&owner.token, "/v1/contacts?limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = house.get(&owner.token, &format!("/v1/contacts?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((&second["data"][0], &second["next_cursor"]), (&all[1], &json!(null)));
    house.close().await;
}

#[tokio::test]
async fn b15_names_and_values_of_every_script_are_kept_as_they_are() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    house
        .post(&owner.token, "/v1/contact-fields", &json!({"key": "remark", "label": "Bemerkung 📝"}))
        .await
        .expect(201);
    for name in [
        "Łukasz Żółć",
        "\u{200f}דוד בן־גוריון",
        "محمد الأمين",
        "王小明",
        "สมชาย",
        "👩‍👩‍👧‍👦 Familie",
        "Ὀδυσσεύς",
        "Zoë",
    ] {
        let remark = format!("{name}\n{name}");
        let made = contact(&house, owner, &json!({"name": name, "fields": {"remark": remark}})).await;
        let shown = house.get(&owner.token, &at(&made)).await.expect(200);
        assert_eq!((&shown["name"], &shown["fields"]["remark"]), (&json!(name), &json!(remark)));
    }
    house.close().await;
}

#[tokio::test]
async fn b15_a_number_and_an_address_belong_to_one_contact() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let first =
        contact(&house, owner, &json!({"numbers": ["+12125550123"], "emails": ["ann@example.com"]})).await;
    let post = |body| Ask::post("/v1/contacts").by(&owner.token).json(&body);
    let number = post(json!({"numbers": ["+12125550124", "(212) 555-0123"]}));
    let problem = refused(&house, number).await.problem(409, "contact-taken");
    assert_eq!((&problem["pointer"], &problem["contact_id"]), (&json!("#/numbers/1"), &json!(id(&first))));
    let email = post(json!({"name": "Bob", "emails": ["ANN@example.com"]}));
    let problem = refused(&house, email).await.problem(409, "contact-taken");
    assert_eq!((&problem["pointer"], &problem["contact_id"]), (&json!("#/emails/0"), &json!(id(&first))));
    let second = contact(&house, owner, &json!({"name": "Bob", "numbers": ["+12125550124"]})).await;
    let take = patch(owner, &at(&second), &json!({"numbers": ["+12125550123"]}));
    refused(&house, take).await.problem(409, "contact-taken");
    // What one gives up, another can have.
    let give = json!({"numbers": [], "emails": [], "name": "Ann"});
    house.ask(patch(owner, &at(&first), &give)).await.expect(200);
    let take = json!({"numbers": ["+12125550123"], "emails": ["ann@example.com"]});
    house.ask(patch(owner, &at(&second), &take)).await.expect(200);
    let back = patch(owner, &at(&first), &json!({"emails": ["ann@example.com"]}));
    let problem = refused(&house, back).await.problem(409, "contact-taken");
    assert_eq!(problem["contact_id"], json!(id(&second)));
    house.close().await;
}

#[tokio::test]
async fn b15_what_makes_no_sense_is_refused_and_the_field_is_named() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    let owner = &bakery.owner;
    let many = |n: usize| (0..n).map(|n| json!(format!("+1212555{n:04}"))).collect::<Vec<_>>();
    let emails: Vec<_> = (0..11).map(|n| format!("ann{n}@example.com")).collect();
    for (body, pointer) in [
        (json!({}), "#/name"),
        (json!({"name": null, "numbers": []}), "#/name"),
        (json!({"name": " "}), "#/name"),
        (json!({"name": "a\u{0}b"}), "#/name"),
        (json!({"numbers": ["+12125550123", "12"]}), "#/numbers/1"),
        (json!({"numbers": [17]}), "#/numbers/0"),
        (json!({"numbers": many(11)}), "#/numbers"),
        (json!({"emails": ["nobody"]}), "#/emails/0"),
        (json!({"emails": emails}), "#/emails"),
        (json!({"name": "Ann", "fields": {"shoe_size": "38"}}), "#/fields/shoe_size"),
        (json!({"name": "Ann", "owner_id": rival.owner.id}), "#/owner_id"),
        (json!({"name": "Ann", "surname": "Lee"}), "#/surname"),
    ] {
        let ask = Ask::post("/v1/contacts").by(&owner.token).json(&body);
        let problem = refused(&house, ask).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let mine = ann(&house, owner).await;
    for (body, pointer) in [
        (json!({"name": null, "numbers": []}), "#/name"),
        (json!({"owner_id": rival.owner.id}), "#/owner_id"),
        (json!({"fields": {"x": "y"}}), "#/fields/x"),
    ] {
        let problem = refused(&house, patch(owner, &at(&mine), &body)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    house.close().await;
}

#[tokio::test]
async fn b15_custom_fields_are_defined_renamed_and_removed_with_their_values() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let field = |key: &str| {
        Ask::post("/v1/contact-fields").by(&owner.token).json(&json!({"key": key, "label": "Cake"}))
    };
    let made = house.ask(field("cake")).await.expect(201);
    assert_eq!(made["key"], "cake");
    let problem = refused(&house, field("cake")).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "taken");
    for key in ["", "Cake", "1st", "a b", &"k".repeat(41)] {
        let problem = refused(&house, field(key)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "#/key");
    }
    let ann = contact(&house, owner, &json!({"name": "Ann", "fields": {"cake": "Sacher"}})).await;
    let rename = patch(owner, "/v1/contact-fields/cake", &json!({"label": "Kuchen"}));
    assert_eq!(house.ask(rename).await.expect(200)["label"], "Kuchen");
    let remove = || Ask::new("DELETE", "/v1/contact-fields/cake").by(&owner.token);
    house.ask(remove()).await.expect(204);
    refused(&house, remove()).await.problem(404, "not-found");
    assert_eq!(house.get(&owner.token, &at(&ann)).await.expect(200)["fields"], json!({}));
    refused(&house, patch(owner, &at(&ann), &json!({"fields": {"cake": "Linzer"}})))
        .await
        .problem(422, "invalid");
    // The next change drops what is no longer shown.
    house.ask(patch(owner, &at(&ann), &json!({"name": "Anna"}))).await.expect(200);
    house.ask(field("cake")).await.expect(201);
    assert_eq!(house.get(&owner.token, &at(&ann)).await.expect(200)["fields"], json!({}));
    for n in 1..50 {
        house.ask(field(&format!("cake_{n}"))).await.expect(201);
    }
    refused(&house, field("one_more")).await.problem(409, "conflict");
    assert_eq!(house.list(&owner.token, "/v1/contact-fields").await.len(), 50);
    house.close().await;
}

#[tokio::test]
async fn x19_contacts_of_others_do_not_exist_and_who_may_not_is_told() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    let theirs = ann(&house, &rival.owner).await;
    let mine = ann(&house, &bakery.owner).await;
    let token = &bakery.owner.token;
    refused(&house, Ask::get(at(&theirs)).by(token)).await.problem(404, "not-found");
    let merge = Ask::post(format!("{}/merge", at(&mine))).by(token).json(&json!({"contact_id": id(&theirs)}));
    let problem = refused(&house, merge).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "#/contact_id");
    let dora = house.colleague(&bakery, &["analyze_manager"], "all").await;
    let create = Ask::post("/v1/contacts").by(&dora.token).json(&json!({"name": "Eve"}));
    refused(&house, create).await.problem(403, "forbidden");
    house.close().await;
}
