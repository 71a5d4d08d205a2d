//! The simulated carrier: Textdesk's own, for development, tests and demonstrations.
//!
//! It is a carrier like any other, with a JSON interface and signed webhooks; behind it stands `engines::phones`. It
//! behaves as real ones do where it hurts: it has no idempotency key, so a message sent twice arrives twice. Unlike
//! Twilio it can be asked for a message by our id.
//!
//! * Send: `POST {base_url}/messages` with `Authorization: Bearer {api_key}` and
//!   `{"id", "from", "to", "text", "media": [url], "status_callback", "validity_seconds"?}`; the answer is 202
//!   `{"reference"}` or `{"error": {"code"}}`.
//! * Look up: `GET {base_url}/messages/{id}`; 200 `{"reference"}`, 200 `{"error": {"code"}}` if it was refused, 404
//!   `{"error": {"code": "not_found"}}` if it never arrived.
//! * Webhooks: a JSON object or an array of them, signed as [`signature_header`] says.
//!
//! Credentials: `{"base_url": "https://…", "api_key": "…", "signing_secrets": ["present", "previous"?]}`.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

pub use self::signature::{SIGNATURE, TIMESTAMP, signature_header};
use self::{credentials::SimulatedCredentials, send::lookup_outcome};
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Simulated;

/// Chosen as the strictest of what real carriers ask for, so that what works here works there.
const LIMITS: Limits = Limits {
    body_characters_max: 1_600,
    media_max: 10,
    media_bytes_max: 5_000_000,
    validity_seconds_max: 36_000,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(300),
    acknowledge_seconds_max: 2,
};

impl Carrier for Simulated {
    fn id(&self) -> CarrierId {
        CarrierId::Simulated
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        SimulatedCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &SimulatedCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    fn lookup_request(&self, message: &Outgoing<'_>, credentials: &Credentials) -> Option<HttpRequest> {
        send::lookup_request(message.id, &SimulatedCredentials::read(credentials).ok()?).ok()
    }

    fn lookup_outcome(&self, reply: &HttpReply) -> Option<Outcome> {
        lookup_outcome(reply)
    }

    fn verify<'a>(
        &self,
        hook: &'a Webhook,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Genuine<'a>, Forged> {
        signature::verify(hook, &SimulatedCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body)
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
