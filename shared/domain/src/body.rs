//! The text of a message that we send.
//!
//! A [`MessageBody`] can only be made from text that every carrier takes: not blank, not too long, and without
//! the control characters that carriers drop or refuse. What customers send us is not held to this, because a
//! text that has arrived must be kept whatever is in it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::name::DisplayName;

/// The longest text in Unicode characters: the limit of Twilio's `Body` parameter, which refuses more with
/// error 21617 (Twilio API reference, Message resource).
pub const CHARACTERS_MAX: usize = 1600;

/// A text that can be sent: 1 to [`CHARACTERS_MAX`] characters, something to see in it, and no control
/// characters other than line breaks and tabs. Kept exactly as written, spaces at the ends included.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageBody(String);

/// Why a text cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageBodyError {
    /// Empty, or nothing but spaces, line breaks and characters that show nothing.
    #[error("the text is blank")]
    Blank,
    /// More than [`CHARACTERS_MAX`] characters.
    #[error("the text has {characters} characters; at most {CHARACTERS_MAX} can be sent")]
    TooLong {
        /// How many Unicode characters (scalar values) it has.
        characters: usize,
    },
    /// A control character other than a line feed, carriage return or tab, for example NUL.
    #[error("the text contains the control character U+{:04X}", u32::from(*character))]
    ControlCharacter {
        /// The first such character.
        character: char,
    },
}

impl MessageBody {
    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is sent before a test text, so that whoever receives it knows (D36).
pub fn disclaimer(business: &DisplayName) -> String {
    format!("{}: this is a test. The next message is a test text; please ignore it.", business.as_str())
}

impl TryFrom<String> for MessageBody {
    type Error = MessageBodyError;

    fn try_from(text: String) -> Result<Self, MessageBodyError> {
        // The byte length bounds the character count, so ordinary texts are not counted at all.
        if text.len() > CHARACTERS_MAX {
            let characters = text.chars().count();
            if characters > CHARACTERS_MAX {
                return Err(MessageBodyError::TooLong { characters });
            }
        }
        if let Some(character) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(MessageBodyError::ControlCharacter { character });
        }
        if text.chars().all(shows_nothing) {
            return Err(MessageBodyError::Blank);
        }
        Ok(Self(text))
    }
}

impl FromStr for MessageBody {
    type Err = MessageBodyError;

    fn from_str(text: &str) -> Result<Self, MessageBodyError> {
        text.to_owned().try_into()
    }
}

impl From<MessageBody> for String {
    fn from(body: MessageBody) -> String {
        body.0
    }
}

impl AsRef<str> for MessageBody {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Redacted: what people write to each other does not belong in a log.
impl fmt::Debug for MessageBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageBody(…)")
    }
}

/// Whether a character alone leaves an empty bubble on the phone: white space, zero-width characters,
/// direction marks, the byte order mark and the Hangul filler.
pub(crate) fn shows_nothing(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{3164}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_language_are_kept_as_written() {
        for text in
            ["a", " hi ", "line\r\none\ttab\n", "שלום", "\u{202b}مرحبا\u{202c}", "👨‍👩‍👧", "ok\u{200d}", "0"]
        {
            assert_eq!(text.parse::<MessageBody>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_text_without_anything_to_see_is_refused() {
        for text in ["", " ", "\n\r\t ", "\u{a0}\u{3000}", "\u{200b}", "\u{feff}\u{2060}"] {
            assert_eq!(text.parse::<MessageBody>(), Err(MessageBodyError::Blank), "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_refused_and_named() {
        for character in ['\0', '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}'] {
            let error = format!("a{character}b").parse::<MessageBody>().unwrap_err();
            assert_eq!(error, MessageBodyError::ControlCharacter { character });
        }
        let error = "\0".parse::<MessageBody>().unwrap_err();
        assert_eq!(error.to_string(), "the text contains the control character U+0000");
    }

    #[test]
    fn the_limit_counts_characters_and_not_bytes() {
        assert!("é".repeat(CHARACTERS_MAX).parse::<MessageBody>().is_ok());
        assert!("🎉".repeat(CHARACTERS_MAX).parse::<MessageBody>().is_ok());
        assert_eq!(
            "é".repeat(CHARACTERS_MAX + 1).parse::<MessageBody>(),
            Err(MessageBodyError::TooLong { characters: CHARACTERS_MAX + 1 })
        );
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", "secret".parse::<MessageBody>()), "Ok(MessageBody(…))");
    }

    #[test]
    fn json_is_a_plain_string_and_is_checked() {
        let body: MessageBody = serde_json::from_str(r#""hello""#).unwrap();
        assert_eq!(serde_json::to_string(&body).unwrap(), r#""hello""#);
        assert!(serde_json::from_str::<MessageBody>(r#""\u0000""#).is_err());
        assert!(serde_json::from_str::<MessageBody>("1").is_err());
    }
}
