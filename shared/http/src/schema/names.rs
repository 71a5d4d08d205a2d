//! Descriptions of fields that have one of a few names: the names are taken from the domain's own values, so that the
//! description cannot promise others.

use carriers::CarrierId;
use domain::access::{ConversationAccess as Access, MessageAccess as Reach, Permission as Granted};
use domain::account::UserStatus as Standing;
use domain::audit::AuditAction as Deed;
use domain::automation::Trigger;
use domain::consent::Wish;
use domain::conversation::{Action as Step, Direction as Way, State};
use domain::managed::ManagedBy as Manager;
use domain::message::{Origin as Source, Refusal, Status};
use domain::segments::Encoding as Alphabet;
use domain::sender_id::SenderKind as Sending;
use domain::snooze::SnoozePreset as Preset;
use domain::tag::TagColour as Colour;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The names that serde writes for these values.
fn written<T: Serialize>(values: &[T]) -> Vec<Value> {
    values.iter().filter_map(|value| serde_json::to_value(value).ok()).collect()
}

/// The name of every status, with that of messages from customers.
fn statuses() -> Vec<Value> {
    use Status::{Cancelled, Delivered, Failed, Queued, Scheduled, Sending, Sent, Unconfirmed, Undelivered};
    let mut names =
        written(&[Scheduled, Queued, Sending, Unconfirmed, Sent, Failed, Cancelled, Undelivered, Delivered]);
    names.push(RECEIVED.into());
    names
}

/// The status of a message that came in: it has only this one.
pub(crate) const RECEIVED: &str = "received";

/// Declares descriptions of names: a type without values for each.
macro_rules! names {
    ($($name:ident, $description:literal, $names:expr;)+) => {
        $(
            #[doc = $description]
            #[derive(Debug)]
            pub enum $name {}

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let object = ObjectBuilder::new()
                        .schema_type(SchemaType::Type(Type::String))
                        .description(Some($description))
                        .enum_values(Some($names))
                        .build();
                    RefOr::T(Schema::Object(object))
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+

        /// Every description of this file.
        #[cfg(test)]
        fn described() -> Vec<(&'static str, RefOr<Schema>)> {
            vec![$((stringify!($name), $name::schema())),+]
        }
    };
}

names! {
    MessageAccess, "What a user who sees assigned conversations only may do with others, reached from the customer's record.",
        written(&[Reach::None, Reach::Read, Reach::Write]);
    UserStatus, "Whether a user can sign in. An invited one has not come yet; a disabled one can be enabled again.",
        written(&[Standing::Invited, Standing::Active, Standing::Disabled]);
    AuditAction, "What was done.", written(Deed::ALL);
    ConversationAccess, "Which conversations a user may see: all, those assigned to them, or none.",
        written(&[Access::All, Access::Assigned, Access::None]);
    Permission, "Something that not everybody may do.", written(Granted::ALL);
    Carrier, "A company that carries messages; `simulated` is the phone simulator.", written(&CarrierId::ALL);
    SenderKind, "What messages come from: an ordinary number, one that costs the caller nothing, a few digits, or a name.",
        written(&Sending::ALL);
    ConversationState, "Where a conversation stands. One that sleeps is open.",
        written(&[State::Open, State::Completed, State::Archived]);
    ManagedBy, "Who can change it: the account itself, or only its master.", written(&Manager::ALL);
    Direction, "Which way a message went: in from a customer, or out to one.",
        written(&[Way::Inbound, Way::Outbound]);
    Action, "What can be done with a conversation.", written(&Step::ALL);
    AutomationTrigger, "What starts an automation: somebody completes a conversation, or a customer writes to a number of ours \
        for the first time.", written(&Trigger::ALL);
    TagColour, "The colour of a tag.", written(&Colour::ALL);
    SnoozePreset, "One hour from now, or 9:00 of that day in the account's time zone.",
        written(&[Preset::InOneHour, Preset::Tomorrow, Preset::NextMonday]);
    MessageStatus, "How far a message has come. It only rises; `unconfirmed` is beside `sending`: the carrier did not say \
        whether it took the message. Messages from customers are `received`.", statuses();
    Origin, "Where an outgoing message comes from.",
        written(&[Source::Manual, Source::Campaign, Source::Notification]);
    Encoding, "The alphabet a text travels in: GSM 7-bit, or UCS-2 if it has other characters.",
        written(&[Alphabet::Gsm7, Alphabet::Ucs2]);
    ConsentWish, "What a customer's text says about consent; `unclear` may be an opt-out.",
        written(&[Wish::OptOut, Wish::OptIn, Wish::Help, Wish::Unclear]);
    FailureReason, "Why a message failed.", written(&[
        Refusal::OptedOut, Refusal::InvalidNumber, Refusal::Blocked, Refusal::Content, Refusal::SenderNotAllowed,
        Refusal::Account, Refusal::Other, Refusal::GaveUp, Refusal::NeverConfirmed, Refusal::OptedOutHere,
        Refusal::BlockedHere, Refusal::NotPermitted, Refusal::NotEnoughCredits, Refusal::TooLate, Refusal::Answered,
    ]);
    NotificationKind, "Why somebody is notified: a customer has written, a conversation was assigned to them, a note mentions \
        them, or the account has something to tell about itself.", written(&storage::NotificationKind::ALL);
    News, "What happens in the inbox that somebody is told of: a customer has written, a conversation was assigned to them, a \
        note mentions them.", written(&domain::news::News::ALL);
    Day, "A day of the week.", written(&domain::quiet::Day::ALL);
    PushPlatform, "The push service of a device: Apple's, Apple's for apps in development, or Google's.",
        written(&domain::push::PushPlatform::ALL);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_description_lists_different_names_in_snake_case_or_as_permissions() {
        for (name, schema) in described() {
            let schema = serde_json::to_value(schema).unwrap();
            let values = schema["enum"].as_array().unwrap();
            let distinct: BTreeSet<_> = values.iter().map(|value| value.as_str().unwrap()).collect();
            assert_eq!(distinct.len(), values.len(), "{name}");
            let plain = |text: &&str| {
                text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b':' | b'-' | b'.'))
            };
            assert!(distinct.len() > 1 && distinct.iter().all(plain), "{name}: {values:?}");
        }
    }
}
