//! Keywords: words that customers text to be put on a list, and perhaps to be answered (A06).
//!
//! Only a text that *is* the word counts, as with the words about consent (see [`crate::consent`]), which no keyword can be.
//! Words are compared as people mean them: without regard to case, to the width of characters, and to what stands around
//! them that is neither letter nor digit.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    automation::Assign,
    consent::is_reserved,
    id::{AccountId, ContactListId, KeywordId, TemplateId},
    managed::ManagedBy,
};

/// The shortest word, in characters. One letter is too easily sent by mistake.
pub const CHARACTERS_MIN: usize = 2;
/// The longest word, in characters.
pub const CHARACTERS_MAX: usize = 30;
/// At most this many keywords in an account, so that all of them can be looked at in one step.
pub const KEYWORDS_MAX: usize = 100;

/// A text longer than this in bytes is no keyword, whatever is in it: no need to fold it. Folding can shorten a text, but
/// not by that much.
const TEXT_BYTES_MAX: usize = 512;

/// A word that customers text: letters and digits, in one spelling for all that people take for the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Word(String);

/// The text is no [`Word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWord {
    /// Spaces, punctuation, emoji.
    #[error("a keyword is one word of letters and digits")]
    Characters,
    /// Too short or too long.
    #[error("a keyword has {CHARACTERS_MIN} to {CHARACTERS_MAX} letters and digits")]
    Length,
    /// A word with which customers end or renew their consent, or ask for help.
    #[error("this word is reserved for opting out, opting in or asking for help")]
    Reserved,
}

/// One spelling for all that people take for the same: compatibility characters (full-width letters, ligatures) as the
/// plain ones, capital letters as small ones.
fn fold(text: &str) -> String {
    // Through capitals, so that letters with two small forms (ß, ς) come out as one.
    let capital: String = text.nfkc().flat_map(char::to_uppercase).collect();
    let small: String = capital.chars().flat_map(char::to_lowercase).collect();
    small.nfkc().collect()
}

fn is_part_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

impl Word {
    /// The word in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The word that a whole text from a customer is, if it could be a keyword.
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_matches(|character| !is_part_of_a_word(character));
        if text.len() > TEXT_BYTES_MAX { None } else { text.parse().ok() }
    }
}

impl FromStr for Word {
    type Err = InvalidWord;
    fn from_str(text: &str) -> Result<Self, InvalidWord> {
        let word = fold(text.trim());
        let mut characters = word.chars();
        let begins = characters.next().is_none_or(char::is_alphanumeric);
        if !begins || !characters.all(is_part_of_a_word) {
            return Err(InvalidWord::Characters);
        }
        if !(CHARACTERS_MIN..=CHARACTERS_MAX).contains(&word.chars().count()) {
            return Err(InvalidWord::Length);
        }
        if is_reserved(&word) { Err(InvalidWord::Reserved) } else { Ok(Self(word)) }
    }
}

impl TryFrom<String> for Word {
    type Error = InvalidWord;
    fn try_from(text: String) -> Result<Self, InvalidWord> {
        text.parse()
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0
    }
}

/// Redacted: it may be what a customer has written.
impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Word(…)")
    }
}

