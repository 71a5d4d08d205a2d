//! What the error codes in Plivo's receipts mean for us. (Plivo, "Messaging error codes".)

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

/// Every code we know, in order.
const TABLE: [(u32, Refusal, &str); 19] = [
    (10, Content, "not a valid message"),
    (20, Other, "the recipient's carrier has trouble"),
    (30, Content, "filtered as spam"),
    (40, SenderNotAllowed, "not a number to send from"),
    (50, InvalidNumber, "not a number to send to"),
    (60, Other, "two machines answer each other"),
    (70, InvalidNumber, "the number is not in use"),
    (80, Other, "the phone is switched off or out of reach"),
    (90, Other, "no route"),
    (100, Blocked, "the recipient's carrier does not allow it"),
    (110, Content, "too long"),
    (200, OptedOut, "the recipient has sent STOP"),
    (201, SenderNotAllowed, "a toll-free number of the US cannot send to Canada"),
    (300, Other, "could not be handed over"),
    (420, Other, "expired before it was delivered"),
    (450, Account, "the account may not send to this country"),
    (900, Account, "not enough credit"),
    (910, Account, "the account is disabled"),
    (1_000, Other, "no reason is known"),
];

/// What a code means.
pub(super) fn refusal(code: &str) -> Refusal {
    let Ok(code) = code.parse::<u32>() else { return Other };
    TABLE.iter().find(|(known, ..)| *known == code).map_or(Other, |(_, reason, _)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
