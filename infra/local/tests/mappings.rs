//! Event source mappings against the embedded services, with functions that do as the test says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engines::dynamo::Dynamo;
use engines::sqs::Sqs;
use futures::FutureExt;
use local::functions::{Functions, Handler, InvokeError};
use local::mappings::{Activity, Position, QueueMapping, StreamMapping};
use local::template::StreamSource;
use serde_json::{Value, json};

type Seen = Arc<Mutex<Vec<Vec<String>>>>;

/// A function that notes the ids it is given and answers what `answer` says.
fn function(
    id: fn(&Value) -> String,
    answer: impl Fn(&[String]) -> Result<Value, InvokeError> + Send + Sync + 'static,
) -> (Functions, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let handler: Handler = Arc::new(move |event| {
        let ids: Vec<String> = event["Records"].as_array().unwrap().iter().map(id).collect();
        noted.lock().unwrap().push(ids.clone());
        std::future::ready(answer(&ids)).boxed()
    });
    let functions = BTreeMap::from([("F".to_owned(), (Duration::from_secs(15), handler))]);
    (Functions::new(functions), seen)
}

fn body(record: &Value) -> String {
    record["body"].as_str().unwrap().to_owned()
}

fn key(record: &Value) -> String {
    record["dynamodb"]["Keys"]["id"]["S"].as_str().unwrap().to_owned()
}

/// Queues `Q` and, for what fails twice, `Dead`.
fn queues() -> Sqs {
    let sqs = Sqs::new();
    sqs.create_queue("Dead", &BTreeMap::new()).unwrap();
    let policy = json!({"deadLetterTargetArn": sqs.arn("Dead"), "maxReceiveCount": 2}).to_string();
    let attributes = [("VisibilityTimeout", "90"), ("RedrivePolicy", &policy)];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    sqs.create_queue("Q", &attributes).unwrap();
    sqs
}

