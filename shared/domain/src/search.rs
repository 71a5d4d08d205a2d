//! Searching (E09): which words a text consists of, which of them are kept in the index, and what a query finds.
//!
//! Whatever is looked for is *folded* first: accents, case, width and other ways to write the same letter do not matter, in no
//! script. The index is only a way to find candidates: what a query finds is decided here, by [`SearchText::finds_contact`],
//! [`SearchText::finds_name`] and [`SearchText::finds_message`], on the things as they are now. A test holds the index to them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};
use unicode_segmentation::UnicodeSegmentation;

use crate::{contact::Contact, phone::PhoneNumber};

/// The shortest query, in Unicode characters.
pub const QUERY_CHARACTERS_MIN: usize = 2;
/// The longest query, in Unicode characters.
pub const QUERY_CHARACTERS_MAX: usize = 200;
/// At most this many words of one message are kept in the index, the longest first: each is a write.
pub const MESSAGE_WORDS_MAX: usize = 20;
/// The fewest digits by which a number is found.
pub const DIGITS_MIN: usize = 3;
/// The fewest characters of a word of a message that is kept in the index.
const WORD_CHARACTERS_MIN: usize = 2;

/// Words that stand in every other English text and find nothing.
const STOP_WORDS: &[&str] = &[
    "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "for", "from", "have", "he", "her",
    "his", "if", "in", "is", "it", "ll", "me", "my", "no", "not", "of", "on", "or", "our", "re", "she", "so",
    "that", "the", "they", "this", "to", "up", "us", "ve", "was", "we", "will", "with", "you", "your",
];

/// A text in which only what tells words apart is left: compatibility forms taken apart (NFKD), marks above and below letters
/// taken off, one case. Letters with a stroke or a ligature, which Unicode does not take apart, become those that people
/// write instead of them.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.nfkd().filter(|it| !is_mark(*it) && !is_invisible(*it)) {
        // By way of capital letters, as full case folding does: ß is SS, and ı is I, small.
        for small in character.to_uppercase().flat_map(char::to_lowercase) {
            match small {
                'ł' => folded.push('l'),
                'ø' => folded.push('o'),
                'đ' | 'ð' => folded.push('d'),
                'ħ' => folded.push('h'),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'þ' => folded.push_str("th"),
                'ς' => folded.push('σ'),
                mark if is_mark(mark) => {}
                other => folded.push(other),
            }
        }
    }
    folded
}

/// Accents, vowel points and other marks without which people write, too. Classes below 10 make other letters (Japanese
/// voicing, viramas) and stay.
fn is_mark(character: char) -> bool {
    canonical_combining_class(character) >= 10
}

/// Soft hyphens, joiners, marks of direction, variation selectors, the Arabic lengthening.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{640}' | '\u{200c}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// Whether a character belongs to a word: letters and digits of every script, marks that are left, pictures.
fn in_word(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{94d}')
        || is_picture(character)
}

fn is_picture(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a script is written without spaces, so that its words have to be found otherwise.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        || is_picture(character)
}

/// The words of a folded text, in their order.
fn words(folded: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in folded.split(|it| !in_word(it)).filter(|run| !run.is_empty()) {
        if run.chars().any(is_unspaced) {
            words.extend(run.split_word_bounds().map(str::to_owned));
        } else {
            words.push(run.to_owned());
        }
    }
    words
}

/// Whether a word is enough to look for: one letter of an alphabet is not, one ideograph or picture is.
fn is_telling(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|first| is_unspaced(first) || characters.count() + 1 >= WORD_CHARACTERS_MIN)
}

/// The words of a name: those between spaces and signs, and what is written with an apostrophe as one, too.
fn name_words(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    let joined = folded.replace(['\'', '\u{2019}', '\u{2bc}'], "");
    words(&folded).into_iter().chain(words(&joined)).filter(|word| is_telling(word)).collect()
}

