//! Sender IDs: what a customer sees a message come from (D25, D26).
//!
//! Most are phone numbers; a short code and a name are not, and a name cannot be answered. What *people* type goes through
//! [`SenderId::parse`]; what *machines* say (carriers, our own storage) through [`FromStr`] and serde.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::phone::{PhoneNumber, PhoneNumberError, Region};

/// How many digits a short code has: North America's five or six, others as few as three. More would be taken for a phone number
/// whose area code was forgotten.
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=6;

/// The longest alphanumeric sender ID (3GPP TS 23.040, 9.1.2.5: eleven characters of GSM 7-bit).
const NAME_CHARACTERS_MAX: usize = 11;

/// What a message comes from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SenderId(Form);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    Number(PhoneNumber),
    ShortCode(String),
    Name(String),
}

/// The kinds of sender IDs, which differ in what they can carry and how fast (D26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// An ordinary phone number.
    LongCode,
    /// A number that costs the caller nothing, such as +1 800.
    TollFree,
    /// A few digits, leased for sending to many.
    ShortCode,
    /// A name in place of a number, where the country allows it. It cannot be answered.
    Alphanumeric,
}

impl SenderKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::LongCode, Self::TollFree, Self::ShortCode, Self::Alphanumeric];

    /// Whether customers can answer.
    pub const fn can_receive(self) -> bool {
        !matches!(self, Self::Alphanumeric)
    }
}

/// The text is no sender ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SenderIdError {
    /// It looks like a phone number and is none.
    #[error(transparent)]
    Number(#[from] PhoneNumberError),
    /// It is no name that a carrier takes.
    #[error(
        "a name has up to {NAME_CHARACTERS_MAX} letters, digits, spaces, \"-\", \"_\", \"&\", \"+\" or \".\", and at least one letter"
    )]
    Name,
}

impl SenderId {
    /// Reads what a person of the region wrote: a phone number, a short code or a name.
    pub fn parse(text: &str, home: Option<Region>) -> Result<Self, SenderIdError> {
        let text = text.trim();
        if is_short_code(text) {
            return Ok(Self(Form::ShortCode(text.to_owned())));
        }
        match PhoneNumber::parse(text, home) {
            Ok(number) => Ok(number.into()),
            // Letters on a keypad are digits too ("1-800-FLOWERS"), so that a name is only what is no number.
            Err(_) if text.contains(|c: char| c.is_alphabetic()) => name(text),
            Err(error) => Err(error.into()),
        }
    }

    /// The number, if it is one.
    pub const fn number(&self) -> Option<&PhoneNumber> {
        match &self.0 {
            Form::Number(number) => Some(number),
            Form::ShortCode(_) | Form::Name(_) => None,
        }
    }

    /// As carriers take it: E.164, the digits of a short code, or the name.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Number(number) => number.as_str(),
            Form::ShortCode(text) | Form::Name(text) => text,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> SenderKind {
        match &self.0 {
            Form::Number(number) if number.is_toll_free() => SenderKind::TollFree,
            Form::Number(_) => SenderKind::LongCode,
            Form::ShortCode(_) => SenderKind::ShortCode,
            Form::Name(_) => SenderKind::Alphanumeric,
        }
    }
}

fn is_short_code(text: &str) -> bool {
    SHORT_CODE_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn name(text: &str) -> Result<SenderId, SenderIdError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '&' | '+' | '.');
    let fits = text.len() <= NAME_CHARACTERS_MAX
        && text.chars().all(allowed)
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && text.trim() == text;
    if fits { Ok(SenderId(Form::Name(text.to_owned()))) } else { Err(SenderIdError::Name) }
}

impl From<PhoneNumber> for SenderId {
    fn from(number: PhoneNumber) -> Self {
        Self(Form::Number(number))
    }
}

impl FromStr for SenderId {
    type Err = SenderIdError;
    fn from_str(text: &str) -> Result<Self, SenderIdError> {
        if is_short_code(text) {
            return Ok(Self(Form::ShortCode(text.to_owned())));
        }
        match text.parse::<PhoneNumber>() {
            Ok(number) => Ok(number.into()),
            Err(_) => name(text),
        }
    }
}

impl TryFrom<String> for SenderId {
    type Error = SenderIdError;
    fn try_from(text: String) -> Result<Self, SenderIdError> {
        text.parse()
    }
}

impl From<SenderId> for String {
    fn from(it: SenderId) -> Self {
        it.as_str().to_owned()
    }
}

impl fmt::Display for SenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Number(number) => write!(f, "{number:?}"),
            Form::ShortCode(_) => f.write_str("SenderId(short code)"),
            Form::Name(_) => f.write_str("SenderId(name)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Result<(String, SenderKind), SenderIdError> {
        let home: Region = "US".parse().unwrap();
        SenderId::parse(text, Some(home)).map(|it| (it.to_string(), it.kind()))
    }

    #[test]
    fn d26_what_a_person_writes_is_a_number_a_short_code_or_a_name() {
        for (text, id, kind) in [
            ("(202) 555-0100", "+12025550100", SenderKind::LongCode),
            ("+44 7700 900123", "+447700900123", SenderKind::LongCode),
            ("1-800-356-9377", "+18003569377", SenderKind::TollFree),
            ("1-800-FLOWERS", "+18003569377", SenderKind::TollFree),
            (" 72345 ", "72345", SenderKind::ShortCode),
            ("300", "300", SenderKind::ShortCode),
            ("Florist", "Florist", SenderKind::Alphanumeric),
            ("B & B 24", "B & B 24", SenderKind::Alphanumeric),
        ] {
            assert_eq!(typed(text), Ok((id.to_owned(), kind)), "{text}");
        }
        for text in ["", "12", "202555010", "5550123", "Twelve chars", "Blumen-Käfer", "\u{1F33B}Sun"] {
            assert!(typed(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_it_is_it_reads_back(text in "\\PC{0,14}") {
            if let Ok(id) = text.parse::<SenderId>() {
                prop_assert_eq!(id.as_str().parse::<SenderId>().unwrap(), id.clone());
                prop_assert_eq!(serde_json::from_value::<SenderId>(serde_json::to_value(&id).unwrap()).unwrap(), id);
            }
        }
    }
}