fn queue_mapping(sqs: &Sqs, functions: Functions) -> QueueMapping {
    let queue = sqs.url("Q");
    let (function, activity) = ("F".to_owned(), Activity::default());
    QueueMapping { sqs: sqs.clone(), queue, batch_size: 10, partial: true, function, functions, activity }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_comes_again_and_ends_as_a_dead_letter_while_the_others_are_done() {
    let sqs = queues();
    for body in ["good", "poison", "fine"] {
        sqs.send("Q", body, None, None).unwrap();
    }
    // A function says which message failed by its message id; this one is told by the body.
    let handler: Handler = Arc::new(|event| {
        let records = event["Records"].as_array().unwrap();
        let failed = records.iter().filter(|record| record["body"] == "poison");
        let failed: Vec<_> = failed.map(|record| json!({"itemIdentifier": record["messageId"]})).collect();
        std::future::ready(Ok(json!({"batchItemFailures": failed}))).boxed()
    });
    let functions = BTreeMap::from([("F".to_owned(), (Duration::from_secs(15), handler))]);
    let task = tokio::spawn(queue_mapping(&sqs, Functions::new(functions)).run());
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(sqs.bodies("Q").unwrap(), Vec::<String>::new());
    assert_eq!(sqs.bodies("Dead").unwrap(), ["poison"]);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_fails_leaves_all_its_messages() {
    let sqs = queues();
    sqs.send("Q", "one", None, None).unwrap();
    let (functions, seen) = function(body, |_| Err(InvokeError::Panicked));
    let task = tokio::spawn(queue_mapping(&sqs, functions).run());
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(*seen.lock().unwrap(), [["one"], ["one"]]);
    assert_eq!(sqs.bodies("Dead").unwrap(), ["one"]);
    task.abort();
}

/// A table with a stream, holding items with these ids.
fn table(ids: &[&str]) -> Dynamo {
    let dynamo = Dynamo::memory().unwrap();
    let definition = json!({
        "TableName": "Table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    dynamo.create_table(definition).unwrap();
    put(&dynamo, ids);
    dynamo
}

fn put(dynamo: &Dynamo, ids: &[&str]) {
    for id in ids {
        dynamo.run("PutItem", &json!({"TableName": "Table", "Item": {"id": {"S": id}}})).unwrap();
    }
}

fn stream_mapping(dynamo: &Dynamo, sqs: &Sqs, functions: Functions, filters: Vec<Value>) -> StreamMapping {
    let on_failure = Some("Dead".to_owned());
    StreamMapping {
        dynamo: dynamo.clone(),
        sqs: sqs.clone(),
        source: StreamSource {
            batch_size: 10,
            partial: true,
            bisect: true,
            retries_max: 3,
            on_failure,
            filters,
        },
        on_failure: Some(sqs.url("Dead")),
        function: "F".to_owned(),
        functions,
        position: Position::default(),
        moved: Arc::new(|_| {}),
        activity: Activity::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_is_read_in_order_through_its_filter_and_goes_on_with_new_writes() {
    let (dynamo, sqs) = (table(&["a1", "b1", "a2"]), queues());
    let (functions, seen) = function(key, |_| Ok(json!({"batchItemFailures": []})));
    let filter = json!({"dynamodb": {"Keys": {"id": {"S": [{"prefix": "a"}]}}}});
    let mapping = stream_mapping(&dynamo, &sqs, functions, vec![filter]);
    let (position, moved) = (mapping.position.clone(), Arc::new(Mutex::new(0)));
    let counted = moved.clone();
    let mapping = StreamMapping { moved: Arc::new(move |_| *counted.lock().unwrap() += 1), ..mapping };
    let task = tokio::spawn(mapping.run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    put(&dynamo, &["a3"]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(*seen.lock().unwrap(), [vec!["a1", "a2"], vec!["a3"]]);
    assert_eq!(dynamo.stream_records(position.get().as_deref(), 10).unwrap(), Vec::<Value>::new());
    assert_eq!(*moved.lock().unwrap(), 2);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn a_poisoned_record_is_given_up_alone_and_the_rest_goes_on() {
    let (dynamo, sqs) = (table(&["1", "2", "poison", "4"]), queues());
    let poisoned = |ids: &[String]| ids.iter().any(|id| id == "poison");
    let (functions, seen) =
        function(key, move |ids| if poisoned(ids) { Err(InvokeError::Panicked) } else { Ok(json!({})) });
    let task = tokio::spawn(stream_mapping(&dynamo, &sqs, functions, vec![]).run());
    tokio::time::sleep(Duration::from_mins(10)).await;
    let done: Vec<_> = seen.lock().unwrap().iter().filter(|ids| !poisoned(ids)).flatten().cloned().collect();
    assert_eq!(done, ["1", "2", "4"]);
    let given_up: Value = serde_json::from_str(&sqs.bodies("Dead").unwrap()[0]).unwrap();
    assert_eq!(given_up["DDBStreamBatchInfo"]["batchSize"], 1);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn after_a_reported_failure_the_stream_goes_on_from_there() {
    let (dynamo, sqs) = (table(&["1", "2", "3"]), queues());
    let attempts = Mutex::new(0);
    let handler: Handler = {
        let attempts = Arc::new(attempts);
        Arc::new(move |event| {
            let mut attempts = attempts.lock().unwrap();
            *attempts += 1;
            let records = event["Records"].as_array().unwrap().clone();
            let second = records.iter().find(|record| key(record) == "2" && *attempts == 1);
            let failed: Vec<_> = second
                .map(|record| json!({"itemIdentifier": record["dynamodb"]["SequenceNumber"]}))
                .into_iter()
                .collect();
            let expected = if *attempts == 1 { 3 } else { 2 };
            assert_eq!(records.len(), expected);
            std::future::ready(Ok(json!({"batchItemFailures": failed}))).boxed()
        })
    };
    let functions = BTreeMap::from([("F".to_owned(), (Duration::from_secs(15), handler))]);
    let mapping = stream_mapping(&dynamo, &sqs, Functions::new(functions), vec![]);
    let position = mapping.position.clone();
    let task = tokio::spawn(mapping.run());
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(dynamo.stream_records(position.get().as_deref(), 10).unwrap(), Vec::<Value>::new());
    assert_eq!(sqs.bodies("Dead").unwrap(), Vec::<String>::new());
    task.abort();
}
