//! The whole product in this process, for tests that look closely.
//!
//! A [`House`] is asked as API Gateway asks the functions ([`Ask`]), its clock stands still until a test moves it, and
//! its table can be compared before and after. [`Stage`] is a house with two businesses in which something has happened.

mod ask;
mod files;
mod letters;
mod line;
mod log;
mod operations;
mod stage;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use app::Clock;
use async_trait::async_trait;
use axum::http::StatusCode;
use engines::dynamo::sequence_number;
use engines::phones::{SinkError, WebhookRequest, WebhookSink};
use jiff::{SignedDuration, Timestamp};
use local::{Options, Running};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub(crate) use ask::{Answer, Ask};
pub(crate) use line::{Line, TWILIO_TOKENS, form, hex};
pub(crate) use log::Log;
pub(crate) use operations::{Operation, Who, operations};
pub(crate) use stage::{Stage, id};

/// When every house opens: a Tuesday morning in New York, later than any day on which the tests run, because the
/// embedded table removes expired items by the system's clock.
pub(crate) const OPENING: &str = "2030-01-08T15:00:00Z";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A clock that stands still until it is moved.
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The product, with its clock.
pub(crate) struct House {
    /// The product itself.
    pub(crate) running: Running,
    clock: Arc<HandClock>,
    serial: AtomicU32,
    seen: Mutex<Seen>,
}

/// The table as it was when the stream had come this far.
#[derive(Default)]
struct Seen {
    position: Option<String>,
    items: Arc<BTreeSet<String>>,
}

/// Brings the simulated carrier's webhooks without a socket, so that they cost no time of the clock.
struct Straight<'a>(&'a Running);

#[async_trait]
impl WebhookSink for Straight<'_> {
    async fn deliver(&self, webhook: WebhookRequest) -> Result<StatusCode, SinkError> {
        let mut ask = Ask::post(webhook.url.path());
        for (name, value) in &webhook.headers {
            ask = ask.header(name.as_str(), value);
        }
        ask.body = webhook.body.to_vec();
        let answer = ask.put_to(self.0.gateway()).await;
        Ok(StatusCode::from_u16(answer.status).unwrap())
    }
}

/// A business with a number at the simulated carrier.
#[derive(Clone)]
pub(crate) struct Business {
    pub(crate) account: String,
    pub(crate) owner: Person,
    pub(crate) number: String,
    pub(crate) gateway: String,
    /// The carrier's side of its number.
    pub(crate) line: Line,
}

/// Somebody who has signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
}

