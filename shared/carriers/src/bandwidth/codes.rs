//! What Bandwidth's errors mean for us.
//!
//! The answer to a send names a kind of error and the fields that are wrong (Bandwidth, "Create Message"); a receipt has a
//! number (Bandwidth, "Errors": up to 4499 before the recipient's carrier was asked, 47xx by that carrier, 5xxx for a while).
//! Kinds and fields not listed are judged by the HTTP status, numbers not listed are [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// What a kind of error means in the answer to a send.
pub(super) fn meaning(kind: &str) -> Option<Meaning> {
    match kind {
        "unauthorized" | "forbidden" => Some(Refused(Account)),
        // The account's queue is full: a quarter of an hour at its rate.
        "max-message-queue-size-exceeded" => Some(Meaning::SOON),
        _ => None,
    }
}

/// What a wrong field means in the answer to a send; `to` and `media` may be followed by an index.
pub(super) fn field_meaning(field: &str) -> Option<Meaning> {
    match field.split_once('[').map_or(field, |(name, _)| name) {
        "to" => Some(Refused(InvalidNumber)),
        "from" => Some(Refused(SenderNotAllowed)),
        "text" | "media" => Some(Refused(Content)),
        "applicationId" => Some(Refused(Account)),
        _ => None,
    }
}

/// The receipt for which the recipient's carrier was waited for in vain: nobody knows more than that it was sent.
pub(super) const NO_RECEIPT: u32 = 9902;

/// Every number that says more than that it failed, in order.
const TABLE: [(u32, Refusal, &str); 48] = [
    (4001, Account, "the service is not allowed"),
    (4301, Content, "the encoding is malformed"),
    (4302, SenderNotAllowed, "the sender is malformed"),
    (4303, InvalidNumber, "the recipient is malformed"),
    (4350, InvalidNumber, "malformed for the destination"),
    (4403, SenderNotAllowed, "the sender may not send"),
    (4404, InvalidNumber, "the recipient may not receive"),
    (4405, SenderNotAllowed, "nobody has the sender's number"),
    (4406, InvalidNumber, "nobody has the recipient's number"),
    (4407, SenderNotAllowed, "the sender is not the account's"),
    (4408, Account, "the recipient is not the account's"),
    (4409, Account, "the destination's profile is not valid"),
    (4410, Content, "the media cannot be fetched"),
    (4411, Content, "the media are too large"),
    (4412, Content, "the media's type cannot be read"),
    (4420, Account, "no route to the recipient's carrier"),
    (4421, Account, "no route to the recipient's carrier"),
    (4431, SenderNotAllowed, "short codes are not allowed"),
    (4432, SenderNotAllowed, "the country is not allowed"),
    (4433, SenderNotAllowed, "toll-free senders are not allowed"),
    (4434, Blocked, "toll-free recipients are not allowed"),
    (4451, Account, "the user is not known"),
    (4452, Account, "the application is not known"),
    (4470, Content, "spam"),
    (4481, SenderNotAllowed, "the sender is on a block list"),
    (4482, Blocked, "the recipient is on a block list"),
    (4492, InvalidNumber, "an emergency number"),
    (4493, Account, "not authorised"),
    (4711, Content, "the media are too large"),
    (4712, Content, "the media's type is not supported"),
    (4720, InvalidNumber, "the recipient's number is not valid"),
    (4721, InvalidNumber, "the recipient's number was given up"),
    (4740, SenderNotAllowed, "the sender's number is not valid"),
    (4750, Blocked, "refused by the recipient's carrier"),
    (4751, Content, "too long for the recipient's carrier"),
    (4752, Content, "malformed for the recipient's carrier"),
    (4753, Blocked, "refused by the handset"),
    (4770, Content, "spam in the eyes of the recipient's carrier"),
    (4771, Content, "a shortened link"),
    (4772, Blocked, "the sender or the recipient is blocked"),
    (4773, SenderNotAllowed, "the campaign is not active"),
    (4774, SenderNotAllowed, "the number is not provisioned"),
    (4775, OptedOut, "the recipient has opted out"),
    (4790, SenderNotAllowed, "the short code is restricted"),
    (4791, SenderNotAllowed, "the short code's campaign is not allowed"),
    (4792, SenderNotAllowed, "the short code is not provisioned"),
    (4793, SenderNotAllowed, "the short code has expired"),
    (4795, SenderNotAllowed, "the toll-free number is not verified"),
];

/// What a receipt's number means.
pub(super) fn refusal(number: u32) -> Refusal {
    TABLE.iter().find(|(known, ..)| *known == number).map_or(Other, |(_, reason, _)| *reason)
}

/// Whether the message had left for the recipient's carrier when it failed.
pub(super) const fn had_left(number: u32) -> bool {
    matches!(number, 4700..=4799 | 5600..=5699 | 9900..=9999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }

    #[test]
    fn a_field_is_known_with_and_without_an_index() {
        assert_eq!(field_meaning("to"), Some(Refused(InvalidNumber)));
        assert_eq!(field_meaning("to[0]"), Some(Refused(InvalidNumber)));
        assert_eq!(field_meaning("tone"), None);
    }
}
