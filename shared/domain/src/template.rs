//! Message templates: texts that are made beforehand, with fields that are filled in when they are sent (A07, X12).
//!
//! A field is written `{first_name}`. The fields `first_name`, `last_name` and `name` are filled from the customer's record;
//! every other field is given with the request. What fills a field is one short line, and it is put into the finished text
//! and never read again: a value that looks like a field stays as it is. So whoever may send templates only can choose
//! names and dates, but cannot write a text of their own.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    body::{CHARACTERS_MAX, MessageBody, MessageBodyError, shows_nothing},
    id::TemplateId,
    managed::ManagedBy,
    name::{DisplayName, disturbs_a_line},
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

/// The fields that are filled from the customer's record.
const OF_CONTACT: [&str; 3] = ["first_name", "last_name", "name"];

impl FieldName {
    /// Whether the customer's record is asked for it.
    pub fn is_of_contact(&self) -> bool {
        OF_CONTACT.contains(&self.as_str())
    }

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
    Field(&'a str),
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
                Piece::Field(name) => name.parse().ok(),
                Piece::Words(_) => None,
            })
            .collect();
        fields.into_iter().collect()
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
                Some((name, after)) => (Ok(Piece::Field(name)), after),
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
                Piece::Field(name) if name.contains('{') => return Err(InvalidTemplateText::Brace),
                Piece::Field(name) => drop(name.parse::<FieldName>()?),
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

/// What a customer's record says for a field; `None`: it does not know, or the field is not about the customer.
fn of_contact(field: &str, name: Option<&DisplayName>) -> Option<String> {
    let name = name?.as_str();
    let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    let value = match field {
        "name" => name,
        "first_name" => first,
        "last_name" => last.trim_start(),
        _ => return None,
    };
    (!value.is_empty()).then(|| value.to_owned())
}

impl Template {
    /// The message to a customer of this name. What the customer's record knows comes from there; `fields` says the rest, and
    /// has nothing that the template does not ask for.
    pub fn fill(&self, contact: Option<&DisplayName>, fields: &Fields) -> Result<MessageBody, FillError> {
        let known = self.text.fields();
        if let Some(other) = fields.keys().find(|name| !known.contains(name)) {
            return Err(FillError::NoSuchField(other.clone()));
        }
        let mut filled = String::new();
        for piece in pieces(self.text.as_str()).flatten() {
            match piece {
                Piece::Words(words) => filled.push_str(words),
                Piece::Field(field) => {
                    let given = || known.iter().find(|it| it.as_str() == field).and_then(|it| fields.get(it));
                    let value =
                        of_contact(field, contact).or_else(|| given().map(|it| it.as_str().to_owned()));
                    match value {
                        Some(value) => filled.push_str(&value),
                        None => return Err(FillError::Missing(FieldName(field.to_owned()))),
                    }
                }
            }
        }
        // Words that show something and values of one line leave only one thing that can be wrong.
        let characters = filled.chars().count();
        filled.try_into().map_err(|_| FillError::TooLong { characters })
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
