//! Plivo Messaging (v1): SMS and MMS.
//!
//! Send: `POST /v1/Account/{auth_id}/Message/`, JSON, Basic authorisation. Plivo has no idempotency key, knows messages by its
//! own id only and echoes none of ours. It takes 1 600 characters of GSM 7-bit but only 737 of others; what is longer fails
//! with 110. Its errors come without codes, except in receipts. Webhooks: one event each, as a form or as the query of a GET.
//! Numbers come without `+`. Long messages come in one piece. STOP, START and HELP are answered by Plivo itself, and
//! `MessageIntent` says so.
//!
//! Signatures: V3 covers the address and the parameters and is insisted on where a webhook has one. What Plivo documents for
//! messages is V2, which covers the address and a nonce only, and neither covers the time: whoever sees one V2 webhook can put
//! another body in its place. Nothing but TLS keeps them from seeing one.
//!
//! Credentials: `{"auth_id": "MA…" or "SA…", "auth_tokens": ["present", "other"?]}`. A subaccount's webhooks are signed with its
//! own token and with that of the main account; either will do.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::PlivoCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Plivo;

/// Source: Plivo's "Send a message". It says nothing about how soon it wants to be answered; five seconds are few.
const LIMITS: Limits = Limits {
    body_characters_max: 1_600,
    media_max: 10,
    media_bytes_max: 5_000_000,
    validity_seconds_max: 10_799,
    webhook_bytes_max: 64 * 1024,
    replay_window_seconds: None,
    acknowledge_seconds_max: 5,
};

impl Carrier for Plivo {
    fn id(&self) -> CarrierId {
        CarrierId::Plivo
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        PlivoCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &PlivoCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// A message is found by Plivo's id only, which is what never came.
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
        _now: Timestamp,
    ) -> Result<Genuine<'a>, Forged> {
        signature::verify(hook, &PlivoCredentials::read(credentials)?, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(hook.webhook()).map(|event| vec![event])
    }

    /// Source: Plivo's "Opt-out keywords".
    fn answers_consent_words(&self) -> bool {
        true
    }

    /// An empty document: no automatic reply.
    fn acknowledge(&self) -> HttpReply {
        HttpReply::with_body(StatusCode::OK, "text/xml", "<Response/>")
    }
}
