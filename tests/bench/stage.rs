//! A business to measure on: the world of the tests, with a stopwatch between the SDK and the embedded table.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use app::{
    Caller,
    conversations::Act,
    send::{Accepted, Content, Recipient, Request},
    sessions::Business,
};
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use domain::{
    access::ConversationAccess,
    body::MessageBody,
    conversation::Conversation,
    gateway::Gateway,
    id::{ConversationId, UserId},
    phone::PhoneNumber,
};
use engines::{calls::Call, dynamo::Dynamo, phones::WebhookRequest};
use secrecy::ExposeSecret;
use storage::Store;
use testkit::{TABLE, World};

/// What people text: as long as such texts are.
pub(crate) const QUESTION: &str = "Hi, do you have a table for four on Saturday around seven?";
/// What people answer.
pub(crate) const ANSWER: &str = "We do! Shall I put it down under your name? Parking is behind the house.";

/// What something asked of the table and how long it took.
#[derive(Clone, Default)]
pub(crate) struct Measured {
    /// The calls, with their capacity units.
    pub(crate) calls: Vec<Call>,
    /// Calls of the queues.
    pub(crate) queue_calls: usize,
    /// Calls of the topic.
    pub(crate) topic_calls: usize,
    /// From begin to end.
    pub(crate) total: Duration,
    /// Of that, in the embedded table.
    pub(crate) table: Duration,
}

impl Measured {
    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.calls.extend(other.calls);
        self.queue_calls += other.queue_calls;
        self.topic_calls += other.topic_calls;
        self.total += other.total;
        self.table += other.table;
        self
    }

    /// How long the handler itself worked: everything but the table's own work.
    pub(crate) fn own(&self) -> Duration {
        self.total.saturating_sub(self.table)
    }
}

/// The stopwatch: how many nanoseconds calls have spent in the embedded table.
#[derive(Clone, Debug, Default)]
struct Stopwatch(Arc<AtomicU64>);

impl Stopwatch {
    fn take(&self) -> Duration {
        Duration::from_nanos(self.0.swap(0, Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct Timed<T> {
    inner: T,
    spent: Stopwatch,
}

impl HttpClient for Timed<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Timed { inner, spent: self.spent.clone() })
    }
}

impl HttpConnector for Timed<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, spent) = (self.inner.clone(), self.spent.clone());
        HttpConnectorFuture::new(async move {
            let started = now();
            let answer = inner.call(request).await;
            let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            spent.0.fetch_add(nanos, Ordering::Relaxed);
            answer
        })
    }
}

/// Real time.
#[expect(clippy::disallowed_methods, reason = "measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A store over `dynamo` whose client retries as in production and whose calls are timed.
fn timed_store(dynamo: &Dynamo, spent: &Stopwatch) -> Store {
    let http = Timed { inner: dynamo.http_client(), spent: spent.clone() };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(engines::REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::standard())
        .http_client(SharedHttpClient::new(http));
    Store::new(aws_sdk_dynamodb::Client::from_conf(config.build()), TABLE, [7; 32])
}

