//! The ports on their AWS services, with the embedded engines under the real clients.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use app::ports::{MailError, MailJob, Push, PushError, RawWebhook, RenderedMail, SendJob, Unreachable};
use app::{Clock, Mailer, Notifier, Queues, Secrets};
use domain::id::Id;
use domain::push::{PushPlatform, PushToken};
use engines::faults::Fault;
use engines::secrets::SecretsManager;
use engines::ses::Ses;
use engines::sns::Sns;
use engines::sqs::Sqs;
use jiff::{SignedDuration, Timestamp};
use runtime::{AwsSecrets, FRESH, PushApplications, STALE, SesMailer, SnsNotifier, SqsQueues};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A client of `$sdk` over an engine.
macro_rules! client {
    ($sdk:ident, $engine:expr) => {{
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new("us-east-1"))
            .credentials_provider($sdk::config::Credentials::new("a", "s", None, None, "test"))
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .http_client($engine.http_client());
        $sdk::Client::from_conf(config.build())
    }};
}

fn attributes<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

struct World {
    sqs: Sqs,
    queues: SqsQueues,
}

fn world() -> World {
    let sqs = Sqs::new();
    let sends = sqs.create_queue("sends.fifo", &attributes([("FifoQueue", "true")])).unwrap();
    let ingest = sqs.create_queue("ingest", &BTreeMap::new()).unwrap();
    let mails = sqs.create_queue("mails", &BTreeMap::new()).unwrap();
    let queues = SqsQueues::new(client!(aws_sdk_sqs, sqs), Some(sends), Some(ingest), Some(mails), None);
    World { sqs, queues }
}

fn job(conversation: &str) -> SendJob {
    SendJob {
        account: Id::derive(&[b"account"]),
        conversation: Id::derive(&[conversation.as_bytes()]),
        sequence: 7,
        message: Id::derive(&[b"message"]),
    }
}

#[tokio::test]
async fn a_send_is_queued_in_the_group_of_its_conversation_and_once() {
    let World { sqs, queues } = world();
    queues.enqueue_send(&job("one"), "the same").await.unwrap();
    queues.enqueue_send(&job("one"), "the same").await.unwrap();
    queues.enqueue_send(&job("two"), "another").await.unwrap();
    let records = sqs.receive("sends.fifo", 10, None).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["attributes"]["MessageGroupId"], json!(job("one").conversation.to_string()));
    let read: SendJob = serde_json::from_str(records[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(read, job("one"));
}

#[tokio::test(start_paused = true)]
async fn a_delayed_send_comes_back_after_its_time_and_not_before() {
    let World { sqs, queues } = world();
    queues.enqueue_send(&job("one"), "d").await.unwrap();
    let record = sqs.receive("sends.fifo", 1, None).unwrap().remove(0);
    queues.delay_send(record["receiptHandle"].as_str().unwrap(), 90).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(89)).await;
    assert_eq!(sqs.receive("sends.fifo", 1, None).unwrap(), Vec::<Value>::new());
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    assert_eq!(sqs.receive("sends.fifo", 1, None).unwrap().len(), 1);
}

#[tokio::test]
async fn a_webhook_is_kept_as_it_came() {
    let World { sqs, queues } = world();
    let webhook = RawWebhook {
        method: "POST".into(),
        path: "/v1/carriers/twilio/gwy_1/inbound".into(),
        headers: vec![("x-twilio-signature".into(), "abc".into())],
        body: "Qm9keT1I".into(),
        received_at: "2026-11-23T15:14:00Z".parse().unwrap(),
    };
    queues.enqueue_ingest(&webhook).await.unwrap();
    let bodies = sqs.bodies("ingest").unwrap();
    assert!(serde_json::from_str::<RawWebhook>(&bodies[0]).unwrap() == webhook);
    // One that was kept by an older version does not name its method.
    let mut older: Value = serde_json::from_str(&bodies[0]).unwrap();
    older.as_object_mut().unwrap().remove("method");
    assert!(serde_json::from_value::<RawWebhook>(older).unwrap() == webhook);
}

