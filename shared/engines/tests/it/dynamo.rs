//! `DynamoDB`: what the product relies on.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use engines::calls::total;
use engines::connector::Request;
use engines::dynamo::{Dynamo, TableClock};
use serde_json::json;

use crate::support::{dynamo_client, table, world};

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

async fn put(client: &Client, pk: &str, sk: &str) {
    client.put_item().table_name("main").item("pk", s(pk)).item("sk", s(sk)).send().await.unwrap();
}

fn put_new(pk: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name("main")
        .item("pk", s(pk))
        .item("sk", s("a"))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

fn increment(pk: &str) -> TransactWriteItem {
    let update = Update::builder()
        .table_name("main")
        .key("pk", s(pk))
        .key("sk", s("a"))
        .update_expression("ADD balance :one")
        .expression_attribute_values(":one", n(1));
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

async fn item(client: &Client, pk: &str) -> Option<HashMap<String, AttributeValue>> {
    client.get_item().table_name("main").key("pk", s(pk)).key("sk", s("a")).send().await.unwrap().item
}

#[tokio::test]
async fn a_failed_condition_cancels_the_whole_transaction_and_tells_which_and_why() {
    let (_, client) = world();
    put(&client, "taken", "a").await;
    let error = client
        .transact_write_items()
        .transact_items(put_new("free"))
        .transact_items(put_new("taken"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { panic!("{error:?}") };
    let reasons = cancelled.cancellation_reasons();
    assert_eq!(reasons.len(), 2);
    assert_eq!(reasons[0].code(), Some("None"));
    assert_eq!(reasons[1].code(), Some("ConditionalCheckFailed"));
    assert_eq!(reasons[1].item().unwrap()["pk"], s("taken"));
    assert!(item(&client, "free").await.is_none());
}

#[tokio::test]
async fn a_client_request_token_runs_a_transaction_once() {
    let (_, client) = world();
    for _ in 0..2 {
        let write =
            client.transact_write_items().client_request_token("t-1").transact_items(increment("counter"));
        write.send().await.unwrap();
    }
    assert_eq!(item(&client, "counter").await.unwrap()["balance"], n(1));
    let other = client.transact_write_items().client_request_token("t-1").transact_items(increment("other"));
    let error = other.send().await.unwrap_err().into_service_error();
    assert!(error.is_idempotent_parameter_mismatch_exception(), "{error:?}");
}

#[tokio::test]
async fn an_index_is_sparse_and_pages_in_both_directions() {
    let (_, client) = world();
    for number in 0..25 {
        let put =
            client.put_item().table_name("main").item("pk", s(format!("p{number:02}"))).item("sk", s("a"));
        let indexed = number % 2 == 0;
        let put =
            if indexed { put.item("gpk", s("all")).item("gsk", s(format!("{number:02}"))) } else { put };
        put.send().await.unwrap();
    }
    for forward in [true, false] {
        let mut seen = Vec::new();
        let mut start = None;
        loop {
            let page = client
                .query()
                .table_name("main")
                .index_name("by_g")
                .key_condition_expression("gpk = :g")
                .expression_attribute_values(":g", s("all"))
                .scan_index_forward(forward)
                .limit(5)
                .set_exclusive_start_key(start)
                .send()
                .await
                .unwrap();
            seen.extend(page.items().iter().map(|item| item["gsk"].as_s().unwrap().clone()));
            start = page.last_evaluated_key;
            let Some(key) = &start else { break };
            assert_eq!(key.len(), 4);
        }
        let mut expected: Vec<_> = (0..25).step_by(2).map(|number| format!("{number:02}")).collect();
        if !forward {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn each_call_is_measured_although_nobody_asked() {
    let (dynamo, client) = world();
    let text = "x".repeat(4_100);
    let put = client.put_item().table_name("main").item("pk", s("p")).item("sk", s("a"));
    let answer = put.item("gpk", s("g")).item("gsk", s("1")).item("text", s(text)).send().await.unwrap();
    assert!(answer.consumed_capacity().is_none(), "only what was asked for is answered");
    item(&client, "p").await;
    client
        .transact_write_items()
        .transact_items(increment("a"))
        .transact_items(increment("b"))
        .send()
        .await
        .unwrap();
    let calls = dynamo.take_calls();
    let names: Vec<_> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(names, ["PutItem", "GetItem", "TransactWriteItems"]);
    assert!((calls[0].capacity.write_units - 10.0).abs() < 1e-9, "{:?}", calls[0]);
    assert!((calls[0].capacity.table_units - 5.0).abs() < 1e-9);
    assert!((calls[0].capacity.index_units["by_g"] - 5.0).abs() < 1e-9);
    assert!((calls[1].capacity.read_units - 1.0).abs() < 1e-9, "eventually consistent, 4.1 KB: 2 halves");
    assert!((calls[2].capacity.write_units - 4.0).abs() < 1e-9, "a transaction costs double");
    assert!((total(&calls).write_units - 14.0).abs() < 1e-9);
    assert!(dynamo.calls().is_empty());
}

#[tokio::test]
async fn a_caller_that_asks_for_the_total_gets_the_total() {
    let (_, client) = world();
    let put = client.put_item().table_name("main").item("pk", s("p")).item("sk", s("a"));
    let put = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    let capacity = put.consumed_capacity.unwrap();
    assert_eq!(capacity.capacity_units, Some(1.0));
    assert!(capacity.table.is_none());
}

#[tokio::test]
async fn an_update_returns_old_values_and_counts_without_losing_any() {
    let (_, client) = world();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    client.transact_write_items().transact_items(increment("hot")).send().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let update = client.update_item().table_name("main").key("pk", s("hot")).key("sk", s("a"));
    let update = update.update_expression("SET balance = :zero").expression_attribute_values(":zero", n(0));
    let old = update.return_values(ReturnValue::UpdatedOld).send().await.unwrap();
    assert_eq!(old.attributes.unwrap()["balance"], n(80));
}

#[tokio::test]
async fn limits_are_those_of_the_service() {
    let (_, client) = world();
    let big = client.put_item().table_name("main").item("pk", s("p")).item("sk", s("a"));
    let error = big.item("text", s("x".repeat(410_000))).send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("ValidationException"));
    let too_many = (0..101).map(|index| increment(&format!("p{index}"))).collect();
    let error = client.transact_write_items().set_transact_items(Some(too_many)).send().await;
    assert_eq!(error.unwrap_err().into_service_error().meta().code(), Some("ValidationException"));
    let twice = client.transact_write_items().transact_items(increment("x")).transact_items(increment("x"));
    let error = twice.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("ValidationException"));
}

#[tokio::test]
async fn a_request_without_the_shape_of_its_operation_is_refused_cleanly() {
    let (dynamo, client) = world();
    let error = client.put_item().table_name("main").item("pk", s("p")).send().await.unwrap_err();
    assert_eq!(error.as_service_error().unwrap().meta().code(), Some("ValidationException"));
    for (operation, body, expected) in [
        ("PutItem", r#"{"TableName": "main"}"#, "ValidationException"),
        ("PutItem", r#"{"TableName": "main", "Item": {"pk": {}}}"#, "ValidationException"),
        ("PutItem", r#"{"TableName": 7, "Item": {}}"#, "SerializationException"),
        ("GetItem", "not json", "SerializationException"),
        ("Teleport", "{}", "ValidationException"),
    ] {
        let target = Some(format!("DynamoDB_20120810.{operation}"));
        let response = dynamo.respond(Request::new(target, body)).await.unwrap();
        assert_eq!((response.status, response.error.as_deref()), (400, Some(expected)), "{operation} {body}");
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        assert!(!text.contains("VALIDATION") && !text.contains("at line"), "{text}");
    }
}

#[tokio::test]
async fn creating_a_table_again_changes_nothing() {
    let (dynamo, client) = world();
    put(&client, "p", "a").await;
    dynamo.create_table(table()).unwrap();
    assert!(item(&client, "p").await.is_some());
    assert!(dynamo.create_table(json!({"TableName": "main2"})).is_err());
}

#[tokio::test]
async fn items_past_their_time_to_live_go_with_the_sweep() {
    let clock = TableClock::at(1_000);
    let dynamo = Dynamo::memory_with_clock(&clock).unwrap();
    dynamo.create_table(table()).unwrap();
    let client = dynamo_client(dynamo.http_client());
    let put = client.put_item().table_name("main").item("pk", s("p")).item("sk", s("a"));
    put.item("expires_at", n(2_000)).send().await.unwrap();
    assert_eq!(dynamo.sweep_ttl().unwrap(), 0);
    clock.set(2_001);
    assert_eq!(dynamo.sweep_ttl().unwrap(), 1);
    assert!(item(&client, "p").await.is_none());
    let records = dynamo.stream_records(None, 10).unwrap();
    assert_eq!(records[1]["userIdentity"]["principalId"], "dynamodb.amazonaws.com");
    assert_eq!(records[0]["dynamodb"]["ApproximateCreationDateTime"], 1_000.0);
}

#[tokio::test]
async fn a_file_keeps_items_stream_and_time_to_live() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.sqlite");
    let first = Dynamo::file(&path).unwrap();
    first.create_table(table()).unwrap();
    put(&dynamo_client(first.clone()), "p", "a").await;
    let before = first.stream_records(None, 10).unwrap();
    drop(first);
    let second = Dynamo::file(&path).unwrap();
    second.create_table(table()).unwrap();
    assert!(item(&dynamo_client(second.clone()), "p").await.is_some());
    assert_eq!(second.stream_records(None, 10).unwrap(), before);
    let ttl = second.run("DescribeTimeToLive", &json!({"TableName": "main"})).unwrap();
    assert_eq!(ttl["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
}

#[tokio::test]
async fn databases_in_memory_know_nothing_of_each_other() {
    let (_, one) = world();
    let (_, other) = world();
    put(&one, "p", "a").await;
    assert!(item(&other, "p").await.is_none());
}

#[tokio::test]
async fn loaded_items_are_in_table_and_index_but_not_in_the_stream() {
    let (dynamo, client) = world();
    let items = (0..250).map(|index| {
        json!({"pk": {"S": format!("p{index}")}, "sk": {"S": "a"}, "gpk": {"S": "g"}, "gsk": {"S": format!("{index:03}")}})
    });
    assert_eq!(dynamo.load("main", items).unwrap(), 250);
    let page = client.query().table_name("main").index_name("by_g").key_condition_expression("gpk = :g");
    let page = page.expression_attribute_values(":g", s("g")).send().await.unwrap();
    assert_eq!(page.count(), 250);
    assert!(dynamo.stream_records(None, 10).unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_table_is_an_error_of_the_service() {
    let client = dynamo_client(Dynamo::memory().unwrap());
    let error = client.get_item().table_name("main").key("pk", s("p")).send().await.unwrap_err();
    let SdkError::ServiceError(error) = error else { panic!("{error:?}") };
    assert!(error.err().is_resource_not_found_exception());
}
