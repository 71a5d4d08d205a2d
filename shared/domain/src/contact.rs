//! Contacts: the customers of an account (B15, C20).
//!
//! A contact is a person, not a number: they may have several numbers and e-mail addresses, and each of those belongs to
//! one contact of the account. What a business wants to know besides lies in fields of its own making.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    body::shows_nothing,
    email::EmailAddress,
    id::{ContactId, JobId, UserId},
    name::DisplayName,
    phone::PhoneNumber,
    quiet_hours::Location,
};

/// At most this many numbers of one contact.
pub const NUMBERS_MAX: usize = 10;
/// At most this many e-mail addresses of one contact.
pub const EMAILS_MAX: usize = 10;
/// At most this many custom fields of an account, and so of a contact.
pub const FIELDS_MAX: usize = 50;
/// The longest key of a custom field, in characters.
pub const FIELD_KEY_CHARACTERS_MAX: usize = 40;
/// The longest value of a custom field, in characters.
pub const FIELD_TEXT_CHARACTERS_MAX: usize = 1_000;

/// The key of a custom field, such as `favourite_colour`: a small letter, then small letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldKey(String);

/// The text is no [`FieldKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a field's key has at most {FIELD_KEY_CHARACTERS_MAX} characters: a small letter, then small letters, digits and underscores"
)]
pub struct InvalidFieldKey;

impl FieldKey {
    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FieldKey {
    type Err = InvalidFieldKey;
    fn from_str(text: &str) -> Result<Self, InvalidFieldKey> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let fits = text.len() <= FIELD_KEY_CHARACTERS_MAX && text.bytes().all(plain);
        if begins && fits { Ok(Self(text.to_owned())) } else { Err(InvalidFieldKey) }
    }
}

impl TryFrom<String> for FieldKey {
    type Error = InvalidFieldKey;
    fn try_from(text: String) -> Result<Self, InvalidFieldKey> {
        text.parse()
    }
}

impl From<FieldKey> for String {
    fn from(key: FieldKey) -> Self {
        key.0
    }
}

impl fmt::Display for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of a custom field: 1 to [`FIELD_TEXT_CHARACTERS_MAX`] characters, trimmed, with something to see in them. It
/// may have several lines.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldText(String);

/// The text is no [`FieldText`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFieldText {
    /// Empty, or nothing to see in it.
    #[error("the value is blank")]
    Blank,
    /// More than [`FIELD_TEXT_CHARACTERS_MAX`] characters.
    #[error("the value of a field has at most {FIELD_TEXT_CHARACTERS_MAX} characters")]
    TooLong,
    /// A control character other than a line break or a tab.
    #[error("the value contains a control character")]
    ControlCharacter,
}

impl FieldText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FieldText {
    type Err = InvalidFieldText;
    fn from_str(text: &str) -> Result<Self, InvalidFieldText> {
        let text = text.trim();
        if text.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\r' | '\t')) {
            return Err(InvalidFieldText::ControlCharacter);
        }
        if text.chars().all(shows_nothing) {
            return Err(InvalidFieldText::Blank);
        }
        if text.chars().count() > FIELD_TEXT_CHARACTERS_MAX {
            return Err(InvalidFieldText::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for FieldText {
    type Error = InvalidFieldText;
    fn try_from(text: String) -> Result<Self, InvalidFieldText> {
        text.parse()
    }
}

impl From<FieldText> for String {
    fn from(text: FieldText) -> Self {
        text.0
    }
}

/// Redacted: it says something about a person.
impl fmt::Debug for FieldText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldText(…)")
    }
}

/// The values of a contact's custom fields.
pub type CustomFields = BTreeMap<FieldKey, FieldText>;

/// A custom field that an account has for its contacts (B15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDefinition {
    /// Its key, which says what it is to programs and never changes.
    pub key: FieldKey,
    /// What people call it.
    pub label: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which row of which import made or last changed a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The import.
    pub job: JobId,
    /// The row of its file.
    pub row: u64,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// Their name, as far as known.
    pub name: Option<DisplayName>,
    /// Their numbers, the one to write to first; at most [`NUMBERS_MAX`].
    pub numbers: Vec<PhoneNumber>,
    /// Their e-mail addresses; at most [`EMAILS_MAX`].
    pub emails: Vec<EmailAddress>,
    /// What the account wants to know of them besides.
    pub fields: CustomFields,
    /// The member of staff who looks after them: the sales person (C20).
    pub owner: Option<UserId>,
    /// Where they are, as far as somebody said so: their quiet hours go by it.
    pub location: Location,
    /// Since when they are on the stop list (B15): nothing is sent to them, and what they write tells nobody.
    pub blocked_since: Option<Timestamp>,
    /// Which row of an import they come from, if from one.
    pub imported: Option<Imported>,
    /// When the account came to know them.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
    /// Rises with every change; a save is made over the version that was read. 0: never saved.
    pub version: u64,
}

/// Two contacts cannot become one, because it would have more than a contact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Too many numbers.
    #[error("a contact has at most {NUMBERS_MAX} numbers")]
    Numbers,
    /// Too many e-mail addresses.
    #[error("a contact has at most {EMAILS_MAX} e-mail addresses")]
    Emails,
    /// Too many custom fields.
    #[error("a contact has at most {FIELDS_MAX} custom fields")]
    Fields,
}

