//! Vonage Messages API (v1): SMS and MMS. The older SMS API is a connector of its own.
//!
//! Send: `POST /v1/messages`, JSON, Basic authorisation. (The API also takes a JWT signed for an application; that needs a
//! clock, which connectors have not. A number that is linked to an application can be refused with 401 under Basic
//! authorisation.) One file is an MMS of its own type, which only its name tells; several are one of type `content`. No
//! idempotency key; messages are known by Vonage's id only, but `client_ref`, which is ours, comes back in receipts.
//!
//! Webhooks: one JSON event each, under `Authorization: Bearer` with a JWT over the body's hash and the time. Numbers come
//! without `+`, long messages in one piece, types of media not at all. STOP is not reported; a later send fails with 1240.
//! Nothing is said before a message was handed over, so no receipt means "on its way".
//!
//! Credentials: `{"api_key": "…", "api_secret": "…", "signature_secrets": ["present", "other"?]}`; the signature secret is in
//! the account's settings.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::VonageCredentials;
pub(crate) use self::credentials::check_login;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Vonage;

/// Source: Vonage's `OpenAPI` document of the Messages API; the validity is what an MMS can have at most, and the files are what
/// carriers of the United States let through. The window is ours: Vonage names none.
const LIMITS: Limits = Limits {
    body_characters_max: 1_000,
    media_max: 10,
    media_bytes_max: 600_000,
    validity_seconds_max: 259_200,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(300),
    acknowledge_seconds_max: 5,
};

impl Carrier for Vonage {
    fn id(&self) -> CarrierId {
        CarrierId::Vonage
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        VonageCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &VonageCredentials::read(credentials)?)?)
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
        signature::verify(hook, &VonageCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body).map(|event| vec![event])
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
