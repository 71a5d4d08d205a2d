//! Twilio Programmable Messaging: SMS and MMS.
//!
//! Send: `POST /2010-04-01/Accounts/{AccountSid}/Messages.json`, a form, Basic authentication. Webhooks: signed forms
//! (inbound messages and status callbacks). Twilio has no idempotency key and cannot be asked for a message by our
//! id, so after a time-out only the receipt tells; our id therefore travels in the path of the status callback.
//!
//! Credentials: `{"account_sid": "AC…", "auth_tokens": ["primary", "secondary"?], "api_key": {"sid": "SK…",
//! "secret": "…"}?}`. Twilio signs webhooks with the primary token. During a rotation both tokens are listed, the
//! present primary first; requests use the API key if there is one, else the first token.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use domain::media::{FileType, fetch::takes_credentials};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use url::Url;

use self::credentials::TwilioCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook, wire,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Twilio;

/// Sources: Twilio's message resource (`Body`, `MediaUrl`, `ValidityPeriod`) and error 11205 (webhook time-outs).
const LIMITS: Limits = Limits {
    body_characters_max: 1_600,
    media_max: 10,
    media_bytes_max: 5_000_000,
    validity_seconds_max: 36_000,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: None,
    acknowledge_seconds_max: 15,
};

/// Where its media are.
const MEDIA_HOST: &str = "api.twilio.com";

/// The largest file that is no JPEG, PNG or GIF.
const OTHER_BYTES_MAX: u64 = 500_000;

impl Carrier for Twilio {
    fn id(&self) -> CarrierId {
        CarrierId::Twilio
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn file_bytes_max(&self, file_type: FileType) -> u64 {
        if file_type.is_common_image() { LIMITS.media_bytes_max } else { OTHER_BYTES_MAX }
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        TwilioCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &TwilioCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// Messages can be listed by recipient and day, but not by our id; two equal texts on one day would be taken for
    /// each other.
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
        signature::verify(hook, &TwilioCredentials::read(credentials)?, LIMITS.webhook_bytes_max)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(hook.webhook()).map(|event| vec![event])
    }

    /// Source: Twilio's "Advanced Opt-Out": the default handling answers as well.
    fn answers_consent_words(&self) -> bool {
        true
    }

    /// Its media are at its own host, and may ask for the credentials; it redirects to storage, which wants none.
    fn media_authorization(&self, url: &Url, credentials: &Credentials) -> Option<HeaderValue> {
        if !takes_credentials(url, &[MEDIA_HOST]) {
            return None;
        }
        let credentials = TwilioCredentials::read(credentials).ok()?;
        let (user, password) = credentials.login();
        wire::basic(user, password).ok()
    }

    /// An empty `TwiML` document: no automatic reply.
    fn acknowledge(&self) -> HttpReply {
        HttpReply::with_body(StatusCode::OK, "text/xml", "<Response/>")
    }
}
