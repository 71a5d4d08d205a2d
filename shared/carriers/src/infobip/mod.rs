//! Infobip: SMS (API v3) and MMS (API v2).
//!
//! Send: `POST /sms/3/messages`, or `/mms/2/messages` if there are media, JSON, an `App` key, at an address that each account
//! has of its own. The message's id at Infobip is *ours*: a second message of the same id is refused, receipts carry it, and
//! the logs of the last two days are searched by it. Whatever is not in the logs stays unknown, because nobody says how soon a
//! message is there.
//!
//! Webhooks: JSON with any number of `results`, receipts or messages, repeated at growing intervals until they are answered.
//! This connector wants the security type Basic of Infobip's subscriptions: they are **not signed**, so a webhook proves who
//! calls and nothing more, and the password has to be long and random. (Infobip's HMAC is not documented well enough to be
//! checked.) An address given with a message would be called without a password, so none is given: a subscription sends
//! receipts to `…/status`, without a message's id, and messages to `…/inbound`. Several gateways of one account need a
//! subscription each, told apart by the application that each sends for. Opt-out words are not reported; a later message to
//! whoever sent STOP fails.
//!
//! Credentials: `{"base_host": "xxxxx.api.infobip.com", "api_key": "…", "webhook_user": "…", "webhook_passwords": ["present",
//! "other"?], "application_id": "…"?}`.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use http::StatusCode;
use jiff::Timestamp;

use self::credentials::InfobipCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Infobip;

/// Sources: Infobip's "MMS message types" (1600 characters; 300 kB pass everywhere, 1 MB in most of North America) and "Send
/// SMS message" (48 hours). It says neither how many media there may be nor how soon a webhook has to be answered.
const LIMITS: Limits = Limits {
    body_characters_max: 1_600,
    media_max: 10,
    media_bytes_max: 1_000_000,
    validity_seconds_max: 172_800,
    webhook_bytes_max: 256 * 1024,
    replay_window_seconds: None,
    acknowledge_seconds_max: 5,
};

impl Carrier for Infobip {
    fn id(&self) -> CarrierId {
        CarrierId::Infobip
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        InfobipCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &InfobipCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    fn lookup_request(&self, message: &Outgoing<'_>, credentials: &Credentials) -> Option<HttpRequest> {
        send::lookup_request(message, &InfobipCredentials::read(credentials).ok()?).ok()
    }

    fn lookup_outcome(&self, reply: &HttpReply) -> Option<Outcome> {
        send::lookup_outcome(reply)
    }

    fn verify<'a>(
        &self,
        hook: &'a Webhook,
        credentials: &Credentials,
        _now: Timestamp,
    ) -> Result<Genuine<'a>, Forged> {
        signature::verify(hook, &InfobipCredentials::read(credentials)?, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body)
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
