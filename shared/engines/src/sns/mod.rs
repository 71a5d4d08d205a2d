//! SNS in memory: topics, subscriptions and mobile push under the real SDK client.
//!
//! [`Sns`] is a handle; clones share everything. Topics deliver to the [`Sqs`] queues of the same world, to
//! functions ([`Sns::on_function`]) and to push endpoints. Nothing leaves the process: whatever a phone, a push
//! service or an app would get is kept for assertions and for the simulator's page ([`Sns::deliveries`]), as is
//! every accepted publish ([`Sns::published`]).
//!
//! Left out: HTTP and e-mail subscriptions, permissions, signatures (the fields say `LOCAL`).

mod filter;
mod form;
mod platform;
mod publish;
mod topics;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::Value;

use crate::calls::{Call, CallLog};
use crate::connector::{Connector, Engine, NoAnswer, Refusal, Request, Response};
use crate::faults::Faults;
use crate::lock;
use crate::sqs::Sqs;
use form::Form;
use platform::Endpoint;
use topics::{Subscription, Topic};

pub use form::SnsError;

/// How many publishes and deliveries are kept: enough for any test, bounded for the long local run.
const KEPT_MAX: usize = 10_000;

/// What a publish was addressed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A topic, by ARN.
    Topic(String),
    /// One device's push endpoint, by ARN.
    Endpoint(String),
    /// A phone number (direct SMS).
    Phone(String),
}

/// An accepted publish.
#[derive(Clone, PartialEq, Eq)]
pub struct Published {
    /// The id that the publisher got.
    pub message_id: String,
    /// Where to.
    pub target: Target,
    /// The subject, if any.
    pub subject: Option<String>,
    /// The message as it was given; JSON by protocol if `structured`.
    pub message: String,
    /// Whether `MessageStructure` was `json`.
    pub structured: bool,
    /// The text of each message attribute.
    pub attributes: BTreeMap<String, String>,
    /// The FIFO message group, if any.
    pub group: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_unix_ms: u64,
}

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Published").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// What a device or phone would have got.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The id of the publish.
    pub message_id: String,
    /// `application` (push) or `sms`.
    pub protocol: String,
    /// The endpoint's ARN, or the phone number.
    pub endpoint: String,
    /// The push service's token of the device; empty for SMS.
    pub token: String,
    /// The payload for this protocol or push platform.
    pub body: String,
    /// When, in milliseconds since 1970.
    pub at_unix_ms: u64,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message_id, protocol, .. } = self;
        f.debug_struct("Delivery")
            .field("message_id", message_id)
            .field("protocol", protocol)
            .finish_non_exhaustive()
    }
}

type Callback = Arc<dyn Fn(Value) + Send + Sync>;

/// In-memory topics; clones share them.
#[derive(Clone, Debug)]
pub struct Sns {
    connector: Connector<Topics>,
    faults: Faults,
    calls: CallLog,
}

/// The engine proper, without faults and log.
#[derive(Clone)]
struct Topics {
    state: Arc<Mutex<State>>,
    sqs: Sqs,
}

impl fmt::Debug for Topics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topics").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    topics: BTreeMap<String, Topic>,
    subscriptions: Vec<Subscription>,
    applications: BTreeMap<String, BTreeMap<String, String>>,
    endpoints: BTreeMap<String, Endpoint>,
    functions: HashMap<String, Callback>,
    published: VecDeque<Published>,
    deliveries: VecDeque<Delivery>,
}

impl Sns {
    /// No topics yet. Subscribed queues are those of `sqs`, and so are time and ids.
    pub fn new(sqs: Sqs) -> Self {
        let (faults, calls) = (Faults::default(), CallLog::default());
        let topics = Topics { state: Arc::default(), sqs };
        Self { connector: Connector::new(topics, faults.clone(), calls.clone()), faults, calls }
    }

    /// What an SDK configuration takes as `http_client`. `Sns` itself is accepted there, too.
    pub fn http_client(&self) -> SharedHttpClient {
        self.connector.http_client()
    }

    /// Answers one request, for serving the engine over a socket.
    ///
    /// # Errors
    /// An injected fault hid the answer.
    pub async fn respond(&self, request: Request) -> Result<Response, NoAnswer> {
        self.connector.respond(request).await
    }

