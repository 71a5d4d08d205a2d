//! Telling under repetition and interruption: nobody hears the same twice, but for one narrow case.

use engines::faults::Fault;
use serde_json::{Value, json};

use super::{pushes, team};
use crate::house::House;

fn records(house: &House) -> Vec<Value> {
    house.running.engines.dynamo.stream_records(None, 1_000).unwrap()
}

#[tokio::test]
async fn c10_what_the_stream_shows_twice_is_pushed_once() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let devices = [house.device(&cleo).await, house.device(&cleo).await, house.device(&bakery.owner).await];
    house.text_in("+12125550123", &bakery, "Hello").await;
    let before = house.table();
    for record in records(&house) {
        house.running.functions().invoke("Dispatch", json!({"Records": [record]})).await.unwrap();
    }
    house.settle().await;
    assert_eq!(devices.map(|device| pushes(&house, &device)), [1, 1, 1]);
    assert_eq!(house.table(), before);
    house.close().await;
}

/// The push service does not take one of several pushes: the others are not repeated.
#[tokio::test]
async fn c10_who_was_reached_is_not_told_again_because_somebody_else_was_not() {
    let house = House::open().await;
    let (bakery, cleo, _) = team(&house).await;
    let devices = [house.device(&cleo).await, house.device(&cleo).await, house.device(&bakery.owner).await];
    for fault in [Fault::LostRequest, Fault::Down] {
        let before = devices.clone().map(|device| pushes(&house, &device));
        // The SDK repeats by itself, up to three times.
        for _ in 0..3 {
            house.running.engines.sns.faults().push_next(fault);
        }
        house.text_in("+12125550123", &bakery, "Hello").await;
        house.running.engines.sns.faults().clear();
        house.settle().await;
        let after = devices.clone().map(|device| pushes(&house, &device));
        let more: Vec<usize> = after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(more, [1, 1, 1], "{fault:?}");
    }
    house.close().await;
}
