//! Why messages fail.

use serde::{Deserialize, Serialize};

/// Why a carrier did not take or deliver a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The customer has opted out at the carrier.
    OptedOut,
    /// The number does not exist or cannot receive messages.
    InvalidNumber,
    /// The carrier or the customer blocks it.
    Blocked,
    /// The content was refused.
    Content,
    /// The sender is not allowed to send it, for example an unregistered number.
    SenderNotAllowed,
    /// The account at the carrier is the reason.
    Account,
    /// Any other reason.
    Other,
    /// The carrier kept asking to try later until we gave up.
    GaveUp,
    /// It was never known whether the carrier took it.
    NeverConfirmed,
    /// The customer opted out here while the message was waiting.
    OptedOutHere,
    /// The customer was put on the stop list while the message was waiting (B15).
    BlockedHere,
    /// When its time had come, whoever scheduled it could not send it any more.
    NotPermitted,
    /// When its time had come, there were not enough credits.
    NotEnoughCredits,
    /// It could not be sent for so long after its time that it would have been out of place.
    TooLate,
    /// The customer wrote before its time, and it was to stop then.
    Answered,
}

/// Why a message failed, for the people who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class of the reason.
    pub reason: Refusal,
    /// The carrier's own code, if it gave one.
    pub code: Option<String>,
}