/// A keyword of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyword {
    /// Its id, which follows from the word: see [`Keyword::id_for`].
    pub id: KeywordId,
    /// The word.
    pub word: Word,
    /// The list on which whoever texts it is put.
    pub contact_list: ContactListId,
    /// The template with which they are answered; `None`: they are not.
    pub answer: Option<TemplateId>,
    /// Whom the answer assigns, when it is sent (C19).
    pub assign: Assign,
    /// Who may change it.
    pub managed_by: ManagedBy,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Keyword {
    /// The id of the keyword of this word. Because it is derived and not drawn, an account has each word once, and a text
    /// leads to its keyword by one read.
    pub fn id_for(account: AccountId, word: &Word) -> KeywordId {
        KeywordId::derive(&[b"keyword", account.uuid().as_bytes(), word.as_str().as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::consent::read;

    #[test]
    fn a06_a_text_is_a_keyword_only_as_a_whole() {
        for text in [
            "JOIN",
            "join",
            " Join. ",
            "join!!",
            "“join”",
            "ＪＯＩＮ",
            "join\u{200b}",
            "Join 👍",
            "\u{202a}join",
        ] {
            assert_eq!(Word::of_text(text), Some("join".parse().unwrap()), "{text}");
        }
        let long = format!("join{}", " ".repeat(2_000));
        assert_eq!(Word::of_text(&long), Some("join".parse().unwrap()));
        for text in [
            "",
            "join us",
            "join-us",
            "please join",
            "j",
            "👍",
            "joi n",
            "STOP",
            "Help!",
            "info",
            &"x".repeat(31),
        ] {
            assert_eq!(Word::of_text(text), None, "{text}");
        }
    }

    #[test]
    fn a06_one_word_has_one_spelling() {
        for (one, other) in [
            ("straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("οδός", "ΟΔΌΣ"),
            ("İzmir", "i\u{307}zmir"),
            ("cafe\u{301}", "CAFÉ"),
            ("ﬁtness", "Fitness"),
            ("１２３４", "1234"),
            ("сюда", "СЮДА"),
            ("नमस्ते", "नमस्ते"),
            ("予約", "予約"),
        ] {
            let word: Word = one.parse().unwrap();
            assert_eq!(word, other.parse().unwrap(), "{one} {other}");
        }
        assert_ne!("cafe".parse::<Word>(), "café".parse::<Word>());
    }

    #[test]
    fn a06_what_cannot_be_a_keyword_is_refused_for_its_reason() {
        for (text, error) in [
            ("", InvalidWord::Length),
            ("a", InvalidWord::Length),
            (&"x".repeat(31), InvalidWord::Length),
            ("two words", InvalidWord::Characters),
            ("a,b", InvalidWord::Characters),
            ("🥐🥐", InvalidWord::Characters),
            ("\u{301}ab", InvalidWord::Characters),
            ("a\u{200b}b", InvalidWord::Characters),
            ("a\0b", InvalidWord::Characters),
            ("Stop", InvalidWord::Reserved),
            ("ＳＴＯＰ", InvalidWord::Reserved),
            ("StopAll", InvalidWord::Reserved),
            ("OptOut", InvalidWord::Reserved),
            ("unsubscribe", InvalidWord::Reserved),
            ("start", InvalidWord::Reserved),
            ("HELP", InvalidWord::Reserved),
            ("Info", InvalidWord::Reserved),
        ] {
            assert_eq!(text.parse::<Word>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn an_account_has_each_word_once() {
        let (one, other) = (AccountId::derive(&[b"1"]), AccountId::derive(&[b"2"]));
        let id = |account, text: &str| Keyword::id_for(account, &text.parse().unwrap());
        assert_eq!(id(one, "JOIN"), id(one, "join"));
        assert_ne!(id(one, "join"), id(one, "joint"));
        assert_ne!(id(one, "join"), id(other, "join"));
    }

    proptest! {
        /// A word reads back as itself, is no word about consent, and is found in a text that is nothing but it.
        #[test]
        fn a06_every_word_is_found_and_none_speaks_of_consent(text in "\\PC{0,12}|[a-zA-Z0-9]{2,30}") {
            if let Ok(word) = text.parse::<Word>() {
                prop_assert_eq!(word.as_str().parse::<Word>(), Ok(word.clone()));
                prop_assert_eq!(Word::of_text(&format!(" {} !", word.as_str())), Some(word.clone()));
                prop_assert_eq!(read(word.as_str()), None);
                prop_assert!(word.as_str().chars().count() <= CHARACTERS_MAX);
            }
        }
    }
}
