//! Looking at the log (B02, B05).

use serde_json::{Value, json};

use super::shown;
use crate::house::{Ask, Business, House, Person};

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|it| it["action"].as_str().unwrap()).collect()
}

/// A business in which Ana, from home, adds Ben, who changes a conversation from the shop.
async fn some_history(house: &House) -> (Business, Person) {
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let (id, email) = house.add_user(&bakery, &[], "all").await;
    house.move_clock(jiff::SignedDuration::from_secs(1));
    let token = house.sign_in(&email).await;
    let ben = Person { id, email, token };
    house.move_clock(jiff::SignedDuration::from_secs(1));
    let conversation = house.text_in("+12125550123", &bakery, "Hello").await;
    let path = format!("/v1/conversations/{}/complete", conversation["id"].as_str().unwrap());
    house.ask(Ask::post(path).by(&ben.token).from("198.51.100.7")).await.expect(200);
    (bakery, ben)
}

#[tokio::test]
async fn b05_an_entry_says_who_what_when_from_where_before_and_after() {
    let house = House::open().await;
    let (bakery, ben) = some_history(&house).await;
    house.move_clock(jiff::SignedDuration::from_secs(1));
    let path = format!("/v1/users/{}", ben.id);
    let change = json!({"name": "Benjamin"});
    let ask = Ask::new("PATCH", path).by(&bakery.owner.token).from("203.0.113.9").json(&change);
    house.ask(ask).await.expect(200);
    let entries = shown(&house, &bakery.owner, "").await;
    let mut newest = entries[0].clone();
    assert!(newest["id"].as_str().unwrap().starts_with("aud_"));
    newest.as_object_mut().unwrap().remove("id");
    assert_eq!(
        newest,
        json!({
            "at": house.now().to_string(), "action": "user.changed", "object": ben.id,
            "actor": {"kind": "user", "user_id": bakery.owner.id}, "address": "203.0.113.9",
            "before": {"name": "Ben"}, "after": {"name": "Benjamin"},
        })
    );
    house.close().await;
}

#[tokio::test]
async fn b05_the_log_is_filtered_by_actor_action_object_and_time_and_paged() {
    let house = House::open().await;
    let (bakery, ben) = some_history(&house).await;
    let noon = house.now();
    house.move_clock(jiff::SignedDuration::from_mins(10));
    let path = format!("/v1/users/{}", ben.id);
    let ask = Ask::new("PATCH", path).by(&bakery.owner.token).json(&json!({"name": "Benjamin"}));
    house.ask(ask).await.expect(200);
    let log = async |query: String| shown(&house, &bakery.owner, &query).await;
    assert_eq!(actions(&log(format!("actor={}", ben.id)).await), ["conversation.completed", "session.began"]);
    assert_eq!(
        actions(&log(format!("object={}", ben.id)).await),
        ["user.changed", "session.began", "user.added"]
    );
    assert_eq!(log("action=user.added".into()).await.len(), 1);
    assert_eq!(actions(&log("actor=operator".into()).await), ["credits.topped_up"]);
    let later = format!("from={}", "2030-01-08T15:05:00Z");
    assert_eq!(actions(&log(later).await), ["user.changed"]);
    let both = format!("until=2030-01-08T15:05:00Z&actor={}&object={}", bakery.owner.id, ben.id);
    assert_eq!(actions(&log(both).await), ["user.added"]);
    assert!(noon < house.now());
    // Page by page it is the same.
    let all = log(String::new()).await;
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("/v1/audit-log?limit=2{cursor}");
        let page = house.get(&bakery.owner.token, &path).await.expect(200);
        paged.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
    let backwards = Ask::get("/v1/audit-log?from=2030-01-09T00:00:00Z&until=2030-01-08T00:00:00Z");
    house.ask(backwards.by(&bakery.owner.token)).await.names("?until", "out_of_range");
    house.close().await;
}

#[tokio::test]
async fn b02_b05_the_log_is_for_paying_customers_and_for_those_who_may_read_it() {
    let house = House::open().await;
    let (_, owner) = house.sign_up("Corner Café").await;
    for path in ["/v1/audit-log", "/v1/audit-log/export?format=csv"] {
        house.get(&owner.token, path).await.problem(402, "paying-customers-only");
    }
    let bakery = house.business("Harbour Bakery", 1_000).await;
    let ben = house.colleague(&bakery, &["communication_manager"], "all").await;
    for path in ["/v1/audit-log", "/v1/audit-log/export?format=csv"] {
        let problem = house.get(&ben.token, path).await.problem(403, "forbidden");
        assert_eq!(problem["permission"], "audit:read");
    }
    let before = shown(&house, &bakery.owner, "").await.len();
    assert!(before > 0);
    assert_eq!(shown(&house, &bakery.owner, "").await.len(), before, "looking leaves nothing");
    house.close().await;
}

#[tokio::test]
async fn i09_a_log_is_of_one_account() {
    let house = House::open().await;
    let (bakery, ben) = some_history(&house).await;
    let rival = house.business("Rival Roasters", 1_000).await;
    house.settle().await;
    for query in [
        String::new(),
        format!("&actor={}", ben.id),
        format!("&object={}", ben.id),
        format!("&actor={}&object={}", bakery.owner.id, ben.id),
    ] {
        let answer = house.get(&rival.owner.token, &format!("/v1/audit-log?limit=100{query}")).await;
        for secret in [&ben.id, &bakery.owner.id, &bakery.account, &bakery.gateway] {
            assert!(!answer.text.contains(secret), "{query}: {answer:?}");
        }
        let page = house.get(&bakery.owner.token, &format!("/v1/audit-log?limit=1{query}")).await.expect(200);
        if let Some(cursor) = page["next_cursor"].as_str() {
            let path = format!("/v1/audit-log?limit=1{query}&cursor={cursor}");
            house.get(&rival.owner.token, &path).await.names("?cursor", "invalid");
        }
    }
    house.close().await;
}
