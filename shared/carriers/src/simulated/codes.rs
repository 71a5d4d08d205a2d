//! The simulated carrier's error codes.

use domain::message::Refusal;

/// The refusals, in an answer and in a receipt, by code.
const REFUSALS: [(&str, Refusal); 9] = [
    ("invalid_number", Refusal::InvalidNumber),
    ("opted_out", Refusal::OptedOut),
    ("blocked", Refusal::Blocked),
    ("content", Refusal::Content),
    ("sender_not_allowed", Refusal::SenderNotAllowed),
    ("account", Refusal::Account),
    ("unauthorised", Refusal::Account),
    ("invalid_request", Refusal::Other),
    ("unreachable", Refusal::Other),
];

/// What a code means; codes not listed are [`Refusal::Other`].
pub(super) fn refusal(code: &str) -> Refusal {
    REFUSALS.iter().find(|(name, _)| *name == code).map_or(Refusal::Other, |(_, reason)| *reason)
}
