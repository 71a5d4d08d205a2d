//! What Twilio's error codes mean for us.
//!
//! The same codes come in the answer to a send and, as `ErrorCode`, in a status callback. Source of each row: Twilio's
//! error and warning dictionary, `https://www.twilio.com/docs/api/errors/{code}`. Codes not listed are judged by the
//! HTTP status; in a receipt they are [`Refusal::Other`].

use domain::message::Refusal;

use crate::meaning::Meaning;

use Meaning::Refused;
use Refusal::{Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed};

const SOON: Meaning = Meaning::SOON;
const IN_AN_HOUR: Meaning = Meaning::IN_AN_HOUR;

/// Every code we know, by number.
pub(super) const TABLE: [(u32, Meaning, &str); 65] = [
    (10001, Refused(Account), "the account is not active"),
    (11751, Refused(Content), "the media is too large"),
    (12300, Refused(Content), "the media has the wrong content type"),
    (14107, SOON, "the message rate limit is exceeded"),
    (20003, Refused(Account), "authentication failed"),
    (20404, Refused(Account), "the account or resource does not exist"),
    (20429, SOON, "too many requests"),
    (20500, SOON, "internal error at Twilio"),
    (20503, SOON, "Twilio is temporarily unavailable"),
    (21211, Refused(InvalidNumber), "`To` is not a phone number"),
    (21212, Refused(SenderNotAllowed), "`From` is not a phone number"),
    (21214, Refused(InvalidNumber), "`To` cannot be reached"),
    (21217, Refused(InvalidNumber), "the number does not seem to be valid"),
    (21408, Refused(SenderNotAllowed), "the account may not send to this region"),
    (21602, Refused(Content), "the body is missing"),
    (21603, Refused(SenderNotAllowed), "`From` is missing"),
    (21604, Refused(InvalidNumber), "`To` is missing"),
    (21605, Refused(Content), "the body is too long"),
    (21606, Refused(SenderNotAllowed), "`From` cannot send messages"),
    (21608, Refused(Account), "a trial account sends to verified numbers only"),
    (21609, Refused(Account), "the status callback is not a valid address"),
    (21610, Refused(OptedOut), "the recipient has unsubscribed"),
    (21611, SOON, "the sender's queue is full"),
    (21612, Refused(SenderNotAllowed), "this pair of `From` and `To` cannot be reached"),
    (21614, Refused(InvalidNumber), "`To` is not a mobile number"),
    (21617, Refused(Content), "the joined body is too long"),
    (21619, Refused(Content), "body or media is needed"),
    (21620, Refused(Content), "a media address is not valid"),
    (21623, Refused(Content), "too many media"),
    (21659, Refused(SenderNotAllowed), "`From` is not one of Twilio's numbers"),
    (21660, Refused(SenderNotAllowed), "`From` belongs to another account"),
    (21661, Refused(SenderNotAllowed), "`From` is not capable of SMS"),
    (21703, Refused(SenderNotAllowed), "the messaging service has no usable sender"),
    (21704, Refused(SenderNotAllowed), "the messaging service has no phone numbers"),
    (21705, Refused(SenderNotAllowed), "the messaging service does not exist"),
    (21712, Refused(SenderNotAllowed), "the sender is not in the messaging service"),
    (30001, SOON, "queue overflow"),
    (30002, Refused(Account), "the account is suspended"),
    (30003, Refused(Other), "the handset is switched off or out of reach"),
    (30004, Refused(Blocked), "the recipient or the recipient's carrier blocks the message"),
    (30005, Refused(InvalidNumber), "the handset is unknown"),
    (30006, Refused(InvalidNumber), "a landline, or a carrier that cannot be reached"),
    (30007, Refused(Content), "filtered by a carrier"),
    (30008, SOON, "unknown error"),
    (30010, Refused(Other), "the price is above the maximum"),
    (30011, Refused(Content), "MMS is not supported there"),
    (30012, Refused(Other), "the validity period is too short"),
    (30013, Refused(Other), "the validity period is too long"),
    (30017, SOON, "congestion at a carrier"),
    (30018, Refused(SenderNotAllowed), "the destination wants a registered sender"),
    (30019, Refused(Content), "the content is larger than the carrier allows"),
    (30020, SOON, "internal failure of scheduling"),
    (30021, SOON, "internal failure of the sending service"),
    (30022, SOON, "the carrier's rate for this sender is exceeded"),
    (30023, IN_AN_HOUR, "the carrier's daily limit for this sender is reached"),
    (30024, Refused(SenderNotAllowed), "the sender is not provisioned at the carrier"),
    (30027, IN_AN_HOUR, "T-Mobile's daily limit is reached"),
    (30032, Refused(SenderNotAllowed), "the toll-free number is not verified"),
    (30033, Refused(SenderNotAllowed), "the campaign is suspended"),
    (30034, Refused(SenderNotAllowed), "the number is not registered for A2P 10DLC"),
    (30035, IN_AN_HOUR, "the number's registration is still being configured"),
    (30410, SOON, "time-out at a provider"),
    (30450, Refused(Content), "blocked as fraud or pumping"),
    (63033, Refused(Blocked), "the recipient has blocked the sender"),
    (63038, IN_AN_HOUR, "the account's daily limit is reached"),
];

/// What a code means; `None` if it is not listed.
pub(super) fn meaning(code: u32) -> Option<Meaning> {
    TABLE.iter().find(|(number, ..)| *number == code).map(|(_, meaning, _)| *meaning)
}

/// What a code means in a place where nothing can be tried again: in a receipt.
pub(super) fn refusal(code: u32) -> Refusal {
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
