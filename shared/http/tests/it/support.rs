//! An `App` on an embedded table, with a clock that stands still and no other services.

use app::ports::{
    Frame, JobTask, MailError, MailJob, MediaLink, MediaStore, MediaTask, Push, PushError, RawWebhook,
    Reached, RenderedMail, SendJob, SignedUpload, Unreachable,
};
use app::{App, Clock, Config, IdSource, Mailer, Notifier, Queues, Secrets};
use async_trait::async_trait;
use axum::body::Body;
use carriers::{ExecuteError, HttpExecutor, HttpReply, HttpRequest};
use domain::access::{ConversationAccess, Grants, MessageAccess};
use domain::account::{User, UserStatus};
use domain::id::{AccountId, SessionId, UserId};
use domain::live::ConnectionId;
use domain::media::FileType;
use domain::policy::Policy;
use domain::push::{PushPlatform, PushToken};
use engines::dynamo::Dynamo;
use http::{HeaderMap, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// The key of the operator of this world.
pub const OPERATOR_KEY: &str = "the-operators-own-key";

pub struct World {
    pub app: App,
    pub dynamo: Dynamo,
    pub clock: Arc<TestClock>,
}

impl World {
    pub fn new() -> Self {
        Self::with_operator_secret(Some("operator-key"))
    }

    pub fn with_operator_secret(name: Option<&str>) -> Self {
        let dynamo = Dynamo::memory().unwrap();
        dynamo.create_table(storage::table::definition("table")).unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new("us-east-1"))
            .credentials_provider(aws_sdk_dynamodb::config::Credentials::new("a", "s", None, None, "test"))
            .http_client(dynamo.http_client())
            .build();
        let clock = Arc::new(TestClock(Mutex::new("2026-11-23T15:14:00Z".parse().unwrap())));
        let app = App {
            store: storage::Store::new(aws_sdk_dynamodb::Client::from_conf(config), "table", [7; 32]),
            clock: clock.clone(),
            ids: Arc::new(Counter::default()),
            queues: Arc::new(Nothing),
            notifier: Arc::new(Nothing),
            mailer: Arc::new(Nothing),
            live: Arc::new(Nothing),
            secrets: Arc::new(Nothing),
            http: Arc::new(Nothing),
            media: Arc::new(Nothing),
            downloads: Arc::new(engines::web::Web::default()),
            config: Arc::new(Config {
                public_url: "https://textdesk.test".parse().unwrap(),
                secret_prefix: "test".into(),
                link_key_secret: None,
                live_url: None,
                operator_key_secret: name.map(str::to_owned),
                simulated_carrier: false,
            }),
            gateways: Arc::default(),
        };
        Self { app, dynamo, clock }
    }
}

pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[derive(Default)]
struct Counter(Mutex<u8>);

impl IdSource for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        bytes.fill(*count);
    }
}

/// Services that are not there, but for the one secret.
struct Nothing;

fn absent() -> Unreachable {
    Unreachable { service: "none", source: "not part of this test".into() }
}

#[async_trait]
impl Queues for Nothing {
    async fn enqueue_send(&self, _: &SendJob, _: &str) -> Result<(), Unreachable> {
        Err(absent())
    }
    async fn delay_send(&self, _: &str, _: u32) -> Result<(), Unreachable> {
        Err(absent())
    }
    async fn enqueue_ingest(&self, _: &RawWebhook) -> Result<(), Unreachable> {
        Err(absent())
    }
    async fn enqueue_mail(&self, _: &MailJob) -> Result<(), Unreachable> {
        Err(absent())
    }
    async fn enqueue_job(&self, _: &JobTask) -> Result<(), Unreachable> {
        Err(absent())
    }
    async fn enqueue_media(&self, _: &MediaTask) -> Result<(), Unreachable> {
        Err(absent())
    }
}

#[async_trait]
impl app::Live for Nothing {
    async fn tell(&self, _: &ConnectionId, _: &Frame) -> Result<Reached, Unreachable> {
        Err(absent())
    }
    async fn close(&self, _: &ConnectionId) -> Result<(), Unreachable> {
        Err(absent())
    }
}

#[async_trait]
impl Notifier for Nothing {
    async fn register(&self, _: PushPlatform, _: &PushToken) -> Result<String, PushError> {
        Err(absent().into())
    }
    async fn forget(&self, _: &str) -> Result<(), PushError> {
        Err(absent().into())
    }
    async fn push(&self, _: &str, _: &Push) -> Result<(), PushError> {
        Err(absent().into())
    }
}

#[async_trait]
impl Mailer for Nothing {
    async fn send(&self, _: &RenderedMail) -> Result<(), MailError> {
        Err(absent().into())
    }
}

#[async_trait]
impl Secrets for Nothing {
    async fn get(&self, name: &str) -> Result<Option<SecretString>, Unreachable> {
        match name {
            "operator-key" => Ok(Some(OPERATOR_KEY.into())),
            "away" => Err(absent()),
            _ => Ok(None),
        }
    }
    async fn put(&self, _: &str, _: SecretString) -> Result<(), Unreachable> {
        Err(absent())
    }
}

#[async_trait]
impl HttpExecutor for Nothing {
    async fn execute(&self, _: HttpRequest) -> Result<HttpReply, ExecuteError> {
        Err(ExecuteError::NotSent)
    }
}

/// Status, headers and body (as JSON, or as a text) of a router's answer.
pub async fn answer(router: &axum::Router, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or_else(|_| text()))
}

/// A signed-in user.
pub fn caller(account: AccountId, user: UserId) -> http_api::Caller {
    let profile = User {
        id: user,
        account,
        email: "ann@example.com".parse().unwrap(),
        name: "Ann Lee".parse().unwrap(),
        status: UserStatus::Active,
        roles: BTreeSet::new(),
        teams: BTreeSet::new(),
        conversation_access: ConversationAccess::All,
        message_access: MessageAccess::None,
        overrides: Grants::default(),
        support_of: None,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let policy = Policy::default();
    http_api::Caller(app::Caller {
        account,
        user,
        credential: app::caller::Credential::Session(SessionId::derive(&[b"session"])),
        rights: policy.rights(&profile),
        profile,
        policy: Arc::new(policy),
        address: None,
        hold: None,
    })
}

#[async_trait]
impl MediaStore for Nothing {
    fn upload(&self, _: &str, _: FileType, _: u64, _: u32) -> Result<SignedUpload, Unreachable> {
        Err(absent())
    }

    fn link(&self, _: &str, _: MediaLink) -> Result<url::Url, Unreachable> {
        Err(absent())
    }

    async fn get(&self, _: &str) -> Result<Option<bytes::Bytes>, Unreachable> {
        Err(absent())
    }

    async fn put(&self, _: &str, _: FileType, _: bytes::Bytes) -> Result<(), Unreachable> {
        Err(absent())
    }
}
