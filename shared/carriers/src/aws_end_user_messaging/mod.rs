//! AWS End User Messaging: SMS and MMS.
//!
//! Send: `SendTextMessage` and `SendMediaMessage` of the API "pinpoint-sms-voice-v2", JSON, signed with Signature Version 4
//! over the time. There is no idempotency key and no way to ask for a message; our id is in the message's `Context`, which
//! events echo. An MMS has one file, which has to lie in S3: it is named by bucket and key, and AWS reads it as itself, not by
//! the address. Two-way messages have no media.
//!
//! Webhooks: two SNS topics (or one) bring what customers write and what becomes of messages, as an HTTPS subscription
//! without raw delivery, which would leave the signature out. SNS signs for every topic of every customer, so it is the
//! topic's name that proves whose webhook it is: only those of the credentials are believed, or confirmed. Receipts come only
//! for what is sent with a configuration set, or where the account has a default one. AWS answers STOP and HELP by itself, and
//! passes them on like any text.
//!
//! Credentials: `{"access_key_id": "AKIA…", "secret_access_key": "…", "region": "us-east-1", "topics": ["arn:aws:sns:…"],
//! "configuration_set": "…"?, "message_type": "TRANSACTIONAL"?}`. The key's user needs `sms-voice:SendTextMessage` and
//! `sms-voice:SendMediaMessage`, and nothing else.

mod codes;
mod credentials;
mod events;
mod send;
mod sigv4;
mod sns;

use domain::media::FileType;
use http::StatusCode;
use jiff::Timestamp;

use self::credentials::AwsCredentials;
use crate::{
    Carrier, CarrierId, Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials,
    Limits, NotSendable, Outcome, Outgoing, Unreadable, Webhook,
};

/// The connector. See the module.
#[derive(Clone, Copy, Debug)]
pub struct AwsEndUserMessaging;

/// Sources: AWS, `SendTextMessage`, `SendMediaMessage`, "MMS file types and limits". SNS repeats a webhook for an hour, always
/// with the time of the first.
const LIMITS: Limits = Limits {
    body_characters_max: 1_600,
    media_max: 1,
    media_bytes_max: 2_000_000,
    validity_seconds_max: 259_200,
    webhook_bytes_max: 128 * 1024,
    replay_window_seconds: Some(3_900),
    acknowledge_seconds_max: 15,
};

/// The largest file that is no JPEG, PNG or GIF.
const OTHER_BYTES_MAX: u64 = 600_000;

impl Carrier for AwsEndUserMessaging {
    fn id(&self) -> CarrierId {
        CarrierId::AwsEndUserMessaging
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn file_bytes_max(&self, file_type: FileType) -> u64 {
        if file_type.is_common_image() { LIMITS.media_bytes_max } else { OTHER_BYTES_MAX }
    }

    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials> {
        AwsCredentials::read(credentials).map(|_| ())
    }

    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable> {
        LIMITS.check(message)?;
        send::request(message, &AwsCredentials::read(credentials)?)
    }

    fn send_outcome(&self, reply: &HttpReply) -> Outcome {
        send::outcome(reply)
    }

    /// AWS tells of messages by events only.
    fn lookup_request(&self, _: &Outgoing<'_>, _: &Credentials) -> Option<HttpRequest> {
        None
    }

    fn lookup_outcome(&self, _: &HttpReply) -> Option<Outcome> {
        None
    }

    fn key_request(&self, hook: &Webhook, credentials: &Credentials) -> Option<HttpRequest> {
        sns::key_request(hook, &AwsCredentials::read(credentials).ok()?, &LIMITS)
    }

    fn verify<'a>(
        &self,
        hook: &'a Webhook,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Genuine<'a>, Forged> {
        sns::verify(hook, &AwsCredentials::read(credentials)?, now, &LIMITS)?;
        Ok(Genuine::after_verification(hook))
    }

    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable> {
        events::read(&hook.webhook().body).map(|event| vec![event])
    }

    /// Source: AWS's "Required opt-out keywords"; businesses that manage opt-outs themselves do so by `SelfManagedOptOutsEnabled`.
    fn answers_consent_words(&self) -> bool {
        true
    }

    fn acknowledge(&self) -> HttpReply {
        HttpReply::empty(StatusCode::OK)
    }
}
