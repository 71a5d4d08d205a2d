//! Lists of contacts: who is on them, and who may take them out of the product (A20, A21).

use serde_json::{Value, json};

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person, id};

async fn list(house: &House, who: &Person, name: &str) -> String {
    id(&house.post(&who.token, "/v1/contact-lists", &json!({"name": name})).await.expect(201))
}

fn place(list: &str, contact: &str) -> String {
    format!("/v1/contact-lists/{list}/contacts/{contact}")
}

/// The contact of somebody who texts.
async fn contact(house: &House, of: &Business, number: &str) -> String {
    let conversation = house.text_in(number, of, "Hi").await;
    conversation["contact"]["id"].as_str().unwrap().to_owned()
}

async fn on_list(house: &House, who: &Person, list: &str) -> Vec<Value> {
    house.list(&who.token, &format!("/v1/contact-lists/{list}/contacts")).await
}

#[tokio::test]
async fn a06_a_list_is_made_filled_renamed_emptied_and_removed() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let regulars = list(&house, owner, "Regulars").await;
    let ann = contact(&house, &bakery, "+12125550123").await;
    let put = || Ask::new("PUT", place(&regulars, &ann)).by(&owner.token);
    house.ask(put()).await.expect(204);
    let before = house.table();
    house.ask(put()).await.expect(204);
    assert_eq!(house.table(), before, "adding again changed something");
    let members = on_list(&house, owner, &regulars).await;
    assert_eq!(members.len(), 1);
    assert_eq!((&members[0]["id"], &members[0]["number"]), (&json!(ann), &json!("+12125550123")));
    let path = format!("/v1/contact-lists/{regulars}");
    let rename = Ask::new("PATCH", &path).by(&owner.token).json(&json!({"name": "Friends"}));
    assert_eq!(house.ask(rename).await.expect(200)["name"], "Friends");
    let delete = || Ask::new("DELETE", place(&regulars, &ann)).by(&owner.token);
    house.ask(delete()).await.expect(204);
    house.ask(delete()).await.expect(204);
    assert!(on_list(&house, owner, &regulars).await.is_empty());
    house.ask(put()).await.expect(204);
    house.ask(Ask::new("DELETE", &path).by(&owner.token)).await.expect(204);
    house.get(&owner.token, &format!("{path}/contacts")).await.problem(404, "not-found");
    refused(&house, put()).await.problem(404, "not-found");
    // That somebody was on it is forgotten with it, soon after.
    house.pass(jiff::SignedDuration::from_mins(1)).await;
    assert!(!house.table().iter().any(|item| item.contains("\"member\"") || item.contains("\"clearing\"")));
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={regulars}")).await;
    assert_eq!(log.len(), 6, "{log:#?}");
    house.close().await;
}

#[tokio::test]
async fn x19_lists_and_contacts_of_others_do_not_exist() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let rival = house.business("Rival", 10).await;
    let (mine, theirs) =
        (list(&house, &bakery.owner, "Mine").await, list(&house, &rival.owner, "Theirs").await);
    let ann = contact(&house, &bakery, "+12125550123").await;
    let stranger = contact(&house, &rival, "+12125550124").await;
    for (list, contact) in [(&mine, &stranger), (&theirs, &ann), (&theirs, &stranger)] {
        for method in ["PUT", "DELETE"] {
            let ask = Ask::new(method, place(list, contact)).by(&bakery.owner.token);
            refused(&house, ask).await.problem(404, "not-found");
        }
    }
    for path in ["contacts", "export"] {
        let ask = Ask::get(format!("/v1/contact-lists/{theirs}/{path}")).by(&bakery.owner.token);
        refused(&house, ask).await.problem(404, "not-found");
    }
    house.close().await;
}

