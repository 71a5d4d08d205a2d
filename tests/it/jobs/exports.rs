//! Exporting contacts (A20).

use serde_json::json;

use super::{id, import};
use crate::bad_input::refused;
use crate::house::{Ask, House};

/// A formula that somebody has imported as their name does nothing in the spreadsheet of whoever exports it.
#[tokio::test]
async fn a20_an_export_is_a_file_without_formulas_and_leaves_its_trace() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = &bakery.owner;
    let field = json!({"key": "note", "label": "Note"});
    house.post(&owner.token, "/v1/contact-fields", &field).await.expect(201);
    let body = json!({"mapping": [
        {"index": 1, "field": "number"}, {"index": 2, "field": "number"}, {"index": 3, "field": "name"},
        {"index": 4, "field": "custom", "key": "note"},
    ]});
    let file = b"a,b,c,d\n+12125550123,+12125550124,=HYPERLINK(),@SUM(A1)\n+12125550125,,\"Lee, Ann\",\n";
    let (_, rows) = import(&house, owner, &body, &[file]).await;
    assert_eq!(rows.len(), 2);
    let export = house.post(&owner.token, "/v1/contacts/exports", &json!({})).await.expect(202);
    assert_eq!((&export["kind"], &export["state"]), (&json!("contact_export"), &json!("queued")));
    let path = format!("/v1/contacts/exports/{}", id(&export));
    house.settle().await;
    assert_eq!(house.get(&owner.token, &path).await.expect(200)["state"], "done");
    let part = house.get(&owner.token, &format!("{path}/parts")).await;
    assert_eq!(part.status, 200, "{part:?}");
    let mut lines: Vec<&str> = part.text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "id,name,number,email,owner_id,blocked,created_at,further_numbers,further_emails,note"
    );
    // They came in the same millisecond.
    lines[1..3].sort_unstable_by_key(|line| line.contains("Lee"));
    assert!(lines[1].contains(",'=HYPERLINK(),+12125550123,"), "{lines:?}");
    assert!(lines[1].ends_with(",'+12125550124,,'@SUM(A1)"), "{lines:?}");
    assert!(lines[2].contains(",\"Lee, Ann\",+12125550125,"), "{lines:?}");
    assert_eq!(part.header("next-cursor"), None);
    let log = house.list(&owner.token, &format!("/v1/audit-log?object={}", id(&export))).await;
    let mut actions: Vec<_> = log.iter().map(|it| it["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["contacts.exported", "job.started"]);
    house.close().await;
}

#[tokio::test]
async fn a20_an_export_of_many_comes_in_parts_that_hold_everybody_once() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let owner = &bakery.owner;
    let list = id(&house.post(&owner.token, "/v1/contact-lists", &json!({"name": "All"})).await.expect(201));
    let body = json!({"mapping": [{"column": "p", "field": "number"}], "contact_list_id": list});
    let file = (0..120).map(|n| format!("+1212555{n:04}")).collect::<Vec<_>>().join("\n");
    import(&house, owner, &body, &[format!("p\n{file}").as_bytes()]).await;
    for body in [json!({}), json!({"contact_list_id": list})] {
        let export = id(&house.post(&owner.token, "/v1/contacts/exports", &body).await.expect(202));
        house.settle().await;
        let (mut numbers, mut cursor) = (Vec::new(), String::new());
        loop {
            let part = house.get(&owner.token, &format!("/v1/contacts/exports/{export}/parts{cursor}")).await;
            numbers.extend(part.text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()));
            match part.header("next-cursor") {
                Some(next) => cursor = format!("?cursor={next}"),
                None => break,
            }
        }
        assert_eq!(numbers.len(), 120);
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 120);
    }
    house.close().await;
}

#[tokio::test]
async fn a20_only_who_may_export_can_and_only_lists_that_exist() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 10).await;
    let ben = house.colleague(&bakery, &["people_manager"], "none").await;
    let deny = Ask::new("PUT", format!("/v1/users/{}/overrides", ben.id)).by(&bakery.owner.token);
    house.ask(deny.json(&json!({"denies": ["contacts:export"]}))).await.expect(200);
    let export = id(&house.post(&bakery.owner.token, "/v1/contacts/exports", &json!({})).await.expect(202));
    house.settle().await;
    let ask = Ask::post("/v1/contacts/exports").by(&ben.token).json(&json!({}));
    assert_eq!(refused(&house, ask).await.problem(403, "forbidden")["permission"], "contacts:export");
    for path in [format!("/v1/contacts/exports/{export}"), format!("/v1/contacts/exports/{export}/parts")] {
        refused(&house, Ask::get(path).by(&ben.token)).await.problem(403, "forbidden");
    }
    house.get(&ben.token, &format!("/v1/jobs/{export}")).await.problem(404, "not-found");
    let nothing = json!({"contact_list_id": "lst_00000000000000000000000000000007"});
    let ask = Ask::post("/v1/contacts/exports").by(&bakery.owner.token).json(&nothing);
    refused(&house, ask).await.names("#/contact_list_id", "no_such_thing");
    house.close().await;
}
