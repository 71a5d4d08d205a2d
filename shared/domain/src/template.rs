//! Message templates: texts that are made beforehand, with fields that are filled in when they are sent (A07, X12).
//!
//! A field is written `{first_name}`, or `{first_name|there}` with what stands for it if nobody knows better. The fields
//! `first_name`, `last_name` and `name` and those of the account's own making are filled from the customer's record,
//! `sender_name` and `business_name` from who sends; every other field is given with the request. What fills a field is one
//! short line, and it is put into the finished text and never read again: a value that looks like a field stays as it is.
//! So whoever may send templates only can choose names and dates, but cannot write a text of their own.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    body::{CHARACTERS_MAX, MessageBody, MessageBodyError, shows_nothing},
    contact::CustomFields,
    id::TemplateId,
    managed::ManagedBy,
    name::{DisplayName, disturbs_a_line},
    scope::Scope,
};

/// At most this many different fields in a template.
pub const FIELDS_MAX: usize = 20;
/// The longest name of a field, in characters.
pub const FIELD_NAME_CHARACTERS_MAX: usize = 30;
/// The longest value of a field, in characters: a name, a date, a place, and no letter.
pub const FIELD_VALUE_CHARACTERS_MAX: usize = 100;

/// The name of a field: a small letter, then small letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(String);

/// The text is no [`FieldName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a field's name has at most {FIELD_NAME_CHARACTERS_MAX} characters: a small letter, then small letters, digits and underscores"
)]
pub struct InvalidFieldName;

/// The name of the business.
pub const BUSINESS_NAME: &str = "business_name";
/// The name of who sends.
const SENDER_NAME: &str = "sender_name";
/// The fields that are filled without anybody being asked, whoever sends.
const WITHOUT_ASKING: [&str; 4] = ["first_name", "last_name", "name", BUSINESS_NAME];

impl FieldName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FieldName {
    type Err = InvalidFieldName;
    fn from_str(text: &str) -> Result<Self, InvalidFieldName> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let fits = text.len() <= FIELD_NAME_CHARACTERS_MAX && text.bytes().all(plain);
        if begins && fits { Ok(Self(text.to_owned())) } else { Err(InvalidFieldName) }
    }
}

impl TryFrom<String> for FieldName {
    type Error = InvalidFieldName;
    fn try_from(text: String) -> Result<Self, InvalidFieldName> {
        text.parse()
    }
}

