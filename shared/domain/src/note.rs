//! Notes: what members of staff write for each other (D33 to D35).
//!
//! A note belongs to a customer or to a conversation and never leaves the product: there is no way from a note to a
//! message, neither in the types nor in the API.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    body::shows_nothing,
    id::{NoteId, UserId},
    timeline::Actor,
};

/// The longest note, in Unicode characters (scalar values).
pub const CHARACTERS_MAX: usize = 10_000;
/// At most this many colleagues are named in one note: each is notified.
pub const MENTIONS_MAX: usize = 20;

/// The text of a note: 1 to [`CHARACTERS_MAX`] characters with something to see in them, kept exactly as written.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NoteText(String);

/// Why a text is not a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteTextError {
    /// Nothing to see in it.
    #[error("the note is blank")]
    Blank,
    /// More than [`CHARACTERS_MAX`] characters.
    #[error("the note has {characters} characters; at most {CHARACTERS_MAX} are kept")]
    TooLong {
        /// How many Unicode characters it has.
        characters: usize,
    },
    /// A control character other than a line feed, carriage return or tab, for example NUL.
    #[error("the note contains the control character U+{:04X}", u32::from(*character))]
    ControlCharacter {
        /// The first such character.
        character: char,
    },
}

impl NoteText {
    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for NoteText {
    type Error = NoteTextError;

    fn try_from(text: String) -> Result<Self, NoteTextError> {
        let characters = text.chars().count();
        if characters > CHARACTERS_MAX {
            return Err(NoteTextError::TooLong { characters });
        }
        if let Some(character) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(NoteTextError::ControlCharacter { character });
        }
        if text.chars().all(shows_nothing) {
            return Err(NoteTextError::Blank);
        }
        Ok(Self(text))
    }
}

impl FromStr for NoteText {
    type Err = NoteTextError;

    fn from_str(text: &str) -> Result<Self, NoteTextError> {
        text.to_owned().try_into()
    }
}

impl From<NoteText> for String {
    fn from(text: NoteText) -> Self {
        text.0
    }
}

/// Redacted: what people write to each other does not belong in a log.
impl fmt::Debug for NoteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteText(…)")
    }
}

/// A note. The customer never sees it (D34).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// What it says.
    pub text: NoteText,
    /// Who wrote it.
    pub author: Actor,
    /// The colleagues it names: they are notified, as far as they may read it.
    pub mentions: BTreeSet<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d33_a_note_takes_ten_thousand_characters_of_every_script() {
        for text in ["a", "Grüße\n\tan alle", "مرحبا بالعالم", "👩‍👩‍👧‍👦 family", "日本語", " padded "]
        {
            assert_eq!(text.parse::<NoteText>().unwrap().as_str(), text);
        }
        assert!("👋".repeat(CHARACTERS_MAX).parse::<NoteText>().is_ok());
        let longer = "👋".repeat(CHARACTERS_MAX + 1).parse::<NoteText>();
        assert_eq!(longer, Err(NoteTextError::TooLong { characters: CHARACTERS_MAX + 1 }));
    }

    #[test]
    fn what_shows_nothing_is_no_note() {
        for blank in ["", " ", "\n\t", "\u{200b}\u{feff}"] {
            assert_eq!(blank.parse::<NoteText>(), Err(NoteTextError::Blank));
        }
        let nul = "a\0b".parse::<NoteText>();
        assert_eq!(nul, Err(NoteTextError::ControlCharacter { character: '\0' }));
    }
}
