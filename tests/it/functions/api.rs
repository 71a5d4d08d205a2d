//! All HTTP functions over one world, called without a network.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use testkit::World;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

pub(super) const OUR_NUMBER: &str = "+12025550100";
pub(super) const PASSWORD: &str = "correct horse battery";

/// The functions behind one router, as API Gateway puts them.
pub(super) struct Api {
    pub(super) world: World,
    functions: Router,
}

/// What a function answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    /// The body, if the status is the expected one.
    pub(super) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The problem, if it is the expected one.
    pub(super) fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let body = self.expect(status);
        let kind = body["type"].as_str().unwrap().rsplit('/').next();
        assert_eq!(kind, Some(slug), "{body}");
        body
    }

    /// The request was refused because of this field.
    pub(super) fn wrong(self, pointer: &str, code: &str) {
        let body = self.problem(422, "invalid");
        let error = &body["errors"][0];
        assert_eq!(
            (error["pointer"].as_str(), error["code"].as_str()),
            (Some(pointer), Some(code)),
            "{body}"
        );
        assert!(!error["detail"].as_str().unwrap().is_empty());
    }
}

impl Api {
    pub(super) async fn new(seed: u64) -> Self {
        let world = World::new(seed).await;
        let routes = OpenApiRouter::new()
            .merge(accounts::routes())
            .merge(sessions::routes())
            .merge(users::routes())
            .merge(gateways::routes())
            .merge(send::routes())
            .merge(conversations::routes())
            .merge(assign::routes())
            .merge(credits::routes())
            .merge(notifications::routes())
            .merge(inbound::routes())
            .merge(status::routes());
        let functions = http_api::service(routes, world.app.clone());
        Self { world, functions }
    }

    pub(super) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.functions.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        let body = serde_json::from_slice(&body).unwrap_or_else(|_| text());
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A request with a token, an idempotency key and a body, each unless empty or null.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        key: &str,
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("https://api.test{path}"));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        if body.is_null() {
            return self.raw(request.body(Body::empty()).unwrap()).await;
        }
        let request = request.header("content-type", "application/json");
        self.raw(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(Method::GET, path, token, "", &Value::Null).await
    }

    pub(super) async fn patch(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, token, "", body).await
    }

    pub(super) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, token, "", body).await
    }

    /// A business that signs up: the owner's token and the account's id.
    pub(super) async fn sign_up(&self, email: &str) -> (String, String) {
        let body = json!({
            "business_name": "Bakery", "time_zone": "America/New_York", "region": "US", "name": "Ann Lee",
            "email": email, "password": PASSWORD,
        });
        let answer = self.post("", "/v1/sign-up", &body).await.expect(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&answer["token"]), text(&answer["account"]["id"]))
    }

    /// A colleague of the owner, signed in: their id and token.
    pub(super) async fn colleague(&self, owner: &str, email: &str, access: &str) -> (String, String) {
        // Nobody has colleagues before they pay (B02).
        let me = self.get(owner, "/v1/me").await.expect(200);
        if !me["permissions"].as_array().unwrap().contains(&json!("users:manage")) {
            self.top_up(me["account"]["id"].as_str().unwrap(), 1, "a-customer").await;
        }
        let body =
            json!({"name": "Ben", "email": email, "password": PASSWORD, "conversation_access": access});
        let user = self.post(owner, "/v1/users", &body).await.expect(201);
        let sign_in = json!({"email": email, "password": PASSWORD});
        let session = self.post("", "/v1/sessions", &sign_in).await.expect(201);
        (user["id"].as_str().unwrap().to_owned(), session["token"].as_str().unwrap().to_owned())
    }

    /// The body with which the simulated line of this number becomes a gateway.
    pub(super) fn line(&self, number: &str) -> Value {
        use secrecy::ExposeSecret;
        let credentials = self.world.phones.open_line(&number.parse().unwrap());
        let credentials: Value = serde_json::from_str(credentials.expose_secret()).unwrap();
        json!({"name": "Front desk", "carrier": "simulated", "number": number, "credentials": credentials})
    }

    /// A business with a gateway and credits: the owner's token and the gateway.
    pub(super) async fn business(&self, credits: u32) -> (String, Value) {
        let (token, account) = self.sign_up("ann@bakery.example").await;
        let gateway = self.post(&token, "/v1/gateways", &self.line(OUR_NUMBER)).await.expect(201);
        let inbound = gateway["inbound_url"].as_str().unwrap().parse().unwrap();
        self.world.phones.point_line(&OUR_NUMBER.parse().unwrap(), inbound).unwrap();
        if credits > 0 {
            self.top_up(&account, credits, "first").await;
        }
        (token, gateway)
    }

    /// The operator adds credits.
    pub(super) async fn top_up(&self, account: &str, credits: u32, key: &str) {
        let body = json!({"account_id": account, "amount": credits});
        self.call(Method::POST, "/v1/credits/top-ups", testkit::OPERATOR_KEY, key, &body).await.expect(201);
    }

    /// A customer writes, and everything that follows has happened.
    pub(super) async fn text_in(&self, from: &str, text: &str) {
        let to = OUR_NUMBER.parse().unwrap();
        self.world.phones.text_in(&from.parse().unwrap(), &to, text, &[]).unwrap();
        self.world.settle().await;
    }
}