impl From<FieldName> for String {
    fn from(name: FieldName) -> Self {
        name.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What fills a field: 1 to [`FIELD_VALUE_CHARACTERS_MAX`] characters on one line, trimmed, with something to see in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldValue(String);

/// The text cannot fill a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFieldValue {
    /// Empty, or nothing to see in it.
    #[error("the value is blank")]
    Blank,
    /// More than [`FIELD_VALUE_CHARACTERS_MAX`] characters.
    #[error("the value of a field has at most {FIELD_VALUE_CHARACTERS_MAX} characters")]
    TooLong,
    /// A line break, another control character, or one that turns the text after it around.
    #[error("the value of a field is one line without control characters")]
    NotOneLine,
}

impl TryFrom<String> for FieldValue {
    type Error = InvalidFieldValue;
    fn try_from(text: String) -> Result<Self, InvalidFieldValue> {
        let text = text.trim();
        if text.chars().any(disturbs_a_line) {
            return Err(InvalidFieldValue::NotOneLine);
        }
        if text.chars().all(shows_nothing) {
            return Err(InvalidFieldValue::Blank);
        }
        if text.chars().count() > FIELD_VALUE_CHARACTERS_MAX {
            return Err(InvalidFieldValue::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<FieldValue> for String {
    fn from(value: FieldValue) -> Self {
        value.0
    }
}

impl FieldValue {
    /// The value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Redacted: it ends up in what people write to each other.
impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldValue(…)")
    }
}

/// What a request fills fields with.
pub type Fields = BTreeMap<FieldName, FieldValue>;

/// A piece of a template's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Words(&'a str),
    /// Its name, and what stands for it if nothing else does.
    Field(&'a str, Option<&'a str>),
}

/// The text of a template: what a [`MessageBody`] can be, with fields in braces, and with words of its own beside them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateText(String);

/// The text is no [`TemplateText`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplateText {
    /// It could not be sent even as it stands.
    #[error(transparent)]
    Body(#[from] MessageBodyError),
    /// A brace that is not part of a field.
    #[error("braces enclose the name of a field, as in {{first_name}}")]
    Brace,
    /// The braces enclose no name.
    #[error(transparent)]
    FieldName(#[from] InvalidFieldName),
    /// What stands for a field if nothing else does cannot fill one.
    #[error(transparent)]
    Otherwise(#[from] InvalidFieldValue),
    /// More than [`FIELDS_MAX`] different fields.
    #[error("a template has at most {FIELDS_MAX} different fields")]
    TooManyFields,
    /// Nothing but fields: whoever fills them would write the text.
    #[error("a template has words of its own beside its fields")]
    NothingButFields,
}

impl TemplateText {
    /// The text with its fields in braces.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The fields, each once, in the order of their names.
    pub fn fields(&self) -> Vec<FieldName> {
        let fields: std::collections::BTreeSet<FieldName> = pieces(&self.0)
            .flatten()
            .filter_map(|piece| match piece {
                Piece::Field(name, _) => name.parse().ok(),
                Piece::Words(_) => None,
            })
            .collect();
        fields.into_iter().collect()
    }

    /// Whether it asks for something that only a field of the customer's record, or the request, could say.
    pub fn asks_about_contact(&self) -> bool {
        let known = |name: &str| WITHOUT_ASKING.contains(&name) || name == SENDER_NAME;
        self.fields().iter().any(|field| !known(field.as_str()))
    }

    /// A field that somebody has to be asked for. What the product itself sends must have none.
    pub fn asks_for(&self) -> Option<FieldName> {
        pieces(&self.0).flatten().find_map(|piece| match piece {
            Piece::Field(name, None) if !WITHOUT_ASKING.contains(&name) => name.parse().ok(),
            _ => None,
        })
    }

    /// The message: what is known stands where it belongs, `fields` says the rest, and has nothing that the text does not
    /// ask for.
    pub fn fill(&self, known: &Known, fields: &Fields) -> Result<MessageBody, FillError> {
        let names = self.fields();
        if let Some(other) = fields.keys().find(|name| !names.contains(name)) {
            return Err(FillError::NoSuchField(other.clone()));
        }
        let mut filled = String::new();
        for piece in pieces(&self.0).flatten() {
            match piece {
                Piece::Words(words) => filled.push_str(words),
                Piece::Field(name, otherwise) => {
                    let given = || names.iter().find(|it| it.as_str() == name).and_then(|it| fields.get(it));
                    let value = known.0.get(name).map(String::as_str);
                    match value.or_else(|| given().map(FieldValue::as_str)).or(otherwise) {
                        Some(value) => filled.push_str(value),
                        None => return Err(FillError::Missing(FieldName(name.to_owned()))),
                    }
                }
            }
        }
        // Words that show something and values of one line leave only one thing that can be wrong.
        let characters = filled.chars().count();
        filled.try_into().map_err(|_| FillError::TooLong { characters })
    }
}

/// What stands between two braces.
fn field_of(inside: &str) -> Piece<'_> {
    match inside.split_once('|') {
        Some((name, otherwise)) => Piece::Field(name, Some(otherwise)),
        None => Piece::Field(inside, None),
    }
}

/// The pieces of a text, in order, up to the first brace that belongs to no field.
fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, InvalidTemplateText>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = match rest.find(['{', '}']) {
            None if rest.is_empty() => return None,
            None => (Ok(Piece::Words(rest)), ""),
            Some(0) => match rest.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
                Some((field, after)) => (Ok(field_of(field)), after),
                None => (Err(InvalidTemplateText::Brace), ""),
            },
            Some(at) => {
                let (words, after) = rest.split_at(at);
                (Ok(Piece::Words(words)), after)
            }
        };
        rest = after;
        Some(piece)
    })
}

