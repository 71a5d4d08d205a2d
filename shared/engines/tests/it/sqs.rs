//! SQS: standard queues.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
    SendMessageBatchResultEntry,
};
use engines::faults::Fault;
use engines::sqs::{Counts, Sqs};

use crate::support::{attributes, sqs_client};

/// A queue `jobs` with a dead-letter queue after two receives, and the client's view of it.
fn world() -> (Sqs, Client, String) {
    let sqs = Sqs::starting_at(1_700_000_000_000);
    sqs.create_queue("dead", &attributes(&[])).unwrap();
    let redrive = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"2"}}"#, sqs.arn("dead"));
    let url = sqs.create_queue("jobs", &attributes(&[("RedrivePolicy", &redrive)])).unwrap();
    let client = sqs_client(sqs.clone());
    (sqs, client, url)
}

async fn send(client: &Client, url: &str, body: &str) {
    client.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

async fn receive(client: &Client, url: &str) -> Vec<Message> {
    let receive = client.receive_message().queue_url(url).max_number_of_messages(10);
    receive
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

fn text_attribute(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test]
async fn a_message_comes_with_its_system_attributes_and_checksums() {
    let (_, client, url) = world();
    let sent = client.send_message().queue_url(&url).message_body("hello").send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    let received = receive(&client, &url).await;
    assert_eq!(received.len(), 1);
    let message = &received[0];
    assert_eq!((message.body(), message.message_id()), (Some("hello"), sent.message_id()));
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    let own = message.attributes().unwrap();
    assert_eq!(own[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert!(own[&MessageSystemAttributeName::SentTimestamp].starts_with("17000000000"));
    assert!(own.contains_key(&MessageSystemAttributeName::SenderId));
    assert!(own.contains_key(&MessageSystemAttributeName::ApproximateFirstReceiveTimestamp));
}

#[tokio::test]
async fn only_the_attributes_asked_for_are_received() {
    let (_, client, url) = world();
    let binary = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([1, 2, 3]))
        .build()
        .unwrap();
    let request = client.send_message().queue_url(&url).message_body("x");
    let request = request.message_attributes("app.kind", text_attribute("reply"));
    let request =
        request.message_attributes("app.raw", binary).message_attributes("other", text_attribute("y"));
    let sent = request.send().await.unwrap();
    assert!(sent.md5_of_message_attributes().is_some());
    let receive = |name: &'static str| {
        let receive =
            client.receive_message().queue_url(&url).message_attribute_names(name).visibility_timeout(0);
        async move { receive.send().await.unwrap().messages.unwrap().remove(0) }
    };
    let all = receive("All").await;
    assert_eq!(all.md5_of_message_attributes(), sent.md5_of_message_attributes());
    assert_eq!(all.message_attributes().unwrap()["app.raw"].binary_value().unwrap().as_ref(), [1, 2, 3]);
    let prefixed = receive("app.*").await;
    assert_eq!(prefixed.message_attributes().unwrap().len(), 2);
    assert!(prefixed.attributes().is_none());
}

/// The example of AWS's documentation for SDK authors: MD5 over length-prefixed name, type and value.
#[tokio::test]
async fn the_checksum_of_attributes_is_the_one_that_other_sdks_compute() {
    let (_, client, url) = world();
    let request = client.send_message().queue_url(&url).message_body("x");
    let sent = request.message_attributes("a", text_attribute("b")).send().await.unwrap();
    // printf '\0\0\0\1a\0\0\0\6String\1\0\0\0\1b' | md5sum
    assert_eq!(sent.md5_of_message_attributes(), Some("bef8bf215374a0a228d67533b1a488be"));
}

#[tokio::test(start_paused = true)]
async fn a_message_not_deleted_comes_back_after_its_visibility_time_out() {
    let (sqs, client, url) = world();
    send(&client, &url, "x").await;
    assert_eq!(receive(&client, &url).await.len(), 1);
    assert_eq!(sqs.counts("jobs").unwrap(), Counts { visible: 0, in_flight: 1, delayed: 0 });
    tokio::time::advance(Duration::from_secs(29)).await;
    assert!(receive(&client, &url).await.is_empty());
    tokio::time::advance(Duration::from_secs(1)).await;
    let again = receive(&client, &url).await;
    assert_eq!(again[0].attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount], "2");
}

#[tokio::test(start_paused = true)]
async fn twelve_hours_pass_in_a_moment() {
    let (sqs, client, url) = world();
    send(&client, &url, "x").await;
    let receive_long = client.receive_message().queue_url(&url).visibility_timeout(43_200);
    assert_eq!(receive_long.send().await.unwrap().messages().len(), 1);
    let wait = client.receive_message().queue_url(&url).wait_time_seconds(20);
    assert!(wait.clone().send().await.unwrap().messages().is_empty());
    tokio::time::advance(Duration::from_secs(43_200 - 30)).await;
    assert_eq!(wait.send().await.unwrap().messages().len(), 1, "the long poll ends when the time-out does");
    assert_eq!(sqs.counts("jobs").unwrap().in_flight, 1);
}

#[tokio::test]
async fn a_deleted_message_is_gone_and_deleting_it_again_is_no_error() {
    let (sqs, client, url) = world();
    send(&client, &url, "x").await;
    let receipt = receive(&client, &url).await.remove(0).receipt_handle.unwrap();
    for _ in 0..2 {
        client.delete_message().queue_url(&url).receipt_handle(&receipt).send().await.unwrap();
    }
    assert_eq!(sqs.counts("jobs").unwrap(), Counts::default());
}

#[tokio::test]
async fn an_outdated_receipt_deletes_nothing() {
    let (sqs, client, url) = world();
    send(&client, &url, "x").await;
    let first = client.receive_message().queue_url(&url).visibility_timeout(0).send().await.unwrap();
    receive(&client, &url).await;
    let stale = first.messages()[0].receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(stale).send().await.unwrap();
    assert_eq!(sqs.counts("jobs").unwrap().in_flight, 1);
}

#[tokio::test]
async fn a_receipt_of_another_queue_is_refused() {
    let (_, client, url) = world();
    for receipt in ["nonsense", "ZGVhZCBhIDE="] {
        let error = client.delete_message().queue_url(&url).receipt_handle(receipt).send().await.unwrap_err();
        assert!(error.into_service_error().is_receipt_handle_is_invalid());
    }
}

#[tokio::test(start_paused = true)]
async fn visibility_can_be_ended_or_prolonged_while_in_flight() {
    let (_, client, url) = world();
    send(&client, &url, "x").await;
    let receipt = receive(&client, &url).await.remove(0).receipt_handle.unwrap();
    let change = |receipt: &str, seconds| {
        client
            .change_message_visibility()
            .queue_url(&url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
    };
    change(&receipt, 600).await.unwrap();
    tokio::time::advance(Duration::from_secs(599)).await;
    assert!(receive(&client, &url).await.is_empty());
    change(&receipt, 0).await.unwrap();
    assert!(change(&receipt, 60).await.unwrap_err().into_service_error().is_message_not_inflight());
    let receipt = receive(&client, &url).await.remove(0).receipt_handle.unwrap();
    let error = change(&receipt, 43_201).await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn a_delayed_message_appears_when_its_delay_is_over() {
    let (sqs, client, url) = world();
    client.send_message().queue_url(&url).message_body("x").delay_seconds(900).send().await.unwrap();
    assert_eq!(sqs.counts("jobs").unwrap().delayed, 1);
    assert!(receive(&client, &url).await.is_empty());
    tokio::time::advance(Duration::from_mins(15)).await;
    assert_eq!(receive(&client, &url).await.len(), 1);
    let error = client.send_message().queue_url(&url).message_body("x").delay_seconds(901).send().await;
    assert_eq!(error.unwrap_err().into_service_error().meta().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_with_the_first_message() {
    let (_, client, url) = world();
    let sender = {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(7)).await;
            send(&client, &url, "x").await;
        })
    };
    let start = tokio::time::Instant::now();
    let received = client.receive_message().queue_url(&url).wait_time_seconds(20).send().await.unwrap();
    assert_eq!(received.messages().len(), 1);
    assert!((7..9).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    sender.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_without_a_message_takes_its_whole_time() {
    let (_, client, url) = world();
    let start = tokio::time::Instant::now();
    let received = client.receive_message().queue_url(&url).wait_time_seconds(20).send().await.unwrap();
    assert!(received.messages().is_empty());
    assert!(start.elapsed() >= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue() {
    let (sqs, client, url) = world();
    send(&client, &url, "poison").await;
    for _ in 0..2 {
        assert_eq!(receive(&client, &url).await.len(), 1);
        tokio::time::advance(Duration::from_secs(30)).await;
    }
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(sqs.bodies("dead").unwrap(), ["poison"]);
    let dead = receive(&client, &sqs.url("dead")).await;
    let own = dead[0].attributes().unwrap();
    assert_eq!(own[&MessageSystemAttributeName::DeadLetterQueueSourceArn], sqs.arn("jobs"));
    let sources = client.list_dead_letter_source_queues().queue_url(sqs.url("dead")).send().await.unwrap();
    assert_eq!(sources.queue_urls(), [url]);
}

#[tokio::test(start_paused = true)]
async fn a_move_task_brings_dead_letters_back_as_new_messages() {
    let (sqs, client, url) = world();
    send(&client, &url, "poison").await;
    let id = receive(&client, &url).await[0].message_id.clone();
    for _ in 0..2 {
        tokio::time::advance(Duration::from_secs(30)).await;
        receive(&client, &url).await;
    }
    let start = client.start_message_move_task().source_arn(sqs.arn("dead"));
    start.send().await.unwrap().task_handle.unwrap();
    let back = receive(&client, &url).await;
    assert_eq!(back[0].body(), Some("poison"));
    assert_ne!(back[0].message_id, id);
    assert_eq!(sqs.counts("dead").unwrap(), Counts::default());
    let tasks = client.list_message_move_tasks().source_arn(sqs.arn("dead")).send().await.unwrap();
    assert_eq!(tasks.results()[0].status(), Some("COMPLETED"));
    assert_eq!(tasks.results()[0].approximate_number_of_messages_moved(), 1);
}

#[tokio::test]
async fn a_move_task_needs_a_dead_letter_queue() {
    let (sqs, client, _) = world();
    let start = client.start_message_move_task().source_arn(sqs.arn("jobs")).send().await;
    assert_eq!(start.unwrap_err().into_service_error().meta().code(), Some("InvalidParameterValue"));
    let start = client.start_message_move_task().source_arn(sqs.arn("nowhere")).send().await;
    assert!(start.unwrap_err().into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn each_entry_of_a_batch_succeeds_or_fails_by_itself() {
    let (sqs, client, url) = world();
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let sent =
        client.send_message_batch().queue_url(&url).entries(entry("a", "one")).entries(entry("b", "\u{0}"));
    let sent = sent.entries(entry("c", "two")).send().await.unwrap();
    let ids: Vec<_> = sent.successful().iter().map(SendMessageBatchResultEntry::id).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("b", "InvalidMessageContents"));
    let receipts: Vec<_> =
        receive(&client, &url).await.into_iter().map(|message| message.receipt_handle.unwrap()).collect();
    let change = |id: &str, receipt: &str| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(receipt);
        entry.visibility_timeout(60).build().unwrap()
    };
    let changed = client.change_message_visibility_batch().queue_url(&url).entries(change("a", &receipts[0]));
    let changed = changed.entries(change("b", "nonsense")).send().await.unwrap();
    assert_eq!((changed.successful().len(), changed.failed()[0].code()), (1, "ReceiptHandleIsInvalid"));
    let delete = |id: &str, receipt: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(receipt).build().unwrap()
    };
    let deleted = client.delete_message_batch().queue_url(&url).entries(delete("a", &receipts[0]));
    let deleted = deleted.entries(delete("b", "nonsense")).send().await.unwrap();
    assert_eq!((deleted.successful().len(), deleted.failed().len()), (1, 1));
    assert_eq!(sqs.counts("jobs").unwrap().in_flight, 1);
}

#[tokio::test]
async fn a_batch_is_refused_as_a_whole_if_empty_too_large_or_ambiguous() {
    let (_, client, url) = world();
    let entry = |id: &str, body: String| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let run = |entries: Vec<SendMessageBatchRequestEntry>| {
        let send = client.send_message_batch().queue_url(&url).set_entries(Some(entries));
        async move { send.send().await.unwrap_err().into_service_error() }
    };
    assert!(run(vec![]).await.is_empty_batch_request());
    assert!(
        run((0..11).map(|i| entry(&i.to_string(), "x".into())).collect())
            .await
            .is_too_many_entries_in_batch_request()
    );
    assert!(
        run(vec![entry("a", "x".into()), entry("a", "y".into())]).await.is_batch_entry_ids_not_distinct()
    );
    assert!(run(vec![entry("a b", "x".into())]).await.is_invalid_batch_entry_id());
    let half = "x".repeat(600_000);
    assert!(run(vec![entry("a", half.clone()), entry("b", half)]).await.is_batch_request_too_long());
}

#[tokio::test]
async fn a_message_may_have_one_mebibyte() {
    let (_, client, url) = world();
    send(&client, &url, &"x".repeat(1_048_576)).await;
    let error = client.send_message().queue_url(&url).message_body("x".repeat(1_048_577)).send().await;
    assert_eq!(error.unwrap_err().into_service_error().meta().code(), Some("InvalidParameterValue"));
    let small =
        client.create_queue().queue_name("small").attributes(QueueAttributeName::MaximumMessageSize, "1024");
    let small = small.send().await.unwrap().queue_url.unwrap();
    let sized = client.send_message().queue_url(&small).message_body("x".repeat(1_020));
    let error =
        sized.message_attributes("k", text_attribute("v")).send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"), "attributes count");
}

#[tokio::test]
async fn malformed_messages_are_refused() {
    let (_, client, url) = world();
    let error = client.send_message().queue_url(&url).message_body("").send().await.unwrap_err();
    assert_eq!(error.into_service_error().meta().code(), Some("MissingParameter"));
    let error = client.send_message().queue_url(&url).message_body("\u{8}").send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_message_contents());
    let many = (0..11).map(|index| (format!("a{index}"), text_attribute("v"))).collect::<HashMap<_, _>>();
    let error = client
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .set_message_attributes(Some(many))
        .send()
        .await;
    assert_eq!(error.unwrap_err().into_service_error().meta().code(), Some("InvalidParameterValue"));
    let typed = MessageAttributeValue::builder().data_type("Text").string_value("x").build().unwrap();
    let error =
        client.send_message().queue_url(&url).message_body("x").message_attributes("a", typed).send().await;
    assert_eq!(error.unwrap_err().into_service_error().meta().code(), Some("InvalidParameterValue"));
    for (max, wait) in [(0, 0), (11, 0), (1, 21)] {
        let receive =
            client.receive_message().queue_url(&url).max_number_of_messages(max).wait_time_seconds(wait);
        assert_eq!(
            receive.send().await.unwrap_err().into_service_error().meta().code(),
            Some("InvalidParameterValue")
        );
    }
}

#[tokio::test]
async fn creating_a_queue_again_needs_the_same_attributes() {
    let (sqs, client, _) = world();
    let create = |seconds| {
        let create = client.create_queue().queue_name("again");
        create.attributes(QueueAttributeName::VisibilityTimeout, seconds).send()
    };
    assert_eq!(create("90").await.unwrap().queue_url, Some(sqs.url("again")));
    create("90").await.unwrap();
    assert!(create("91").await.unwrap_err().into_service_error().is_queue_name_exists());
    assert!(create("43201").await.unwrap_err().into_service_error().is_invalid_attribute_value());
    for name in ["", "with space", "bad.fifo"] {
        assert!(client.create_queue().queue_name(name).send().await.is_err(), "{name:?}");
    }
    let redrive = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":3}}"#, sqs.arn("nowhere"));
    let create =
        client.create_queue().queue_name("new").attributes(QueueAttributeName::RedrivePolicy, redrive);
    assert!(create.send().await.is_err(), "the dead-letter queue must exist");
}

#[tokio::test]
async fn attributes_can_be_read_and_set() {
    let (sqs, client, url) = world();
    send(&client, &url, "x").await;
    let set =
        client.set_queue_attributes().queue_url(&url).attributes(QueueAttributeName::VisibilityTimeout, "60");
    set.send().await.unwrap();
    let get = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let all = get.send().await.unwrap().attributes.unwrap();
    assert_eq!(all[&QueueAttributeName::VisibilityTimeout], "60");
    assert_eq!(all[&QueueAttributeName::MaximumMessageSize], "1048576");
    assert_eq!(all[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert_eq!(all[&QueueAttributeName::QueueArn], sqs.arn("jobs"));
    assert!(all[&QueueAttributeName::RedrivePolicy].contains("maxReceiveCount"));
    let unknown = client.get_queue_attributes().queue_url(&url).attribute_names("Colour".into()).send().await;
    assert!(unknown.unwrap_err().into_service_error().is_invalid_attribute_name());
}

#[tokio::test]
async fn queues_are_found_listed_tagged_purged_and_deleted() {
    let (sqs, client, url) = world();
    assert_eq!(client.get_queue_url().queue_name("jobs").send().await.unwrap().queue_url, Some(url.clone()));
    let listed = client.list_queues().queue_name_prefix("j").send().await.unwrap();
    assert_eq!(listed.queue_urls(), std::slice::from_ref(&url));
    client.tag_queue().queue_url(&url).tags("team", "inbox").tags("x", "y").send().await.unwrap();
    client.untag_queue().queue_url(&url).tag_keys("x").send().await.unwrap();
    let tags = client.list_queue_tags().queue_url(&url).send().await.unwrap().tags.unwrap();
    assert_eq!(tags, HashMap::from([("team".to_owned(), "inbox".to_owned())]));
    send(&client, &url, "x").await;
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(sqs.counts("jobs").unwrap(), Counts::default());
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let error = client.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_queue_does_not_exist());
    let error = client.get_queue_url().queue_name("jobs").send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist());
}

#[tokio::test(start_paused = true)]
async fn messages_expire_with_the_retention_period() {
    let (sqs, client, url) = world();
    send(&client, &url, "old").await;
    tokio::time::advance(Duration::from_hours(4 * 24)).await;
    assert_eq!(sqs.counts("jobs").unwrap(), Counts::default());
    assert!(receive(&client, &url).await.is_empty());
}

#[tokio::test]
async fn a_standard_queue_takes_a_group_but_no_deduplication() {
    let (_, client, url) = world();
    client.send_message().queue_url(&url).message_body("x").message_group_id("tenant").send().await.unwrap();
    let own = receive(&client, &url).await.remove(0).attributes.unwrap();
    assert_eq!(own[&MessageSystemAttributeName::MessageGroupId], "tenant");
    let send = client.send_message().queue_url(&url).message_body("x").message_deduplication_id("d");
    assert_eq!(
        send.send().await.unwrap_err().into_service_error().meta().code(),
        Some("InvalidParameterValue")
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_source_gets_records_of_a_lambda_event() {
    let (sqs, client, url) = world();
    let send = client.send_message().queue_url(&url).message_body("x");
    send.message_attributes("kind", text_attribute("reply")).send().await.unwrap();
    let record =
        sqs.poll(&url, 10, Some(Duration::from_secs(90)), Duration::from_secs(20)).await.unwrap().remove(0);
    assert_eq!(record["body"], "x");
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["eventSourceARN"], sqs.arn("jobs"));
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["messageAttributes"]["kind"]["stringValue"], "reply");
    let receipt = record["receiptHandle"].as_str().unwrap();
    sqs.change_visibility("jobs", receipt, Duration::ZERO).unwrap();
    let record = sqs.receive("jobs", 10, None).unwrap().remove(0);
    sqs.delete("jobs", record["receiptHandle"].as_str().unwrap()).unwrap();
    assert_eq!(sqs.counts("jobs").unwrap(), Counts::default());
    assert!(sqs.receive("nowhere", 1, None).is_err());
}

#[tokio::test]
async fn faults_reach_the_callers_of_queues_too() {
    let (sqs, client, url) = world();
    sqs.faults().push_next(Fault::Throttled);
    let error = client.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_request_throttled());
    sqs.faults().push_next(Fault::LostResponse);
    assert!(client.send_message().queue_url(&url).message_body("x").send().await.is_err());
    assert_eq!(sqs.bodies("jobs").unwrap(), ["x"]);
    assert_eq!(sqs.take_calls().len(), 2);
}
