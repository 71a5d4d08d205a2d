//! What is counted, and what not.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::house::{Ask, Business, House, Person};

const ANA: &str = "+12125550123";
const BOB: &str = "+12125550124";

async fn statistics(house: &House, who: &Person, query: &str) -> Value {
    house.settle().await;
    house.get(&who.token, &format!("/v1/statistics?{query}")).await.expect(200)
}

/// Today's line, or that of somebody.
async fn line(house: &House, who: &Person, by: &str, of: &str) -> Value {
    let found = statistics(house, who, &format!("from=2030-01-08&to=2030-01-08&by={by}")).await;
    let lines = found["data"].as_array().unwrap();
    lines.iter().find(|it| it["of"] == of).cloned().unwrap_or_else(|| panic!("{found:#}"))
}

async fn reply(house: &House, who: &Person, conversation: &Value, text: &str) {
    house.send(who, &json!({"conversation_id": conversation["id"], "body": text})).await;
    house.settle().await;
}

async fn act(house: &House, who: &Person, conversation: &Value, act: &str) {
    let path = format!("/v1/conversations/{}/{act}", conversation["id"].as_str().unwrap());
    house.ask(Ask::post(path).by(&who.token)).await.expect(200);
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Ana writes twice, is answered after ten minutes, and it is completed after half an hour.
async fn round(house: &House, bakery: &Business, who: &Person) -> Value {
    house.text_in(ANA, bakery, "Is the cake ready?").await;
    house.move_clock(minutes(4));
    let conversation = house.text_in(ANA, bakery, "Hello?").await;
    house.move_clock(minutes(6));
    reply(house, who, &conversation, "At noon").await;
    house.move_clock(minutes(1));
    reply(house, who, &conversation, "Promised").await;
    house.move_clock(minutes(19));
    act(house, who, &conversation, "complete").await;
    conversation
}

#[tokio::test]
async fn d21_b11_response_time_time_to_complete_and_volume_by_day_user_gateway_and_tag() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 50).await;
    let owner = &bakery.owner;
    let tag = house.post(&owner.token, "/v1/tags", &json!({"name": "Cakes"})).await.expect(201);
    let first = house.text_in(ANA, &bakery, "Hi").await;
    let path =
        format!("/v1/conversations/{}/tags/{}", first["id"].as_str().unwrap(), tag["id"].as_str().unwrap());
    house.ask(Ask::new("PUT", path).by(&owner.token)).await.expect(200);
    act(&house, owner, &first, "complete").await;
    round(&house, &bakery, owner).await;

    let day = line(&house, owner, "day", "2030-01-08").await;
    assert_eq!(
        (&day["inbound"], &day["outbound"], &day["failed"]),
        (&json!(3), &json!(2), &json!(0)),
        "{day:#}"
    );
    // The first message was the answer, the second was none; the first text waited ten minutes.
    assert_eq!(day["responses"], 1);
    assert_eq!(day["response_time"]["average_seconds"], 600);
    assert_eq!(day["completed"], 2);
    assert_eq!(day["time_to_complete"]["average_seconds"], 900, "0 and 30 minutes");
    for (by, of) in [("gateway", bakery.gateway.clone()), ("user", owner.id.clone())] {
        let line = line(&house, owner, by, &of).await;
        assert_eq!(line["outbound"], 2, "{by}");
        assert_eq!(line["responses"], 1, "{by}");
        assert_eq!(line["response_time"], day["response_time"], "{by}");
        assert_eq!(line["completed"], 2, "{by}");
    }
    let tagged = line(&house, owner, "tag", tag["id"].as_str().unwrap()).await;
    assert_eq!((&tagged["completed"], &tagged["outbound"]), (&json!(2), &json!(0)));
    assert_eq!(tagged["time_to_complete"], day["time_to_complete"]);
    let whole = statistics(&house, owner, "from=2030-01-01&to=2030-01-31").await;
    assert_eq!(whole["totals"]["responses"], 1);
    assert_eq!(whole["time_zone"], "America/New_York");
    let before = statistics(&house, owner, "from=2029-12-01&to=2030-01-07").await;
    assert_eq!((&before["totals"]["inbound"], &before["data"]), (&json!(0), &json!([])));
    assert_eq!(before["totals"]["response_time"]["median_seconds"], json!(null));
    house.close().await;
}

#[tokio::test]
async fn d21_a_message_that_failed_is_counted_on_its_day_until_it_has_arrived_after_all() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 50).await;
    let owner = &bakery.owner;
    for number in ["+12125550173", "+12125550176"] {
        house.send(owner, &json!({"to": number, "gateway_id": bakery.gateway, "body": "Hi"})).await;
    }
    house.pass(minutes(5)).await;
    assert_eq!(line(&house, owner, "day", "2030-01-08").await["failed"], 2);
    house.pass(minutes(70)).await;
    assert_eq!(
        line(&house, owner, "day", "2030-01-08").await["failed"],
        1,
        "one was delivered an hour later"
    );
    house.close().await;
}

#[tokio::test]
async fn d21_a_day_is_one_of_the_accounts_zone() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 50).await;
    // 23:30 in New York is the next day in London.
    house.move_clock(SignedDuration::from_mins(13 * 60 + 30));
    house.text_in(BOB, &bakery, "Still open?").await;
    assert_eq!(line(&house, &bakery.owner, "day", "2030-01-08").await["inbound"], 1);
    house.move_clock(minutes(31));
    house.text_in(BOB, &bakery, "Hello?").await;
    let days = statistics(&house, &bakery.owner, "from=2030-01-08&to=2030-01-09").await;
    assert_eq!(days["data"][1]["of"], "2030-01-09");
    assert_eq!(days["data"][1]["inbound"], 1);
    house.close().await;
}

#[tokio::test]
async fn d21_b11_statistics_are_bounded_and_for_those_who_may_see_them() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 50).await;
    let owner = &bakery.owner;
    let get = |query: &'static str| house.get(&owner.token, query);
    get("/v1/statistics?from=2030-01-01&to=2030-04-03").await.names("?to", "out_of_range");
    get("/v1/statistics?from=2030-01-01&to=2030-04-02").await.expect(200);
    get("/v1/statistics?from=2030-01-02&to=2030-01-01").await.names("?to", "out_of_range");
    get("/v1/statistics?from=2030-01-01").await.names("?to", "missing_field");
    get("/v1/statistics?from=2030-01-01&to=2030-01-01&by=hour").await.names("?by", "invalid");
    let analyst = house.colleague(&bakery, &["analyze_manager"], "none").await;
    let courier = house.colleague(&bakery, &["people_manager"], "all").await;
    let path = "/v1/statistics?from=2030-01-01&to=2030-01-31&by=user";
    house.get(&analyst.token, path).await.expect(200);
    house.get(&courier.token, path).await.problem(403, "forbidden");

    // Page by page, each user once.
    let conversation = house.text_in(ANA, &bakery, "Hi").await;
    let mut people = vec![owner.id.clone()];
    reply(&house, owner, &conversation, "one").await;
    for _ in 0..3 {
        let colleague = house.colleague(&bakery, &["communication_manager"], "all").await;
        reply(&house, &colleague, &conversation, "another").await;
        people.push(colleague.id);
    }
    let (mut seen, mut cursor) = (vec![], String::new());
    for _ in 0..10 {
        let page = house.get(&analyst.token, &format!("{path}&limit=1{cursor}")).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|it| it["of"].as_str().unwrap().to_owned()));
        assert_eq!(page["totals"]["outbound"], 4);
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    people.sort();
    assert_eq!(seen, people);
    house.close().await;
}