/// The digits of a number, without its plus.
fn digits_of(number: &PhoneNumber) -> String {
    number.as_str().chars().filter(char::is_ascii_digit).collect()
}

/// Under which terms a contact stands in the index: the words of the name, each e-mail address and its parts, and each end of
/// each number, so that whoever knows a beginning of a term knows a word's beginning or any part of a number.
pub fn contact_terms(contact: &Contact) -> BTreeSet<String> {
    let name = contact.name.iter().flat_map(|name| name_words(name.as_str()));
    let emails = contact.emails.iter().flat_map(|email| {
        let folded = fold(email.as_str());
        let parts = words(&folded).into_iter().filter(|word| is_telling(word));
        parts.chain([folded.clone()]).collect::<Vec<_>>()
    });
    let numbers = contact.numbers.iter().flat_map(|number| {
        let digits = digits_of(number);
        let last = digits.len().saturating_sub(DIGITS_MIN);
        (0..=last).filter_map(|from| digits.get(from..).map(str::to_owned)).collect::<Vec<_>>()
    });
    name.chain(emails).chain(numbers).collect()
}

/// Under which words a message stands in the index: at most [`MESSAGE_WORDS_MAX`] different ones, the longest first, because
/// those are looked up.
pub fn message_words(text: &str) -> BTreeSet<String> {
    let different: BTreeSet<String> =
        words(&fold(text)).into_iter().filter(|word| is_telling(word) && !is_stop_word(word)).collect();
    let mut longest: Vec<String> = different.into_iter().collect();
    longest.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    longest.truncate(MESSAGE_WORDS_MAX);
    longest.into_iter().collect()
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}

/// One of the things that all have to be found.
#[derive(Clone, PartialEq, Eq)]
enum Wanted {
    /// The beginning of a word; if it is digits, any part of a number, too.
    Word(String),
    /// The beginning of an e-mail address.
    Email(String),
    /// Any part of a number, as people write numbers.
    Digits(String),
}

/// What somebody looks for: [`QUERY_CHARACTERS_MIN`] to [`QUERY_CHARACTERS_MAX`] characters with something in them that can be
/// looked up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchText {
    text: String,
    wanted: Vec<Wanted>,
}

/// Why a text cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchTextError {
    /// Fewer than [`QUERY_CHARACTERS_MIN`] characters, or no word that is enough to look for.
    #[error(
        "a search needs a word of at least {QUERY_CHARACTERS_MIN} characters or {DIGITS_MIN} digits of a number"
    )]
    TooShort,
    /// More than [`QUERY_CHARACTERS_MAX`] characters.
    #[error("a search has at most {QUERY_CHARACTERS_MAX} characters")]
    TooLong,
}

impl FromStr for SearchText {
    type Err = SearchTextError;

    fn from_str(text: &str) -> Result<Self, SearchTextError> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters < QUERY_CHARACTERS_MIN {
            return Err(SearchTextError::TooShort);
        }
        if characters > QUERY_CHARACTERS_MAX {
            return Err(SearchTextError::TooLong);
        }
        let query = Self { text: text.to_owned(), wanted: wanted(text) };
        if query.contact_term().is_none() && query.message_word().is_none() {
            return Err(SearchTextError::TooShort);
        }
        Ok(query)
    }
}

/// What is asked for, word by word; a text of nothing but digits and the signs that people write between them is a number.
fn wanted(text: &str) -> Vec<Wanted> {
    let folded = fold(text);
    let of_a_number = |it: char| {
        it.is_ascii_digit() || it.is_whitespace() || matches!(it, '+' | '(' | ')' | '-' | '.' | '/')
    };
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    if folded.chars().all(of_a_number) && digits.len() >= DIGITS_MIN {
        return vec![Wanted::Digits(digits)];
    }
    let mut wanted = Vec::new();
    for part in folded.split_whitespace() {
        if part.contains('@') && part.chars().count() > 1 {
            wanted.push(Wanted::Email(part.to_owned()));
        } else {
            wanted.extend(words(part).into_iter().map(Wanted::Word));
        }
    }
    wanted
}

