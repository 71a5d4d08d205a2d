//! Typed identifiers.
//!
//! Every thing in the product has an id that says what it is: `cnv_0190...` is a conversation and cannot be
//! passed where a message is wanted, neither in Rust (the marker type differs) nor as text (the prefix
//! differs). There are two ways to make one, and neither reads a clock or a random source by itself:
//! [`Id::new_v7`] for new things (the caller passes time and randomness, so tests can replay them), and
//! [`Id::derive`] for things whose id must be the same however often they are made, such as the message of a
//! webhook that a carrier delivers twice.

use std::{cmp, fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The largest time that fits the 48 bits of a version 7 UUID (RFC 9562, section 5.7): the year 10889.
const UNIX_MILLIS_MAX: u64 = (1 << 48) - 1;

/// How many characters follow the prefix and its underscore: 128 bits in lower-case hexadecimal.
const HEX_LENGTH: usize = 32;

/// What an id can point at. Implemented by the markers in [`kind`] only.
pub trait Kind {
    /// The letters before the underscore in the id's text form.
    const PREFIX: &'static str;
}

/// Writes one marker and one alias per kind of id, so that the list below is the whole registry.
macro_rules! kinds {
    ($($kind:ident, $alias:ident, $prefix:literal, $meaning:literal;)+) => {
        /// The markers that tell one kind of id from another. They have no values.
        pub mod kind {
            $(
                #[doc = concat!("Marks the id of ", $meaning, ".")]
                #[derive(Debug)]
                pub enum $kind {}

                impl super::Kind for $kind {
                    const PREFIX: &'static str = $prefix;
                }
            )+
        }

        $(
            #[doc = concat!("The id of ", $meaning, ": `", $prefix, "_` and 32 hexadecimal digits.")]
            pub type $alias = Id<kind::$kind>;
        )+

        /// The prefixes of all kinds, for tests that they differ.
        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

kinds! {
    Account, AccountId, "acc", "an account: one business, or one sub account of it";
    User, UserId, "usr", "a member of staff";
    Gateway, GatewayId, "gwy", "a gateway: one of our own numbers at a carrier";
    Contact, ContactId, "con", "a contact: a customer of an account";
    Conversation, ConversationId, "cnv", "a conversation: one thread between a gateway and a contact";
    Message, MessageId, "msg", "a message, in or out";
    Event, EventId, "evt", "an event on a timeline that is not a message, such as an assignment";
    Notification, NotificationId, "ntf", "a notification in a user's alert centre";
    LedgerEntry, LedgerEntryId, "led", "an entry in an account's credit ledger";
    Session, SessionId, "ses", "a signed-in session";
    Role, RoleId, "rol", "a role that an account has defined";
    Team, TeamId, "tem", "a team: people with common permissions";
    ApiKey, ApiKeyId, "key", "an API key";
    AuditEntry, AuditEntryId, "aud", "an entry in an account's audit log";
    Mail, MailId, "mai", "an e-mail to a member of staff";
    Template, TemplateId, "tpl", "a message template";
    Keyword, KeywordId, "kwd", "a keyword that customers text";
    ContactList, ContactListId, "lst", "a list of contacts";
    CreditOrder, CreditOrderId, "ord", "an order of credits";
    Tag, TagId, "tag", "a tag: what conversations are about";
    Note, NoteId, "not", "a note that only members of staff see";
    SavedView, SavedViewId, "viw", "a saved view of the inbox";
    QuickReply, QuickReplyId, "qrp", "a quick reply: a text at hand while composing";
    Job, JobId, "job", "a job that works through many things, such as an import";
    Automation, AutomationId, "atm", "an automation: what the product does by itself when something happens";
    Media, MediaId, "med", "a file of a message that the product keeps";
    PushEndpoint, PushEndpointId, "pep", "a device that push notifications go to";
}

/// An identifier of a `K`: a UUID inside, `prefix_` and 32 lower-case hexadecimal digits as text.
///
/// Ids made by [`Id::new_v7`] order by the time they were made, as values and as text alike.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// Wraps a UUID that is already known, for example one read back from storage.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// Makes an id for something new: a version 7 UUID (RFC 9562) of milliseconds since 1970 and 80 random
    /// bits, of which the version and variant overwrite six. Times after the year 10889 are cut to that year.
    pub fn new_v7(unix_millis: u64, random: [u8; 10]) -> Self {
        let unix_millis = unix_millis.min(UNIX_MILLIS_MAX);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
    }

    /// Makes the one id that belongs to `parts`: a version 8 UUID from the SHA-256 of the kind's prefix and
    /// of each part behind its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
    pub fn derive(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&K::PREFIX.as_bytes()).chain(parts) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The UUID inside, for compact storage.
    pub const fn uuid(&self) -> Uuid {
        self.uuid
    }
}

/// Why a text is not an id of the kind that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of this kind is written {prefix}_ and 32 lower-case hexadecimal digits")]
pub struct IdError {
    /// The prefix that the id should have had.
    pub prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    /// Reads the one spelling that [`fmt::Display`] writes. Upper case, hyphens and other prefixes are
    /// refused, so that an id has a single text form and may be compared and cached as text.
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|hex| hex.len() == HEX_LENGTH)
            .filter(|hex| hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')))
            .and_then(|hex| u128::from_str_radix(hex, 16).ok())
            .map(|bits| Self::from_uuid(Uuid::from_u128(bits)))
            .ok_or(IdError { prefix: K::PREFIX })
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.uuid.as_simple())
    }
}

