//! A world for tests: the product's use cases over embedded engines, with one clock that the test controls.
//!
//! Everything below the use cases is real: storage, the SDK clients, the adapters of `runtime`. What lies outside (the
//! table, the queues, the topic, the mail service, the secret store, the phone network) is embedded and deterministic: a world's seed decides
//! every id and every fault, and time is tokio's, so a test with paused time lives through hours in milliseconds.
//!
//! [`World`] lays the parts out; [`World::settle`] lets everything happen that is due now, in the order in which AWS would
//! at the latest. A test that wants it otherwise (twice, killed half-way, reordered) takes the single steps: [`steps`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test support"
)]
#![allow(clippy::missing_panics_doc, reason = "test support panics when the world is not as the test says")]

mod people;
mod random;
pub mod steps;

use std::{collections::BTreeMap, sync::Arc, sync::Mutex};

use app::{App, Clock, Config, Secrets, gateways::Directory};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use engines::{
    bucket::Bucket,
    connections::Connections,
    dynamo::{Dynamo, Stream},
    phones::{PhoneNetwork, Settings, tokio_clock},
    secrets::SecretsManager,
    ses::Ses,
    sns::Sns,
    sqs::Sqs,
    web::Web,
};
use jiff::Timestamp;
use runtime::{
    ApiGatewayLive, AwsSecrets, BucketAt, Environment, PushApplications, S3Media, SesMailer, SnsNotifier,
    SqsQueues,
};
use serde_json::Value;
use storage::Store;

pub use people::Business;
pub use random::SeededIds;

/// The name of the table in every world.
pub const TABLE: &str = "textdesk";
/// The public address of every world.
pub const PUBLIC_URL: &str = "https://textdesk.test";
/// The address of live connections of every world.
pub const LIVE_URL: &str = "https://live.textdesk.test/live";
/// The operator's key in every world.
pub const OPERATOR_KEY: &str = "operator-key-of-a-test-world";
/// The queue of messages on their way to carriers.
pub const SENDS: &str = "sends.fifo";
/// Where jobs end that cannot be done.
pub const SENDS_DEAD: &str = "sends-dead.fifo";
/// The queue of webhooks that the table could not take.
pub const INGEST: &str = "ingest";
/// Where webhooks end that cannot be applied.
pub const INGEST_DEAD: &str = "ingest-dead";
/// The queue of mails on their way.
pub const MAILS: &str = "mails";
/// Where mails end that cannot be sent.
pub const MAILS_DEAD: &str = "mails-dead";
/// The queue of jobs that are to be worked on.
pub const JOBS: &str = "jobs";
/// Where jobs end that cannot be worked on.
pub const JOBS_DEAD: &str = "jobs-dead";
/// The address that e-mails of every world come from.
pub const MAIL_SENDER: &str = "no-reply@textdesk.test";
/// When every world begins: a Tuesday.
pub const BEGINNING: &str = "2026-06-02T15:00:00Z";

/// Where the bucket is.
const MEDIA_URL: &str = "https://files.test/media/";
/// The id and the secret that the bucket's links are signed with.
const BUCKET_KEY: &str = "test";

/// The name of the secret that holds the operator's key.
const OPERATOR_KEY_SECRET: &str = "textdesk/test/operator-key";
/// The name of the secret that signs links.
const LINK_KEY_SECRET: &str = "textdesk/test/link-key";

/// The product's use cases with everything around them.
pub struct World {
    /// What use cases are called with.
    pub app: App,
    /// The table.
    pub dynamo: Dynamo,
    /// The queues.
    pub sqs: Sqs,
    /// The push service.
    pub sns: Sns,
    /// The mail service, with everybody's mailbox.
    pub ses: Ses,
    /// The live connections.
    pub connections: Connections,
    /// The secret store.
    pub secrets: SecretsManager,
    /// The customers' phones and the simulated carrier.
    pub phones: Arc<PhoneNetwork>,
    /// The files of messages.
    pub bucket: Bucket,
    /// The files of others.
    pub web: Arc<Web>,
    stream: Mutex<Stream>,
    projections: Mutex<Stream>,
}

/// Time as tokio tells it: paused and advanced by the test.
struct TokioClock(Box<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        (self.0)()
    }
}

macro_rules! client {
    ($sdk:ident, $http:expr, $retry:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(engines::REGION))
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .retry_config($retry)
                .http_client($http)
                .build(),
        )
    };
}

impl World {
    /// A world in which nobody retries for us: every fault is seen by the use cases. Call it with tokio's time paused.
    pub async fn new(seed: u64) -> Self {
        Self::with_retries(seed, RetryConfig::disabled()).await
    }

    /// A world whose SDK clients retry as in production.
    pub async fn retrying(seed: u64) -> Self {
        Self::with_retries(seed, RetryConfig::standard()).await
    }

