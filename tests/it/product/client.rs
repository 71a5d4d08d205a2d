//! The product under test: started in this process, or deployed somewhere else.
//!
//! `BASE_URL`, `SIMULATOR_URL` and `OPERATOR_KEY` name a product that runs elsewhere (`make test-stack` sets them); without
//! them each test starts its own. A test cannot tell the difference: it speaks HTTP to both.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local::{Options, Running};
use reqwest::{Client, Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// Longest wait for something that happens by itself. Elsewhere a schedule runs once a minute.
const PATIENCE_HERE: Duration = Duration::from_secs(15);
const PATIENCE_ELSEWHERE: Duration = Duration::from_secs(100);
const LOOK: Duration = Duration::from_millis(50);

pub(super) const PASSWORD: &str = "correct horse battery";

/// A product to test.
pub(super) struct Product {
    base_url: String,
    simulator_url: String,
    operator_key: String,
    http: Client,
    /// `None`: it runs elsewhere.
    here: Option<Running>,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) content_type: String,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }
}

/// A business that signed up for one test, with a number and 100 credits.
pub(super) struct Business {
    pub(super) owner: String,
    pub(super) number: String,
    pub(super) gateway: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the product under test runs is no configuration of the product"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Product {
    pub(super) async fn start() -> Self {
        let http = Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
        if let Some(base_url) = variable("BASE_URL") {
            let (simulator_url, operator_key) =
                (variable("SIMULATOR_URL").unwrap(), variable("OPERATOR_KEY").unwrap());
            return Self { base_url, simulator_url, operator_key, http, here: None };
        }
        let options = Options { port: 0, data: None, clock: None, downloads: None, schedules: false };
        let running = local::start(options).await.unwrap();
        let base_url = running.base_url.as_str().trim_end_matches('/').to_owned();
        let operator_key = running.operator_key.expose_secret().to_owned();
        Self { simulator_url: base_url.clone(), base_url, operator_key, http, here: Some(running) }
    }

    /// What the runner knows; `None` if it runs elsewhere.
    pub(super) fn here(&self) -> Option<&Running> {
        self.here.as_ref()
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base_url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        if method == Method::POST {
            request = request.header("idempotency-key", unique().to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let content_type =
            response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if let (true, Some(running)) = (status.is_server_error(), &self.here) {
            assert_eq!(running.denials.list(), Vec::<String>::new(), "{method} {path} answered {status}");
        }
        Answer { status, body, content_type: content_type.unwrap_or_default() }
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(Method::GET, path, Some(token), None).await
    }

    pub(super) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(token), Some(body)).await
    }

    pub(super) async fn put(&self, token: &str, path: &str) -> Answer {
        self.call(Method::PUT, path, Some(token), None).await
    }

    /// Something that the operator does.
    pub(super) async fn operate(&self, path: &str, body: &Value) -> Answer {
        self.post(&self.operator_key, path, body).await
    }

    /// Asks the phone simulator.
    pub(super) async fn simulator(&self, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/simulator/api/{path}", self.simulator_url);
        let request = match body {
            Some(body) => {
                self.http.post(url).header("content-type", "application/json").body(body.to_string())
            }
            None => self.http.get(url),
        };
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "the simulator answered {status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A customer writes to a business.
    pub(super) async fn text_in(&self, customer: &str, business: &Business, text: &str) {
        self.simulator("texts", Some(&json!({"from": customer, "to": business.number, "text": text}))).await;
    }

    /// What a customer's phone shows.
    pub(super) async fn phone(&self, customer: &str, business: &Business) -> Vec<Value> {
        let query = format!("thread?phone=%2B{}&business=%2B{}", &customer[1..], &business.number[1..]);
        self.simulator(&query, None).await["messages"].as_array().unwrap().clone()
    }

    /// Signs up a business and gives it a number and 100 credits.
    pub(super) async fn business(&self) -> Business {
        let serial = unique();
        let number = format!("+1{}5550100", 201 + serial % 700);
        let sign_up = json!({
            "business_name": "Harbour Bakery", "time_zone": "America/New_York", "region": "US", "name": "Ana",
            "email": format!("ana-{serial}@example.com"), "password": PASSWORD,
        });
        let signed_up = self.call(Method::POST, "/v1/sign-up", None, Some(&sign_up)).await.expect(201);
        let text = |pointer: &str| signed_up.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let (owner, account) = (text("/token"), text("/account/id"));
        let line = self.simulator("lines", Some(&json!({"number": number}))).await;
        let gateway = json!({
            "name": "Front desk", "carrier": "simulated", "number": number, "credentials": line["credentials"],
        });
        let gateway = self.post(&owner, "/v1/gateways", &gateway).await.expect(201);
        let point = json!({"number": number, "inbound_url": gateway["inbound_url"]});
        self.simulator("lines", Some(&point)).await;
        let top_up = json!({"account_id": account, "amount": 100, "reference": format!("invoice {serial}")});
        self.operate("/v1/credits/top-ups", &top_up).await.expect(201);
        // These tests run at any hour of the day.
        let hours = json!({"quiet_hours": {"enforced": false}});
        self.call(Method::PATCH, "/v1/account", Some(&owner), Some(&hours)).await.expect(200);
        let gateway = gateway["id"].as_str().unwrap().to_owned();
        Business { owner, number, gateway }
    }

    /// Adds a colleague and signs them in: their id and token.
    pub(super) async fn colleague(&self, business: &Business, access: &str) -> (String, String) {
        let email = format!("ben-{}@example.com", unique());
        let user =
            json!({"name": "Ben", "email": email, "password": PASSWORD, "conversation_access": access});
        let user = self.post(&business.owner, "/v1/users", &user).await.expect(201);
        let sign_in = json!({"email": email, "password": PASSWORD});
        let session = self.call(Method::POST, "/v1/sessions", None, Some(&sign_in)).await.expect(201);
        (user["id"].as_str().unwrap().to_owned(), session["token"].as_str().unwrap().to_owned())
    }

    /// Lets what runs once a minute run now, if that is in our hands.
    pub(super) async fn a_minute_passes(&self) {
        if let Some(running) = &self.here {
            // One that fails is simply due again a minute later.
            drop(running.run_schedules().await);
        }
    }

    /// Asks until the answer is the one that is waited for.
    pub(super) async fn eventually<T>(&self, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
        let patience = if self.here.is_some() { PATIENCE_HERE } else { PATIENCE_ELSEWHERE };
        let asked = async {
            loop {
                if let Some(answer) = ask().await {
                    return answer;
                }
                self.a_minute_passes().await;
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(patience, asked)
            .await
            .unwrap_or_else(|_| panic!("not within {patience:?}: {what}"))
    }

    /// Ends a test: nobody did what the template does not allow, nothing was given up.
    pub(super) async fn done(self) {
        let Some(running) = self.here else { return };
        assert_eq!(running.denials.list(), Vec::<String>::new());
        for queue in &running.template().queues {
            if queue.redrive.is_none() {
                assert_eq!(
                    running.engines.sqs.bodies(&queue.url).unwrap(),
                    Vec::<String>::new(),
                    "{}",
                    queue.id
                );
            }
        }
        running.stop().await;
    }
}

/// A number that no other test and no earlier run has used.
fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    #[expect(clippy::disallowed_methods, reason = "tells the runs of a test apart")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u32::try_from(now.as_millis() % 1_000_000_000).unwrap() / 100 * 100 + NEXT.fetch_add(1, Ordering::Relaxed)
}