#[tokio::test]
async fn the_job_of_a_mail_is_two_ids() {
    let World { sqs, queues } = world();
    let job = MailJob { account: Id::derive(&[b"account"]), mail: Id::derive(&[b"mail"]) };
    queues.enqueue_mail(&job).await.unwrap();
    let bodies = sqs.bodies("mails").unwrap();
    assert_eq!(bodies, [json!({"account": job.account, "mail": job.mail}).to_string()]);
}

fn rendered() -> RenderedMail {
    let content = mails::Rendered {
        from_name: "Bäckerei".into(),
        subject: "Grüße".into(),
        text: "Hällo".into(),
        html: "<p>Hällo</p>".into(),
    };
    RenderedMail { id: Id::derive(&[b"mail"]), to: "ann@example.com".parse().unwrap(), content }
}

#[tokio::test]
async fn a_mail_comes_from_our_address_with_the_accounts_name() {
    let ses = Ses::new();
    let mailer = SesMailer::new(client!(aws_sdk_sesv2, ses), Some("no-reply@example.com".into()));
    mailer.send(&rendered()).await.unwrap();
    let [mail] = &ses.sent()[..] else { panic!("one mail") };
    assert_eq!(mail.from, "=?UTF-8?B?QsOkY2tlcmVp?= <no-reply@example.com>");
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Grüße", "Hällo"));
    assert_eq!(mail.tags["mail"], rendered().id.to_string());

    let bare = SesMailer::new(client!(aws_sdk_sesv2, ses), None);
    assert!(matches!(bare.send(&rendered()).await, Err(MailError::Unreachable(_))));
}

#[tokio::test]
async fn a_refusal_is_told_from_trouble_that_passes_and_quotes_no_address() {
    let ses = Ses::new();
    let mailer = SesMailer::new(client!(aws_sdk_sesv2, ses), Some("no-reply@example.com".into()));
    for fault in [Fault::Down, Fault::Throttled, Fault::LostRequest] {
        ses.faults().push_next(fault);
        let error = mailer.send(&rendered()).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
    }
    ses.refuse("ann@example.com");
    let error = mailer.send(&rendered()).await.unwrap_err();
    assert!(matches!(&error, MailError::Refused { code } if code == "MessageRejected"), "{error:?}");
    assert!(!format!("{error:?}").contains("ann"), "{error:?}");
}

#[tokio::test]
async fn a_queue_that_is_away_or_not_configured_says_so() {
    let World { sqs, queues } = world();
    sqs.faults().push_next(Fault::Down);
    let error = queues.enqueue_send(&job("one"), "d").await.unwrap_err();
    assert_eq!(error.to_string(), "SQS did not answer as expected");

    let bare = SqsQueues::new(client!(aws_sdk_sqs, sqs), None, None, None, None);
    let cause = |error: Unreachable| error.source.to_string();
    let missing = cause(bare.enqueue_send(&job("one"), "d").await.unwrap_err());
    assert_eq!(missing, "SENDS_QUEUE_URL is not set on this function");
    assert!(bare.delay_send("handle", 1).await.is_err());
}

fn a_push() -> Push {
    Push {
        notification: Id::derive(&[b"notification"]),
        account: Id::derive(&[b"account"]),
        user: Id::derive(&[b"user"]),
        conversation: Some(Id::derive(&[b"conversation"])),
        contact: None,
        kind: storage::NotificationKind::InboundMessage,
    }
}

