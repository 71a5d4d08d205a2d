//! What the error codes of Vonage's Messages API mean for us.
//!
//! The same codes come in the answer to a send and in a receipt, as the fragment of the problem's `type`. Source: Vonage, "API
//! errors: Messages API". Codes not listed are judged by the HTTP status; in a receipt they are [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// Every code we know, in order.
const TABLE: [(u32, Meaning, &str); 54] = [
    (1_000, Meaning::SOON, "too many requests"),
    (1_010, Refused(Other), "a parameter is missing"),
    (1_020, Refused(Other), "a parameter is not valid"),
    (1_030, Meaning::SOON, "internal error"),
    (1_040, Refused(Other), "not a message that can be sent"),
    (1_050, Refused(Blocked), "the number is barred"),
    (1_060, Refused(Account), "the account is barred"),
    (1_070, Refused(Account), "not enough credit"),
    (1_080, Refused(Account), "the account may not use this API"),
    (1_090, Refused(Content), "too long"),
    (1_100, Meaning::SOON, "could not be handed over"),
    (1_120, Refused(SenderNotAllowed), "the sender is not allowed there"),
    (1_130, Refused(Other), "the validity is not valid"),
    (1_140, Refused(Account), "not enabled for the account"),
    (1_150, Refused(Other), "the message class is not valid"),
    (1_160, Refused(Account), "the account may write to listed numbers only"),
    (1_170, Refused(InvalidNumber), "the number is missing or not valid"),
    (1_180, Meaning::SOON, "the phone is switched off or out of reach"),
    (1_190, Refused(InvalidNumber), "the number is no longer in use"),
    (1_200, Refused(Other), "the number was ported, and something is wrong with it"),
    (1_210, Refused(Content), "filtered as spam"),
    (1_220, Meaning::SOON, "the phone is busy"),
    (1_230, Meaning::SOON, "the network has trouble"),
    (1_240, Refused(OptedOut), "the recipient has sent STOP"),
    (1_241, Meaning::IN_AN_HOUR, "too many messages to this number"),
    (1_250, Refused(Other), "no route"),
    (1_251, Refused(Other), "no route to the country or carrier"),
    (1_260, Refused(Other), "the number cannot be reached"),
    (1_270, Refused(Blocked), "the recipient's age does not allow it"),
    (1_280, Refused(Blocked), "the recipient's carrier blocks it"),
    (1_282, Refused(Blocked), "the provider blocks it"),
    (1_290, Refused(Other), "the recipient's card has no credit"),
    (1_300, Refused(InvalidNumber), "the network does not know the number"),
    (1_310, Refused(InvalidNumber), "the phone cannot receive it"),
    (1_330, Refused(Other), "no reason is known"),
    (1_331, Meaning::SOON, "the provider has trouble"),
    (1_360, Refused(Other), "expired before it was delivered"),
    (1_380, Refused(Content), "the file cannot be fetched"),
    (1_381, Refused(Content), "the file is too large"),
    (1_382, Refused(Content), "the file's type is not taken"),
    (1_400, Refused(Other), "the channel is not known"),
    (1_410, Refused(Other), "a parameter is not valid for the channel"),
    (1_420, Refused(SenderNotAllowed), "not a number to send from"),
    (1_430, Refused(InvalidNumber), "not a number to send to"),
    (1_440, Refused(Other), "the type is not known for the channel"),
    (1_450, Refused(Other), "the reference is not valid"),
    (1_460, Meaning::IN_AN_HOUR, "the day's limit is reached"),
    (1_470, Refused(Account), "the account bars the prefix"),
    (1_472, Meaning::IN_AN_HOUR, "the account's protection against bursts"),
    (1_473, Refused(Account), "the account's protection against inflated traffic"),
    (1_480, Refused(SenderNotAllowed), "the sender is not registered"),
    (1_481, Refused(SenderNotAllowed), "the sender ID is not registered"),
    (1_482, Refused(Content), "the content is not registered"),
    (1_483, Refused(Blocked), "the recipient has not consented"),
];

/// What a code means; `None` if it is not listed.
pub(super) fn meaning(code: &str) -> Option<Meaning> {
    let code: u32 = code.parse().ok()?;
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
