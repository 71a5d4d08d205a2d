//! The engines on one port, so that other SDKs and tools can be pointed at them:
//!
//! ```sh
//! cargo run -p engines --example serve -- 4566
//! AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws dynamodb list-tables
//! ```
//!
//! Which service a request is for follows from its `X-Amz-Target`; SNS has none, and SES has a path of its own.

use std::process::ExitCode;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use engines::connector::Request;
use engines::dynamo::Dynamo;
use engines::secrets::SecretsManager;
use engines::ses::{SEND_EMAIL, Ses};
use engines::sns::Sns;
use engines::sqs::Sqs;

#[derive(Clone)]
struct Engines {
    dynamo: Dynamo,
    sqs: Sqs,
    sns: Sns,
    ses: Ses,
    secrets: SecretsManager,
}

async fn answer(State(engines): State<Engines>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let service =
        target.as_deref().and_then(|target| target.split('.').next()).unwrap_or_default().to_owned();
    let request = Request::to(uri.path(), target, body);
    let result = match service.as_str() {
        "AmazonSQS" => engines.sqs.respond(request).await,
        "secretsmanager" => engines.secrets.respond(request).await,
        "" if uri.path() == SEND_EMAIL => engines.ses.respond(request).await,
        "" => engines.sns.respond(request).await,
        _ => engines.dynamo.respond(request).await,
    };
    let Ok(response) = result else { return StatusCode::GATEWAY_TIMEOUT.into_response() };
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, response.body).into_response();
    for (name, value) in response.headers {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

#[tokio::main]
async fn main() -> ExitCode {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(4566);
    match serve(port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(port: u16) -> Result<(), Box<dyn std::error::Error>> {
    let sqs = Sqs::new();
    let engines = Engines {
        dynamo: Dynamo::memory()?,
        sns: Sns::new(sqs.clone()),
        ses: Ses::new(),
        sqs,
        secrets: SecretsManager::memory(),
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(answer).with_state(engines)).await?;
    Ok(())
}
