//! Marks under redelivery.

use serde_json::{Value, json};

use super::{act, assign, individual, unread};
use crate::house::House;

#[tokio::test]
async fn x08_what_the_stream_shows_again_and_in_any_order_changes_nothing() {
    let house = House::open().await;
    let bakery = house.business("Harbour Bakery", 100).await;
    let (ana, cleo) = (&bakery.owner, house.colleague(&bakery, &[], "all").await);
    let ben = house.colleague(&bakery, &[], "assigned").await;
    individual(&house, &bakery, true).await;
    let first = house.text_in("+12125550101", &bakery, "Hello").await;
    let second = house.text_in("+12125550102", &bakery, "Hello").await;
    act(&house, ana, &first, "read", &json!({})).await;
    act(&house, ana, &second, "complete", &json!({})).await;
    assign(&house, "PUT", ana, &first, &ben).await;
    house.text_in("+12125550102", &bakery, "One more thing").await;
    act(&house, &cleo, &second, "unread", &json!({})).await;
    house.text_in("+12125550101", &bakery, "Hello?").await;
    let mut before = vec![];
    for who in [ana, &cleo, &ben] {
        before.push(unread(&house, who).await);
    }
    assert_eq!(before[0].len() + before[1].len() + before[2].len(), 5, "{before:?}");
    let mut records: Vec<Value> = house.running.engines.dynamo.stream_records(None, 1_000).unwrap();
    for _ in 0..2 {
        for record in &records {
            let answer = house.running.functions().invoke("Project", json!({"Records": [record]})).await;
            assert_eq!(answer.unwrap()["batchItemFailures"], json!([]));
        }
        records.reverse();
    }
    let mut after = vec![];
    for who in [ana, &cleo, &ben] {
        after.push(unread(&house, who).await);
    }
    assert_eq!(after, before);
    house.close().await;
}
