//! Names that people give to things: businesses, users, contacts, gateways.
//!
//! A [`DisplayName`] fits on one line wherever it is shown, in lists, notifications and e-mail subjects, and
//! cannot disturb the text around it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::body::shows_nothing;

/// The longest name in Unicode characters. Our own limit: what fits a list and a push notification.
pub const CHARACTERS_MAX: usize = 100;

/// A name of 1 to [`CHARACTERS_MAX`] characters, without spaces at its ends, without line breaks and control
/// characters, and with something to see in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameError {
    /// Empty, or nothing but spaces and characters that show nothing.
    #[error("the name is blank")]
    Blank,
    /// More than [`CHARACTERS_MAX`] characters.
    #[error("a name has at most {CHARACTERS_MAX} characters")]
    TooLong,
    /// A line break, another control character, or one that reverses the text after the name.
    #[error("the name contains a line break or a control character")]
    ControlCharacter,
}

impl DisplayName {
    /// The name, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DisplayName {
    type Err = DisplayNameError;

    fn from_str(text: &str) -> Result<Self, DisplayNameError> {
        let text = text.trim();
        if text.chars().any(disturbs_a_line) {
            return Err(DisplayNameError::ControlCharacter);
        }
        if text.chars().all(shows_nothing) {
            return Err(DisplayNameError::Blank);
        }
        if text.chars().count() > CHARACTERS_MAX {
            return Err(DisplayNameError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether a text fits on one line and has something to see in it.
pub(crate) fn shown(text: &str) -> bool {
    !text.chars().any(disturbs_a_line) && !text.chars().all(shows_nothing)
}

/// Control characters, the Unicode line and paragraph separators, and the bidirectional embeddings, overrides
/// and isolates with which one name could make the rest of a line read backwards (Unicode Technical Report 36,
/// section 2.5). The plain direction marks that right-to-left names need are allowed.
pub(crate) fn disturbs_a_line(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

impl TryFrom<String> for DisplayName {
    type Error = DisplayNameError;

    fn try_from(text: String) -> Result<Self, DisplayNameError> {
        text.parse()
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> String {
        name.0
    }
}

impl AsRef<str> for DisplayName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Redacted: a name tells who somebody is.
impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_otherwise_kept() {
        for (text, expected) in [
            ("Ann", "Ann"),
            ("  Ann  Lee\n", "Ann  Lee"),
            ("Łukasz Żółć", "Łukasz Żółć"),
            ("\u{200f}דוד", "\u{200f}דוד"),
            ("🐝 Bee & Co.", "🐝 Bee & Co."),
        ] {
            assert_eq!(text.parse::<DisplayName>().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn names_that_show_nothing_are_refused() {
        for text in ["", " \u{a0}\n", "\u{200b}\u{200d}", "\u{3164}"] {
            assert_eq!(text.parse::<DisplayName>(), Err(DisplayNameError::Blank), "{text:?}");
        }
    }

    #[test]
    fn names_that_disturb_a_line_are_refused() {
        for text in ["a\nb", "a\0b", "a\tb", "a\u{2028}b", "a\u{202e}b", "\u{2066}a", "a\u{7f}"] {
            assert_eq!(text.parse::<DisplayName>(), Err(DisplayNameError::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn the_limit_counts_characters_after_trimming() {
        assert!(format!(" {} ", "é".repeat(CHARACTERS_MAX)).parse::<DisplayName>().is_ok());
        assert_eq!("é".repeat(CHARACTERS_MAX + 1).parse::<DisplayName>(), Err(DisplayNameError::TooLong));
    }

    #[test]
    fn debug_does_not_show_the_name() {
        assert_eq!(format!("{:?}", "Ann".parse::<DisplayName>()), "Ok(DisplayName(…))");
    }
}
