//! What Bird's error codes mean for us.
//!
//! The names in capitals come in the answer to a send (`error.name`), the others in events and messages (`error.code`,
//! `last_error.code`). Source: Bird, "Create SMS message" and the schema of `SMSError`, an open list. Names not listed are
//! judged by the HTTP status; in a receipt they are [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// Every name we know, in order.
pub(super) const TABLE: [(&str, Meaning, &str); 18] = [
    ("IdempotencyUnavailable", Meaning::SOON, "the key cannot be kept now, so nothing was done"),
    ("SMSInvalidRecipient", Refused(InvalidNumber), "the number cannot be reached by any route"),
    ("SMSNoEligibleSender", Refused(SenderNotAllowed), "no sender for this destination"),
    ("SMSSenderNotConfigured", Refused(SenderNotAllowed), "the sender is not the workspace's"),
    ("SMSUnsupportedFeature", Refused(Other), "a field that Bird does not take yet"),
    (
        "SenderCategoryNotPermitted",
        Refused(SenderNotAllowed),
        "the sender is registered for another category",
    ),
    ("blocked_by_carrier", Refused(Blocked), "filtered by the recipient's carrier"),
    ("blocked_by_fraud_protection", Refused(Blocked), "Bird suspects fraud"),
    ("blocked_by_recipient", Refused(Blocked), "the recipient's phone blocks the sender"),
    ("content_rejected", Refused(Content), "the carrier refuses the text"),
    ("insufficient_balance", Refused(Account), "the wallet is empty"),
    ("invalid_destination", Refused(InvalidNumber), "the number is not in use"),
    ("landline_unreachable", Refused(InvalidNumber), "a landline"),
    ("provider_unavailable", Meaning::SOON, "no provider took it"),
    ("recipient_opted_out", Refused(OptedOut), "the recipient is on a suppression list"),
    ("sender_unregistered", Refused(SenderNotAllowed), "the sender is not registered for the destination"),
    ("unknown", Refused(Other), "Bird does not know why"),
    ("unreachable", Refused(Other), "the phone is off or out of reach"),
];

/// What a name means; `None` if it is not listed.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    TABLE.iter().find(|(known, ..)| *known == name).map(|(_, meaning, _)| *meaning)
}

/// What a name means in a receipt, where nothing can be tried again.
pub(super) fn refusal(name: &str) -> Refusal {
    meaning(name).map_or(Other, Meaning::refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
