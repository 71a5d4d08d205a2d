//! What the codes of Vonage's SMS API mean for us: one set in the answer to a send, another in receipts.

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// Every `status` of a send that we know, in order. (Vonage, "API errors: SMS API" and "Troubleshooting SMS".)
const SENDING: [(u32, Meaning, &str); 19] = [
    (1, Meaning::SOON, "too many requests"),
    (2, Refused(Other), "a parameter is missing"),
    (3, Refused(Other), "a parameter is not valid"),
    (4, Refused(Account), "authentication failed"),
    (5, Meaning::SOON, "internal error"),
    (6, Refused(Other), "not a message that can be sent"),
    (7, Refused(Blocked), "the number is barred"),
    (8, Refused(Account), "the account is barred"),
    (9, Refused(Account), "not enough credit"),
    (10, Meaning::SOON, "too many connections"),
    (11, Refused(Account), "the account may not use this API"),
    (12, Refused(Content), "too long"),
    (14, Refused(Account), "the signature does not fit"),
    (15, Refused(SenderNotAllowed), "the sender is not allowed there"),
    (22, Refused(Other), "the network's code is not valid"),
    (23, Refused(Other), "the address for receipts is not valid"),
    (29, Refused(Account), "the account may write to listed numbers only"),
    (32, Refused(Account), "signed, and with a secret too"),
    (33, Refused(InvalidNumber), "the number is no longer in use"),
];

/// Every `err-code` of a receipt that we know, in order. (Vonage, "Delivery receipts: error codes".)
const RECEIPT: [(u32, Refusal, &str); 22] = [
    (1, Other, "no reason is known"),
    (2, Other, "the phone is switched off or out of reach"),
    (3, InvalidNumber, "the number is no longer in use"),
    (4, Blocked, "the recipient has barred it with the carrier"),
    (5, Other, "the number was ported, and something is wrong with it"),
    (6, Content, "filtered as spam"),
    (7, Other, "the phone is busy"),
    (8, Other, "the network has trouble"),
    (9, OptedOut, "the recipient wants no messages"),
    (10, Content, "not a valid message"),
    (11, Other, "no route"),
    (12, Other, "the number cannot be reached"),
    (13, Blocked, "the recipient's age does not allow it"),
    (14, Blocked, "the recipient's carrier blocks it"),
    (15, Other, "the recipient's card has no credit"),
    (16, Other, "the gateway's limit is reached"),
    (50, SenderNotAllowed, "the sender is not registered"),
    (51, SenderNotAllowed, "the sender ID is not registered"),
    (52, Content, "the content is not registered"),
    (53, Blocked, "the recipient has not consented"),
    (54, Other, "against the country's rules"),
    (99, Other, "no reason is given"),
];

/// What the status of a send means. Each but zero is a failure, whether it is listed or not.
pub(super) fn meaning(status: u32) -> Meaning {
    SENDING.iter().find(|(known, ..)| *known == status).map_or(Refused(Other), |(_, meaning, _)| *meaning)
}

/// What the code in a receipt means.
pub(super) fn refusal(code: u32) -> Refusal {
    RECEIPT.iter().find(|(known, ..)| *known == code).map_or(Other, |(_, reason, _)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_row_and_the_rows_are_in_order() {
        assert!(SENDING.is_sorted_by(|(one, ..), (next, ..)| one < next));
        assert!(RECEIPT.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
