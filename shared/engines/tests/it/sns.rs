//! SNS: topics, subscriptions, mobile push.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use engines::faults::Fault;
use engines::sns::{Sns, Target};
use engines::sqs::Sqs;
use serde_json::{Value, json};

use crate::support::{attributes, sns_client, sqs_client};

/// A topic `events` with a queue `all` subscribed.
struct World {
    sqs: Sqs,
    sns: Sns,
    client: Client,
    topic: String,
}

fn world() -> World {
    let sqs = Sqs::starting_at(1_700_000_000_000);
    let sns = Sns::new(sqs.clone());
    let topic = sns.create_topic("events", BTreeMap::new()).unwrap();
    let client = sns_client(sns.clone());
    let world = World { sqs, sns, client, topic };
    world.queue("all", &[]);
    world
}

impl World {
    /// A queue subscribed to the topic; returns the subscription's ARN.
    fn queue(&self, name: &str, options: &[(&str, &str)]) -> String {
        self.sqs.create_queue(name, &attributes(&[])).unwrap();
        self.sns.subscribe(&self.topic, "sqs", &self.sqs.arn(name), attributes(options)).unwrap()
    }

    async fn publish(&self, message: &str, kind: &str) {
        let publish = self.client.publish().topic_arn(&self.topic).message(message);
        publish.message_attributes("kind", text(kind)).send().await.unwrap();
    }

    fn bodies(&self, queue: &str) -> Vec<Value> {
        let bodies = self.sqs.bodies(queue).unwrap();
        bodies.iter().map(|body| serde_json::from_str(body).unwrap_or_else(|_| json!(body))).collect()
    }

    async fn endpoint(&self, token: &str) -> String {
        let application = self.sns.create_platform_application("GCM", "textdesk");
        let create =
            self.client.create_platform_endpoint().platform_application_arn(application).token(token);
        create.send().await.unwrap().endpoint_arn.unwrap()
    }
}

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test]
async fn a_queue_gets_the_notification_in_its_envelope() {
    let world = world();
    let publish =
        world.client.publish().topic_arn(&world.topic).message("<é & \"quotes\">\r\n").subject("Subject");
    let sent = publish.message_attributes("kind", text("a<b")).send().await.unwrap();
    let envelope = world.bodies("all").remove(0);
    assert_eq!(envelope["Type"], "Notification");
    assert_eq!(envelope["Message"], "<é & \"quotes\">\r\n");
    assert_eq!(envelope["Subject"], "Subject");
    assert_eq!(envelope["TopicArn"], world.topic);
    assert_eq!(envelope["MessageId"].as_str(), sent.message_id());
    assert_eq!(envelope["MessageAttributes"]["kind"], json!({"Type": "String", "Value": "a<b"}));
    assert!(envelope["Timestamp"].as_str().unwrap().starts_with("2023-11-14T22:13:2"));
    assert!(envelope["UnsubscribeURL"].as_str().unwrap().contains("Action=Unsubscribe"));
}

#[tokio::test]
async fn raw_delivery_hands_over_the_message_and_its_attributes() {
    let world = world();
    world.queue("raw", &[("RawMessageDelivery", "true")]);
    world.publish("hello", "greeting").await;
    let queues = sqs_client(world.sqs.clone());
    let received = queues.receive_message().queue_url(world.sqs.url("raw")).message_attribute_names("All");
    let message = received.send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(message.body(), Some("hello"));
    assert_eq!(message.message_attributes().unwrap()["kind"].string_value(), Some("greeting"));
}

