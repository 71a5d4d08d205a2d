//! Phone numbers: the address of a customer and of our own gateways.
//!
//! A [`PhoneNumber`] is E.164 inside (`+12025550123`), so equal numbers are equal values however they were
//! written. There are two ways in. What *people* type or import goes through [`PhoneNumber::parse`], which
//! knows the numbering plans of all countries (Google's libphonenumber metadata, by `rlibphonenumber`) and
//! refuses numbers that cannot exist. What *machines* say (carriers, our own storage) goes through
//! [`FromStr`] and serde, which check the E.164 form only: a carrier may use a number that our metadata has
//! not heard of yet, and a text from it must not be lost.

use std::{fmt, str::FromStr};

use rlibphonenumber::{PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, PhoneNumberType, ValidationError};
use serde::{Deserialize, Serialize};

/// How many digits follow the `+`. At most 15 by ITU-T E.164, section 6; the shortest in use is seven (Niue).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The longest input that is looked at, in bytes: libphonenumber's own limit, against long hostile input.
const INPUT_LENGTH_MAX: usize = 250;

/// A phone number in E.164 form: `+`, country calling code, national number, 7 to 15 digits in all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is not a phone number that can be texted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    /// No phone number in it.
    #[error("not a phone number")]
    NotANumber,
    /// No country code that is in use, and no home country to assume.
    #[error("the number needs a country code, as in +1 202 555 0123")]
    CountryUnknown,
    /// Fewer digits than numbers of its country have, or an area code is missing.
    #[error("the number is too short for its country")]
    TooShort,
    /// More digits than numbers of its country have.
    #[error("the number is too long for its country")]
    TooLong,
    /// The country does not give out numbers of these digits, or of this length between its shortest and its
    /// longest.
    #[error("there is no such number in its country")]
    NotInUse,
    /// From a machine: not `+` and 7 to 15 digits.
    #[error("not an E.164 number: + and {} to {} digits", DIGITS.start(), DIGITS.end())]
    NotE164,
}

impl PhoneNumber {
    /// Reads what a person wrote: any usual spelling with a country code (`+44 20 7946 0018`,
    /// `tel:+1-202-555-0123`), or, if `home` is given, also the national and the dialled form of that country
    /// (`(202) 555-0123`, `011 44 20 7946 0018`). Letters on a telephone keypad count as their digits, and an
    /// extension is left out, because a text goes to the line and not to the desk.
    ///
    /// Only numbers that their country's numbering plan gives out are accepted, and those that North America
    /// and the United Kingdom set aside for fiction (555-01xx in every area, 07700 900xxx).
    pub fn parse(text: &str, home: Option<Region>) -> Result<Self, PhoneNumberError> {
        if text.len() > INPUT_LENGTH_MAX {
            return Err(PhoneNumberError::NotANumber);
        }
        let parsed = PHONE_NUMBER_UTIL
            .parse(text, home.map(|region| region.0))
            .map_err(|error| from_parse_error(&error))?;
        if !parsed.is_valid() && !is_fictional(&parsed) {
            return Err(why_invalid(&parsed));
        }
        parsed.format_as(PhoneNumberFormat::E164).parse().map_err(|_| PhoneNumberError::NotInUse)
    }

    /// The number in E.164 form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country calling code, such as 44. Several countries share some codes: 1 is all of North America.
    /// `None` if the number came from a machine and begins with no code that is in use.
    pub fn country_calling_code(&self) -> Option<u16> {
        self.parsed().and_then(|parsed| u16::try_from(parsed.country_code).ok())
    }

    /// The country that gave out the number. `None` for numbers of no country (satellite phones, `+800`), and
    /// for numbers of a shared calling code of which the metadata cannot tell the country.
    pub fn region(&self) -> Option<Region> {
        let parsed = self.parsed()?;
        let main = || PHONE_NUMBER_UTIL.get_region_for_country_code(parsed.country_code);
        let region = parsed.get_region_code().or_else(|| main().filter(|_| is_fictional(&parsed)));
        region.and_then(Region::known)
    }

    /// Whether whoever is called pays, as with +1 800.
    pub fn is_toll_free(&self) -> bool {
        self.parsed().is_some_and(|parsed| parsed.get_type() == PhoneNumberType::TollFree)
    }

    /// The number as people abroad write it: `+1 202-555-0123`. Parses back to the same number.
    pub fn international(&self) -> String {
        self.formatted(PhoneNumberFormat::International)
    }