    async fn with_retries(seed: u64, retry: RetryConfig) -> Self {
        let start: Timestamp = BEGINNING.parse().expect("the beginning is a time");
        let dynamo = Dynamo::memory().expect("an embedded table");
        dynamo.create_table(storage::table::definition(TABLE)).expect("the table's definition is valid");
        let start_unix_ms = u64::try_from(start.as_millisecond()).expect("after 1970");
        let (sqs, ses) = (Sqs::starting_at(start_unix_ms), Ses::starting_at(start_unix_ms));
        create_queues(&sqs);
        let sns = Sns::new(sqs.clone());
        let applications = PushApplications {
            apns: Some(sns.create_platform_application("APNS", "textdesk")),
            apns_sandbox: Some(sns.create_platform_application("APNS_SANDBOX", "textdesk")),
            fcm: Some(sns.create_platform_application("GCM", "textdesk")),
        };
        let (secrets, connections) = (SecretsManager::memory(), Connections::new());
        let settings = Settings::new("https://simulator.test/".parse().expect("a URL"), seed);
        let phones = Arc::new(PhoneNetwork::new(settings, tokio_clock(start)));
        let bucket = Bucket::new(None, (BUCKET_KEY, BUCKET_KEY), tokio_clock(start));
        let web = Arc::new(Web::default());
        let clock: Arc<dyn Clock> = Arc::new(TokioClock(Box::new(tokio_clock(start))));
        let secret_store = AwsSecrets::new(
            client!(aws_sdk_secretsmanager, secrets.http_client(), retry.clone()),
            Arc::clone(&clock),
        );
        for (name, value) in
            [(OPERATOR_KEY_SECRET, OPERATOR_KEY), (LINK_KEY_SECRET, "link-key-of-a-test-world")]
        {
            secret_store.put(name, value.into()).await.expect("the secret store answers");
        }
        let media = S3Media::new(&bucket_environment(), Arc::clone(&clock), Some(bucket_at(&bucket)));
        let sqs_client = client!(aws_sdk_sqs, sqs.http_client(), retry.clone());
        let app = App {
            store: Store::new(client!(aws_sdk_dynamodb, dynamo.http_client(), retry.clone()), TABLE, [7; 32]),
            clock,
            ids: Arc::new(SeededIds::new(seed)),
            queues: Arc::new(SqsQueues::new(
                sqs_client,
                Some(sqs.url(SENDS)),
                Some(sqs.url(INGEST)),
                Some(sqs.url(MAILS)),
                Some(sqs.url(JOBS)),
            )),
            mailer: Arc::new(SesMailer::new(
                client!(aws_sdk_sesv2, ses.http_client(), retry.clone()),
                Some(MAIL_SENDER.into()),
            )),
            live: Arc::new(ApiGatewayLive::new(Some(connections_client(&connections, retry.clone())))),
            notifier: Arc::new(SnsNotifier::new(
                client!(aws_sdk_sns, sns.http_client(), retry),
                applications,
            )),
            secrets: Arc::new(secret_store),
            media: Arc::new(media),
            downloads: Arc::clone(&web) as Arc<dyn carriers::Downloads>,
            http: Arc::clone(&phones) as Arc<dyn carriers::HttpExecutor>,
            config: Arc::new(Config {
                public_url: PUBLIC_URL.parse().expect("a URL"),
                secret_prefix: "textdesk/test".into(),
                operator_key_secret: Some(OPERATOR_KEY_SECRET.into()),
                link_key_secret: Some(LINK_KEY_SECRET.into()),
                live_url: Some(LIVE_URL.parse().expect("a URL")),
                simulated_carrier: true,
            }),
            gateways: Arc::new(Directory::default()),
        };
        let [stream, projections] = [(); 2].map(|()| Mutex::new(dynamo.stream(None)));
        Self { app, dynamo, sqs, sns, ses, connections, secrets, phones, bucket, web, stream, projections }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Every item of the table, read behind the product's back.
    pub fn items(&self) -> Vec<Value> {
        let found = self.dynamo.run("Scan", &serde_json::json!({"TableName": TABLE})).expect("a scan");
        assert!(found.get("LastEvaluatedKey").is_none(), "the table of a test fits one page of a scan");
        found["Items"].as_array().cloned().unwrap_or_default()
    }
}

/// What a function's environment says of the bucket.
fn bucket_environment() -> Environment {
    let variable = |name: &str| match name {
        "AWS_REGION" => Some(engines::REGION.to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some(BUCKET_KEY.to_owned()),
        "TABLE_NAME" | "MEDIA_BUCKET" => Some(TABLE.to_owned()),
        _ => None,
    };
    Environment::from_variables(variable, &[]).expect("the environment is complete")
}

fn bucket_at(bucket: &Bucket) -> BucketAt {
    let url = MEDIA_URL.parse().expect("a URL");
    BucketAt { url, http: Arc::new(bucket.clone()) }
}

/// A client of the live connections.
fn connections_client(connections: &Connections, retry: RetryConfig) -> aws_sdk_apigatewaymanagement::Client {
    aws_sdk_apigatewaymanagement::Client::from_conf(
        aws_sdk_apigatewaymanagement::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(engines::REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(retry)
            .http_client(connections.http_client())
            .endpoint_url(LIVE_URL)
            .build(),
    )
}

/// The queues as `infra/template.yaml` has them; a test compares the numbers.
fn create_queues(sqs: &Sqs) {
    for (queue, dead, visibility_seconds, receives, fifo) in [
        (SENDS, SENDS_DEAD, 180, 50, true),
        (INGEST, INGEST_DEAD, 90, 40, false),
        (MAILS, MAILS_DEAD, 90, 100, false),
        (JOBS, JOBS_DEAD, 360, 10, false),
    ] {
        let mut attributes = BTreeMap::new();
        if fifo {
            attributes.insert("FifoQueue".to_owned(), "true".to_owned());
        }
        sqs.create_queue(dead, &attributes).expect("a dead-letter queue");
        attributes.insert("VisibilityTimeout".to_owned(), visibility_seconds.to_string());
        let redrive = serde_json::json!({"deadLetterTargetArn": sqs.arn(dead), "maxReceiveCount": receives});
        attributes.insert("RedrivePolicy".to_owned(), redrive.to_string());
        sqs.create_queue(queue, &attributes).expect("a queue");
    }
}
