//! What somebody who sees assigned conversations only may do with others (C05, C06, C07, C22, X09).

use serde_json::json;

use crate::bad_input::refused;
use crate::house::{Ask, Business, House, Person};

const CUSTOMER: &str = "+12125550123";

async fn with_level(house: &House, of: &Business, level: &str) -> Person {
    let ben = house.colleague(of, &["people_manager"], "assigned").await;
    let path = format!("/v1/users/{}", ben.id);
    let body = json!({"message_access": level});
    house.ask(Ask::new("PATCH", path).by(&of.owner.token).json(&body)).await.expect(200);
    house.settle().await;
    ben
}

#[tokio::test]
async fn c22_x09_each_level_reaches_as_far_as_it_says() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    for (level, reads, writes) in [("none", false, false), ("read", true, false), ("write", true, true)] {
        let ben = with_level(&house, &bakery, level).await;
        let expected = |yes: bool, status: u16| if yes { status } else { 404 };
        for path in [path.clone(), format!("{path}/timeline")] {
            assert_eq!(house.get(&ben.token, &path).await.status, expected(reads, 200), "{level}");
        }
        // C06, C07: it does not stand in the inbox, and nothing is told.
        let listed = house.list(&ben.token, "/v1/conversations?view=all").await;
        assert_eq!(listed, Vec::<serde_json::Value>::new(), "{level}");
        house.text_in(CUSTOMER, &bakery, "Still there?").await;
        assert!(house.told(&ben.token).await.is_empty(), "{level}");
        let act = house.ask(Ask::post(format!("{path}/archive")).by(&ben.token)).await;
        assert_eq!(act.status, expected(writes, 200), "{level}");
        let body = json!({"to": CUSTOMER, "body": "We are"});
        let sent = house.ask(Ask::post("/v1/messages").by(&ben.token).json(&body)).await;
        assert_eq!(sent.status, expected(writes, 202), "{level}");
        house.settle().await;
        // C16: who wrote is assigned, and so sees it from then on.
        let listed = house.list(&ben.token, "/v1/conversations?view=all").await;
        assert_eq!(listed.len(), usize::from(writes), "{level}");
    }
    house.close().await;
}

#[tokio::test]
async fn c05_without_access_to_customers_records_the_level_is_worth_nothing() {
    let house = House::open().await;
    let bakery = house.business("Bakery", 100).await;
    let conversation = house.text_in(CUSTOMER, &bakery, "Hello").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let ben = with_level(&house, &bakery, "write").await;
    house.get(&ben.token, &path).await.expect(200);
    let deny = Ask::new("PUT", format!("/v1/users/{}/overrides", ben.id))
        .json(&json!({"denies": ["contacts:read"]}));
    house.ask(deny.by(&bakery.owner.token)).await.expect(200);
    refused(&house, Ask::get(&path).by(&ben.token)).await.problem(404, "not-found");
    house.settle().await;
    house.close().await;
}
