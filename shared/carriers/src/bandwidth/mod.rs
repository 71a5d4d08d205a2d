//! Bandwidth Messaging (API v2): SMS and MMS.
//!
//! Send: `POST /api/v2/users/{account}/messages`, JSON, Basic authentication with an API user. Webhooks: a JSON array of
//! events, repeated for a day until they are answered; the documents also show the bare event, which is read too. They are
//! **not signed**: Bandwidth sends a user name and a password that were written into the application, so a webhook proves who
//! calls and nothing more; the password has to be long and random. Bandwidth calls the addresses of the *application*, never
//! one given with a message, so each gateway has an application of its own with `…/inbound` and `…/status` as addresses (the
//! latter without a message's id), and our id travels as the message's `tag`. Receipts of MMS have to be switched on by
//! Bandwidth. A message is found by Bandwidth's id only; `expiration` is a time of day, and a connector has no clock: what
//! validity is asked for is not passed on. Media of inbound messages are kept for 48 hours and need the API user to be fetched;
//! their type is not said.
//!
//! Credentials: `{"account_id": "9900000", "api_user": "…", "api_password": "…", "application_id": "…", "webhook_user": "…",
//! "webhook_passwords": ["present", "other"?]}`.

mod codes;
mod credentials;
mod events;
mod send;
mod signature;

use domain::media::fetch::takes_credentials;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use url::Url;

use self::credentials::BandwidthCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook, wire,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct Bandwidth;

/// Sources: Bandwidth's "Create Message" and "Webhooks". It says no number of media; ten is what the others allow.
const LIMITS: Limits = Limits {
    body_characters_max: 2_048,
    media_max: 10,
    media_bytes_max: 3_500_000,
    validity_seconds_max: 86_400,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: None,
    acknowledge_seconds_max: 10,
};

/// Where its media are.
const MEDIA_HOST: &str = "messaging.bandwidth.com";

impl Carrier for Bandwidth {
    fn id(&self) -> CarrierId {
        CarrierId::Bandwidth
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        BandwidthCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        Ok(send::request(message, &BandwidthCredentials::read(credentials)?)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// A message is found by Bandwidth's id only, which is what never came.
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
        signature::verify(hook, &BandwidthCredentials::read(credentials)?, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body)
    }

    /// Its media are at its own host, and may ask for the credentials; it redirects to storage, which wants none.
    fn media_authorization(&self, url: &Url, credentials: &Credentials) -> Option<HeaderValue> {
        if !takes_credentials(url, &[MEDIA_HOST]) {
            return None;
        }
        let credentials = BandwidthCredentials::read(credentials).ok()?;
        wire::basic(&credentials.api_user, credentials.api_password.expose_secret()).ok()
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