#[tokio::test]
async fn a_push_says_who_and_which_but_not_what() {
    let sns = Sns::new(Sqs::new());
    let application = |platform| Some(sns.create_platform_application(platform, "textdesk"));
    let applications =
        PushApplications { apns: application("APNS"), apns_sandbox: None, fcm: application("GCM") };
    let notifier = SnsNotifier::new(client!(aws_sdk_sns, sns), applications);
    let token = |text: &str| PushToken::try_from(text.to_owned()).unwrap();
    let push = a_push();
    for (platform, device) in [(PushPlatform::Apns, "apple"), (PushPlatform::Fcm, "google")] {
        let address = notifier.register(platform, &token(device)).await.unwrap();
        assert_eq!(
            notifier.register(platform, &token(device)).await.unwrap(),
            address,
            "it is the same device"
        );
        notifier.push(&address, &push).await.unwrap();
        let delivered = sns.deliveries().pop().unwrap();
        assert_eq!(delivered.token, device);
        let body: serde_json::Value = serde_json::from_str(&delivered.body).unwrap();
        let ids = match platform {
            PushPlatform::Fcm => &body["fcmV1Message"]["message"]["data"],
            _ => &body["textdesk"],
        };
        assert_eq!(serde_json::from_value::<Push>(ids.clone()).unwrap(), push);
        // The app is gone: that shows once, and a new registration makes it well again.
        sns.uninstall(&address);
        notifier.push(&address, &push).await.unwrap();
        let gone = notifier.push(&address, &push).await.unwrap_err();
        assert!(matches!(gone, PushError::Disabled), "{gone}");
        assert_eq!(notifier.register(platform, &token(device)).await.unwrap(), address);
        notifier.push(&address, &push).await.unwrap();
        notifier.forget(&address).await.unwrap();
        notifier.forget(&address).await.unwrap();
        let gone = notifier.push(&address, &push).await.unwrap_err();
        assert!(matches!(gone, PushError::Disabled), "{gone}");
    }
    let missing = notifier.register(PushPlatform::ApnsSandbox, &token("x")).await.unwrap_err();
    assert!(matches!(missing, PushError::NoApplication), "{missing}");
}

struct TestClock(Mutex<Timestamp>);

impl TestClock {
    fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Vault {
    engine: SecretsManager,
    clock: Arc<TestClock>,
    secrets: AwsSecrets,
}

fn vault() -> Vault {
    let engine = SecretsManager::memory();
    let clock = Arc::new(TestClock(Mutex::new("2026-11-23T15:14:00Z".parse().unwrap())));
    let secrets = AwsSecrets::new(client!(aws_sdk_secretsmanager, engine), clock.clone());
    Vault { engine, clock, secrets }
}

impl Vault {
    /// Somebody else's view of the same secrets, without a memory.
    fn other(&self) -> AwsSecrets {
        AwsSecrets::new(client!(aws_sdk_secretsmanager, self.engine), self.clock.clone())
    }

    async fn get(&self, name: &str) -> Option<String> {
        self.secrets.get(name).await.unwrap().map(|secret| secret.expose_secret().to_owned())
    }
}

#[tokio::test]
async fn a_secret_is_created_replaced_and_read() {
    let vault = vault();
    assert_eq!(vault.get("a").await, None);
    vault.secrets.put("a", "one".into()).await.unwrap();
    assert_eq!(vault.get("a").await.as_deref(), Some("one"));
    vault.secrets.put("a", "two".into()).await.unwrap();
    assert_eq!(vault.get("a").await.as_deref(), Some("two"));
    assert_eq!(vault.other().get("a").await.unwrap().unwrap().expose_secret(), "two");
}

#[tokio::test]
async fn a_secret_is_asked_for_again_after_five_minutes() {
    let vault = vault();
    vault.secrets.put("a", "one".into()).await.unwrap();
    vault.other().put("a", "two".into()).await.unwrap();
    vault.clock.advance(FRESH - SignedDuration::from_secs(1));
    let calls = vault.engine.calls().len();
    assert_eq!(vault.get("a").await.as_deref(), Some("one"));
    assert_eq!(vault.engine.calls().len(), calls);
    vault.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(vault.get("a").await.as_deref(), Some("two"));
}

#[tokio::test]
async fn a_secret_that_does_not_exist_yet_is_found_as_soon_as_it_does() {
    let vault = vault();
    assert_eq!(vault.get("a").await, None);
    vault.other().put("a", "one".into()).await.unwrap();
    assert_eq!(vault.get("a").await.as_deref(), Some("one"));
}

#[tokio::test]
async fn while_secrets_manager_is_away_the_old_value_serves_for_an_hour() {
    let vault = vault();
    vault.secrets.put("a", "one".into()).await.unwrap();
    vault.engine.faults().set_down(true);
    vault.clock.advance(STALE - SignedDuration::from_secs(1));
    assert_eq!(vault.get("a").await.as_deref(), Some("one"));
    vault.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(
        vault.secrets.get("a").await.unwrap_err().to_string(),
        "Secrets Manager did not answer as expected"
    );
    assert!(vault.secrets.get("b").await.is_err());
    assert!(vault.secrets.put("b", "x".into()).await.is_err());
}
