//! `MessageBird`'s REST API, as it was before Bird: SMS and MMS. (Bird's platform API of 2026 is another connector.)
//!
//! Send: `POST /messages`, or `POST /mms` for what has media, JSON, an access key. Webhooks: a few parameters in the query of
//! a GET (receipts, by default), in a form or in JSON (what a flow of the dashboard forwards), with a signed token (JWT) over
//! address and body. `MessageBird` has no idempotency key and knows messages by its own id only; our id is the message's
//! `reference`, which receipts echo. An MMS has neither a validity nor an address of its own for receipts: they come to the
//! one that the account has set. STOP arrives as any text; a later message comes back as not delivered, with code 103.
//!
//! Credentials: `{"access_key": "…", "signing_keys": ["present", "other"?]}`.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::MessageBirdCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct MessageBird;

/// Sources: `MessageBird`'s "Send outbound SMS" (nine parts) and "Send outbound MMS". It names no longest validity; a day is
/// more than anybody asks for. Tokens are good for a minute; what their own time says goes before the window here.
const LIMITS: Limits = Limits {
    body_characters_max: 1_377,
    media_max: 10,
    media_bytes_max: 1_000_000,
    validity_seconds_max: 86_400,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(300),
    acknowledge_seconds_max: 10,
};

impl Carrier for MessageBird {
    fn id(&self) -> CarrierId {
        CarrierId::MessageBird
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        MessageBirdCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &MessageBirdCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// Messages can be listed by their state and day, but not by our reference.
    fn lookup_request(&self, _: &Outgoing<'_>, _: &Credentials) -> Option<HttpRequest> {
        None
    }

    fn lookup_outcome(&self, _: &HttpReply) -> Option<Outcome> {
        None
    }

    fn verify<'a>(
        &self,
        hook: &'a Webhook,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Genuine<'a>, Forged> {
        signature::verify(hook, &MessageBirdCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(hook.webhook()).map(|event| vec![event])
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::with_body(StatusCode::OK, "text/plain", "OK")
    }
}
