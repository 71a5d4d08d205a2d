//! Consent: who does not want to be texted any more, and who wants to again (I07).
//!
//! A text says something about consent if it *is* one of the words for it, in any case, with or without accents and
//! punctuation, or begins with STOP and has at most three words. A longer text may mean it too ("please take me off your
//! list"): the law counts such a wish, but no list of words can be sure of it, so it is shown to a person. "We have to STOP
//! this bill" is a sentence.
//!
//! An opt-out is about a customer with all their numbers. The product confirms it once, within five minutes, which is the one
//! message that goes to somebody who has opted out (47 CFR 64.1200(a)(12)), unless the carrier has answered already.

mod words;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::{id::MessageId, phone::PhoneNumber, search::fold};

/// A text with more words than this is none of the words, whatever it begins with.
const WORDS_MAX: usize = 3;
/// How much of a text is looked at for a doubtful wish, in bytes: more than anybody writes before they say it.
const LOOKED_AT: usize = 2_000;

/// Some phones put it between letters; elsewhere it parts words.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// The longest time between an opt-out and its confirmation (47 CFR 64.1200(a)(12)).
pub const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// HELP is answered once within this time: who asks twice has the answer.
const HELPED_EVERY_SECONDS: i64 = 3_600;

/// What a text says about consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Stop texting me.
    OptOut,
    /// You may text me again.
    OptIn,
    /// Who are you, and how do I stop this?
    Help,
    /// Perhaps an opt-out: a person has to read it.
    Unclear,
}

/// What a text says about consent, and in whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it says.
    pub wish: Wish,
    /// Whether it is a word that carriers know: then those that answer by themselves have answered.
    pub is_standard: bool,
}

/// Reads what a text says about consent.
pub fn read(text: &str) -> Option<Reading> {
    let standard = |wish| Some(Reading { wish, is_standard: true });
    let other = |wish| Some(Reading { wish, is_standard: false });
    let text = text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or_default();
    let text = text.replace(ZERO_WIDTH_SPACE, "");
    let plain = plain(&text);
    let is = |words: &[&str]| words.contains(&plain.as_str());
    if is(words::STANDARD_OPT_OUT) {
        return standard(Wish::OptOut);
    }
    if is(words::STANDARD_OPT_IN) {
        return standard(Wish::OptIn);
    }
    if is(words::STANDARD_HELP) {
        return standard(Wish::Help);
    }
    let mut all = plain.split(' ');
    let begins_with_stop = all.next() == Some("stop") && all.count() < WORDS_MAX;
    if begins_with_stop || is(words::OTHER_OPT_OUT) {
        return other(Wish::OptOut);
    }
    if is(words::OTHER_OPT_IN) {
        return other(Wish::OptIn);
    }
    if is(words::OTHER_HELP) {
        return other(Wish::Help);
    }
    let padded = format!(" {plain} ");
    let doubtful = words::DOUBTFUL.iter().any(|it| padded.contains(&format!(" {it} ")));
    if doubtful { other(Wish::Unclear) } else { None }
}

/// The text folded, with one space for everything between its letters and digits.
fn plain(text: &str) -> String {
    let folded: String = fold(text).nfc().collect();
    let words = folded.split(|it: char| !it.is_alphanumeric());
    words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a word must mean nothing else: a customer who texts it wants to opt out, to opt in, or to be helped.
pub fn is_reserved(word: &str) -> bool {
    read(word).is_some_and(|it| it.wish != Wish::Unclear)
}

/// How a number came to be opted out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOutSource {
    /// The customer texted an opt-out word.
    Keyword,
    /// The carrier refused a message because the customer has opted out there.
    Carrier,
}

/// A number that must not be texted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// Since when.
    pub since: Timestamp,
    /// How.
    pub source: OptOutSource,
}

/// What a customer's text has said about consent, and whether the product owes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What it says.
    pub wish: Wish,
    /// The answer that it is owed, if it is owed one. However often it is sent under this id, it is sent once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<MessageId>,
}

impl Said {
    /// What a text of this number says, which came `at` this time. `before` is its opt-out until now; `answered`: the carrier
    /// has answered by itself.
    ///
    /// An opt-out is confirmed once, however often it is repeated until somebody opts in again, and so is an opt-in that ends
    /// one. HELP is answered once in an hour, but not to who has opted out: the confirmation told them whom to ask.
    pub fn new(
        wish: Wish,
        number: &PhoneNumber,
        before: Option<OptOut>,
        at: Timestamp,
        answered: bool,
    ) -> Self {
        let about = |what: &[u8], when: i64| {
            MessageId::derive(&[what, number.as_str().as_bytes(), &when.to_be_bytes()])
        };
        let answer = match (wish, before) {
            (Wish::OptOut, before) => {
                let since = before.map_or(at, |it| it.since);
                Some(about(b"opt-out confirmation", since.as_millisecond()))
            }
            (Wish::OptIn, Some(lifted)) => Some(about(b"opt-in confirmation", lifted.since.as_millisecond())),
            (Wish::Help, None) => Some(about(b"help", at.as_second().div_euclid(HELPED_EVERY_SECONDS))),
            (Wish::OptIn, None) | (Wish::Help, Some(_)) | (Wish::Unclear, _) => None,
        };
        Self { wish, answer: answer.filter(|_| !answered) }
    }
}

/// What the product answers, in the name of the business. Short: one segment with most names.
pub fn answer(wish: Wish, business: &str) -> Option<String> {
    Some(match wish {
        Wish::OptOut => format!(
            "{business}: You are unsubscribed and will get no more messages from us. Reply START to subscribe again."
        ),
        Wish::OptIn => format!(
            "{business}: You are subscribed again. Msg & data rates may apply. Reply HELP for help, STOP to unsubscribe."
        ),
        Wish::Help => format!(
            "{business}: Write us here and we will answer. Msg & data rates may apply. Reply STOP to unsubscribe."
        ),
        Wish::Unclear => return None,
    })
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
