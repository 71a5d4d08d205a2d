//! `deliver`, `dispatch`, `ingest`, `unsnooze`, `sweep`: what they do with the records that they are given.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::Api;

const CUSTOMER: &str = "+12125550123";
/// A number of the simulated carrier: throttled for the first two attempts, then taken.
const THROTTLED_TWICE: &str = "+12125550156";

/// The records of a queue, in an event as Lambda makes it.
fn batch(api: &Api, queue: &str) -> Value {
    json!({"Records": api.world.sqs.receive(queue, 10, None).unwrap()})
}

fn failed(response: &impl serde::Serialize) -> usize {
    serde_json::to_value(response).unwrap()["batchItemFailures"].as_array().unwrap().len()
}

async fn dispatch(api: &Api) -> Vec<Value> {
    let records = api.world.stream_records(100);
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    let response = dispatch::handle(&api.world.app, event).await.unwrap();
    assert_eq!(failed(&response), 0);
    api.world.advance_stream(records.last().unwrap());
    records
}

async fn send(api: &Api, owner: &str, to: &str) -> String {
    let accepted = api.post(owner, "/v1/messages", &json!({"to": to, "body": "Ready"})).await.expect(202);
    format!("/v1/messages/{}", accepted["id"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_stream_becomes_a_job_and_the_job_reaches_the_carrier() {
    let api = Api::new(41).await;
    let (owner, _) = api.business(5).await;
    let message = send(&api, &owner, CUSTOMER).await;
    let records = dispatch(&api).await;
    assert!(records.iter().any(|record| record["eventName"] == "MODIFY"), "other changes are passed over");
    let event = batch(&api, testkit::SENDS);
    assert_eq!(event["Records"].as_array().unwrap().len(), 1);
    let response = deliver::handle(&api.world.app, serde_json::from_value(event).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 0);
    assert_eq!(api.get(&owner, &message).await.expect(200)["status"], "sent");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_to_wait_comes_back_when_the_carrier_says() {
    let api = Api::new(42).await;
    let (owner, _) = api.business(5).await;
    let message = send(&api, &owner, THROTTLED_TWICE).await;
    dispatch(&api).await;
    let event = batch(&api, testkit::SENDS);
    let response = deliver::handle(&api.world.app, serde_json::from_value(event).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 1);
    assert_eq!(api.get(&owner, &message).await.expect(200)["status"], "sending");
    assert_eq!(batch(&api, testkit::SENDS)["Records"], json!([]));
    api.world.pass(Duration::from_mins(5)).await;
    assert_eq!(api.get(&owner, &message).await.expect(200)["status"], "delivered");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_no_job_fails_alone() {
    let api = Api::new(43).await;
    let record = json!({"messageId": "m-1", "receiptHandle": "r", "body": "{}", "attributes": {}});
    let event = json!({"Records": [record]});
    let response =
        deliver::handle(&api.world.app, serde_json::from_value(event.clone()).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 1);
    let response = ingest::handle(&api.world.app, serde_json::from_value(event).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 1);
    let event = json!({"Records": [{"dynamodb": {"SequenceNumber": "100"}}]});
    let response = dispatch::handle(&api.world.app, serde_json::from_value(event).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 1);
}

#[tokio::test(start_paused = true)]
async fn i01_a_kept_webhook_is_applied_when_the_table_answers_again() {
    let api = Api::new(44).await;
    let (owner, gateway) = api.business(0).await;
    let to = super::api::OUR_NUMBER.parse().unwrap();
    api.world.phones.text_in(&CUSTOMER.parse().unwrap(), &to, "Hello", &[]).unwrap();
    let webhook = api.world.phones.take_due_webhooks(api.world.now()).remove(0);
    let path = format!("/v1/carriers/simulated/{}/inbound", gateway["id"].as_str().unwrap());
    app::webhook::accept_later(&api.world.app, &path, &webhook.webhook(), api.world.now()).await.unwrap();
    let event = batch(&api, testkit::INGEST);
    api.world.dynamo.faults().set_down(true);
    let response =
        ingest::handle(&api.world.app, serde_json::from_value(event.clone()).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 1);
    api.world.dynamo.faults().set_down(false);
    // Long after the signature's own time: it is judged by when it arrived.
    tokio::time::advance(Duration::from_hours(2)).await;
    let response = ingest::handle(&api.world.app, serde_json::from_value(event).unwrap()).await.unwrap();
    assert_eq!(failed(&response), 0);
    let list = api.get(&owner, "/v1/conversations").await.expect(200);
    assert_eq!(list["data"][0]["preview"], "Hello");
}

#[tokio::test(start_paused = true)]
async fn the_schedules_wake_what_is_due_and_queue_what_is_stuck() {
    let api = Api::new(45).await;
    let (owner, _) = api.business(5).await;
    api.text_in(CUSTOMER, "Later").await;
    let list = api.get(&owner, "/v1/conversations").await.expect(200);
    let path = format!("/v1/conversations/{}/snooze", list["data"][0]["id"].as_str().unwrap());
    api.post(&owner, &path, &json!({"preset": "in_one_hour"})).await.expect(200);
    send(&api, &owner, "+12125550124").await;
    let event = json!({"version": "0", "source": "aws.scheduler"});
    unsnooze::handle(&api.world.app, event.clone()).await.unwrap();
    assert_eq!(
        api.get(&owner, "/v1/conversations?view=snoozed").await.expect(200)["data"].as_array().unwrap().len(),
        1
    );

    tokio::time::advance(Duration::from_secs(3601)).await;
    unsnooze::handle(&api.world.app, event.clone()).await.unwrap();
    sweep::handle(&api.world.app, event).await.unwrap();
    assert_eq!(api.get(&owner, "/v1/conversations?view=snoozed").await.expect(200)["data"], json!([]));
    // The stream was never read, so only the sweep can have queued the message.
    assert_eq!(batch(&api, testkit::SENDS)["Records"].as_array().unwrap().len(), 1);
}
