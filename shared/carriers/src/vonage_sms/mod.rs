//! Vonage SMS API (the older one): SMS without media. The Messages API is a connector of its own.
//!
//! Send: `POST /sms/json`, a form, Basic authorisation. Every answer has status 200; each part of the message has a status and
//! an id of its own in it. If one part was taken the message counts as taken, and is known by that part's id; receipts come for
//! every part. No idempotency key, no look-up by our id, but `client-ref`, which is ours, comes back in receipts. The address for
//! receipts may have 100 characters: a longer one is not sent, and receipts then go where the account says.
//!
//! Webhooks: one event each, as a form, as JSON or as the query of a GET; which is a setting of the account, as are their
//! addresses: those of the gateway for messages and for receipts. Numbers come without `+`. A long message comes as one event
//! for each part, in any order; parts that belong together are not joined, because that would need a memory, so each is a message
//! of its own. Nothing is said of STOP, and no receipt means "on its way".
//!
//! Signatures have to be switched on in the account. They lie among the parameters and cover all of them and the time; the
//! hash is a setting of the account.
//!
//! Credentials: `{"api_key": "…", "api_secret": "…", "signature_secrets": ["present", "other"?], "signature_method": "sha256"}`;
//! the method is `md5hash`, `md5`, `sha1`, `sha256` or `sha512`, of which all but the first are HMACs.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::VonageSmsCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct VonageSms;

/// Source: Vonage's `OpenAPI` document of the SMS API and its "Signing messages", which suggests the window. It names no
/// longest text; this is ten parts.
const LIMITS: Limits = Limits {
    body_characters_max: 1_530,
    media_max: 0,
    media_bytes_max: 0,
    validity_seconds_max: 604_800,
    webhook_bytes_max: 64 * 1024,
    replay_window_seconds: Some(300),
    acknowledge_seconds_max: 5,
};

impl Carrier for VonageSms {
    fn id(&self) -> CarrierId {
        CarrierId::VonageSms
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        VonageSmsCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &VonageSmsCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// A message is found by Vonage's id only, which is what never came.
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
        signature::verify(hook, &VonageSmsCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(hook.webhook()).map(|event| vec![event])
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