impl House {
    pub(crate) async fn open() -> Self {
        let clock = Arc::new(HandClock(Mutex::new(OPENING.parse().unwrap())));
        let running = local::start(Options::for_test(clock.clone())).await.unwrap();
        Self { running, clock, serial: AtomicU32::new(0), seen: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn serial(&self) -> u32 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks and waits for the answer.
    pub(crate) async fn ask(&self, ask: Ask) -> Answer {
        ask.put_to(self.running.gateway()).await
    }

    /// Asks all of this at once, each on a thread of its own as far as there are threads.
    pub(crate) async fn at_once(&self, asks: impl IntoIterator<Item = Ask>) -> Vec<Answer> {
        let start = |ask: Ask| {
            let gateway = self.running.gateway().clone();
            tokio::spawn(async move { ask.put_to(&gateway).await })
        };
        let begun: Vec<_> = asks.into_iter().map(start).collect();
        futures::future::join_all(begun).await.into_iter().map(Result::unwrap).collect()
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(Ask::get(path).by(token)).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.ask(Ask::post(path).by(token).json(body)).await
    }

    /// The entries of a list's first page.
    pub(crate) async fn list(&self, token: &str, path: &str) -> Vec<Value> {
        self.get(token, path).await.expect(200)["data"].as_array().unwrap().clone()
    }

    /// What somebody was told of conversations, newest first: everything in their alert centre but alerts.
    pub(crate) async fn told(&self, token: &str) -> Vec<Value> {
        let mut told = self.list(token, "/v1/notifications").await;
        told.retain(|it| it["alert"].is_null());
        told
    }

    /// Signs up a business.
    pub(crate) async fn sign_up(&self, name: &str) -> (String, Person) {
        let email = format!("owner-{}@example.com", self.serial());
        let body = json!({
            "business_name": name, "time_zone": "America/New_York", "region": "US", "name": format!("Ana of {name}"),
            "email": email, "password": PASSWORD,
        });
        let signed_up = self.ask(Ask::post("/v1/sign-up").json(&body)).await.expect(201);
        let text = |pointer: &str| signed_up.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        (text("/account/id"), Person { id: text("/user/id"), email, token: text("/token") })
    }

    /// Signs up a business and gives it a number and some credits.
    pub(crate) async fn business(&self, name: &str, credits: u32) -> Business {
        let (account, owner) = self.sign_up(name).await;
        let (gateway, number, line) = self.simulated_line(&owner).await;
        if credits > 0 {
            self.top_up(&account, credits).await;
        }
        Business { account, owner, number, gateway, line }
    }

    /// Adds a gateway at the simulated carrier.
    pub(crate) async fn simulated_line(&self, owner: &Person) -> (String, String, Line) {
        let number = format!("+1{}5550100", 201 + self.serial());
        let (lines, phones) = (&self.running.lines, &self.running.phones);
        let credentials = lines.open(phones, number.parse().unwrap(), None).unwrap();
        let secret = credentials["signing_secrets"][0].as_str().unwrap().to_owned();
        let body = json!({"name": "Front desk", "carrier": "simulated", "number": number, "credentials": credentials});
        let added = self.post(&owner.token, "/v1/gateways", &body).await.expect(201);
        let inbound = added["inbound_url"].as_str().unwrap().parse().unwrap();
        lines.open(phones, number.parse().unwrap(), Some(inbound)).unwrap();
        let gateway = added["id"].as_str().unwrap().to_owned();
        let line = Line::Simulated { gateway: gateway.clone(), number: number.clone(), secret };
        (gateway, number, line)
    }

    /// Adds a gateway at Twilio.
    pub(crate) async fn twilio_line(&self, owner: &Person) -> Line {
        let number = format!("+1{}5550100", 201 + self.serial());
        let body = json!({
            "name": "Twilio", "carrier": "twilio", "number": number,
            "credentials": {"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_tokens": TWILIO_TOKENS},
        });
        let added = self.post(&owner.token, "/v1/gateways", &body).await.expect(201);
        let public_url = self.running.base_url.as_str().trim_end_matches('/').to_owned();
        let gateway = added["id"].as_str().unwrap().to_owned();
        Line::Twilio { gateway, number, token: TWILIO_TOKENS[0].to_owned(), public_url }
    }

    /// Adds credits on the operator's behalf.
    pub(crate) async fn top_up(&self, account: &str, amount: u32) {
        let body = json!({"account_id": account, "amount": amount, "reference": "invoice 17"});
        let key = format!("top-up-{}", self.serial());
        let operator = self.running.operator_key.expose_secret();
        self.ask(Ask::post("/v1/credits/top-ups").by(operator).key(&key).json(&body)).await.expect(201);
    }

    /// Adds somebody with these roles and this access, and signs them in.
    pub(crate) async fn colleague(&self, of: &Business, roles: &[&str], access: &str) -> Person {
        let (id, email) = self.add_user(of, roles, access).await;
        let token = self.sign_in(&email).await;
        Person { id, email, token }
    }

    /// Adds somebody: their id and address.
    pub(crate) async fn add_user(&self, of: &Business, roles: &[&str], access: &str) -> (String, String) {
        let email = format!("colleague-{}@example.com", self.serial());
        let user = json!({
            "name": "Ben", "email": email, "password": PASSWORD, "roles": roles, "conversation_access": access,
        });
        let user = self.post(&of.owner.token, "/v1/users", &user).await.expect(201);
        (user["id"].as_str().unwrap().to_owned(), email)
    }

    /// Has pushes go to a device of somebody; answers its token.
    pub(crate) async fn device(&self, who: &Person) -> String {
        let token = format!("device-{}", self.serial());
        let body = json!({"platform": "fcm", "token": token, "name": "Telephone"});
        self.post(&who.token, "/v1/push-endpoints", &body).await.expect(201);
        token
    }

    pub(crate) async fn sign_in(&self, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD});
        let session = self.ask(Ask::post("/v1/sessions").json(&body)).await.expect(201);
        session["token"].as_str().unwrap().to_owned()
    }

    /// A customer writes, and everything that follows from it happens. Returns the conversation.
    pub(crate) async fn text_in(&self, customer: &str, to: &Business, text: &str) -> Value {
        self.text_in_as(&to.owner.token, customer, to, text).await
    }

    /// The same, seen by somebody else.
    pub(crate) async fn text_in_as(&self, token: &str, customer: &str, to: &Business, text: &str) -> Value {
        let body = to.line.text(&format!("text-{}", self.serial()), customer, text);
        self.ask(to.line.webhook(&to.line.inbound(), body, self.now())).await.expect(200);
        self.settle().await;
        self.conversation_as(token, customer).await
    }

    /// The conversation with a customer, as somebody sees it who sees all.
    pub(crate) async fn conversation_with(&self, who: &Person, customer: &str) -> Value {
        self.conversation_as(&who.token, customer).await
    }

    async fn conversation_as(&self, token: &str, customer: &str) -> Value {
        let all = self.list(token, "/v1/conversations?view=all&limit=100").await;
        let found = all.into_iter().find(|it| it["contact"]["number"] == customer);
        found.unwrap_or_else(|| panic!("no conversation with {customer}"))
    }

