//! The webhooks that the network owes: signing, delivering, repeating.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use carriers::{
    CarrierReference, Webhook,
    simulated::{SIGNATURE, TIMESTAMP, signature_header},
};
use domain::phone::PhoneNumber;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

use super::{PhoneNetwork, state::State};
use crate::lock;

/// How often a webhook is tried in all. With `BACK_OFF` that is about a quarter of an hour.
pub const ATTEMPTS_MAX: u32 = 6;
/// The wait after each failed attempt.
const BACK_OFF: [SignedDuration; 5] = [
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(30),
    SignedDuration::from_secs(120),
    SignedDuration::from_secs(600),
];

/// A webhook to be made. It is signed when it is taken, so that a late one is not stale.
pub(super) struct Owed {
    line: PhoneNumber,
    url: Url,
    body: Value,
    /// The message it is a receipt of.
    receipt_of: Option<CarrierReference>,
    attempts: u32,
}

impl Owed {
    pub(super) const fn first(
        line: PhoneNumber,
        url: Url,
        body: Value,
        receipt_of: Option<CarrierReference>,
    ) -> Self {
        Self { line, url, body, receipt_of, attempts: 0 }
    }
}

/// A signed webhook on its way to the business.
#[derive(Clone)]
pub struct WebhookRequest {
    /// Always POST.
    pub method: Method,
    /// Where it goes: the address of the line, or the message's status callback.
    pub url: Url,
    /// Content type and signature.
    pub headers: HeaderMap,
    /// The JSON that was signed.
    pub body: Bytes,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    line: PhoneNumber,
    json: Value,
    receipt_of: Option<CarrierReference>,
}

impl WebhookRequest {
    /// What it is: `message.received` or `message.status`.
    pub fn kind(&self) -> &str {
        self.json.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// As a connector sees it when it arrives at its address.
    pub fn webhook(&self) -> Webhook {
        Webhook {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            key: None,
        }
    }
}

impl fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRequest")
            .field("kind", &self.kind())
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// Where webhooks go: over HTTP, or straight into the functions' routers.
#[async_trait]
pub trait WebhookSink: Send + Sync {
    /// Delivers once and says what the answer was.
    async fn deliver(&self, webhook: WebhookRequest) -> Result<StatusCode, SinkError>;
}

/// No answer came: no connection, or not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the webhook was not answered")]
pub struct SinkError;

/// What becomes of a webhook that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// It is tried again at this time.
    Again(Timestamp),
    /// All attempts are used up.
    GivenUp,
}

impl PhoneNetwork {
    /// Takes every webhook that is due at `now`, in order, signed with that time. The network forgets them: deliver each
    /// once, twice, in another order or not at all, and hand back what should be tried again.
    pub fn take_due_webhooks(&self, now: Timestamp) -> Vec<WebhookRequest> {
        let mut state = lock(&self.state);
        let later = state.owed.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.owed, later);
        due.into_values().filter_map(|owed| sign(&mut state, owed, now)).collect()
    }

    /// When the next webhook falls due.
    pub fn next_due(&self) -> Option<Timestamp> {
        lock(&self.state).owed.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes back a webhook that was not taken by the business, to be tried again after a while, a bounded number of
    /// times.
    pub fn return_webhook(&self, webhook: WebhookRequest, now: Timestamp) -> Returned {
        let mut state = lock(&self.state);
        let failed = usize::try_from(webhook.attempt).ok();
        let wait = failed.and_then(|failed| BACK_OFF.get(failed.checked_sub(1)?));
        let Some(due) = wait.and_then(|wait| now.checked_add(*wait).ok()) else {
            state.webhooks_given_up += 1;
            return Returned::GivenUp;
        };
        let WebhookRequest { line, url, json, receipt_of, attempt, .. } = webhook;
        state.owe(due, Owed { line, url, body: json, receipt_of, attempts: attempt });
        Returned::Again(due)
    }

    /// Delivers what is due now, one after the other, and keeps what failed for later. Returns how many were taken.
    pub async fn deliver_due(&self, sink: &dyn WebhookSink) -> usize {
        let mut taken = 0;
        for webhook in self.take_due_webhooks((self.clock)()) {
            match sink.deliver(webhook.clone()).await {
                Ok(status) if status.is_success() => taken += 1,
                Ok(status) if !is_worth_repeating(status) => lock(&self.state).webhooks_given_up += 1,
                Ok(_) | Err(SinkError) => {
                    self.return_webhook(webhook, (self.clock)());
                }
            }
        }
        taken
    }

    /// Delivers webhooks as they fall due, for ever. Spawn it; drop it to stop.
    pub async fn run(&self, sink: &dyn WebhookSink) {
        /// Longest sleep without a look at the clock, should it be set by hand.
        const SLEEP_MAX: Duration = Duration::from_secs(1);
        loop {
            self.deliver_due(sink).await;
            let wait = self.next_due().map_or(Duration::MAX, |due| {
                Duration::try_from(due.duration_since((self.clock)())).unwrap_or_default().min(SLEEP_MAX)
            });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.scheduled.notified() => {}
            }
        }
    }
}

/// As carriers do: what went wrong at the business is repeated, what the business refuses is not.
fn is_worth_repeating(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// Signs with the line's secret and notes a receipt in the thread: from here on the carrier has said it.
fn sign(state: &mut State, owed: Owed, now: Timestamp) -> Option<WebhookRequest> {
    let line = state.lines.get(&owed.line)?;
    let seconds = now.as_second();
    let body = Bytes::from(owed.body.to_string());
    let signature = signature_header(&line.signing_secret, seconds, &body);
    let headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (TIMESTAMP, HeaderValue::from(seconds)),
        (SIGNATURE, HeaderValue::try_from(signature).ok()?),
    ]);
    if owed.attempts == 0 {
        note_receipt(state, &owed, now);
    }
    Some(WebhookRequest {
        method: Method::POST,
        url: owed.url,
        headers,
        body,
        attempt: owed.attempts + 1,
        line: owed.line,
        json: owed.body,
        receipt_of: owed.receipt_of,
    })
}

fn note_receipt(state: &mut State, owed: &Owed, now: Timestamp) {
    let (Some(reference), Some(status)) = (&owed.receipt_of, owed.body.get("status").and_then(Value::as_str))
    else {
        return;
    };
    let mut texts = state.threads.values_mut().flatten();
    if let Some(text) = texts.find(|text| text.reference == *reference) {
        text.receipts.push((now, status.to_owned()));
        text.arrived |= status == "delivered";
    }
}
