//! What a genuine webhook says, in Textdesk's own words.

use std::fmt;

use domain::{
    id::MessageId,
    message::{CarrierReference, ReceiptStatus, Refusal},
    phone::PhoneNumber,
    sender_id::SenderId,
};
use url::Url;

use crate::HttpRequest;

/// One thing that a carrier tells us.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A customer texted us.
    Inbound(InboundMessage),
    /// Something became of a message of ours.
    Status(StatusReport),
    /// The carrier wants to know whether this address takes its webhooks.
    Confirm(Confirmation),
    /// Something else. It is acknowledged and counted, never refused: the carrier would only send it again.
    Unknown(UnknownEvent),
}

/// A message from a customer.
#[derive(Clone, PartialEq)]
pub struct InboundMessage {
    /// The carrier's name for it: the key of the duplicate check.
    pub reference: CarrierReference,
    /// The customer's number.
    pub from: PhoneNumber,
    /// What the customer wrote to: the gateway's number or short code.
    pub to: SenderId,
    /// The text, unchanged; may be empty if there is media.
    pub text: String,
    /// All of its media.
    pub media: Vec<InboundMedia>,
    /// How many further media the carrier announced without a usable address, so that a person can be told that
    /// something is missing.
    pub media_unreadable: u32,
    /// What the carrier itself understood as an opt-out word; it has then already answered the customer.
    pub opt_out: Option<OptOut>,
}

impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMessage")
            .field("reference", &self.reference)
            .field("media", &self.media.len())
            .field("media_unreadable", &self.media_unreadable)
            .field("opt_out", &self.opt_out)
            .finish_non_exhaustive()
    }
}

/// One media file of an inbound message, still at the carrier.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMedia {
    /// Where the carrier keeps it; fetching it may need the gateway's credentials.
    pub url: Url,
    /// Its media type as the carrier says; `application/octet-stream` if it does not.
    pub content_type: String,
}

impl fmt::Debug for InboundMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboundMedia(…)")
    }
}

/// What the carrier's own opt-out handling made of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOut {
    /// The customer wants no more messages.
    Stop,
    /// The customer wants messages again.
    Start,
    /// The customer asked for help.
    Help,
}

/// A carrier's question whether this address takes its webhooks. It sends none before that is answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// An address of the carrier itself; to ask for it once is to say yes.
    pub url: Url,
}

impl Confirmation {
    /// The request that says yes.
    pub fn request(&self) -> HttpRequest {
        HttpRequest::get_public(self.url.clone())
    }
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// What became of a message of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusReport {
    /// Our own id, if the payload carries it. Otherwise it is in the path of the callback.
    pub message: Option<MessageId>,
    /// The carrier's name for the message.
    pub reference: Option<CarrierReference>,
    /// What became of it.
    pub status: ReceiptStatus,
    /// Why, if it was not delivered.
    pub error: Option<CarrierFailure>,
}

/// Why a carrier could not deliver a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierFailure {
    /// The carrier's code, for support.
    pub code: String,
    /// What it means.
    pub reason: Refusal,
}

/// A kind of event, or a status, that Textdesk does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownEvent {
    /// What the carrier calls it, shortened to what is safe to log.
    pub kind: String,
    /// The message it is about, if it says so.
    pub reference: Option<CarrierReference>,
}
