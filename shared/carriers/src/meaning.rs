//! What a carrier's error code means for us; each connector has a table of its own.

use domain::message::Refusal;

use crate::{HttpReply, Outcome, outcome::Code};

/// What follows from a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The carrier will not send this message.
    Refused(Refusal),
    /// The carrier does not take it now.
    TryLater {
        /// A wait that the code itself suggests; `Retry-After` goes before it.
        after_seconds: Option<u32>,
    },
}

impl Meaning {
    /// Not now; nobody says how long.
    pub(crate) const SOON: Self = Self::TryLater { after_seconds: None };
    /// Something at the carrier has to be finished or reset first. It says no time; an hour neither floods nor forgets.
    pub(crate) const IN_AN_HOUR: Self = Self::TryLater { after_seconds: Some(3_600) };

    /// What it means in a place where nothing can be tried again: in a receipt.
    pub(crate) const fn refusal(self) -> Refusal {
        match self {
            Self::Refused(reason) => reason,
            Self::TryLater { .. } => Refusal::Other,
        }
    }
}

/// The outcome of a send that was answered with an error: what the code means, or else what the HTTP status says, under the
/// code's name.
pub(crate) fn failure(reply: &HttpReply, code: Option<&str>, meaning: Option<Meaning>) -> Outcome {
    let Some(code) = code.map(Code::new) else { return Outcome::of_status(reply) };
    match meaning {
        Some(Meaning::Refused(reason)) => Outcome::refused(code, reason),
        Some(Meaning::TryLater { after_seconds }) => {
            Outcome::try_later(code, reply.retry_after_seconds().or(after_seconds))
        }
        None => match Outcome::of_status(reply) {
            Outcome::Refused { reason, .. } => Outcome::refused(code, reason),
            Outcome::TryLater { after_seconds, .. } => Outcome::try_later(code, after_seconds),
            other => other,
        },
    }
}
