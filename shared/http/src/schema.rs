//! How the domain's text forms look in the API's description.
//!
//! The domain does not know `OpenAPI`. A function's JSON structs keep the domain's types in their fields and name the
//! description beside them: `#[schema(value_type = http_api::schema::PhoneNumber)]`.

mod names;

pub(crate) use names::RECEIVED;
pub use names::{
    Action, AuditAction, AutomationTrigger, Carrier, ConsentWish, ConversationAccess, ConversationState, Day,
    Direction, Encoding, FailureReason, ManagedBy, MessageAccess, MessageStatus, News, NotificationKind,
    Origin, Permission, PushPlatform, SenderKind, SnoozePreset, TagColour, UserStatus,
};

use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A text with a pattern, an example and the bounds of its length.
struct Text {
    description: &'static str,
    pattern: &'static str,
    example: &'static str,
    length: Option<(usize, usize)>,
    format: Option<KnownFormat>,
}

impl Text {
    fn schema(self) -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some(self.description))
            .pattern((!self.pattern.is_empty()).then_some(self.pattern))
            .min_length(self.length.map(|(min, _)| min))
            .max_length(self.length.map(|(_, max)| max))
            .format(self.format.map(SchemaFormat::KnownFormat))
            .examples([self.example])
            .build();
        RefOr::T(Schema::Object(object))
    }
}

/// Declares descriptions of texts: a type without values for each.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $value:expr),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    Text { $($field: $value),+ }.schema()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+
    };
}

/// Declares the descriptions of ids, which differ by their prefix.
macro_rules! ids {
    ($($name:ident, $prefix:literal, $meaning:literal;)+) => {
        texts! {
            $(
                #[doc = concat!("The id of ", $meaning, ".")]
                $name {
                    description: concat!("The id of ", $meaning, "."),
                    pattern: concat!("^", $prefix, "_[0-9a-f]{32}$"),
                    example: concat!($prefix, "_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b"),
                    length: None,
                    format: None,
                }
            )+
        }

        /// The descriptions of ids with the prefix that they promise.
        #[cfg(test)]
        fn described_ids() -> Vec<(&'static str, &'static str, RefOr<Schema>)> {
            vec![$((stringify!($name), $prefix, $name::schema())),+]
        }
    };
}

ids! {
    AccountId, "acc", "an account";
    UserId, "usr", "a user";
    GatewayId, "gwy", "a gateway";
    ContactId, "con", "a contact";
    ConversationId, "cnv", "a conversation";
    MessageId, "msg", "a message";
    EventId, "evt", "an event on a timeline";
    NotificationId, "ntf", "a notification";
    LedgerEntryId, "led", "an entry of the credit ledger";
    SessionId, "ses", "a session";
    RoleId, "rol", "a role of the account's own";
    TeamId, "tem", "a team";
    ApiKeyId, "key", "an API key";
    AuditEntryId, "aud", "an entry of the audit log";
    TemplateId, "tpl", "a message template";
    KeywordId, "kwd", "a keyword";
    ContactListId, "lst", "a list of contacts";
    CreditOrderId, "ord", "an order of credits";
    TagId, "tag", "a tag";
    NoteId, "not", "a note";
    SavedViewId, "viw", "a saved view";
    QuickReplyId, "qrp", "a quick reply";
    JobId, "job", "a job";
    AutomationId, "atm", "an automation";
    MediaId, "med", "a file of a message";
    PushEndpointId, "pep", "a device that push notifications go to";
}

