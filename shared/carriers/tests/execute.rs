//! What an attempt to call a carrier tells: sent or not sent, and never a guess.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use carriers::{
    CarrierId, Credentials, ExecuteError, HttpExecutor, HttpReply, HttpRequest, Outcome, Outgoing, Refusal,
    ReqwestExecutor, carrier, lookup, send,
};
use domain::id::MessageId;
use http::{HeaderMap, Method, StatusCode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// Answers every call in the same way.
struct Always(Result<HttpReply, ExecuteError>);

#[async_trait]
impl HttpExecutor for Always {
    async fn execute(&self, _: HttpRequest) -> Result<HttpReply, ExecuteError> {
        self.0.clone()
    }
}

const CREDENTIALS: &str =
    r#"{"base_url": "https://simulated.textdesk.example", "api_key": "key", "signing_secrets": ["secret"]}"#;

async fn outcome(
    answer: Result<HttpReply, ExecuteError>,
    body: &str,
    credentials: &str,
) -> (Outcome, Option<Outcome>) {
    let (from, to) = ("+12025550100".parse().unwrap(), "+12025550101".parse().unwrap());
    let callback = "https://textdesk.example/".parse().unwrap();
    let id = MessageId::derive(&[b"one"]);
    let message = Outgoing {
        id,
        from: &from,
        to: &to,
        body,
        media: &[],
        status_callback: &callback,
        validity_seconds: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let credentials = Credentials::from(credentials);
    let (carrier, executor) = (carrier(CarrierId::Simulated), Always(answer));
    (
        send(carrier, &executor, &message, &credentials).await,
        lookup(carrier, &executor, &message, &credentials).await,
    )
}

#[tokio::test]
async fn only_a_call_that_was_not_made_may_be_made_again() {
    let (sent, looked_up) = outcome(Err(ExecuteError::NotSent), "Hello", CREDENTIALS).await;
    assert_eq!(sent, Outcome::TryLater { after_seconds: None, code: "not_sent".to_owned() });
    assert_eq!(looked_up, None, "a look-up that failed says nothing about the message");

    let (sent, looked_up) = outcome(Err(ExecuteError::Unknown), "Hello", CREDENTIALS).await;
    assert_eq!((sent, looked_up), (Outcome::Unknown, None));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_a_call() {
    let answer = Ok(HttpReply::with_body(StatusCode::ACCEPTED, "application/json", r#"{"reference": "r"}"#));
    let refused = |code: &str, reason| Outcome::Refused { code: code.to_owned(), reason };
    assert_eq!(outcome(answer.clone(), "", CREDENTIALS).await.0, refused("empty", Refusal::Content));
    assert_eq!(
        outcome(answer.clone(), &"a".repeat(1_601), CREDENTIALS).await.0,
        refused("body_too_long", Refusal::Content)
    );
    assert_eq!(
        outcome(answer.clone(), "Hello", "{}").await.0,
        refused("invalid_credentials", Refusal::Account)
    );
    assert!(matches!(outcome(answer, "Hello", CREDENTIALS).await.0, Outcome::Accepted { .. }));
}

/// Answers one connection with these bytes, after reading the request, and closes it.
async fn serve_once(answer: Vec<u8>) -> HttpRequest {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/messages", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let _ = socket.read(&mut request).await.unwrap();
        socket.write_all(&answer).await.unwrap();
    });
    HttpRequest { method: Method::POST, url, headers: HeaderMap::new(), body: Bytes::from_static(b"x=1") }
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[tokio::test]
async fn a_reply_is_carried_unchanged() {
    let request = serve_once(response("429 Too Many\r\nretry-after: 7", b"{}")).await;
    let reply = ReqwestExecutor::new().unwrap().execute(request).await.unwrap();
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.headers["retry-after"], "7");
    assert_eq!(&reply.body[..], b"{}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let request = serve_once(response("307 Elsewhere\r\nlocation: http://127.0.0.1:1/", b"")).await;
    let reply = ReqwestExecutor::new().unwrap().execute(request).await.unwrap();
    assert_eq!(reply.status, StatusCode::TEMPORARY_REDIRECT);
}

#[tokio::test]
async fn a_reply_that_breaks_off_or_never_ends_is_unknown() {
    let whole = response("200 OK", &vec![b'a'; 300 * 1_024]);
    for answer in [Vec::new(), b"HTTP/1.1 2".to_vec(), whole[..1_000].to_vec(), whole] {
        let request = serve_once(answer).await;
        let result = ReqwestExecutor::new().unwrap().execute(request).await;
        assert_eq!(result.unwrap_err(), ExecuteError::Unknown);
    }
}

#[tokio::test]
async fn a_connection_that_nobody_takes_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let request = HttpRequest { method: Method::POST, url, headers: HeaderMap::new(), body: Bytes::new() };
    let call = ReqwestExecutor::new().unwrap();
    let result = tokio::time::timeout(Duration::from_secs(5), call.execute(request)).await.unwrap();
    assert_eq!(result.unwrap_err(), ExecuteError::NotSent);
}
