//! What `MessageBird`'s error codes mean for us: those in the answer to a send, and those in receipts.
//!
//! The two lists have nothing in common. Sources: `MessageBird`, "API errors", "Status reports" and the list of
//! `statusReason` in its libraries.

use domain::message::Refusal::{self, Account, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed};

use crate::meaning::Meaning::{self, Refused};

/// Every code of an answer that we know, in order.
pub(super) const TABLE: [(u32, Meaning, &str); 8] = [
    (2, Refused(Account), "the access key is not allowed to"),
    (9, Refused(Other), "a parameter is missing"),
    (10, Refused(Other), "a parameter is wrong"),
    (20, Refused(Other), "there is no such thing"),
    (21, Refused(Other), "the request is malformed"),
    (25, Refused(Account), "the balance is too low"),
    (98, Refused(Other), "there is no such API"),
    (99, Meaning::SOON, "an internal error"),
];

/// What the code of an answer means, of which some name the parameter that is at fault; `None` if it is not listed.
pub(super) fn meaning(code: u32, parameter: Option<&str>) -> Option<Meaning> {
    match (code, parameter) {
        (9 | 10, Some("recipient" | "recipients")) => Some(Refused(InvalidNumber)),
        (9 | 10, Some("originator")) => Some(Refused(SenderNotAllowed)),
        (9 | 10, Some("body" | "mediaUrls" | "subject")) => Some(Refused(Content)),
        _ => TABLE.iter().find(|(known, ..)| *known == code).map(|(_, meaning, _)| *meaning),
    }
}

/// The code of a receipt that says that the recipient has sent STOP.
const STOPPED: &str = "103";

/// What the code or else the reason of a receipt means.
pub(super) fn refusal(code: &str) -> Refusal {
    match code {
        STOPPED => OptedOut,
        "incorrect_number" | "unknown_subscriber" => InvalidNumber,
        _ => Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