    /// Sends a message and returns what was accepted. Nothing that follows has happened for sure.
    pub(crate) async fn send(&self, who: &Person, body: &Value) -> Value {
        self.post(&who.token, "/v1/messages", body).await.expect(202)
    }

    /// Waits until nothing is left to do at this time, webhooks included.
    pub(crate) async fn settle(&self) {
        self.bring_webhooks().await;
        let settled = self.running.settle().await;
        assert!(settled.is_ok(), "restless: {:?}", self.running.denials.list().first());
    }

    async fn bring_webhooks(&self) {
        while self.running.phones.next_due().is_some_and(|due| due <= self.now()) {
            self.running.phones.deliver_due(&Straight(&self.running)).await;
        }
    }

    /// Moves the clock, and nothing else.
    pub(crate) fn move_clock(&self, time: SignedDuration) {
        let now = self.now();
        *self.clock.0.lock().unwrap() = now + time;
    }

    /// Moves the clock, lets all happen that falls due, and runs the schedules.
    pub(crate) async fn pass(&self, time: SignedDuration) {
        self.settle().await;
        self.move_clock(time);
        self.settle().await;
        self.running.run_schedules().await.unwrap();
        self.settle().await;
    }

    /// Lets this much time pass in steps, for the clock, for queues and for schedules. Only with tokio's time paused.
    pub(crate) async fn live(&self, time: SignedDuration, step: SignedDuration) {
        let end = self.now() + time;
        while self.now() < end {
            self.move_clock(step);
            self.bring_webhooks().await;
            tokio::time::sleep(step.try_into().unwrap()).await;
            self.running.run_schedules().await.unwrap();
        }
    }

    /// Every item of the table, as text, to be compared. Read anew only if the table's stream says that something changed.
    pub(crate) fn table(&self) -> Arc<BTreeSet<String>> {
        let mut seen = self.seen.lock().unwrap();
        let dynamo = &self.running.engines.dynamo;
        let mut changed = seen.items.is_empty();
        while let Some(last) = dynamo.stream_records(seen.position.as_deref(), 1_000).unwrap().last() {
            seen.position = sequence_number(last).map(str::to_owned);
            changed = true;
        }
        if changed {
            seen.items = Arc::new(self.scan());
        }
        seen.items.clone()
    }

    fn scan(&self) -> BTreeSet<String> {
        let dynamo = &self.running.engines.dynamo;
        let name = &self.running.template().table.id;
        let (mut items, mut after) = (BTreeSet::new(), Value::Null);
        loop {
            let mut scan = json!({"TableName": name});
            if !after.is_null() {
                scan["ExclusiveStartKey"] = after;
            }
            let page = dynamo.run("Scan", &scan).unwrap();
            items.extend(page["Items"].as_array().unwrap().iter().map(Value::to_string));
            after = page["LastEvaluatedKey"].clone();
            if after.is_null() {
                return items;
            }
        }
    }

    /// The balance of an account: available, held, spent.
    pub(crate) async fn balance(&self, who: &Person) -> [u64; 3] {
        let balance = self.get(&who.token, "/v1/credits").await.expect(200);
        ["available", "held", "spent"].map(|field| balance[field].as_u64().unwrap())
    }

    /// I05 and I13: the balance is the sum of the ledger, and each count is the length of its list.
    pub(crate) async fn audit(&self, owner: &Person) {
        let ledger = self.list(&owner.token, "/v1/credits/ledger?limit=100").await;
        let sum: i64 = ledger.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        let [available, held, _] = self.balance(owner).await;
        assert_eq!(i64::try_from(available).unwrap(), sum, "{ledger:#?}");
        assert!(held <= 1_000_000, "{held} held");
        let path = "/v1/conversations/counts?folders=inbox,snoozed,completed,archived";
        let counts = self.get(&owner.token, path).await.expect(200);
        for folder in ["inbox", "snoozed", "completed", "archived"] {
            let list = self.list(&owner.token, &format!("/v1/conversations?view={folder}&limit=100")).await;
            assert_eq!(counts[folder]["conversations"], list.len(), "{folder}");
        }
        let unread = self.list(&owner.token, "/v1/conversations?view=unread&limit=100").await;
        let messages: u64 = unread.iter().map(|it| it["unread"].as_u64().unwrap()).sum();
        assert_eq!(counts["unread"]["conversations"], unread.len());
        assert_eq!(counts["unread"]["messages"], messages);
    }

    /// Ends a test: no function did what its policy does not allow, and nothing was given up.
    pub(crate) async fn close(self) {
        assert_eq!(self.running.denials.list(), Vec::<String>::new());
        for queue in self.running.template().queues.iter().filter(|queue| queue.redrive.is_none()) {
            let dead = self.running.engines.sqs.bodies(&queue.url).unwrap();
            assert_eq!(dead, Vec::<String>::new(), "{}", queue.id);
        }
        self.running.stop().await;
    }
}
