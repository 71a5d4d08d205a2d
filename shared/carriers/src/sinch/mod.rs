//! Sinch SMS (the XMS REST API): SMS and MMS.
//!
//! Send: `POST /xms/v1/{service plan}/batches` in the account's region, JSON, a bearer token; one recipient to a batch, and a
//! report of every change. Our id travels as `client_reference`: receipts carry it, and batches are searched by it. Whatever
//! is not found stays unknown, because nobody says how soon a batch is there. An MMS has exactly one file; Sinch has to switch
//! MMS on, sends it in the United States, Canada, Puerto Rico and Australia only, and means to give it up. `expire_at` is a
//! time of day, and a connector has no clock: what validity is asked for is not passed on. STOP to a toll-free number is
//! answered by the network, which the webhook does not say; a later message fails with 257.
//!
//! Webhooks: one JSON event each, signed with HMAC-SHA256 over body, nonce and time, which has to be switched on. A receipt
//! goes to the address given with its batch, a message to the service plan's, so that each gateway has a service plan of its
//! own. Sinch repeats what is answered with 429 or 5xx, for almost 23 hours, and nothing else; it does not say whether a
//! repetition is signed anew, so signatures are believed for as long.
//!
//! Credentials: `{"region": "us", "service_plan_id": "…", "api_token": "…", "webhook_secrets": ["present", "other"?]}`.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::SinchCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Sinch;

/// Sources: Sinch's "Message body" (1600 characters), "MMS support", "Batches" (three days) and "Webhooks". It does not say how
/// soon a webhook has to be answered.
const LIMITS: Limits = Limits {
    body_characters_max: 1_600,
    media_max: 1,
    media_bytes_max: 1_000_000,
    validity_seconds_max: 259_200,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(23 * 60 * 60),
    acknowledge_seconds_max: 5,
};

impl Carrier for Sinch {
    fn id(&self) -> CarrierId {
        CarrierId::Sinch
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        SinchCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &SinchCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    fn lookup_request(&self, message: &Outgoing<'_>, credentials: &Credentials) -> Option<HttpRequest> {
        send::lookup_request(message.id, &SinchCredentials::read(credentials).ok()?).ok()
    }

    fn lookup_outcome(&self, reply: &HttpReply) -> Option<Outcome> {
        send::lookup_outcome(reply)
    }

    fn verify<'a>(
        &self,
        hook: &'a Webhook,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Genuine<'a>, Forged> {
        signature::verify(hook, &SinchCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body).map(|event| vec![event])
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
