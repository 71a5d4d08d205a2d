//! What AWS's errors mean for us: kinds of errors, their reasons, and what events say of a message that failed.
//!
//! Source: the API's model ("pinpoint-sms-voice-v2", 2022-03-31) and AWS, "Message and voice events". A reason goes before its
//! kind. What is not listed is judged by the HTTP status; in an event it is [`Refusal::Other`].

use domain::message::Refusal::{
    self, Account, Blocked, Content, InvalidNumber, OptedOut, Other, SenderNotAllowed,
};

use crate::meaning::Meaning::{self, Refused};

/// The kind after which nobody knows: AWS says neither that it has taken the message nor that it has not.
pub(super) const MAY_HAVE_SENT: &str = "InternalServerException";

/// Every kind and reason we know, in order.
pub(super) const TABLE: [(&str, Meaning); 40] = [
    ("ACCOUNT_DISABLED", Refused(Account)),
    ("ATTACHMENT_TYPE_NOT_SUPPORTED", Refused(Content)),
    ("AccessDeniedException", Refused(Account)),
    ("CHANNEL_NOT_ENABLED", Refused(SenderNotAllowed)),
    ("COUNTRY_NOT_ENABLED", Refused(Account)),
    ("ConflictException", Refused(Other)),
    ("DESTINATION_COUNTRY_BLOCKED", Refused(Account)),
    ("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", Refused(Account)),
    ("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", Refused(Blocked)),
    ("DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Refused(Account)),
    ("DESTINATION_PHONE_NUMBER_OPTED_OUT", Refused(OptedOut)),
    ("ExpiredTokenException", Refused(Account)),
    ("INSUFFICIENT_ACCOUNT_REPUTATION", Refused(Account)),
    ("INTERNATIONAL_SENDING_NOT_SUPPORTED", Refused(SenderNotAllowed)),
    ("INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", Refused(SenderNotAllowed)),
    ("IncompleteSignature", Refused(Account)),
    ("InvalidClientTokenId", Refused(Account)),
    ("InvalidSignatureException", Refused(Account)),
    ("MAXIMUM_SIZE_EXCEEDED", Refused(Content)),
    ("MEDIA_TYPE_NOT_SUPPORTED", Refused(Content)),
    ("MESSAGE_TYPE_MISMATCH", Refused(SenderNotAllowed)),
    ("MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA", Refused(Account)),
    ("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", Refused(Account)),
    ("MissingAuthenticationTokenException", Refused(Account)),
    ("NO_ORIGINATION_IDENTITIES_FOUND", Refused(SenderNotAllowed)),
    ("NUMBER_CAPABILITIES_MISMATCH", Refused(SenderNotAllowed)),
    ("PRICE_OVER_THRESHOLD", Refused(Account)),
    ("REGISTRATION_NOT_COMPLETE", Refused(SenderNotAllowed)),
    ("RESOURCE_NOT_ACCESSIBLE", Refused(Account)),
    ("RESOURCE_NOT_ACTIVE", Refused(SenderNotAllowed)),
    ("ResourceNotFoundException", Refused(Account)),
    ("SENDER_ID_NOT_REGISTERED", Refused(SenderNotAllowed)),
    ("SENDER_ID_NOT_SUPPORTED", Refused(SenderNotAllowed)),
    ("SENDER_ID_REQUIRES_REGISTRATION", Refused(SenderNotAllowed)),
    ("ServiceQuotaExceededException", Refused(Account)),
    ("ServiceUnavailable", Meaning::SOON),
    ("ServiceUnavailableException", Meaning::SOON),
    ("ThrottlingException", Meaning::SOON),
    ("UnrecognizedClientException", Refused(Account)),
    ("ValidationException", Refused(Other)),
];

/// What a kind or a reason means; `None` if it is not listed.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

/// What it means that a field is not valid.
pub(super) fn meaning_of_field(name: &str) -> Option<Meaning> {
    match name {
        "DestinationPhoneNumber" => Some(Refused(InvalidNumber)),
        "OriginationIdentity" => Some(Refused(SenderNotAllowed)),
        "MessageBody" | "MediaUrls" => Some(Refused(Content)),
        _ => None,
    }
}

/// What an event's kind, without `TEXT_` or `MEDIA_` before it, says of a message that failed.
pub(super) fn refusal(kind: &str) -> Refusal {
    match kind {
        "INVALID" => InvalidNumber,
        "BLOCKED" | "CARRIER_BLOCKED" | "PROTECT_BLOCKED" => Blocked,
        "SPAM" | "INVALID_MESSAGE" | "FILE_INACCESSIBLE" | "FILE_TYPE_UNSUPPORTED" | "FILE_SIZE_EXCEEDED" => {
            Content
        }
        _ => Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_row_and_the_rows_are_in_order() {
        assert!(TABLE.is_sorted_by(|(one, ..), (next, ..)| one < next));
    }
}