impl Contact {
    /// Somebody of whom nothing is known yet.
    pub fn new(id: ContactId, at: Timestamp) -> Self {
        Self {
            id,
            name: None,
            numbers: Vec::new(),
            emails: Vec::new(),
            fields: CustomFields::new(),
            owner: None,
            location: Location::default(),
            blocked_since: None,
            imported: None,
            created_at: at,
            updated_at: at,
            version: 0,
        }
    }

    /// Somebody of whom nothing is known but their number: they have written, or were written to.
    pub fn with_number(id: ContactId, number: PhoneNumber, at: Timestamp) -> Self {
        Self { numbers: vec![number], ..Self::new(id, at) }
    }

    /// The number to write to.
    pub fn number(&self) -> Option<&PhoneNumber> {
        self.numbers.first()
    }

    /// Whether anything says who they are.
    pub fn is_somebody(&self) -> bool {
        self.name.is_some() || !self.numbers.is_empty() || !self.emails.is_empty()
    }

    /// Whether they have no more of anything than a contact has.
    pub fn fits(&self) -> Result<(), TooMuch> {
        if self.numbers.len() > NUMBERS_MAX {
            return Err(TooMuch::Numbers);
        }
        if self.emails.len() > EMAILS_MAX {
            return Err(TooMuch::Emails);
        }
        if self.fields.len() > FIELDS_MAX { Err(TooMuch::Fields) } else { Ok(()) }
    }

    /// Takes over what another contact is and has, who is the same person. What both have, such as a name, stays this one's;
    /// who was on the stop list as either of them is on it.
    pub fn absorb(&mut self, other: &Self) -> Result<(), TooMuch> {
        let mut merged = self.clone();
        merged.name = merged.name.or_else(|| other.name.clone());
        merged.owner = merged.owner.or(other.owner);
        merged.location = merged.location.or(&other.location);
        merged.numbers = distinct(self.numbers.iter().chain(&other.numbers));
        merged.emails = distinct(self.emails.iter().chain(&other.emails));
        for (key, text) in &other.fields {
            merged.fields.entry(key.clone()).or_insert_with(|| text.clone());
        }
        merged.blocked_since = self.blocked_since.into_iter().chain(other.blocked_since).min();
        merged.created_at = self.created_at;
        merged.fits()?;
        *self = merged;
        Ok(())
    }
}

/// Each once, in the order in which they first come.
pub fn distinct<'a, T: Clone + Ord + 'a>(all: impl IntoIterator<Item = &'a T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|it| seen.insert(*it)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn contact(n: u128, numbers: std::ops::Range<u32>) -> Contact {
        let id = ContactId::from_uuid(Uuid::from_u128(n));
        let numbers = numbers.map(|n| format!("+1202555{n:04}").parse().unwrap()).collect();
        Contact { numbers, ..Contact::new(id, Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn b15_keys_of_fields_are_small_and_plain() {
        for good in ["a", "favourite_colour", "x2", &"k".repeat(40)] {
            assert_eq!(good.parse::<FieldKey>().unwrap().as_str(), good);
        }
        for bad in ["", "Colour", "2x", "_x", "a b", "a-b", "farbe_grün", &"k".repeat(41), "a\0"] {
            assert_eq!(bad.parse::<FieldKey>(), Err(InvalidFieldKey), "{bad:?}");
        }
    }

    #[test]
    fn b15_values_of_fields_are_any_text_of_a_thousand_characters() {
        for good in ["x", "two\nlines", "🐝 אבג", &"é".repeat(1_000)] {
            assert_eq!(good.parse::<FieldText>().unwrap().as_str(), good);
        }
        assert_eq!(" \u{200b}".parse::<FieldText>(), Err(InvalidFieldText::Blank));
        assert_eq!("é".repeat(1_001).parse::<FieldText>(), Err(InvalidFieldText::TooLong));
        assert_eq!("a\0b".parse::<FieldText>(), Err(InvalidFieldText::ControlCharacter));
        assert_eq!(format!("{:?}", "x".parse::<FieldText>().unwrap()), "FieldText(…)");
    }

    #[test]
    fn a_contact_that_would_have_too_much_stays_as_it_was() {
        let mut one = contact(1, 0..6);
        let before = one.clone();
        assert_eq!(one.absorb(&contact(2, 6..11)), Err(TooMuch::Numbers));
        assert_eq!(one, before);
        assert_eq!(one.absorb(&contact(2, 6..10)), Ok(()));
        assert_eq!(one.numbers.len(), 10);
    }

    proptest! {
        /// B15: whoever was on the stop list stays on it, and no number is lost or doubled.
        #[test]
        fn absorbing_loses_nothing(
            a in 0..5_u32, b in 0..5_u32, blocked in any::<(bool, bool)>(),
        ) {
            let since = |it: bool| it.then_some(Timestamp::UNIX_EPOCH);
            let mut one = Contact { blocked_since: since(blocked.0), ..contact(1, 0..a) };
            let other = Contact { blocked_since: since(blocked.1), ..contact(2, 3..3 + b) };
            one.absorb(&other).unwrap();
            prop_assert_eq!(one.blocked_since.is_some(), blocked.0 || blocked.1);
            prop_assert!(other.numbers.iter().all(|it| one.numbers.contains(it)));
            prop_assert_eq!(distinct(&one.numbers), one.numbers.clone());
            let again = one.clone();
            one.absorb(&other).unwrap();
            prop_assert_eq!(one, again);
        }
    }
}
