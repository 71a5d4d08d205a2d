//! Tags: what conversations are about (D13, D14).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    id::TagId,
    name::{DisplayName, DisplayNameError},
};

/// The longest name of a tag, in Unicode characters: it is shown as a bubble.
pub const NAME_CHARACTERS_MAX: usize = 40;
/// At most this many tags has an account: one can pick from them.
pub const TAGS_MAX: usize = 200;

/// The name of a tag: a [`DisplayName`] of at most [`NAME_CHARACTERS_MAX`] characters.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagName(DisplayName);

/// Why a text is not the name of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagNameError {
    /// It is no name at all.
    #[error(transparent)]
    Name(#[from] DisplayNameError),
    /// It is too long for a bubble.
    #[error("the name of a tag has at most {NAME_CHARACTERS_MAX} characters")]
    TooLong,
}

impl TagName {
    /// The name, trimmed.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What two names have in common that people would take for the same: letters without case, spaces as one.
    pub fn folded(&self) -> String {
        let words: Vec<String> = self.as_str().split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    }
}

impl FromStr for TagName {
    type Err = TagNameError;

    fn from_str(text: &str) -> Result<Self, TagNameError> {
        let name: DisplayName = text.parse()?;
        if name.as_str().chars().count() > NAME_CHARACTERS_MAX {
            return Err(TagNameError::TooLong);
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for TagName {
    type Error = TagNameError;

    fn try_from(text: String) -> Result<Self, TagNameError> {
        text.parse()
    }
}

impl From<TagName> for String {
    fn from(name: TagName) -> Self {
        name.0.into()
    }
}

impl fmt::Debug for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagName(…)")
    }
}

/// The colour of a tag's bubble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagColour {
    /// Grey.
    #[default]
    Grey,
    /// Red.
    Red,
    /// Orange.
    Orange,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Teal.
    Teal,
    /// Blue.
    Blue,
    /// Purple.
    Purple,
    /// Pink.
    Pink,
}

impl TagColour {
    /// Every colour.
    pub const ALL: [Self; 9] = [
        Self::Grey,
        Self::Red,
        Self::Orange,
        Self::Yellow,
        Self::Green,
        Self::Teal,
        Self::Blue,
        Self::Purple,
        Self::Pink,
    ];
}

/// A tag of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// What it says.
    pub name: TagName,
    /// How it looks.
    pub colour: TagColour,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_names_that_differ_by_case_or_spaces_only_are_the_same_tag() {
        let folded = |text: &str| text.parse::<TagName>().unwrap().folded();
        assert_eq!(folded("Order  Status"), folded(" order status "));
        assert_eq!(folded("ÖFFNUNGSZEITEN"), folded("öffnungszeiten"));
        assert_ne!(folded("returns"), folded("return"));
    }

    #[test]
    fn a_name_fits_into_a_bubble() {
        assert!("x".repeat(NAME_CHARACTERS_MAX).parse::<TagName>().is_ok());
        assert_eq!("x".repeat(NAME_CHARACTERS_MAX + 1).parse::<TagName>(), Err(TagNameError::TooLong));
        assert_eq!(" ".parse::<TagName>(), Err(TagNameError::Name(DisplayNameError::Blank)));
    }
}
