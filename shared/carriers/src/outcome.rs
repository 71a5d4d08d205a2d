//! What became of an attempt to send: few outcomes, each with a consequence.
//!
//! The connector only says which; the use case decides what follows (settle, refund, wait, look up).

use std::fmt;

use domain::message::{CarrierReference, Refusal};
use http::StatusCode;

use crate::HttpReply;

/// The result of one attempt to hand a message to a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The carrier has the message and will send receipts.
    Accepted {
        /// The carrier's name for it.
        reference: CarrierReference,
    },
    /// The carrier will never send it.
    Refused {
        /// The carrier's code, for support.
        code: String,
        /// What it means.
        reason: Refusal,
    },
    /// The carrier does not have it; trying again later is safe.
    TryLater {
        /// How long the carrier asks us to wait; `None`: use the caller's own back-off.
        after_seconds: Option<u32>,
        /// The carrier's code, for support.
        code: String,
    },
    /// The carrier may or may not have it. Never send again blindly: look it up or wait for the receipt.
    Unknown,
}

/// A carrier's error code made safe to store and log: at most 64 letters, digits, `.`, `_` or `-`, whatever the
/// carrier (or somebody between) put there.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Drops what a code cannot contain.
    pub fn new(text: &str) -> Self {
        const CHARACTERS_MAX: usize = 64;
        let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        Self(text.chars().filter(allowed).take(CHARACTERS_MAX).collect())
    }

    /// The code of an HTTP status that came without a code of the carrier's own: `http_503`.
    pub fn of_status(status: http::StatusCode) -> Self {
        Self(format!("http_{}", status.as_u16()))
    }

    /// The code as text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Outcome {
    /// What the HTTP status of an answer without a code of the carrier's own says. Cautious: whatever a gateway on the way
    /// may have said leaves the outcome unknown.
    pub(crate) fn of_status(reply: &HttpReply) -> Self {
        let code = Code::of_status(reply.status);
        match reply.status {
            // Said by a gateway on the way: the carrier may have taken the message.
            StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                Self::Unknown
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY => {
                Self::try_later(code, reply.retry_after_seconds())
            }
            status if status.is_server_error() => Self::try_later(code, reply.retry_after_seconds()),
            StatusCode::UNAUTHORIZED
            | StatusCode::PAYMENT_REQUIRED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND => Self::refused(code, Refusal::Account),
            status if status.is_client_error() => Self::refused(code, Refusal::Other),
            // Carriers neither redirect nor answer 1xx; whatever stands between us does, and it knows nothing.
            _ => Self::Unknown,
        }
    }

    pub(crate) fn refused(code: Code, reason: Refusal) -> Self {
        Self::Refused { code: code.into_string(), reason }
    }

    pub(crate) fn try_later(code: Code, after_seconds: Option<u32>) -> Self {
        Self::TryLater { after_seconds, code: code.into_string() }
    }
}