impl SearchText {
    /// What was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The beginning of a term of each contact that this finds, the longest that there is; `None`: it finds none.
    pub fn contact_term(&self) -> Option<&str> {
        let terms = self.wanted.iter().filter_map(|wanted| match wanted {
            Wanted::Word(word) => is_telling(word).then_some(word.as_str()),
            Wanted::Email(email) => Some(email.as_str()),
            Wanted::Digits(digits) => Some(national(digits)),
        });
        terms.max_by_key(|term| term.len())
    }

    /// A word that each message that this finds stands under in the index, unless the message has too many; `None`: this
    /// finds none.
    pub fn message_word(&self) -> Option<String> {
        let words = self.message_words();
        // The last of several may not be finished.
        let whole = if words.len() > 1 { words.len().saturating_sub(1) } else { words.len() };
        let telling = words.into_iter().take(whole).filter(|word| is_telling(word) && !is_stop_word(word));
        telling.max_by_key(|word| word.chars().count())
    }

    /// What it asks for as words of a text.
    fn message_words(&self) -> Vec<String> {
        let words = self.wanted.iter().flat_map(|wanted| match wanted {
            Wanted::Word(word) => vec![word.clone()],
            Wanted::Email(email) => words(email),
            Wanted::Digits(_) => words(&fold(&self.text)),
        });
        words.collect()
    }

    /// Whether it finds a contact: each word is the beginning of a word of the name or of an e-mail address, or a part of a
    /// number.
    pub fn finds_contact(&self, contact: &Contact) -> bool {
        let name = contact.name.as_ref().map(|name| name_words(name.as_str())).unwrap_or_default();
        let emails: Vec<String> = contact.emails.iter().map(|email| fold(email.as_str())).collect();
        let numbers: Vec<String> = contact.numbers.iter().map(digits_of).collect();
        let begins = |word: &str| {
            let of_email = || emails.iter().flat_map(|email| words(email));
            name.iter().any(|it| it.starts_with(word)) || of_email().any(|it| it.starts_with(word))
        };
        let in_number = |digits: &str| {
            digits.len() >= DIGITS_MIN
                && digits.bytes().all(|it| it.is_ascii_digit())
                && numbers.iter().any(|it| it.contains(digits))
        };
        self.wanted.iter().all(|wanted| match wanted {
            Wanted::Word(word) => begins(word) || in_number(word),
            Wanted::Email(email) => emails.iter().any(|it| it.starts_with(email.as_str())),
            Wanted::Digits(digits) => in_number(national(digits)) || begins(digits),
        })
    }

    /// Whether it finds a name, as of a tag: each word is the beginning of one of its words.
    pub fn finds_name(&self, name: &str) -> bool {
        let name = name_words(name);
        self.message_words().iter().all(|word| name.iter().any(|it| it.starts_with(word.as_str())))
    }

    /// Whether it finds a message: each word is one of its words; the last of several may be the beginning of one.
    pub fn finds_message(&self, text: &str) -> bool {
        let (wanted, text) = (self.message_words(), words(&fold(text)));
        let Some((last, others)) = wanted.split_last() else { return false };
        let unfinished = !others.is_empty();
        others.iter().all(|word| text.contains(word))
            && text.iter().any(|it| it == last || (unfinished && it.starts_with(last.as_str())))
    }
}

/// Digits without the zeros that people write before a number in its own country, and which no international one has.
fn national(digits: &str) -> &str {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.len() >= DIGITS_MIN { trimmed } else { digits }
}

impl TryFrom<String> for SearchText {
    type Error = SearchTextError;

    fn try_from(text: String) -> Result<Self, SearchTextError> {
        text.parse()
    }
}

impl From<SearchText> for String {
    fn from(query: SearchText) -> Self {
        query.text
    }
}

/// Redacted: people look for people.
impl fmt::Debug for SearchText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchText(…)")
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
