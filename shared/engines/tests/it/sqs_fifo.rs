//! SQS: FIFO queues. Order within a group, one at a time; duplicates within five minutes are one.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::types::Message;
use engines::sqs::Sqs;

use crate::support::{attributes, sqs_client};

fn world(extra: &[(&str, &str)]) -> (Sqs, Client, String) {
    let sqs = Sqs::starting_at(1_700_000_000_000);
    sqs.create_queue("dead.fifo", &attributes(&[("FifoQueue", "true")])).unwrap();
    let mut all = attributes(&[("FifoQueue", "true")]);
    all.extend(attributes(extra));
    let url = sqs.create_queue("sends.fifo", &all).unwrap();
    let client = sqs_client(sqs.clone());
    (sqs, client, url)
}

async fn send(client: &Client, url: &str, group: &str, body: &str) -> SendMessageOutput {
    let send = client.send_message().queue_url(url).message_body(body).message_group_id(group);
    send.message_deduplication_id(body).send().await.unwrap()
}

async fn receive(client: &Client, url: &str, max: i32) -> Vec<Message> {
    let receive = client.receive_message().queue_url(url).max_number_of_messages(max);
    receive.send().await.unwrap().messages.unwrap_or_default()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_the_next_message_of_a_group_as_soon_as_the_one_before_it_is_deleted() {
    let (sqs, client, url) = world(&[]);
    let wait = Duration::from_secs(20);
    send(&client, &url, "a", "a1").await;
    let first = sqs.poll(&url, 10, None, wait).await.unwrap().remove(0);
    send(&client, &url, "a", "a2").await;
    let started = tokio::time::Instant::now();
    let delete = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        sqs.delete(&url, first["receiptHandle"].as_str().unwrap()).unwrap();
    };
    let (next, ()) = tokio::join!(sqs.poll(&url, 10, None, wait), delete);
    assert_eq!(next.unwrap()[0]["body"], "a2");
    assert_eq!(started.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_group_with_a_message_in_flight_gives_no_other() {
    let (_, client, url) = world(&[]);
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")] {
        send(&client, &url, group, body).await;
    }
    let first = receive(&client, &url, 1).await;
    assert_eq!(bodies(&first), ["a1"]);
    assert_eq!(bodies(&receive(&client, &url, 10).await), ["b1"], "group a is locked");
    let receipt = first[0].receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(receipt).send().await.unwrap();
    assert_eq!(
        bodies(&receive(&client, &url, 10).await),
        ["a2", "a3"],
        "one receive may take several, in order"
    );
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(
        bodies(&receive(&client, &url, 10).await),
        ["a2", "b1", "a3"],
        "what failed comes back in its place"
    );
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_within_five_minutes_is_the_same_message() {
    let (sqs, client, url) = world(&[]);
    let first = send(&client, &url, "a", "x").await;
    tokio::time::advance(Duration::from_secs(299)).await;
    let second = send(&client, &url, "b", "x").await;
    assert_eq!(first.message_id(), second.message_id());
    assert_eq!(first.sequence_number(), second.sequence_number());
    assert_eq!(sqs.bodies("sends.fifo").unwrap().len(), 1);
    tokio::time::advance(Duration::from_secs(2)).await;
    let third = send(&client, &url, "a", "x").await;
    assert_ne!(first.message_id(), third.message_id());
    assert!(third.sequence_number() > first.sequence_number());
}

#[tokio::test]
async fn a_deleted_message_still_counts_for_deduplication() {
    let (sqs, client, url) = world(&[]);
    send(&client, &url, "a", "x").await;
    let receipt = receive(&client, &url, 1).await.remove(0).receipt_handle.unwrap();
    client.delete_message().queue_url(&url).receipt_handle(receipt).send().await.unwrap();
    send(&client, &url, "a", "x").await;
    assert!(sqs.bodies("sends.fifo").unwrap().is_empty());
}

#[tokio::test]
async fn deduplication_can_be_by_content_or_by_group() {
    let (sqs, client, url) =
        world(&[("ContentBasedDeduplication", "true"), ("DeduplicationScope", "messageGroup")]);
    for (group, body) in [("a", "x"), ("a", "x"), ("b", "x"), ("a", "y")] {
        client
            .send_message()
            .queue_url(&url)
            .message_body(body)
            .message_group_id(group)
            .send()
            .await
            .unwrap();
    }
    assert_eq!(sqs.bodies("sends.fifo").unwrap(), ["x", "x", "y"]);
}

#[tokio::test]
async fn group_and_deduplication_id_are_required() {
    let (_, client, url) = world(&[]);
    let send = client.send_message().queue_url(&url).message_body("x");
    let error = send.clone().message_deduplication_id("d").send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("MissingParameter"));
    let error = send.clone().message_group_id("g").send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("InvalidParameterValue"));
    let delayed = send.message_group_id("g").message_deduplication_id("d").delay_seconds(5).send().await;
    assert_eq!(delayed.unwrap_err().into_service_error().meta().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn an_expired_receipt_deletes_nothing_and_says_so() {
    let (_, client, url) = world(&[]);
    send(&client, &url, "a", "x").await;
    let receipt = receive(&client, &url, 1).await.remove(0).receipt_handle.unwrap();
    tokio::time::advance(Duration::from_secs(30)).await;
    let error = client.delete_message().queue_url(&url).receipt_handle(receipt).send().await.unwrap_err();
    assert_eq!(error.into_service_error().meta().code(), Some("InvalidParameterValue"));
}

#[tokio::test(start_paused = true)]
async fn a_poisonous_message_makes_way_for_the_rest_of_its_group() {
    let (sqs, client, url) = world(&[]);
    let redrive = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#, sqs.arn("dead.fifo"));
    let set = client.set_queue_attributes().queue_url(&url);
    set.attributes(aws_sdk_sqs::types::QueueAttributeName::RedrivePolicy, redrive).send().await.unwrap();
    send(&client, &url, "a", "poison").await;
    send(&client, &url, "a", "next").await;
    assert_eq!(bodies(&receive(&client, &url, 1).await), ["poison"]);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(bodies(&receive(&client, &url, 1).await), ["next"]);
    assert_eq!(sqs.bodies("dead.fifo").unwrap(), ["poison"]);
}

#[tokio::test]
async fn a_fifo_queue_needs_a_fifo_dead_letter_queue() {
    let (sqs, client, url) = world(&[]);
    sqs.create_queue("dead", &attributes(&[])).unwrap();
    let redrive = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#, sqs.arn("dead"));
    let set = client.set_queue_attributes().queue_url(&url);
    let set = set.attributes(aws_sdk_sqs::types::QueueAttributeName::RedrivePolicy, redrive).send().await;
    assert!(set.is_err());
}

#[tokio::test]
async fn a_large_campaign_passes_through_in_order() {
    let (sqs, _, url) = world(&[]);
    let count = 20_000;
    for number in 0..count {
        let (group, body) = (format!("g{}", number % 500), number.to_string());
        sqs.send(&url, &body, Some(&group), Some(&body)).unwrap();
    }
    let mut last = vec![None; 500];
    let mut received = 0;
    loop {
        let records = sqs.receive(&url, 10, None).unwrap();
        if records.is_empty() {
            break;
        }
        for record in records {
            let number: usize = record["body"].as_str().unwrap().parse().unwrap();
            assert!(last[number % 500] < Some(number));
            last[number % 500] = Some(number);
            sqs.delete(&url, record["receiptHandle"].as_str().unwrap()).unwrap();
            received += 1;
        }
    }
    assert_eq!(received, count);
}
