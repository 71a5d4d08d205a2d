//! The table's stream, and the index that keeps writes to it fast.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use engines::dynamo::{Dynamo, sequence_number};

use serde_json::json;

use crate::support::{table, world};

async fn put(client: &Client, pk: &str, text: &str) {
    let put = client.put_item().table_name("main").item("pk", AttributeValue::S(pk.into()));
    put.item("sk", AttributeValue::S("a".into()))
        .item("text", AttributeValue::S(text.into()))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn records_look_like_those_of_a_lambda_event() {
    let (dynamo, client) = world();
    put(&client, "p", "one").await;
    put(&client, "p", "two").await;
    let delete = client.delete_item().table_name("main").key("pk", AttributeValue::S("p".into()));
    delete.key("sk", AttributeValue::S("a".into())).send().await.unwrap();
    let records = dynamo.stream_records(None, 10).unwrap();
    let names: Vec<_> = records.iter().map(|record| record["eventName"].as_str().unwrap()).collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
    let modify = &records[1];
    assert_eq!(modify["eventVersion"], "1.1");
    assert_eq!(modify["eventSource"], "aws:dynamodb");
    assert_eq!(modify["awsRegion"], engines::REGION);
    assert!(
        modify["eventSourceARN"]
            .as_str()
            .unwrap()
            .starts_with("arn:aws:dynamodb:us-east-1:000000000000:table/main/stream/")
    );
    assert_eq!(modify["dynamodb"]["Keys"]["pk"]["S"], "p");
    assert_eq!(modify["dynamodb"]["OldImage"]["text"]["S"], "one");
    assert_eq!(modify["dynamodb"]["NewImage"]["text"]["S"], "two");
    assert_eq!(modify["dynamodb"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    assert!(modify["dynamodb"]["SizeBytes"].as_u64().unwrap() > 0);
    assert_eq!(modify["eventID"].as_str().unwrap().len(), 32);
    assert!(records[2]["dynamodb"].get("NewImage").is_none());
    let after = dynamo.stream_records(sequence_number(&records[0]), 1).unwrap();
    assert_eq!(after, records[1..2]);
}

#[tokio::test]
async fn a_write_that_changes_nothing_makes_no_record() {
    let (dynamo, client) = world();
    put(&client, "p", "same").await;
    put(&client, "p", "same").await;
    assert_eq!(dynamo.stream_records(None, 10).unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_is_read_again_until_the_reader_moves_on() {
    let (dynamo, client) = world();
    for index in 0..3 {
        put(&client, &format!("p{index}"), "x").await;
    }
    let mut stream = dynamo.stream(None);
    let batch = stream.read(2).unwrap();
    assert_eq!(stream.read(2).unwrap(), batch);
    stream.advance(&batch[1]);
    assert_eq!(stream.position(), sequence_number(&batch[1]));
    assert_eq!(stream.read(2).unwrap().len(), 1);
    assert!(dynamo.stream_latest().unwrap().read(10).unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reader_wakes_with_the_next_write() {
    let (dynamo, client) = world();
    let mut stream = dynamo.stream(None);
    assert!(stream.read(10).unwrap().is_empty());
    let early = tokio::time::timeout(Duration::from_hours(1), stream.written()).await;
    assert!(early.is_err(), "nothing was written");
    let writer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        put(&client, "p", "x").await;
    });
    stream.written().await;
    assert_eq!(stream.read(10).unwrap().len(), 1);
    writer.await.unwrap();
}

/// Without the index each write scans the stream: the last writes of 8,000 take some eight times as long as the first
/// (measured by leaving it out). Past the SDK, whose own time would hide that.
fn writes_stay_fast(dynamo: &Dynamo) {
    dynamo.create_table(table()).unwrap();
    let mut seconds = Vec::new();
    for chunk in 0..16 {
        #[expect(clippy::disallowed_methods, reason = "measures how long the engine takes")]
        let start = Instant::now();
        for index in 0..500 {
            let item = json!({"pk": {"S": format!("p{chunk}-{index}")}, "sk": {"S": "a"}});
            dynamo.run("PutItem", &json!({"TableName": "main", "Item": item})).unwrap();
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    println!("seconds for each 500 writes: {seconds:.3?}");
    // The fastest of four at each end, and far between what is right and what is wrong: other processes have the processor
    // during some of them.
    let fastest = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
    let (first, last) = (fastest(&seconds[..4]), fastest(&seconds[12..]));
    assert!(last < first * 5.0, "writes slow down with the stream: {seconds:?}");
}

#[test]
fn writes_in_memory_stay_fast_while_the_stream_grows() {
    writes_stay_fast(&Dynamo::memory().unwrap());
}

#[test]
fn writes_to_a_file_stay_fast_while_the_stream_grows() {
    let folder = tempfile::tempdir().unwrap();
    writes_stay_fast(&Dynamo::file(&folder.path().join("table.sqlite")).unwrap());
}
