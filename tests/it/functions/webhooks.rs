//! `inbound` and `status`: what carriers hear.

use axum::body::Body;
use engines::phones::WebhookRequest;
use form_urlencoded::Serializer;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use serde_json::json;
use sha2::Sha256;

use super::api::{Answer, Api, OUR_NUMBER};

const CUSTOMER: &str = "+12125550123";

/// The webhook of a text that a customer just wrote.
fn text(api: &Api, text: &str) -> WebhookRequest {
    let to = OUR_NUMBER.parse().unwrap();
    api.world.phones.text_in(&CUSTOMER.parse().unwrap(), &to, text, &[]).unwrap();
    api.world.phones.take_due_webhooks(api.world.now()).remove(0)
}

/// Brings a webhook, changed by the test, to its path.
async fn bring(api: &Api, webhook: &WebhookRequest, change: impl Fn(&mut Request<Vec<u8>>)) -> Answer {
    let mut request = Request::post(webhook.url.path()).body(webhook.body.to_vec()).unwrap();
    *request.headers_mut() = webhook.headers.clone();
    change(&mut request);
    api.raw(request.map(Body::from)).await
}

async fn conversations(api: &Api, token: &str) -> usize {
    api.world.settle().await;
    api.get(token, "/v1/conversations?view=all").await.expect(200)["data"].as_array().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn i01_i02_a_text_is_taken_and_taken_again_without_a_second_message() {
    let api = Api::new(31).await;
    let (owner, _) = api.business(0).await;
    let webhook = text(&api, "Hello");
    for _ in 0..3 {
        bring(&api, &webhook, |_| {}).await.expect(200);
    }
    assert_eq!(conversations(&api, &owner).await, 1);
    let list = api.get(&owner, "/v1/conversations").await.expect(200);
    assert_eq!(list["data"][0]["unread"], 1);
}

#[tokio::test(start_paused = true)]
async fn what_no_carrier_signed_is_refused_and_writes_nothing() {
    let api = Api::new(32).await;
    let (owner, gateway) = api.business(0).await;
    let webhook = text(&api, "Hello");
    let id = gateway["id"].as_str().unwrap();
    let forged = |answer: Answer| answer.problem(403, "webhook-not-genuine");
    forged(bring(&api, &webhook, |request| request.headers_mut().clear()).await);
    forged(bring(&api, &webhook, |request| request.body_mut().push(b' ')).await);
    forged(bring(&api, &webhook, |request| request.body_mut().clear()).await);
    forged(bring(&api, &webhook, |request| request.body_mut().truncate(20)).await);
    let elsewhere =
        |path: String| move |request: &mut Request<Vec<u8>>| *request.uri_mut() = path.parse().unwrap();
    for path in [
        format!("/v1/carriers/twilio/{id}/inbound"),
        "/v1/carriers/simulated/gwy_00000000000000000000000000000000/inbound".into(),
        "/v1/carriers/simulated/gwy_1/inbound".into(),
        format!("/v1/carriers/pigeon/{id}/inbound"),
    ] {
        bring(&api, &webhook, elsewhere(path)).await.problem(404, "not-found");
    }
    let big = bring(&api, &webhook, |request| request.body_mut().resize(1024 * 1024 + 1, b' ')).await;
    assert_eq!(big.problem(413, "too-large")["limit_bytes"], 1024 * 1024);
    assert_eq!(conversations(&api, &owner).await, 0);
    bring(&api, &webhook, |_| {}).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn i01_a_text_that_the_table_cannot_take_is_kept_in_the_queue() {
    let api = Api::new(33).await;
    let (owner, _) = api.business(0).await;
    let webhook = text(&api, "Is anybody there?");
    api.world.dynamo.faults().set_down(true);
    bring(&api, &webhook, |_| {}).await.expect(200);
    api.world.sqs.faults().set_down(true);
    let busy = bring(&api, &webhook, |_| {}).await;
    assert_eq!(busy.headers["retry-after"], "2");
    busy.problem(503, "unavailable");
    api.world.sqs.faults().set_down(false);
    api.world.dynamo.faults().set_down(false);
    assert_eq!(conversations(&api, &owner).await, 1);
}

#[tokio::test(start_paused = true)]
async fn i06_receipts_raise_the_status_and_receipts_of_nothing_are_not_found() {
    let api = Api::new(34).await;
    let (owner, _) = api.business(5).await;
    let body = json!({"to": CUSTOMER, "body": "Ready"});
    let accepted = api.post(&owner, "/v1/messages", &body).await.expect(202);
    let path = format!("/v1/messages/{}", accepted["id"].as_str().unwrap());
    api.world.settle().await;
    tokio::time::advance(std::time::Duration::from_secs(10)).await;
    let mut receipts = api.world.phones.take_due_webhooks(api.world.now());
    assert_eq!(receipts.len(), 2);
    receipts.reverse();
    for receipt in &receipts {
        bring(&api, receipt, |_| {}).await.expect(200);
        assert_eq!(api.get(&owner, &path).await.expect(200)["status"], "delivered");
    }
    let other = receipts[0]
        .url
        .path()
        .replace(accepted["id"].as_str().unwrap(), "msg_00000000000000000000000000000000");
    let unknown = bring(&api, &receipts[0], |request| *request.uri_mut() = other.parse().unwrap()).await;
    unknown.problem(404, "not-found");
}

/// What the older Vonage API calls for a text: the query of a GET, signed.
fn vonage_query(api: &Api, text: &str) -> String {
    let timestamp = api.world.now().as_second().to_string();
    let pairs = [
        ("messageId", "0A0000001234567B"),
        ("msisdn", &CUSTOMER[1..]),
        ("text", text),
        ("timestamp", &timestamp),
        ("to", "12025550177"),
        ("type", "text"),
    ];
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a signature secret").unwrap();
    for (name, value) in pairs {
        mac.update(format!("&{name}={value}").as_bytes());
    }
    let mac = mac.finalize().into_bytes();
    let signature = mac.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    Serializer::new(String::new()).extend_pairs(pairs).append_pair("sig", &signature).finish()
}

#[tokio::test(start_paused = true)]
async fn i01_i02_a_text_in_the_query_of_a_get_is_taken_kept_and_refused_as_one_in_a_body_is() {
    let api = Api::new(35).await;
    let (owner, _) = api.business(0).await;
    let gateway = json!({
        "name": "Vonage", "carrier": "vonage_sms", "number": "+12025550177",
        "credentials": {
            "api_key": "abcd1234", "api_secret": "secret",
            "signature_secrets": ["a signature secret"], "signature_method": "sha256",
        },
    });
    let gateway = api.post(&owner, "/v1/gateways", &gateway).await.expect(201);
    let path = format!("/v1/carriers/vonage_sms/{}/inbound", gateway["id"].as_str().unwrap());
    let genuine = format!("{path}?{}", vonage_query(&api, "Are you open?"));

    api.get("", &genuine.replace("open", "shut")).await.problem(403, "webhook-not-genuine");
    api.get("", &path).await.problem(403, "webhook-not-genuine");
    assert_eq!(conversations(&api, &owner).await, 0);

    // While the table is down it is kept, with its method.
    api.world.dynamo.faults().set_down(true);
    api.get("", &genuine).await.expect(200);
    api.world.dynamo.faults().set_down(false);
    assert_eq!(conversations(&api, &owner).await, 1);
    for _ in 0..2 {
        api.get("", &genuine).await.expect(200);
    }
    let list = api.get(&owner, "/v1/conversations").await.expect(200);
    assert_eq!(
        (&list["data"][0]["preview"], &list["data"][0]["unread"]),
        (&json!("Are you open?"), &json!(1))
    );
}