/// A business with one number and one user, all there is.
pub(crate) struct Stage {
    pub(crate) world: World,
    /// The first user, who may do everything.
    pub(crate) owner: Caller,
    /// Their session's token.
    pub(crate) token: String,
    pub(crate) gateway: Gateway,
    spent: Stopwatch,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let mut world = World::new(1).await;
        let spent = Stopwatch::default();
        world.app.store = timed_store(&world.dynamo, &spent);
        let business = Business {
            name: "Trattoria da Enzo".to_owned().try_into().unwrap(),
            time_zone: "America/New_York".to_owned().try_into().unwrap(),
            region: "US".parse().unwrap(),
            user_name: "Ada Owner".to_owned().try_into().unwrap(),
            email: "ada@trattoria.example".to_owned().try_into().unwrap(),
            password: "correct horse battery".into(),
        };
        let signed_up =
            app::sessions::sign_up(&world.app, business, &app::sessions::Origin::default()).await.unwrap();
        let token = signed_up.token.expose_secret().to_owned();
        world.top_up(&world.caller(&token).await, 1_000_000, "first").await;
        // Who has paid may do more (B02), so the caller is made afterwards.
        let owner = world.caller(&token).await;
        let gateway = world.gateway(&owner, "+12125550110").await;
        let stage = Self { world, owner, token, gateway, spent };
        stage.forget();
        stage
    }

    /// A colleague who sees all conversations.
    pub(crate) async fn colleague(&self, name: &str) -> Caller {
        self.world.colleague(&self.owner, name, ConversationAccess::All).await
    }

    /// From now on everything happens on this table. The stream stays behind.
    pub(crate) fn move_to(&mut self, dynamo: Dynamo) {
        self.world.app.store = timed_store(&dynamo, &self.spent);
        self.world.dynamo = dynamo;
    }

    fn forget(&self) {
        self.world.dynamo.take_calls();
        self.world.sqs.take_calls();
        self.world.sns.take_calls();
        self.spent.take();
    }

    /// Measures one piece of work.
    pub(crate) async fn measure<T>(&self, work: impl Future<Output = T>) -> (Measured, T) {
        self.forget();
        let started = now();
        let done = work.await;
        let total = started.elapsed();
        let measured = Measured {
            calls: self.world.dynamo.take_calls(),
            queue_calls: self.world.sqs.take_calls().len(),
            topic_calls: self.world.sns.take_calls().len(),
            total,
            table: self.spent.take(),
        };
        (measured, done)
    }

    /// Has the function know its gateway, as a busy one does.
    pub(crate) async fn warm(&self) {
        let app = &self.world.app;
        assert!(app.gateways.find(app, self.gateway.id).await.unwrap().is_some());
        let gateway = app.gateways.gateway_in(app, self.owner.account, self.gateway.id).await.unwrap();
        assert!(gateway.is_some());
    }

    /// The webhook of a customer's text, not yet brought.
    pub(crate) async fn text(&self, customer: &PhoneNumber) -> WebhookRequest {
        tokio::time::advance(Duration::from_secs(1)).await;
        self.warm().await;
        self.world.phones.text_in(customer, self.gateway.sender.number().unwrap(), QUESTION, &[]).unwrap();
        self.world.phones.take_due_webhooks(self.world.now()).pop().expect("the text's webhook")
    }

    /// A customer texts, and it arrives.
    pub(crate) async fn texted(&self, customer: &PhoneNumber) -> ConversationId {
        let webhook = self.text(customer).await;
        assert!(self.world.bring(&webhook).await.is_success());
        self.world.settle().await;
        Conversation::id_for(self.owner.account, self.gateway.id, customer)
    }

    /// A conversation with a known contact that these people are assigned to and that has been read.
    pub(crate) async fn known(&self, customer: &PhoneNumber, assignees: &[UserId]) -> ConversationId {
        let id = self.texted(customer).await;
        for user in assignees {
            self.act(id, Act::Assign(*user)).await;
        }
        self.act(id, Act::Read).await;
        self.world.settle().await;
        id
    }

    /// The owner does something with a conversation.
    pub(crate) async fn act(&self, id: ConversationId, what: Act) -> Measured {
        tokio::time::advance(Duration::from_secs(1)).await;
        let act = app::conversations::act(&self.world.app, &self.owner, id, what);
        let (measured, done) = self.measure(act).await;
        done.unwrap();
        measured
    }

    /// The owner sends an answer.
    pub(crate) async fn send(&self, to: Recipient) -> (Measured, Accepted) {
        tokio::time::advance(Duration::from_secs(1)).await;
        self.warm().await;
        let text = MessageBody::try_from(ANSWER.to_owned()).unwrap();
        let request = Request {
            to,
            content: Content::new(Some(&text), &[]).unwrap(),
            key: None,
            seen: None,
            overrides_quiet_hours: false,
        };
        let (measured, accepted) =
            self.measure(app::send::send(&self.world.app, &self.owner, &request)).await;
        (measured, accepted.unwrap())
    }

    /// What the stream's function does about what was written since the last time.
    pub(crate) async fn dispatch(&self) -> Measured {
        let mut sum = Measured::default();
        loop {
            let records = self.world.stream_records(100);
            if records.is_empty() {
                return sum;
            }
            for record in records {
                let (measured, done) = self.measure(self.world.dispatch(&record)).await;
                done.unwrap();
                self.world.advance_stream(&record);
                sum = sum.and(measured);
            }
        }
    }
}

/// A customer's number. The first are ordinary phones in the fictional range, which can be texted; the others only exist.
pub(crate) fn customer(number: u32) -> PhoneNumber {
    let text = if number < 50 { format!("+120255501{number:02}") } else { format!("+1202{number:07}") };
    text.parse().unwrap()
}
