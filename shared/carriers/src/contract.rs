//! The contract between Textdesk and a connector.
//!
//! Everything in it is a pure function of its arguments. A connector is therefore a value without fields, and the
//! whole product can hold it as `&'static dyn Carrier` (see [`crate::carrier`]).

use std::fmt;

pub use domain::account::{CarrierId, UnknownCarrier};
use domain::{id::MessageId, media::FileType, phone::PhoneNumber, sender_id::SenderId};
use http::HeaderValue;
use jiff::Timestamp;
use url::Url;

use crate::{
    Credentials, Event, Forged, Genuine, HttpReply, HttpRequest, InvalidCredentials, Outcome, Unreadable,
    Webhook,
};

/// One carrier's protocol, without any I/O.
pub trait Carrier: Send + Sync {
    /// Which carrier this is; the key of the registry and part of the webhook's path.
    fn id(&self) -> CarrierId;

    /// What the carrier allows. The caller keeps within it; [`Carrier::send_request`] refuses what does not.
    fn limits(&self) -> &'static Limits;

    /// Checks the form of a gateway's credentials before they are stored. It does not ask the carrier.
    fn check_credentials(&self, credentials: &Credentials) -> Result<(), InvalidCredentials>;

    /// The request that sends the message.
    fn send_request(
        &self,
        message: &Outgoing<'_>,
        credentials: &Credentials,
    ) -> Result<HttpRequest, NotSendable>;

    /// What the answer to [`Carrier::send_request`] means. Total: an answer that is neither clearly a success nor
    /// clearly a failure is [`Outcome::Unknown`].
    fn send_outcome(&self, reply: &HttpReply) -> Outcome;

    /// The request that asks what became of a send whose answer never came. `None`: this carrier cannot tell by our
    /// id, so the caller waits for the receipt.
    fn lookup_request(&self, message: &Outgoing<'_>, credentials: &Credentials) -> Option<HttpRequest>;

    /// What the answer to [`Carrier::lookup_request`] means. `None`: still not known.
    /// [`Outcome::TryLater`] here means that the carrier never had the message, so that sending again is safe.
    fn lookup_outcome(&self, reply: &HttpReply) -> Option<Outcome>;

    /// The request for the public key without which [`Carrier::verify`] cannot judge this webhook, where the webhook says at
    /// which of the carrier's addresses the key is. The caller puts the body of the answer into [`Webhook::key`]; it may keep
    /// it and use it for other webhooks that ask for the same address.
    ///
    /// A stranger may have written the webhook: only addresses of the carrier itself are ever asked for. `None`: nothing is
    /// needed, as with most carriers, or nothing would help.
    fn key_request(&self, _hook: &Webhook, _credentials: &Credentials) -> Option<HttpRequest> {
        None
    }

    /// Checks that the webhook was made by the holder of the gateway's secret. Fails closed: no secret, no signature,
    /// an old signature and a wrong one are all [`Forged`]. `now` is the time at which the webhook *arrived*, so that
    /// one that waited in a queue is judged by its arrival.
    fn verify<'a>(
        &self,
        hook: &'a Webhook,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Genuine<'a>, Forged>;

    /// Everything the webhook says: all of its events, not just the first. What Textdesk does not know is an
    /// [`Event::Unknown`], because carriers add kinds and statuses without notice.
    fn events(&self, hook: &Genuine<'_>) -> Result<Vec<Event>, Unreadable>;

    /// Whether the carrier, as it comes, acts on the words for opting out, opting in and help by itself and answers them: then
    /// nobody else may (47 CFR 64.1200(a)(12) allows one confirmation).
    fn answers_consent_words(&self) -> bool {
        false
    }

    /// The largest file of this type that it takes; all of a message's together have [`Limits::media_bytes_max`].
    fn file_bytes_max(&self, _file_type: FileType) -> u64 {
        self.limits().media_bytes_max
    }

    /// What a file of an inbound message is fetched with, where the carrier wants its credentials for that. `None` for every
    /// address that is not at the carrier's own host: credentials go nowhere else (B01).
    fn media_authorization(&self, _url: &Url, _credentials: &Credentials) -> Option<HeaderValue> {
        None
    }

    /// The answer that tells the carrier that its webhook was taken.
    fn acknowledge(&self) -> HttpReply;
}

/// What a carrier allows and expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest text of one message, in Unicode characters.
    pub body_characters_max: usize,
    /// Most media files in one message.
    pub media_max: usize,
    /// Largest total size of a message's media, in bytes.
    pub media_bytes_max: u64,
    /// Longest validity that may be asked for, in seconds; the shortest is 1.
    pub validity_seconds_max: u32,
    /// Largest webhook that is read at all, in bytes; far above what the carrier sends.
    pub webhook_bytes_max: usize,
    /// How old or how far ahead a webhook's signature may be, in seconds. `None`: the carrier signs no time, so only
    /// the duplicate check on (carrier, reference) protects against a replay.
    pub replay_window_seconds: Option<u32>,
    /// How soon the carrier wants the answer to a webhook, in seconds.
    pub acknowledge_seconds_max: u32,
}

/// A message on its way out, as a connector needs it.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// Our own id of the message.
    pub id: MessageId,
    /// What the gateway sends from.
    pub from: &'a SenderId,
    /// The customer's number.
    pub to: &'a PhoneNumber,
    /// The text; may be empty if there is media.
    pub body: &'a str,
    /// Media the carrier fetches.
    pub media: &'a [Url],
    /// Where receipts go; carries our id in its path, because not every carrier echoes a reference.
    pub status_callback: &'a Url,
    /// After how many seconds the carrier gives up; `None` leaves it to the carrier.
    pub validity_seconds: Option<u32>,
    /// When the request is made, which some carriers want signed.
    pub at: Timestamp,
}

impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("id", &self.id)
            .field("media", &self.media.len())
            .finish_non_exhaustive()
    }
}

/// Why no request can be made of a message. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSendable {
    /// The gateway's credentials are unusable.
    #[error(transparent)]
    Credentials(#[from] InvalidCredentials),
    /// Neither text nor media.
    #[error("the message is empty")]
    Empty,
    /// The text is longer than [`Limits::body_characters_max`].
    #[error("the text is longer than the carrier allows")]
    BodyTooLong,
    /// More media than [`Limits::media_max`].
    #[error("the message has more media than the carrier allows")]
    TooMuchMedia,
    /// A file lies where the carrier cannot fetch it.
    #[error("the carrier cannot fetch media from there")]
    MediaAddress,
    /// The validity is zero or above [`Limits::validity_seconds_max`].
    #[error("the carrier does not allow this validity")]
    Validity,
}

impl NotSendable {
    /// The code shown to people and stored with the refused message.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Credentials(_) => "invalid_credentials",
            Self::Empty => "empty",
            Self::BodyTooLong => "body_too_long",
            Self::TooMuchMedia => "too_much_media",
            Self::MediaAddress => "media_address",
            Self::Validity => "validity",
        }
    }
}

impl Limits {
    /// Checks a message against the limits; the first step of every connector's `send_request`.
    pub fn check(&self, message: &Outgoing<'_>) -> Result<(), NotSendable> {
        if message.body.is_empty() && message.media.is_empty() {
            return Err(NotSendable::Empty);
        }
        if message.body.chars().nth(self.body_characters_max).is_some() {
            return Err(NotSendable::BodyTooLong);
        }
        if message.media.len() > self.media_max {
            return Err(NotSendable::TooMuchMedia);
        }
        if message.validity_seconds.is_some_and(|s| s == 0 || s > self.validity_seconds_max) {
            return Err(NotSendable::Validity);
        }
        Ok(())
    }
}