/// The same as the text: an id identifies, but tells nothing about a person.
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(IdVisitor(PhantomData))
    }
}

/// Reads an id from a borrowed string where the format has one, without copying it first.
struct IdVisitor<K>(PhantomData<fn() -> K>);

impl<K: Kind> de::Visitor<'_> for IdVisitor<K> {
    type Value = Id<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id such as {}_0190a1b2c3d4e5f60718293a4b5c6d7e", K::PREFIX)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id<K>, E> {
        text.parse().map_err(E::custom)
    }
}

// Written by hand because a derive would ask the marker, which has no values, for each of these too.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_has_a_prefix_of_its_own() {
        assert_eq!(PREFIXES.iter().collect::<BTreeSet<_>>().len(), PREFIXES.len());
        assert!(PREFIXES.iter().all(|p| p.len() == 3 && p.bytes().all(|c| c.is_ascii_lowercase())));
    }

    #[test]
    fn the_text_form_is_fixed() {
        let id = MessageId::new_v7(1_700_000_000_000, [0xff; 10]);
        assert_eq!(id.to_string(), "msg_018bcfe568007fffbfffffffffffffff");
        assert_eq!(format!("{id:?}"), id.to_string());
    }

    #[test]
    fn a_derived_id_never_changes_between_releases() {
        let id = MessageId::derive(&[b"gateway", b"SM123"]);
        assert_eq!(id, MessageId::derive(&[b"gateway", b"SM123"]));
        assert_eq!(id.uuid().get_version_num(), 8);
        assert_eq!(id.to_string(), "msg_9bd7fe3d3d3381069dc0cceeb4657d12");
    }

    #[test]
    fn a_time_beyond_the_format_is_cut_and_not_wrapped() {
        assert_eq!(MessageId::new_v7(u64::MAX, [0; 10]), MessageId::new_v7(UNIX_MILLIS_MAX, [0; 10]));
    }

    #[test]
    fn only_the_canonical_spelling_is_read() {
        let good = "acc_0190a1b2c3d475f6871829304b5c6d7e";
        assert_eq!(good.parse::<AccountId>().unwrap().to_string(), good);
        for bad in [
            "",
            "acc_",
            "acc",
            "0190a1b2c3d475f6871829304b5c6d7e",
            "usr_0190a1b2c3d475f6871829304b5c6d7e",
            "acc-0190a1b2c3d475f6871829304b5c6d7e",
            "ACC_0190a1b2c3d475f6871829304b5c6d7e",
            "acc_0190A1B2C3D475F6871829304B5C6D7E",
            "acc_0190a1b2-c3d4-75f6-8718-29304b5c6d7e",
            "acc_0190a1b2c3d475f6871829304b5c6d7",
            "acc_0190a1b2c3d475f6871829304b5c6d7e0",
            "acc_+190a1b2c3d475f6871829304b5c6d7e",
            " acc_0190a1b2c3d475f6871829304b5c6d7e",
            "acc_0190a1b2c3d475f6871829304b5c6d7e\n",
        ] {
            assert_eq!(bad.parse::<AccountId>(), Err(IdError { prefix: "acc" }), "{bad:?}");
        }
    }
}
