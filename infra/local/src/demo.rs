//! A business to look around in, made through the API like any other.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use domain::phone::PhoneNumber;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::Running;
use crate::simulator::LinesError;

/// The demo business's number: from North America's range for fiction.
const NUMBER: &str = "+12025550100";
/// Its first customer.
const CUSTOMER: &str = "+12025550123";
const EMAIL: &str = "ana@harbour-bakery.example";
const COLLEAGUE: &str = "ben@harbour-bakery.example";
const PASSWORD: &str = "correct horse battery";
/// Credits to begin with: as many short texts.
const CREDITS: u64 = 100;
/// Longest answer of the API that is read here.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Demo {
    /// The owner's address.
    pub email: &'static str,
    /// A colleague's address.
    pub colleague: &'static str,
    /// The password of both.
    pub password: &'static str,
    /// The number of the business.
    pub number: &'static str,
}

/// Why there is no demo business.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The API did not answer as expected.
    #[error("{path} answered {status}: {answer}")]
    Refused {
        /// What was asked.
        path: &'static str,
        /// The status.
        status: StatusCode,
        /// The answer.
        answer: Value,
    },
    /// The request could not be made.
    #[error("a request could not be made")]
    Request(#[from] axum::http::Error),
    /// The answer could not be read.
    #[error("an answer could not be read")]
    Answer(#[from] axum::Error),
    /// The simulator did not open a line.
    #[error(transparent)]
    Line(#[from] LinesError),
    /// A number of ours is none.
    #[error("not a number")]
    Number(#[from] domain::phone::PhoneNumberError),
    /// The simulator's line has no address.
    #[error(transparent)]
    Text(#[from] engines::phones::NoSuchLine),
}

/// Sets up the demo business, unless it exists.
pub async fn seed(running: &Running) -> Result<Demo, DemoError> {
    let demo = Demo { email: EMAIL, colleague: COLLEAGUE, password: PASSWORD, number: NUMBER };
    let business = json!({
        "business_name": "Harbour Bakery", "time_zone": "America/New_York", "region": "US",
        "name": "Ana", "email": EMAIL, "password": PASSWORD,
    });
    let signed_up = match post(running, "/v1/sign-up", None, &business).await {
        Err(DemoError::Refused { status: StatusCode::CONFLICT, .. }) => return Ok(demo),
        other => other?,
    };
    let text = |pointer: &str| signed_up.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (token, account) = (text("/token"), text("/account/id"));
    // First of all: nobody has colleagues before they pay (B02).
    let top_up = json!({"account_id": account, "amount": CREDITS, "reference": "demo"});
    post(running, "/v1/credits/top-ups", Some(running.operator_key.expose_secret()), &top_up).await?;
    let colleague = json!({
        "name": "Ben", "email": COLLEAGUE, "password": PASSWORD, "conversation_access": "assigned",
    });
    post(running, "/v1/users", Some(token), &colleague).await?;
    add_gateway(running, token).await?;
    let (customer, number) = (CUSTOMER.parse::<PhoneNumber>()?, NUMBER.parse::<PhoneNumber>()?);
    running.phones.text_in(&customer, &number, "Hi! Are you open on Sunday?", &[])?;
    Ok(demo)
}

/// Opens a line with the simulated carrier, adds it as a gateway, and tells the carrier where texts go.
async fn add_gateway(running: &Running, token: &str) -> Result<(), DemoError> {
    let number = NUMBER.parse::<PhoneNumber>()?;
    let credentials = running.lines.open(&running.phones, number.clone(), None)?;
    let gateway =
        json!({"name": "Front desk", "carrier": "simulated", "number": NUMBER, "credentials": credentials});
    let added = post(running, "/v1/gateways", Some(token), &gateway).await?;
    let inbound_url = added.get("inbound_url").and_then(Value::as_str).and_then(|url| url.parse().ok());
    running.lines.open(&running.phones, number, inbound_url)?;
    Ok(())
}

async fn post(
    running: &Running,
    path: &'static str,
    bearer: Option<&str>,
    body: &Value,
) -> Result<Value, DemoError> {
    let mut request =
        Request::builder().method(Method::POST).uri(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(bearer) = bearer {
        request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
    }
    // API Gateway always has a host. The demo is set up once, so the path alone names the request.
    let request = request
        .header(header::HOST, "localhost")
        .header("idempotency-key", format!("demo{}", path.replace('/', "-")))
        .body(Body::from(body.to_string()))?;
    let response = running.gateway().answer(request).await;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await?;
    let answer = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() { Ok(answer) } else { Err(DemoError::Refused { path, status, answer }) }
}
