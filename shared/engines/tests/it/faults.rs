//! Injected faults: the caller sees what AWS would show, the engine did what it should have done.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use engines::faults::{Fault, Plan};

use crate::support::world;

async fn put(client: &Client, pk: &str) -> Result<(), SdkError<PutItemError>> {
    let put = client.put_item().table_name("main").item("pk", AttributeValue::S(pk.into()));
    put.item("sk", AttributeValue::S("a".into())).send().await.map(|_| ())
}

async fn exists(client: &Client, pk: &str) -> bool {
    let get = client.get_item().table_name("main").key("pk", AttributeValue::S(pk.into()));
    get.key("sk", AttributeValue::S("a".into())).send().await.unwrap().item.is_some()
}

fn transact_put(pk: &str) -> TransactWriteItem {
    let put = Put::builder().table_name("main").item("pk", AttributeValue::S(pk.into()));
    let put = put.item("sk", AttributeValue::S("a".into())).build().unwrap();
    TransactWriteItem::builder().put(put).build()
}

#[tokio::test]
async fn a_lost_request_times_out_and_writes_nothing() {
    let (dynamo, client) = world();
    dynamo.faults().push_next(Fault::LostRequest);
    let error = put(&client, "p").await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_timeout()), "{error:?}");
    assert!(!exists(&client, "p").await);
    let call = &dynamo.calls()[0];
    assert_eq!((call.status, call.answered, call.fault), (None, false, Some(Fault::LostRequest)));
}

#[tokio::test]
async fn a_lost_response_times_out_although_it_was_written() {
    let (dynamo, client) = world();
    dynamo.faults().push_next(Fault::LostResponse);
    let error = put(&client, "p").await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_timeout()), "{error:?}");
    assert!(exists(&client, "p").await);
    let call = &dynamo.calls()[0];
    assert_eq!((call.status, call.answered), (Some(200), false));
    assert!((call.capacity.write_units - 1.0).abs() < 1e-9);
}

#[tokio::test]
async fn a_throttled_call_has_the_error_of_the_service() {
    let (dynamo, client) = world();
    dynamo.faults().push_next(Fault::Throttled);
    let error = put(&client, "p").await.unwrap_err().into_service_error();
    assert!(error.is_provisioned_throughput_exceeded_exception(), "{error:?}");
    assert!(!exists(&client, "p").await);
}

#[tokio::test]
async fn a_transaction_conflict_waits_for_a_transaction_and_lists_a_reason_per_item() {
    let (dynamo, client) = world();
    dynamo.faults().push_next(Fault::TransactionConflict);
    put(&client, "before").await.unwrap();
    assert_eq!(dynamo.faults().pending(), 1);
    let write =
        client.transact_write_items().transact_items(transact_put("a")).transact_items(transact_put("b"));
    let error = write.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { panic!("{error:?}") };
    let codes: Vec<_> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    assert!(!exists(&client, "a").await && !exists(&client, "b").await);
    assert_eq!(dynamo.faults().pending(), 0);
}

#[tokio::test]
async fn a_fault_can_be_kept_for_one_operation() {
    let (dynamo, client) = world();
    dynamo.faults().push_next_for("PutItem", Fault::LostRequest);
    assert!(!exists(&client, "p").await);
    assert!(put(&client, "p").await.is_err());
    assert!(put(&client, "p").await.is_ok());
    assert_eq!(dynamo.faults().injected().len(), 1);
}

#[tokio::test]
async fn a_service_that_is_down_is_unreachable_until_it_is_up() {
    let (dynamo, client) = world();
    dynamo.faults().set_down(true);
    for _ in 0..2 {
        let error = put(&client, "p").await.unwrap_err();
        assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()), "{error:?}");
    }
    dynamo.faults().set_down(false);
    assert!(!exists(&client, "p").await);
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_takes_its_time_on_the_test_clock() {
    let (dynamo, client) = world();
    dynamo.faults().push_next(Fault::Slow(Duration::from_secs(30)));
    let start = tokio::time::Instant::now();
    put(&client, "p").await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(30));
}

#[tokio::test]
async fn a_plan_with_the_same_seed_brings_the_same_faults() {
    let plan = Plan { lost_request: 0.2, lost_response: 0.2, throttled: 0.1, ..Plan::default() };
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (dynamo, client) = world();
        dynamo.faults().set_plan(42, plan);
        for index in 0..100 {
            let _ = put(&client, &format!("p{index}")).await;
        }
        runs.push(dynamo.calls().into_iter().map(|call| call.fault).collect::<Vec<_>>());
        dynamo.faults().clear();
        put(&client, "after").await.unwrap();
    }
    assert_eq!(runs[0], runs[1]);
    let hit = runs[0].iter().flatten().count();
    assert!((30..70).contains(&hit), "{hit} of 100 calls, expected about half");
}

#[tokio::test]
async fn what_a_caller_did_wrong_is_in_the_log_too() {
    let (dynamo, client) = world();
    let get = client.get_item().table_name("main").key("pk", AttributeValue::S("p".into())).send().await;
    assert_eq!(get.unwrap_err().into_service_error().code(), Some("ValidationException"));
    assert_eq!(dynamo.take_calls()[0].error.as_deref(), Some("ValidationException"));
}
