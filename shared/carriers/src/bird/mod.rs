//! Bird's platform API of 2026: SMS. (`MessageBird`'s older REST API is another connector.)
//!
//! Send: `POST /v1/sms/messages`, JSON, a bearer key that names its region. Webhooks: one JSON event each, signed as
//! "Standard Webhooks" says, in any order; all numbers of a workspace share an address, so our id travels in `metadata`,
//! which each event echoes. Bird takes an idempotency key, so what it asks us to try later cannot become two messages. It
//! forgets the key after three hours and finds messages by its own id only, so what is unknown is not asked for. Media and
//! validity are announced but refused today: messages with media are not sent, a validity is not passed on. What a customer
//! sends besides text is not in the webhook. STOP arrives as any text; Bird then refuses that pair of numbers.
//!
//! Credentials: `{"api_key": "bk_eu1_…", "signing_secrets": ["whsec_present", "whsec_other"?], "category": "service"?}`. The
//! category says what the texts are for, and has to fit what the sender is registered for; without one it is `service`.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::BirdCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Bird;

/// Sources: Bird's "Create SMS message" (twelve segments, two days) and the tolerance of its libraries for webhooks.
const LIMITS: Limits = Limits {
    body_characters_max: 1_836,
    media_max: 0,
    media_bytes_max: 0,
    validity_seconds_max: 172_800,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(300),
    acknowledge_seconds_max: 15,
};

impl Carrier for Bird {
    fn id(&self) -> CarrierId {
        CarrierId::Bird
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        BirdCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &BirdCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// Repeating the request with its key would tell, but only for three hours: after that it would be a second message.
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
        signature::verify(hook, &BirdCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body).map(|event| vec![event])
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