#[tokio::test]
async fn a20_a_team_that_is_denied_exporting_cannot_and_a21_one_of_its_members_may_again() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let sales = json!({"name": "Sales", "permissions": {"denies": ["contacts:export"]}});
    let sales = id(&house.post(&owner.token, "/v1/teams", &sales).await.expect(201));
    // The role gives it, the team takes it.
    let dora = house.colleague(&bakery, &["people_manager"], "all").await;
    let join = json!({"team_ids": [sales]});
    house
        .ask(Ask::new("PATCH", format!("/v1/users/{}", dora.id)).by(&owner.token).json(&join))
        .await
        .expect(200);
    let regulars = list(&house, &dora, "Regulars").await;
    let export = || Ask::get(format!("/v1/contact-lists/{regulars}/export")).by(&dora.token);
    let problem = refused(&house, export()).await.problem(403, "forbidden");
    assert_eq!(problem["permission"], "contacts:export");
    let overrides = format!("/v1/users/{}/overrides", dora.id);
    let lift = json!({"grants": ["contacts:export"]});
    house.ask(Ask::new("PUT", &overrides).by(&owner.token).json(&lift)).await.expect(200);
    assert_eq!(house.ask(export()).await.status, 200);
    house.ask(Ask::new("PUT", &overrides).by(&owner.token).json(&json!({}))).await.expect(200);
    refused(&house, export()).await.problem(403, "forbidden");
    house.close().await;
}

#[tokio::test]
async fn a20_an_export_is_a_file_of_all_who_are_on_the_list_and_the_log_knows_of_it_first() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    let owner = &bakery.owner;
    let regulars = list(&house, owner, "Regulars").await;
    let mut expected = vec![];
    for n in 1..=3 {
        let number = format!("+1212555012{n}");
        let contact = contact(&house, &bakery, &number).await;
        house.ask(Ask::new("PUT", place(&regulars, &contact)).by(&owner.token)).await.expect(204);
        expected.push(format!("{contact},{number},,"));
    }
    let path = format!("/v1/contact-lists/{regulars}/export");
    let answer = house.get(&owner.token, &path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"contacts.csv\""));
    assert_eq!(answer.header("next-cursor"), None);
    let mut lines = answer.text.split("\r\n");
    assert_eq!(lines.next(), Some("id,number,name,added_at"));
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 3);
    for begin in &expected {
        assert!(lines.iter().any(|line| line.starts_with(begin.as_str())), "{begin} {lines:?}");
    }
    let log = house.list(&owner.token, "/v1/audit-log?action=contacts.exported").await;
    assert_eq!(log.len(), 1);
    assert_eq!((&log[0]["object"], &log[0]["after"]["contacts"]), (&json!(regulars), &json!(3)));
    // A cursor of another list, or none at all, leads nowhere.
    for cursor in ["x", "AAAA"] {
        let ask = Ask::get(format!("{path}?cursor={cursor}")).by(&owner.token);
        refused(&house, ask).await.names("?cursor", "invalid");
    }
    // If the log cannot be written, nothing leaves.
    house.running.engines.dynamo.faults().set_down(true);
    assert_eq!(house.get(&owner.token, &path).await.status, 503);
    house.running.engines.dynamo.faults().set_down(false);
    house.close().await;
}

#[tokio::test]
async fn a06_a_name_that_a_list_cannot_have_is_named() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 10).await;
    for name in [json!(""), json!(" "), json!("x".repeat(101)), json!("a\nb"), json!("a\u{0}")] {
        let ask = Ask::post("/v1/contact-lists").by(&bakery.owner.token).json(&json!({"name": name}));
        refused(&house, ask).await.names("#/name", "invalid");
    }
    house.close().await;
}

#[tokio::test]
async fn a06_a_master_sees_which_lists_a_sub_account_has_and_not_who_is_on_them() {
    let house = House::open().await;
    let master = house.business("Brand", 100).await;
    let north = house.branch_with_line(&master.owner, "North branch", 20).await;
    let path = format!("/v1/accounts/{}/contact-lists", north.account);
    let made = house.post(&master.owner.token, &path, &json!({"name": "Newsletter"})).await.expect(201);
    house.move_clock(jiff::SignedDuration::from_millis(1));
    let own = list(&house, &north.owner, "Regulars").await;
    let seen = house.list(&master.owner.token, &path).await;
    assert_eq!(seen.iter().map(id).collect::<Vec<_>>(), [id(&made), own]);
    assert_eq!(house.list(&north.owner.token, "/v1/contact-lists").await, seen);
    let members = format!("/v1/contact-lists/{}/contacts", id(&made));
    house.get(&master.owner.token, &members).await.problem(404, "not-found");
    house.close().await;
}