    /// What goes wrong in front of these topics.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The SDK calls since the last [`Sns::take_calls`].
    pub fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }

    /// The same, and forgets them.
    pub fn take_calls(&self) -> Vec<Call> {
        self.calls.take()
    }

    /// Creates a topic, or finds it. Returns its ARN.
    ///
    /// # Errors
    /// As `CreateTopic`.
    pub fn create_topic(&self, name: &str, attributes: BTreeMap<String, String>) -> Result<String, SnsError> {
        self.topics().create_topic(name, attributes, BTreeMap::new())
    }

    /// Subscribes an endpoint (`sqs` and `lambda`: an ARN) with these attributes. Returns the subscription's ARN.
    ///
    /// # Errors
    /// As `Subscribe`.
    pub fn subscribe(
        &self,
        topic_arn: &str,
        protocol: &str,
        endpoint: &str,
        attributes: BTreeMap<String, String>,
    ) -> Result<String, SnsError> {
        self.topics().subscribe(topic_arn, protocol, endpoint, attributes)
    }

    /// Creates a push application, or finds it. Returns its ARN. `platform` is `APNS`, `GCM` and so on.
    pub fn create_platform_application(&self, platform: &str, name: &str) -> String {
        self.topics().create_application(platform, name, BTreeMap::new())
    }

    /// Calls back with the event (`{"Records": […]}`) for each message to the function of this ARN.
    pub fn on_function(&self, function_arn: &str, callback: impl Fn(Value) + Send + Sync + 'static) {
        lock(&self.topics().state).functions.insert(function_arn.to_owned(), Arc::new(callback));
    }

    /// The app behind this endpoint is gone: the next push to it is lost, and SNS disables the endpoint, as it
    /// does when the push service reports a dead token.
    pub fn uninstall(&self, endpoint_arn: &str) {
        if let Some(endpoint) = lock(&self.topics().state).endpoints.get_mut(endpoint_arn) {
            endpoint.gone = true;
        }
    }

    /// The accepted publishes, oldest first, at most the last 10,000.
    pub fn published(&self) -> Vec<Published> {
        lock(&self.topics().state).published.iter().cloned().collect()
    }

    /// The same, and forgets them.
    pub fn take_published(&self) -> Vec<Published> {
        lock(&self.topics().state).published.drain(..).collect()
    }

    /// What devices and phones got, oldest first, at most the last 10,000.
    pub fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.topics().state).deliveries.iter().cloned().collect()
    }

    fn topics(&self) -> &Topics {
        self.connector.engine()
    }
}

impl HttpClient for Sns {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.connector.clone())
    }
}

impl Engine for Topics {
    fn operation(&self, request: &Request) -> String {
        Form::parse(&request.body).action().to_owned()
    }

    async fn answer(&self, operation: &str, request: Request) -> Response {
        let request_id = self.sqs.queues().ambient.id().to_string();
        match self.run(operation, &Form::parse(&request.body)) {
            Ok(inner) => form::success(operation, &inner, &request_id),
            Err(error) => error.response(&request_id),
        }
    }

    fn refuse(&self, refusal: Refusal, _: &str, _: &Request) -> Option<Response> {
        // What the SDK recognises as worth a retry; SNS answers it with 400.
        let throttled = SnsError::new("Throttling", "Rate exceeded");
        (refusal == Refusal::Throttled)
            .then(|| throttled.response(&self.sqs.queues().ambient.id().to_string()))
    }
}

impl Topics {
    fn run(&self, operation: &str, form: &Form) -> Result<String, SnsError> {
        if let Some(done) = self.run_topics(operation, form).or_else(|| self.run_platform(operation, form)) {
            return done;
        }
        match operation {
            "Publish" => self.publish_one(form),
            "PublishBatch" => self.publish_batch(form),
            other => {
                Err(SnsError::new("InvalidAction", format!("{other:?} is not an operation of this engine")))
            }
        }
    }
}

fn keep<T>(list: &mut VecDeque<T>, value: T) {
    if list.len() == KEPT_MAX {
        list.pop_front();
    }
    list.push_back(value);
}

/// The ARN of something of SNS.
fn arn(name: &str) -> String {
    format!("arn:aws:sns:{}:{}:{name}", crate::REGION, crate::ACCOUNT)
}
