//! What Infobip's statuses and errors mean for us.
//!
//! A message has a status in a group, and an error if an operator said one. Both are decided by number: names have changed.
//! Source: Infobip, "Message status codes" and "Error code reference". What is not listed is [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};
use serde::Deserialize;

use crate::meaning::Meaning::{self, Refused};

/// What Infobip says about a message.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    group_name: Option<String>,
    id: Option<u32>,
    name: Option<String>,
}

impl Status {
    pub(super) fn group(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }

    /// The name, which support people look for.
    pub(super) fn code(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.group())
    }

    pub(super) fn is(&self, id: u32) -> bool {
        self.id == Some(id)
    }

    /// A message of this id came before: it says nothing about that one.
    pub(super) fn is_duplicate(&self) -> bool {
        const REJECTED_DUPLICATE_MESSAGE_ID: u32 = 23;
        self.has_failed_here() && self.is(REJECTED_DUPLICATE_MESSAGE_ID)
    }

    /// Infobip itself would not send it.
    pub(super) fn has_failed_here(&self) -> bool {
        self.group() == "REJECTED"
    }

    /// It was not and will not be delivered.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.group(), "REJECTED" | "UNDELIVERABLE" | "EXPIRED")
    }

    /// What a status of failure means.
    pub(super) fn meaning(&self) -> Meaning {
        let row = STATUSES.iter().find(|(known, ..)| self.is(*known));
        row.map_or(Refused(Other), |(_, meaning, _)| *meaning)
    }
}

/// Every status of failure that says more than that, in order.
const STATUSES: [(u32, Meaning, &str); 18] = [
    (6, Refused(Account), "the network is not covered or not set up"),
    (8, Refused(InvalidNumber), "no such prefix, or a wrong length"),
    (10, Refused(Blocked), "the recipient is on a do-not-disturb list"),
    (11, Refused(SenderNotAllowed), "the sender is not registered"),
    (12, Refused(Account), "no credits"),
    (13, Refused(SenderNotAllowed), "the sender is on a block list"),
    (14, Refused(Blocked), "the recipient is on a block list"),
    (17, Refused(Account), "the credits have expired"),
    (18, Refused(Account), "a trial account sends to one number only"),
    (19, Refused(Account), "the account has no route"),
    // Counted by the hour.
    (20, Meaning::IN_AN_HOUR, "too many messages to one number"),
    (21, Meaning::SOON, "internal error at Infobip"),
    (24, Refused(Content), "the user data header is not valid"),
    (25, Refused(Content), "too long"),
    (51, Refused(InvalidNumber), "no recipient"),
    (52, Refused(InvalidNumber), "the recipient is not valid"),
    (77, Refused(Content), "the text of the MMS is too long"),
    (87, Refused(Blocked), "refused as fraud"),
];

/// Every error that says more than that it failed, in order.
const ERRORS: [(u32, Refusal, &str); 41] = [
    (1, InvalidNumber, "the subscriber is unknown"),
    (11, InvalidNumber, "the subscription has no SMS"),
    (13, Blocked, "the operator has barred the subscriber"),
    (351, InvalidNumber, "the recipient is not valid, or was given up"),
    (352, InvalidNumber, "the recipient's country is not known"),
    (355, Content, "too long"),
    (368, SenderNotAllowed, "the sender is not valid"),
    (375, SenderNotAllowed, "the sender is blocked or not provisioned"),
    (433, Account, "the account has no access"),
    (488, SenderNotAllowed, "the toll-free number is not verified"),
    (560, Blocked, "the operator blocks the short code for the recipient"),
    (561, Content, "the operator blocks the content"),
    (562, SenderNotAllowed, "the short code is not provisioned"),
    (563, SenderNotAllowed, "the short code has expired"),
    (564, SenderNotAllowed, "the short code is blocked"),
    (565, Blocked, "the recipient's operator takes no short codes"),
    (566, Blocked, "the operator blocks the recipient"),
    (568, InvalidNumber, "the recipient's number has no SMS"),
    (569, Blocked, "the operator has suspended the recipient"),
    (571, SenderNotAllowed, "the operator has refused the campaign"),
    (572, SenderNotAllowed, "the campaign is not provisioned"),
    (573, OptedOut, "the recipient had the short code blocked"),
    (592, Account, "the account has no route to the network"),
    (594, SenderNotAllowed, "the campaign is not valid"),
    (597, Account, "the account has no sender for the recipient"),
    (603, OptedOut, "the recipient has sent STOP"),
    (604, Blocked, "on the campaign's block list"),
    (607, Content, "spam"),
    (608, Blocked, "refused as fraud"),
    (609, Account, "the daily limit is reached"),
    (629, InvalidNumber, "the recipient cannot receive SMS"),
    (632, Blocked, "the operator refuses messages to the recipient"),
    (2049, Blocked, "the recipient's SIM is on a block list"),
    (2050, Blocked, "the recipient is on the operator's do-not-disturb list"),
    (2051, Content, "the text is on a block list"),
    (2052, Blocked, "the recipient is on a block list"),
    (2053, SenderNotAllowed, "the sender is on a block list"),
    (3041, InvalidNumber, "the recipient's number was given up"),
    (4099, Account, "the monthly limit is reached"),
    (4103, Other, "too many messages to one number"),
    (4202, Other, "the operator's 10DLC limit is reached"),
];

/// What an error means; `None` if it says no more than that it failed.
pub(super) fn error_refusal(id: u32) -> Option<Refusal> {
    ERRORS.iter().find(|(known, ..)| *known == id).map(|(_, reason, _)| *reason)
}

/// What a wrong field means in the answer to a send.
pub(super) fn field_meaning(field: &str) -> Option<Meaning> {
    match field {
        "to" => Some(Refused(InvalidNumber)),
        "sender" => Some(Refused(SenderNotAllowed)),
        "text" | "contentUrl" => Some(Refused(Content)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_one_row_and_the_rows_are_in_order() {
        assert!(STATUSES.is_sorted_by(|(one, ..), (next, ..)| one < next));
        assert!(ERRORS.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
