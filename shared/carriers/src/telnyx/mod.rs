//! Telnyx Messaging (API v2): SMS and MMS.
//!
//! Send: `POST /v2/messages`, JSON, a bearer key. Webhooks: one JSON event each, signed with Ed25519 over time and body;
//! they come repeatedly and in any order, and have to be answered within two seconds. Telnyx has no idempotency key, knows
//! messages by its own id only, and takes no validity: what is asked for is not passed on. STOP and its like are answered by
//! Telnyx itself for the whole messaging profile, which its webhooks do not say; a later send is refused with 40300.
//!
//! Credentials: `{"api_key": "KEY…", "public_keys": ["present", "other"?], "messaging_profile_id": "…"?}`. The public key is
//! that of the portal's "Keys & Credentials", base64; the profile is needed for senders that are no numbers.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::TelnyxCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Telnyx;

/// Sources: Telnyx's "Send a message", "Message encoding" (ten segments) and "Receiving webhooks".
const LIMITS: Limits = Limits {
    body_characters_max: 1_530,
    media_max: 10,
    media_bytes_max: 1_000_000,
    validity_seconds_max: 86_400,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(300),
    acknowledge_seconds_max: 2,
};

impl Carrier for Telnyx {
    fn id(&self) -> CarrierId {
        CarrierId::Telnyx
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        TelnyxCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &TelnyxCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// A message is found by Telnyx's id only, which is what never came.
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
        signature::verify(hook, &TelnyxCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body).map(|event| vec![event])
    }

    /// Source: Telnyx's "Auto-response and opt-out keywords".
    fn answers_consent_words(&self) -> bool {
        true
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