    /// The number as people in its own country write it: `(202) 555-0123`. Parses back to the same number
    /// with [`PhoneNumber::region`] as the home.
    pub fn national(&self) -> String {
        self.formatted(PhoneNumberFormat::National)
    }

    fn formatted(&self, format: PhoneNumberFormat) -> String {
        self.parsed().map_or_else(|| self.0.clone(), |parsed| parsed.format_as(format).into_owned())
    }

    /// The library's view of the number; `None` if the country calling code is not in use.
    fn parsed(&self) -> Option<rlibphonenumber::PhoneNumber> {
        PHONE_NUMBER_UTIL.parse(&self.0, None).ok()
    }
}

/// Whether a number is of a range that no customer is given, so that stories and examples can use it, although
/// the metadata calls some of it invalid:
/// - North America: 555-0100 to 555-0199 in every area (NANPA, "555 Line Numbers");
/// - United Kingdom: 07700 900000 to 900999 (Ofcom, "Telephone numbers for use in TV and radio drama").
fn is_fictional(number: &rlibphonenumber::PhoneNumber) -> bool {
    match number.country_code {
        1 => {
            (2_000_000_000..10_000_000_000).contains(&number.national_number)
                && number.national_number / 100 % 100_000 == 55_501
        }
        44 => number.national_number / 1000 == 7_700_900,
        _ => false,
    }
}

fn from_parse_error(error: &ParseError) -> PhoneNumberError {
    match error {
        ParseError::InvalidCountryCode => PhoneNumberError::CountryUnknown,
        ParseError::NotANumber(_) => PhoneNumberError::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneNumberError::TooShort,
        ParseError::TooLongNsn => PhoneNumberError::TooLong,
    }
}

/// Tells wrong length, which people can mend by looking again, from a number that does not exist.
fn why_invalid(number: &rlibphonenumber::PhoneNumber) -> PhoneNumberError {
    use rlibphonenumber::NumberLengthType::{IsPossible, IsPossibleLocalOnly};

    match number.is_possible_with_reason() {
        Ok(IsPossible) | Err(ValidationError::InvalidLength) => PhoneNumberError::NotInUse,
        Ok(IsPossibleLocalOnly) | Err(ValidationError::TooShort) => PhoneNumberError::TooShort,
        Err(ValidationError::TooLong) => PhoneNumberError::TooLong,
        Err(ValidationError::InvalidCountryCode) => PhoneNumberError::CountryUnknown,
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    /// Reads the E.164 form and nothing else.
    fn from_str(text: &str) -> Result<Self, PhoneNumberError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneNumberError;

    /// Reads the E.164 form and nothing else.
    fn try_from(text: String) -> Result<Self, PhoneNumberError> {
        let is_e164 = text.strip_prefix('+').is_some_and(|digits| {
            DIGITS.contains(&digits.len())
                && digits.bytes().all(|digit| digit.is_ascii_digit())
                && !digits.starts_with('0')
        });
        if is_e164 { Ok(Self(text)) } else { Err(PhoneNumberError::NotE164) }
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> String {
        number.0
    }
}

impl AsRef<str> for PhoneNumber {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Redacted: a number names a person. There is no `Display` either, so that a number gets into a text only by
/// an explicit [`PhoneNumber::as_str`].
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

/// A country or territory with a telephone numbering plan, written as its ISO 3166-1 alpha-2 code in capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(rlibphonenumber::Region);

/// The text is not the code of a country that the phone metadata knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the two-letter code of a country with telephone numbers, such as US")]
pub struct RegionError;

impl Region {
    /// The country calling code, such as 44 for `GB`.
    pub fn country_calling_code(self) -> u16 {
        // A `Region` is made of a region that has a code, so the default cannot be seen.
        calling_code(self.0).unwrap_or_default()
    }

    fn known(region: rlibphonenumber::Region) -> Option<Self> {
        calling_code(region).map(|_| Self(region))
    }
}

/// `None` for regions without a numbering plan, among them "World", which is no country.
fn calling_code(region: rlibphonenumber::Region) -> Option<u16> {
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).and_then(|code| u16::try_from(code).ok())
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        if !text.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(RegionError);
        }
        rlibphonenumber::Region::from_code(text).ok().and_then(Self::known).ok_or(RegionError)
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Self, RegionError> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> String {
        region.to_string()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.as_region_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
