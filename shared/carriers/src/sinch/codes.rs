//! What Sinch's codes mean for us.
//!
//! The answer to a send has a word (Sinch, "HTTP status codes"), a receipt a number: Sinch's own around 400 (Sinch, "Delivery
//! report error codes"), and those of SMPP below (Sinch, "SMPP error codes", "10DLC and toll-free error codes"). Words not listed
//! are judged by the HTTP status, numbers not listed are [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// What a word means in the answer to a send.
pub(super) fn meaning(code: &str) -> Option<Meaning> {
    match code {
        "unknown_campaign" => Some(Refused(SenderNotAllowed)),
        "missing_callback_url" => Some(Refused(Account)),
        _ => None,
    }
}

/// Every number that says more than that it failed, in order.
const TABLE: [(u32, Refusal, &str); 33] = [
    (9, InvalidNumber, "the numbering plan is not supported"),
    (10, InvalidNumber, "the type of number is not supported"),
    (15, Content, "spam"),
    (16, Blocked, "the recipient's SIM is blocked"),
    (60, SenderNotAllowed, "the sender is blocked, or its campaign is not active"),
    (61, Blocked, "the recipient is blocked"),
    (62, Content, "a word is blocked"),
    // Also what a toll-free number gets that is not verified.
    (64, SenderNotAllowed, "the sender's limit is reached"),
    (100, InvalidNumber, "the subscriber is not identified"),
    (150, InvalidNumber, "the subscriber is unknown"),
    (151, Blocked, "the subscriber is barred"),
    (152, InvalidNumber, "the subscription has no SMS"),
    (206, Blocked, "the handset is on a block list"),
    (254, Blocked, "barred by the recipient"),
    (255, Blocked, "barred by the recipient; from a toll-free number: spam"),
    (256, Blocked, "barred by the recipient's operator"),
    (
        257,
        OptedOut,
        "barred by the recipient's operator; from a toll-free number: the recipient has sent STOP",
    ),
    (300, InvalidNumber, "the recipient is not valid"),
    (301, InvalidNumber, "the recipient's numbering plan is not valid"),
    (302, InvalidNumber, "the recipient's type of number is not valid"),
    (310, SenderNotAllowed, "the sender is not valid"),
    (311, SenderNotAllowed, "the sender's numbering plan is not valid"),
    (312, SenderNotAllowed, "the sender's type of number is not valid"),
    (321, Blocked, "refused by the recipient's carrier"),
    (343, Content, "the length is not valid"),
    (410, SenderNotAllowed, "no sender for this recipient"),
    (411, Content, "too many parts"),
    (412, Account, "the region is not set up"),
    (413, Account, "the account is blocked"),
    (414, Content, "the media cannot be fetched"),
    (415, Blocked, "refused by the recipient's carrier (MMS)"),
    (416, Content, "the carrier does not support the content (MMS)"),
    (418, Content, "the handset does not know the content (MMS)"),
];

/// What a receipt's number means.
pub(super) fn refusal(number: u32) -> Refusal {
    TABLE.iter().find(|(known, ..)| *known == number).map_or(Other, |(_, reason, _)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