#[tokio::test]
async fn a_filter_policy_chooses_by_attributes() {
    let world = world();
    world.queue("some", &[("FilterPolicy", r#"{"kind": ["sent", {"prefix": "in"}]}"#)]);
    for kind in ["sent", "inbound", "other"] {
        world.publish(kind, kind).await;
    }
    world.client.publish().topic_arn(&world.topic).message("bare").send().await.unwrap();
    let got: Vec<_> = world.bodies("some").iter().map(|envelope| envelope["Message"].clone()).collect();
    assert_eq!(got, ["sent", "inbound"]);
    assert_eq!(world.bodies("all").len(), 4);
}

#[tokio::test]
async fn a_filter_policy_can_look_into_the_body() {
    let world = world();
    let policy = r#"{"message": {"price": [{"numeric": [">", 5]}]}}"#;
    world.queue("some", &[("FilterPolicy", policy), ("FilterPolicyScope", "MessageBody")]);
    for body in [r#"{"message": {"price": 7}}"#, r#"{"message": {"price": 3}}"#, "no json"] {
        world.publish(body, "x").await;
    }
    assert_eq!(world.bodies("some").len(), 1);
}

#[tokio::test]
async fn a_filter_policy_must_make_sense() {
    let world = world();
    let subscription = world.queue("some", &[]);
    let set = |value: &str| {
        let set = world.client.set_subscription_attributes().subscription_arn(&subscription);
        set.attribute_name("FilterPolicy").attribute_value(value).send()
    };
    assert!(set("{").await.unwrap_err().into_service_error().is_invalid_parameter_exception());
    assert!(set(r#"{"kind": "x"}"#).await.is_err());
    set(r#"{"kind": ["x"]}"#).await.unwrap();
    world.publish("y", "y").await;
    assert!(world.bodies("some").is_empty(), "the new policy is in force");
}

#[tokio::test]
async fn each_protocol_gets_its_own_part_of_a_structured_message() {
    let world = world();
    let message = json!({"default": "for all", "sqs": "for queues"}).to_string();
    let publish = world.client.publish().topic_arn(&world.topic).message_structure("json").message(message);
    publish.send().await.unwrap();
    assert_eq!(world.bodies("all")[0]["Message"], "for queues");
    let bad =
        world.client.publish().topic_arn(&world.topic).message_structure("json").message(r#"{"sqs": "x"}"#);
    assert!(bad.send().await.unwrap_err().into_service_error().is_invalid_parameter_exception());
    assert_eq!(world.sns.published().len(), 1);
}

#[tokio::test]
async fn a_function_gets_an_event() {
    let world = world();
    let events: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = Arc::clone(&events);
    let function = "arn:aws:lambda:us-east-1:000000000000:function:on-event";
    world.sns.on_function(function, move |event| seen.lock().unwrap().push(event));
    world.sns.subscribe(&world.topic, "lambda", function, BTreeMap::new()).unwrap();
    world.publish("hello", "greeting").await;
    let record = events.lock().unwrap()[0]["Records"][0].clone();
    assert_eq!(record["EventSource"], "aws:sns");
    assert_eq!(record["Sns"]["Message"], "hello");
    assert_eq!(record["Sns"]["MessageAttributes"]["kind"]["Value"], "greeting");
    assert!(record["Sns"]["UnsubscribeUrl"].is_string());
}

#[tokio::test]
async fn what_was_published_is_kept_for_assertions() {
    let world = world();
    world.publish("hello", "greeting").await;
    let published = world.sns.take_published().remove(0);
    assert_eq!(published.target, Target::Topic(world.topic.clone()));
    assert_eq!(published.message, "hello");
    assert_eq!(published.attributes["kind"], "greeting");
    assert!(!format!("{published:?}").contains("hello"), "text stays out of logs");
    assert!(world.sns.published().is_empty());
}

#[tokio::test]
async fn each_entry_of_a_batch_is_published_by_itself() {
    let world = world();
    let entry = |id: &str, message: &str| {
        PublishBatchRequestEntry::builder().id(id).message(message).build().unwrap()
    };
    let batch = || world.client.publish_batch().topic_arn(&world.topic);
    let sent = batch()
        .publish_batch_request_entries(entry("a", "one"))
        .publish_batch_request_entries(entry("b", ""));
    let sent = sent.publish_batch_request_entries(entry("c", "three")).send().await.unwrap();
    let ids: Vec<_> = sent.successful().iter().map(|one| one.id().unwrap()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("b", "InvalidParameter"));
    assert_eq!(world.bodies("all").len(), 2);
    let twice =
        batch().publish_batch_request_entries(entry("a", "x")).publish_batch_request_entries(entry("a", "y"));
    assert!(twice.send().await.unwrap_err().into_service_error().is_batch_entry_ids_not_distinct_exception());
    let many = (0..11).map(|index| entry(&index.to_string(), "x")).collect();
    let many = batch().set_publish_batch_request_entries(Some(many)).send().await;
    assert!(many.unwrap_err().into_service_error().is_too_many_entries_in_batch_request_exception());
}

#[tokio::test(start_paused = true)]
async fn a_fifo_topic_keeps_order_and_drops_duplicates() {
    let world = world();
    let topic = world.sns.create_topic("ordered.fifo", attributes(&[("FifoTopic", "true")])).unwrap();
    world.sqs.create_queue("ordered.fifo", &attributes(&[("FifoQueue", "true")])).unwrap();
    world.sns.subscribe(&topic, "sqs", &world.sqs.arn("ordered.fifo"), BTreeMap::new()).unwrap();
    let publish = |message: &str| {
        let publish = world.client.publish().topic_arn(&topic).message(message).message_group_id("g");
        publish.message_deduplication_id(message)
    };
    let first = publish("one").send().await.unwrap();
    let again = publish("one").send().await.unwrap();
    assert_eq!(first.message_id(), again.message_id());
    publish("two").send().await.unwrap();
    tokio::time::advance(Duration::from_secs(301)).await;
    publish("one").send().await.unwrap();
    let got: Vec<_> =
        world.bodies("ordered.fifo").iter().map(|envelope| envelope["Message"].clone()).collect();
    assert_eq!(got, ["one", "two", "one"]);
    let bare = world.client.publish().topic_arn(&topic).message("x").send().await.unwrap_err();
    assert!(bare.into_service_error().is_invalid_parameter_exception());
}

#[tokio::test]
async fn a_fifo_queue_cannot_follow_a_standard_topic() {
    let world = world();
    world.sqs.create_queue("ordered.fifo", &attributes(&[("FifoQueue", "true")])).unwrap();
    let subscribe = world.client.subscribe().topic_arn(&world.topic).protocol("sqs");
    let error = subscribe.endpoint(world.sqs.arn("ordered.fifo")).send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_parameter_exception());
}

#[tokio::test]
async fn subscriptions_are_found_listed_and_ended() {
    let world = world();
    let subscribe =
        world.client.subscribe().topic_arn(&world.topic).protocol("sqs").endpoint(world.sqs.arn("all"));
    let arn = subscribe.send().await.unwrap().subscription_arn.unwrap();
    let list = world.client.list_subscriptions_by_topic().topic_arn(&world.topic).send().await.unwrap();
    assert_eq!(list.subscriptions().len(), 1, "subscribing again finds the subscription");
    assert_eq!(list.subscriptions()[0].subscription_arn(), Some(arn.as_str()));
    let get = world.client.get_subscription_attributes().subscription_arn(&arn).send().await.unwrap();
    assert_eq!(get.attributes().unwrap()["Protocol"], "sqs");
    world.client.unsubscribe().subscription_arn(&arn).send().await.unwrap();
    world.publish("x", "x").await;
    assert!(world.bodies("all").is_empty());
    let error = world.client.get_subscription_attributes().subscription_arn(&arn).send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn topics_are_created_once_listed_tagged_and_deleted() {
    let world = world();
    let again = world.client.create_topic().name("events").send().await.unwrap();
    assert_eq!(again.topic_arn(), Some(world.topic.as_str()));
    assert_eq!(world.client.list_topics().send().await.unwrap().topics().len(), 1);
    let set = world.client.set_topic_attributes().topic_arn(&world.topic);
    set.attribute_name("DisplayName").attribute_value("Events").send().await.unwrap();
    let get = world.client.get_topic_attributes().topic_arn(&world.topic).send().await.unwrap();
    let all = get.attributes().unwrap();
    assert_eq!((all["DisplayName"].as_str(), all["SubscriptionsConfirmed"].as_str()), ("Events", "1"));
    for name in ["", "with space", "bad.fifo"] {
        assert!(world.client.create_topic().name(name).send().await.is_err(), "{name:?}");
    }
    world.client.delete_topic().topic_arn(&world.topic).send().await.unwrap();
    let error = world.client.publish().topic_arn(&world.topic).message("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn messages_that_are_empty_or_too_long_are_refused() {
    let world = world();
    for message in [String::new(), "x".repeat(262_145)] {
        let error = world.client.publish().topic_arn(&world.topic).message(message).send().await.unwrap_err();
        assert!(error.into_service_error().is_invalid_parameter_exception());
    }
    let error = world.client.publish().message("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_parameter_exception());
    world.client.publish().topic_arn(&world.topic).message("x".repeat(262_144)).send().await.unwrap();
}

#[tokio::test]
async fn a_push_reaches_the_device_with_the_payload_of_its_platform() {
    let world = world();
    let endpoint = world.endpoint("token-1").await;
    let message = json!({"default": "d", "GCM": "{\"notification\":{}}"}).to_string();
    let publish = world.client.publish().target_arn(&endpoint).message_structure("json").message(message);
    publish.send().await.unwrap();
    let delivery = world.sns.deliveries().remove(0);
    assert_eq!((delivery.token.as_str(), delivery.body.as_str()), ("token-1", "{\"notification\":{}}"));
    assert_eq!(world.sns.published()[0].target, Target::Endpoint(endpoint));
}

#[tokio::test]
async fn a_token_has_one_endpoint() {
    let world = world();
    let endpoint = world.endpoint("token-1").await;
    assert_eq!(world.endpoint("token-1").await, endpoint);
    assert_ne!(world.endpoint("token-2").await, endpoint);
    let application = world.sns.create_platform_application("GCM", "textdesk");
    let create =
        world.client.create_platform_endpoint().platform_application_arn(&application).token("token-1");
    let error = create.custom_user_data("other").send().await.unwrap_err().into_service_error();
    assert!(error.meta().message().unwrap().contains(&endpoint), "the error names the endpoint");
    let list = world.client.list_endpoints_by_platform_application().platform_application_arn(application);
    assert_eq!(list.send().await.unwrap().endpoints().len(), 2);
}

#[tokio::test]
async fn a_disabled_endpoint_refuses_until_enabled() {
    let world = world();
    let endpoint = world.endpoint("token-1").await;
    let set = |enabled: &str| {
        world.client.set_endpoint_attributes().endpoint_arn(&endpoint).attributes("Enabled", enabled).send()
    };
    set("false").await.unwrap();
    let push = || world.client.publish().target_arn(&endpoint).message("x").send();
    assert!(push().await.unwrap_err().into_service_error().is_endpoint_disabled_exception());
    set("true").await.unwrap();
    push().await.unwrap();
    assert_eq!(world.sns.deliveries().len(), 1);
}

#[tokio::test]
async fn an_uninstalled_app_is_noticed_with_the_push_after() {
    let world = world();
    let endpoint = world.endpoint("token-1").await;
    world.sns.uninstall(&endpoint);
    let push = || world.client.publish().target_arn(&endpoint).message("x").send();
    push().await.unwrap();
    assert!(world.sns.deliveries().is_empty());
    assert!(push().await.unwrap_err().into_service_error().is_endpoint_disabled_exception());
    let get = world.client.get_endpoint_attributes().endpoint_arn(&endpoint).send().await.unwrap();
    assert_eq!(get.attributes().unwrap()["Enabled"], "false");
}

#[tokio::test]
async fn a_missing_endpoint_or_application_is_an_error() {
    let world = world();
    let endpoint = world.endpoint("token-1").await;
    world.client.delete_endpoint().endpoint_arn(&endpoint).send().await.unwrap();
    let error = world.client.publish().target_arn(&endpoint).message("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_parameter_exception());
    let error = world.client.get_endpoint_attributes().endpoint_arn(&endpoint).send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
    let application = endpoint.replace(":endpoint/", ":app/");
    let create = world.client.create_platform_endpoint().platform_application_arn(application).token("t");
    assert!(create.send().await.unwrap_err().into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn an_endpoint_can_follow_a_topic() {
    let world = world();
    let endpoint = world.endpoint("token-1").await;
    world.sns.subscribe(&world.topic, "application", &endpoint, BTreeMap::new()).unwrap();
    world.publish("hello", "x").await;
    assert_eq!(world.sns.deliveries()[0].endpoint, endpoint);
}

#[tokio::test]
async fn a_direct_text_message_is_kept() {
    let world = world();
    world.client.publish().phone_number("+15555550100").message("hello").send().await.unwrap();
    let delivery = world.sns.deliveries().remove(0);
    assert_eq!((delivery.protocol.as_str(), delivery.body.as_str()), ("sms", "hello"));
}

#[tokio::test]
async fn what_a_queue_cannot_take_goes_to_the_dead_letter_queue_of_the_subscription() {
    let world = world();
    world.sqs.create_queue("dead", &attributes(&[])).unwrap();
    let redrive = json!({"deadLetterTargetArn": world.sqs.arn("dead")}).to_string();
    world.queue("gone", &[("RedrivePolicy", &redrive)]);
    let queues = sqs_client(world.sqs.clone());
    queues.delete_queue().queue_url(world.sqs.url("gone")).send().await.unwrap();
    world.publish("hello", "x").await;
    assert_eq!(world.bodies("dead")[0]["Message"], "hello");
}

#[tokio::test]
async fn faults_reach_publishers_too() {
    let world = world();
    world.sns.faults().push_next(Fault::Throttled);
    let publish = || world.client.publish().topic_arn(&world.topic).message("x").send();
    assert_eq!(publish().await.unwrap_err().into_service_error().meta().code(), Some("Throttling"));
    world.sns.faults().push_next(Fault::LostResponse);
    assert!(publish().await.is_err());
    assert_eq!(world.bodies("all").len(), 1);
    assert_eq!(world.sns.take_calls()[0].operation, "Publish");
}
