//! Taking the log out of the product (B05).

use serde_json::{Value, json};

use super::shown;
use crate::house::{Answer, Ask, Business, House};

async fn export(house: &House, of: &Business, query: &str) -> Answer {
    let ask = Ask::get(format!("/v1/audit-log/export?{query}")).by(&of.owner.token).from("203.0.113.9");
    let answer = house.ask(ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

#[tokio::test]
async fn b05_the_log_is_exported_as_json_lines_and_csv_and_both_say_what_the_list_says() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &[], "all").await;
    let listed = shown(&house, &bakery.owner, "").await;
    let lines = export(&house, &bakery, "format=jsonl").await;
    assert_eq!(lines.header("content-type"), Some("application/jsonl"));
    assert_eq!(lines.header("content-disposition"), Some("attachment; filename=\"audit-log.jsonl\""));
    assert_eq!(lines.header("next-cursor"), None);
    let read: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, listed);

    let answer = export(&house, &bakery, &format!("format=csv&object={}", ben.id)).await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let rows: Vec<&str> = answer.text.split("\r\n").collect();
    assert_eq!(
        rows[0],
        "id,at,actor_kind,actor_user_id,actor_api_key_id,actor_account_id,address,action,object,before,after"
    );
    assert_eq!(rows.len(), 1 + listed.iter().filter(|it| it["object"] == ben.id.as_str()).count() + 1);
    let added = rows.iter().find(|row| row.contains("user.added")).unwrap();
    let begin = format!(",user,{},,,127.0.0.1,user.added,{},,", bakery.owner.id, ben.id);
    assert!(added.contains(&begin), "{added}");
    assert!(added.contains(r#"""name"":""Ben"""#), "{added}");
    house.close().await;
}

#[tokio::test]
async fn b05_an_export_is_in_the_log_before_anybody_has_a_line_of_it() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    house.move_clock(jiff::SignedDuration::from_secs(1));
    export(&house, &bakery, "format=csv&action=user.added").await;
    let newest = shown(&house, &bakery.owner, "limit=1").await.remove(0);
    assert_eq!(newest["action"], "audit.exported");
    assert_eq!(newest["address"], "203.0.113.9");
    let after = json!({"format": "csv", "entries": 0, "filter": {"action": "user.added"}});
    assert_eq!((&newest["object"], &newest["after"]), (&Value::from(bakery.account.as_str()), &after));
    // What cannot be noted is not handed out.
    let calls = house.running.engines.dynamo.faults();
    calls.set_down(true);
    let refused = house.ask(Ask::get("/v1/audit-log/export?format=csv").by(&bakery.owner.token)).await;
    calls.set_down(false);
    assert_eq!(refused.status, 503, "{refused:?}");
    house.close().await;
}

#[tokio::test]
async fn b05_a_long_log_is_exported_in_parts_of_a_thousand() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let path = "/v1/account/alerts";
    let mut settings = house.get(&bakery.owner.token, path).await.expect(200);
    for n in 0..1_010 {
        settings["failed_deliveries"]["per_hour"] = json!(1 + n % 2);
        let ask = Ask::new("PUT", path).by(&bakery.owner.token).json(&settings);
        house.ask(ask).await.expect(200);
    }
    let query = "format=jsonl&action=alerts.changed";
    let first = export(&house, &bakery, query).await;
    assert_eq!(first.text.lines().count(), 1_000);
    let cursor = first.header("next-cursor").unwrap().to_owned();
    let second = export(&house, &bakery, &format!("{query}&cursor={cursor}")).await;
    assert_eq!(second.text.lines().count(), 10);
    assert_eq!(second.header("next-cursor"), None);
    let ids: std::collections::BTreeSet<String> = first
        .text
        .lines()
        .chain(second.text.lines())
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1_010);
    let other = Ask::get(format!("/v1/audit-log/export?format=jsonl&cursor={cursor}"));
    house.ask(other.by(&bakery.owner.token)).await.names("?cursor", "invalid");
    house.close().await;
}
