//! A carrier whose webhooks are proved with a key that it publishes, and that wants its webhooks confirmed: AWS.

use std::sync::{Arc, Mutex};

use app::gateways::NewGateway;
use app::webhook::{Address, WebhookError, accept};
use app::{App, Failure};
use async_trait::async_trait;
use carriers::{Credentials, ExecuteError, Forged, HttpExecutor, HttpReply, HttpRequest, Webhook};
use domain::account::CarrierId;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use testkit::World;

/// Webhooks that were signed by somebody else's code.
#[derive(Deserialize)]
struct Vector {
    name: String,
    body: String,
    key: (String, String),
    now: i64,
}

fn vector(name: &str) -> Vector {
    let all = include_str!("../../shared/carriers/tests/vectors/aws_end_user_messaging_signature.json");
    let all: Vec<Vector> = serde_json::from_str(all).unwrap();
    all.into_iter().find(|it| it.name == name).unwrap()
}

/// AWS, which answers everything with the certificate, or with a status.
struct Aws {
    asked: Mutex<Vec<String>>,
    answer: Mutex<Result<StatusCode, ExecuteError>>,
}

#[async_trait]
impl HttpExecutor for Aws {
    async fn execute(&self, request: HttpRequest) -> Result<HttpReply, ExecuteError> {
        assert_eq!(request.method, Method::GET);
        self.asked.lock().unwrap().push(request.url.to_string());
        let status = (*self.answer.lock().unwrap())?;
        let certificate = vector("notification_with_subject_v2").key.1;
        Ok(HttpReply::with_body(status, "application/x-pem-file", certificate))
    }
}

struct Desk {
    app: App,
    aws: Arc<Aws>,
    address: Address,
}

impl Desk {
    async fn new(world: &World) -> Self {
        let business = world.business("florist", "+12025550100", 10).await;
        let credentials = r#"{"access_key_id": "AKIA", "secret_access_key": "secret", "region": "us-east-1",
            "topics": ["arn:aws:sns:us-east-1:123456789012:sms-inbound"]}"#;
        let gateway = NewGateway {
            name: "AWS".to_owned().try_into().unwrap(),
            carrier: CarrierId::AwsEndUserMessaging,
            sender: "+12125550101".to_owned(),
            credentials: Credentials::new(credentials.into()),
        };
        let gateway = app::gateways::add(&world.app, &business.owner, gateway).await.unwrap();
        let aws = Arc::new(Aws { asked: Mutex::default(), answer: Mutex::new(Ok(StatusCode::OK)) });
        let app = App { http: aws.clone(), ..world.app.clone() };
        let address = Address { carrier: CarrierId::AwsEndUserMessaging, gateway: gateway.id, message: None };
        Self { app, aws, address }
    }

    async fn bring(&self, name: &str) -> Result<StatusCode, WebhookError> {
        let Vector { body, now, .. } = vector(name);
        let webhook = Webhook {
            method: Method::POST,
            url: "https://textdesk.example/".parse().unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
            key: None,
        };
        let arrived = Timestamp::from_second(now).unwrap();
        accept(&self.app, self.address, &webhook, arrived).await.map(|reply| reply.status)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.aws.asked.lock().unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_is_fetched_once_for_many_webhooks() {
    let desk = Desk::new(&World::new(1).await).await;
    let key = vector("notification_with_subject_v2").key.0;
    assert_eq!(desk.bring("notification_with_subject_v2").await.unwrap(), StatusCode::OK);
    assert_eq!(desk.asked(), [key]);
    assert_eq!(desk.bring("notification_v1_sha1").await.unwrap(), StatusCode::OK);
    assert_eq!(desk.asked(), [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_confirmed_at_the_carrier() {
    let desk = Desk::new(&World::new(2).await).await;
    assert_eq!(desk.bring("subscription_confirmation_v2").await.unwrap(), StatusCode::OK);
    let asked = desk.asked();
    assert_eq!(asked.len(), 2);
    let confirmed = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&";
    assert!(asked.last().is_some_and(|url| url.starts_with(confirmed)), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_elsewhere() {
    let desk = Desk::new(&World::new(3).await).await;
    for name in ["bad_cert_host", "cert_not_pem"] {
        let refused = desk.bring(name).await;
        assert!(matches!(refused, Err(WebhookError::Forged(Forged::Unsigned))), "{refused:?}");
    }
    assert_eq!(desk.asked(), [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn without_the_key_a_webhook_waits_and_without_a_key_at_all_it_is_forged() {
    let desk = Desk::new(&World::new(4).await).await;
    for down in [Err(ExecuteError::NotSent), Err(ExecuteError::Unknown), Ok(StatusCode::BAD_GATEWAY)] {
        *desk.aws.answer.lock().unwrap() = down;
        let waits = desk.bring("notification_v1_sha1").await;
        assert!(matches!(waits, Err(WebhookError::Failure(Failure::Unreachable(_)))), "{waits:?}");
    }
    *desk.aws.answer.lock().unwrap() = Ok(StatusCode::NOT_FOUND);
    let forged = desk.bring("notification_v1_sha1").await;
    assert!(matches!(forged, Err(WebhookError::Forged(Forged::Unsigned))), "{forged:?}");
    *desk.aws.answer.lock().unwrap() = Ok(StatusCode::OK);
    assert_eq!(desk.bring("notification_v1_sha1").await.unwrap(), StatusCode::OK);
}
