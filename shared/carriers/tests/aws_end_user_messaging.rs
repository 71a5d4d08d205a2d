//! What AWS alone needs: a certificate that is fetched, and media that lie in S3.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use bytes::Bytes;
use carriers::{CarrierId, Credentials, NotSendable, Outgoing, Webhook, carrier};
use domain::id::MessageId;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use serde_json::{Value, json};

const ADDRESS: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:textdesk";

fn credentials(topic: &str) -> Credentials {
    let credentials = json!({
        "access_key_id": "AKIA", "secret_access_key": "secret", "region": "us-east-1", "topics": [topic],
    });
    Credentials::from(credentials.to_string().as_str())
}

fn webhook(topic: &str, address: &str) -> Webhook {
    let envelope = json!({
        "Type": "Notification", "MessageId": "1", "TopicArn": topic, "Message": "{}",
        "Timestamp": "2026-03-01T12:00:00.000Z", "SignatureVersion": "2", "Signature": "AAAA",
        "SigningCertURL": address,
    });
    Webhook {
        method: Method::POST,
        url: "https://textdesk.example/".parse().unwrap(),
        headers: HeaderMap::new(),
        body: envelope.to_string().into(),
        key: None,
    }
}

/// What is fetched for a webhook of this topic, which is the gateway's.
fn fetched(topic: &str, address: &str) -> Option<String> {
    let request =
        carrier(CarrierId::AwsEndUserMessaging).key_request(&webhook(topic, address), &credentials(topic))?;
    assert_eq!(request.method, Method::GET);
    assert!(request.headers.is_empty() && request.body.is_empty());
    Some(request.url.into())
}

#[test]
fn a_certificate_is_fetched_from_sns_in_the_topics_region() {
    assert_eq!(fetched(TOPIC, ADDRESS).as_deref(), Some(ADDRESS));
    let china = "https://sns.cn-north-1.amazonaws.com.cn/a.pem";
    assert_eq!(fetched("arn:aws-cn:sns:cn-north-1:123456789012:t", china).as_deref(), Some(china));
    let government = "https://sns.us-gov-west-1.amazonaws.com/a.pem";
    assert_eq!(
        fetched("arn:aws-us-gov:sns:us-gov-west-1:123456789012:t", government).as_deref(),
        Some(government)
    );
}

#[test]
fn a_stranger_makes_us_fetch_nothing_from_anywhere_else() {
    for address in [
        "",
        "SimpleNotificationService-0.pem",
        "http://sns.us-east-1.amazonaws.com/a.pem",
        "ftp://sns.us-east-1.amazonaws.com/a.pem",
        "https://example.com/a.pem",
        "https://sns.us-east-1.amazonaws.com.example.com/a.pem",
        "https://sns.us-east-1.amazonaws.com@example.com/a.pem",
        "https://user@sns.us-east-1.amazonaws.com/a.pem",
        "https://user:password@sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com:8443/a.pem",
        "https://sns.us-east-1.amazonaws.com./a.pem",
        "https://sns.us-east-1.amazonaws.com.cn/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem",
        "https://evil.sns.us-east-1.amazonaws.com/a.pem",
        "https://sns-us-east-1.amazonaws.com/a.pem",
        "https://s3.us-east-1.amazonaws.com/a.pem",
        "https://169.254.169.254/a.pem",
        "https://sns.us-east-1.amazonaws.com/a.crt",
        "https://sns.us-east-1.amazonaws.com/?a.pem",
        "https://sns.us-east-1.amazonaws.com/a.pem?Action=Publish",
        "https://sns.us-east-1.amazonaws.com/a.pem#",
    ] {
        assert_eq!(fetched(TOPIC, address), None, "{address}");
    }
}

#[test]
fn a_stranger_who_does_not_know_the_topic_makes_us_fetch_nothing() {
    let aws = carrier(CarrierId::AwsEndUserMessaging);
    let other = "arn:aws:sns:us-east-1:210987654321:textdesk";
    assert!(aws.key_request(&webhook(other, ADDRESS), &credentials(TOPIC)).is_none());
    let large = Webhook { body: Bytes::from(vec![b' '; 1_000_000]), ..webhook(TOPIC, ADDRESS) };
    assert!(aws.key_request(&large, &credentials(TOPIC)).is_none());
}

#[test]
fn a_topic_has_the_name_of_a_topic() {
    let aws = carrier(CarrierId::AwsEndUserMessaging);
    for arn in [
        "textdesk",
        "arn:aws:sqs:us-east-1:123456789012:textdesk",
        "arn:other:sns:us-east-1:123456789012:textdesk",
        "arn:aws:sns:us-east-1.example.com/:123456789012:textdesk",
        "arn:aws:sns:US-EAST-1:123456789012:textdesk",
        "arn:aws:sns::123456789012:textdesk",
        "arn:aws:sns:us-east-1:12345678901:textdesk",
        "arn:aws:sns:us-east-1:123456789012:",
        "arn:aws:sns:us-east-1:123456789012:text desk",
        "arn:aws:sns:us-east-1:123456789012:textdesk:c9135db0-26c4-47ec-8998-413945fb5a96",
    ] {
        assert!(aws.check_credentials(&credentials(arn)).is_err(), "{arn}");
    }
}

fn media(address: &str) -> Result<Value, NotSendable> {
    let (from, to) = ("+12025550100".parse().unwrap(), "+12025550101".parse().unwrap());
    let message = Outgoing {
        id: MessageId::derive(&[b"one"]),
        from: &from,
        to: &to,
        body: "",
        media: &[address.parse().unwrap()],
        status_callback: &"https://textdesk.example/".parse().unwrap(),
        validity_seconds: None,
        at: Timestamp::UNIX_EPOCH,
    };
    let request = carrier(CarrierId::AwsEndUserMessaging).send_request(&message, &credentials(TOPIC))?;
    Ok(serde_json::from_slice::<Value>(&request.body).unwrap()["MediaUrls"][0].take())
}

#[test]
fn media_are_named_by_bucket_and_key() {
    for (address, name) in [
        ("https://b-1.s3.us-east-1.amazonaws.com/a.jpg", "s3://b-1/a.jpg"),
        ("https://b-1.s3.amazonaws.com/a/b/c.jpg?versionId=7", "s3://b-1/a/b/c.jpg"),
        ("https://b.s3.cn-north-1.amazonaws.com.cn/a.jpg", "s3://b/a.jpg"),
        ("https://b.s3x.s3.us-east-1.amazonaws.com/a.jpg", "s3://b.s3x/a.jpg"),
        ("https://b.s3.us-east-1.amazonaws.com/a+b%2Bc%20d&e=f.jpg", "s3://b/a+b+c d&e=f.jpg"),
    ] {
        assert_eq!(media(address), Ok(Value::from(name)), "{address}");
    }
}

#[test]
fn media_that_aws_cannot_read_are_not_sent() {
    for address in [
        "https://media.textdesk.example/a.jpg",
        "http://b.s3.us-east-1.amazonaws.com/a.jpg",
        "https://b.s3.us-east-1.amazonaws.com/",
        "https://s3.us-east-1.amazonaws.com/b/a.jpg",
        "https://b.s3.us-east-1.amazonaws.com.example.com/a.jpg",
        "https://b.s3.us-east-1.example.com/a.jpg",
        "https://b.s3-accelerate.amazonaws.com/a.jpg",
        "https://b.s3.us-east-1.amazonaws.com/%ff.jpg",
    ] {
        assert_eq!(media(address), Err(NotSendable::MediaAddress), "{address}");
    }
}