texts! {
    /// The kind of a timeline entry.
    EntryKind {
        description: "What an entry of a timeline is: a kind of the product's own (`incoming_message`, `outgoing_message`, \
            `note`, `conversation_started`, `assigned`, `unassigned`, `tagged`, `untagged`, `snoozed`, `unsnoozed`, \
            `conversation_finished`, `reopened`, `archived`), or the name of something that happened to the customer \
            elsewhere, such as `order_shipped`.",
        pattern: "^[a-z][a-z0-9_]*$",
        example: "incoming_message",
        length: Some((1, 40)),
        format: None,
    }
    /// The name of a tag.
    TagName {
        description: "The name of a tag, on one line.",
        pattern: "",
        example: "Order status",
        length: Some((1, 40)),
        format: None,
    }
    /// The text of a note.
    NoteText {
        description: "What a note says. The customer never sees it.",
        pattern: "",
        example: "She would like to be called after five.",
        length: Some((1, 10_000)),
        format: None,
    }
    /// A phone number.
    PhoneNumber {
        description: "A phone number in E.164: a plus sign, the country's calling code and the number, without spaces.",
        pattern: r"^\+[1-9][0-9]{6,14}$",
        example: "+12025550143",
        length: None,
        format: None,
    }
    /// A sender ID.
    SenderId {
        description: "What messages come from: a number in E.164, the digits of a short code, or a name.",
        pattern: r"^(\+[1-9][0-9]{6,14}|[0-9]{3,6}|[A-Za-z0-9 &+._-]{1,11})$",
        example: "+12025550100",
        length: None,
        format: None,
    }
    /// A role.
    Role {
        description: "A role: one of the six built-in ones by its name, or one of the account's own by its id.",
        pattern: "^((account|analyze|communication|finance_data|integrations|people)_manager|rol_[0-9a-f]{32})$",
        example: "people_manager",
        length: None,
        format: None,
    }
    /// A moment.
    Time {
        description: "A moment, RFC 3339 in UTC with milliseconds at most.",
        pattern: "",
        example: "2026-11-23T15:14:00.250Z",
        length: None,
        format: Some(KnownFormat::DateTime),
    }
    /// What a message says.
    MessageBody {
        description: "The text of a message: not blank, no control characters but line breaks and tabs.",
        pattern: "",
        example: "Your table is ready.",
        length: Some((1, 1600)),
        format: None,
    }
    /// What a template says.
    TemplateText {
        description: "The text of a template or a quick reply: as that of a message, with the names of fields in braces and \
                      words of its own beside them. `{first_name|there}` says what stands there if nobody knows better.",
        pattern: "",
        example: "Hi {first_name|there}, see you on {day}.",
        length: Some((1, 1600)),
        format: None,
    }
    /// A keyword.
    KeywordWord {
        description: "One word of letters and digits that is not reserved for opting out, opting in or asking for help.",
        pattern: "",
        example: "join",
        length: Some((2, 30)),
        format: None,
    }
    /// An e-mail address.
    EmailAddress {
        description: "An e-mail address. Upper and lower case are the same.",
        pattern: "",
        example: "ann@example.com",
        length: Some((3, 254)),
        format: Some(KnownFormat::Email),
    }
    /// A name.
    DisplayName {
        description: "The name of a person, a business or a thing, on one line.",
        pattern: "",
        example: "Ann Lee",
        length: Some((1, 100)),
        format: None,
    }
    /// The key of a custom field.
    ContactFieldKey {
        description: "The key of a custom field of contacts: a small letter, then small letters, digits and underscores.",
        pattern: "^[a-z][a-z0-9_]{0,39}$",
        example: "favourite_colour",
        length: Some((1, 40)),
        format: None,
    }
    /// The value of a custom field.
    ContactFieldText {
        description: "The value of a custom field of contacts, on one line or several.",
        pattern: "",
        example: "blue",
        length: Some((1, 1_000)),
        format: None,
    }
    /// A region.
    Region {
        description: "A country or region, ISO 3166-1 alpha-2.",
        pattern: "^[A-Z]{2}$",
        example: "US",
        length: None,
        format: None,
    }
    /// A time of the day.
    LocalTime {
        description: "A time of the day by the clock on the wall: 00:00 to 23:59, and 24:00 for the end of a day.",
        pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
        example: "07:30",
        length: None,
        format: None,
    }
    /// What a push service calls a device.
    PushToken {
        description: "What a push service calls a device: printable ASCII characters without spaces.",
        pattern: "^[!-~]+$",
        example: "d2c5f0a1b3e4",
        length: Some((1, 2048)),
        format: None,
    }
    /// A time zone.
    TimeZone {
        description: "A time zone by its name in the IANA database.",
        pattern: "",
        example: "America/New_York",
        length: None,
        format: None,
    }
    /// A country or a part of one.
    Place {
        description: "A country, or a part of one, as ISO 3166 writes it.",
        pattern: "^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        example: "US-TX",
        length: Some((2, 6)),
        format: None,
    }
    /// Somebody or something that the audit log is filtered by.
    Subject {
        description: "An id, or a word of lower-case letters.",
        pattern: "^[a-z0-9_]{1,64}$",
        example: "usr_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b",
        length: Some((1, 64)),
        format: None,
    }
    /// A month.
    Month {
        description: "A month of the calendar in UTC.",
        pattern: "^[0-9]{4}-(0[1-9]|1[0-2])$",
        example: "2026-11",
        length: None,
        format: None,
    }
    /// The address of a picture.
    LogoUrl {
        description: "The https address of a picture, of a named host and without a port.",
        pattern: "^https://",
        example: "https://www.example.com/logo.png",
        length: Some((9, 500)),
        format: None,
    }
    /// A colour.
    Colour {
        description: "A colour: red, green and blue.",
        pattern: "^#[0-9a-fA-F]{6}$",
        example: "#1a73e8",
        length: None,
        format: None,
    }
    /// The name of a host.
    WebDomain {
        description: "The name of a host.",
        pattern: "",
        example: "texts.example.com",
        length: Some((3, 253)),
        format: None,
    }
    /// A repeatable request's name.
    IdempotencyKey {
        description: "A name for this request, chosen by you.",
        pattern: r"^[\x21-\x7e]{1,255}$",
        example: "9f1c2d34-order-17",
        length: Some((1, 255)),
        format: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id;

    #[test]
    fn the_descriptions_of_ids_are_those_of_the_domain() {
        fn written<K: id::Kind>() -> String {
            id::Id::<K>::derive(&[b"any"]).to_string()
        }
        let written = [
            written::<id::kind::Account>(),
            written::<id::kind::User>(),
            written::<id::kind::Gateway>(),
            written::<id::kind::Contact>(),
            written::<id::kind::Conversation>(),
            written::<id::kind::Message>(),
            written::<id::kind::Event>(),
            written::<id::kind::Notification>(),
            written::<id::kind::LedgerEntry>(),
            written::<id::kind::Session>(),
        ];
        for ((name, prefix, _), id) in described_ids().into_iter().zip(written) {
            let digits = id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
            assert_eq!(digits.map(str::len), Some(32), "{name}: {id}");
        }
    }

    #[test]
    fn examples_of_values_are_accepted_by_the_domain() {
        assert!("+12025550143".parse::<domain::phone::PhoneNumber>().is_ok());
        assert!("Your table is ready.".parse::<domain::body::MessageBody>().is_ok());
        assert!("ann@example.com".parse::<domain::email::EmailAddress>().is_ok());
        assert!("Ann Lee".parse::<domain::name::DisplayName>().is_ok());
        assert!("acc_0199d6a1b2c37e4f8a5b6c7d8e9f0a1b".parse::<id::AccountId>().is_ok());
    }

    #[test]
    fn a_description_has_its_pattern_and_bounds() {
        let json = serde_json::to_value(IdempotencyKey::schema()).unwrap();
        assert_eq!(json["maxLength"], 255);
        let json = serde_json::to_value(ContactId::schema()).unwrap();
        assert_eq!(json["pattern"], "^con_[0-9a-f]{32}$");
        assert_eq!(json["type"], "string");
    }
}