impl TryFrom<String> for TemplateText {
    type Error = InvalidTemplateText;
    fn try_from(text: String) -> Result<Self, InvalidTemplateText> {
        text.parse::<MessageBody>()?;
        let mut has_words = false;
        for piece in pieces(&text) {
            match piece? {
                Piece::Words(words) => has_words |= !words.chars().all(shows_nothing),
                // What is neither closed nor a name is first of all a stray brace.
                Piece::Field(name, otherwise)
                    if name.contains('{') || otherwise.is_some_and(|it| it.contains('{')) =>
                {
                    return Err(InvalidTemplateText::Brace);
                }
                Piece::Field(name, otherwise) => {
                    name.parse::<FieldName>()?;
                    otherwise.map(|it| FieldValue::try_from(it.to_owned())).transpose()?;
                }
            }
        }
        if !has_words {
            return Err(InvalidTemplateText::NothingButFields);
        }
        let text = Self(text);
        if text.fields().len() > FIELDS_MAX { Err(InvalidTemplateText::TooManyFields) } else { Ok(text) }
    }
}

impl From<TemplateText> for String {
    fn from(text: TemplateText) -> Self {
        text.0
    }
}

/// Redacted like the messages that are made of it.
impl fmt::Debug for TemplateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TemplateText(…)")
    }
}

/// A template of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// What people call it.
    pub name: DisplayName,
    /// Its text.
    pub text: TemplateText,
    /// Who may change it.
    pub managed_by: ManagedBy,
    /// Who has it at hand. One of a person's own is a text of their own: sending it is composing (X12).
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why a template could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// Neither the customer's record nor the request says what stands for this field.
    #[error("the template needs this field, and the customer's record does not have it")]
    Missing(FieldName),
    /// The template has no such field.
    #[error("the template has no such field")]
    NoSuchField(FieldName),
    /// The finished text has more characters than a message can have.
    #[error("the filled template has {characters} characters; at most {CHARACTERS_MAX} can be sent")]
    TooLong {
        /// How many.
        characters: usize,
    },
}

/// What is known without being asked for: about the customer, who sends, and for whom.
#[derive(Clone, Default)]
pub struct Known(BTreeMap<String, String>);

impl Known {
    /// Of a customer of this name. The first word of a name is the first name.
    pub fn of_contact(name: Option<&DisplayName>, custom: &CustomFields) -> Self {
        let mut known = Self::default();
        for (key, text) in custom {
            // What is no short line fills no field: nobody writes a letter into a template.
            if let Ok(value) = FieldValue::try_from(text.as_str().to_owned()) {
                known.say(key.as_str(), value.as_str());
            }
        }
        if let Some(name) = name.map(DisplayName::as_str) {
            let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
            known.say("name", name);
            known.say("first_name", first);
            known.say("last_name", last.trim_start());
        }
        known
    }

    /// Sent by somebody of this name.
    #[must_use]
    pub fn from_sender(mut self, name: Option<&DisplayName>) -> Self {
        self.say(SENDER_NAME, name.map_or("", DisplayName::as_str));
        self
    }

    /// Sent for the business of this name.
    #[must_use]
    pub fn for_business(mut self, name: Option<&DisplayName>) -> Self {
        self.say(BUSINESS_NAME, name.map_or("", DisplayName::as_str));
        self
    }

    fn say(&mut self, field: &str, value: &str) {
        if !value.is_empty() {
            self.0.insert(field.to_owned(), value.to_owned());
        }
    }
}

/// Redacted: it says something about people.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(…)")
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
