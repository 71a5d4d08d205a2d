//! What Telnyx's error codes mean for us.
//!
//! The same codes come in the answer to a send and, as `errors[].code`, in a receipt. Source: Telnyx, "Messaging error
//! codes". Codes not listed are judged by the HTTP status; in a receipt they are [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// Every code we know, in order.
pub(super) const TABLE: [(&str, Meaning, &str); 21] = [
    ("10001", Refused(SenderNotAllowed), "the sending number is inactive"),
    ("10002", Refused(InvalidNumber), "a phone number is not valid"),
    ("10007", Meaning::SOON, "unexpected error"),
    ("10008", Meaning::SOON, "time-out at Telnyx"),
    ("10009", Refused(Account), "authentication failed"),
    ("10010", Refused(Account), "not authorised"),
    ("10011", Meaning::SOON, "too many requests"),
    ("10015", Refused(Other), "the request is malformed"),
    ("10016", Refused(InvalidNumber), "the number is not in E.164"),
    ("40001", Refused(InvalidNumber), "a landline, or not routable"),
    ("40002", Meaning::IN_AN_HOUR, "blocked as spam for a while"),
    ("40003", Refused(SenderNotAllowed), "the sender is blocked as spam"),
    ("40004", Meaning::SOON, "refused at the destination"),
    ("40005", Refused(Other), "expired before it was delivered"),
    ("40006", Meaning::SOON, "the recipient's carrier does not answer"),
    ("40008", Refused(Other), "undeliverable"),
    ("40009", Refused(Content), "the body is not valid"),
    ("40010", Refused(SenderNotAllowed), "the number is not registered for 10DLC"),
    ("40011", Meaning::SOON, "the sending rate is exceeded"),
    ("40012", Refused(Blocked), "filtered by the recipient's carrier"),
    ("40300", Refused(OptedOut), "the recipient has sent STOP"),
];

/// What a code means; `None` if it is not listed.
pub(super) fn meaning(code: &str) -> Option<Meaning> {
    TABLE.iter().find(|(known, ..)| *known == code).map(|(_, meaning, _)| *meaning)
}

/// What a code means in a receipt, where nothing can be tried again.
pub(super) fn refusal(code: &str) -> Refusal {
    meaning(code).map_or(Other, Meaning::refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
