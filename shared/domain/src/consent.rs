//! Consent: who does not want to be texted any more (I07).
//!
//! The words that end and renew consent are those of the FCC's rule on revoking consent (47 CFR 64.1200(a)(10)) and of
//! the carriers' handbook (CTIA Messaging Principles). Only a text that *is* such a word counts: "We have to STOP this
//! bill" is a sentence, "Stop." is an opt-out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a text says about consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentWord {
    /// Stop texting me.
    OptOut,
    /// You may text me again.
    OptIn,
}

const OPT_OUT: [&str; 9] =
    ["stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out"];
const OPT_IN: [&str; 3] = ["start", "unstop", "subscribe"];

/// Reads a whole text as a word about consent, tolerant of case, surrounding space and punctuation.
pub fn consent_word(text: &str) -> Option<ConsentWord> {
    let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric());
    // Longer texts cannot be one of the words; no need to fold them.
    if trimmed.len() > 16 {
        return None;
    }
    let folded = trimmed.to_lowercase().replace('-', " ");
    if OPT_OUT.contains(&folded.as_str()) {
        Some(ConsentWord::OptOut)
    } else if OPT_IN.contains(&folded.as_str()) {
        Some(ConsentWord::OptIn)
    } else {
        None
    }
}

/// Words that carriers answer by themselves, and opting out written in one.
const OTHERS_RESERVED: [&str; 3] = ["help", "info", "optout"];

/// Whether a word must mean nothing else: a customer who texts it wants to opt out, to opt in, or to be helped.
pub fn is_reserved(word: &str) -> bool {
    consent_word(word).is_some() || OTHERS_RESERVED.contains(&word.to_lowercase().as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i07_only_a_whole_opt_out_word_opts_out() {
        for text in ["STOP", "stop", " Stop. ", "Stop!!", "UNSUBSCRIBE", "Opt-out", "\"cancel\"", "Stop all"]
        {
            assert_eq!(consent_word(text), Some(ConsentWord::OptOut), "{text}");
        }
        for text in ["START", "unstop", "Start."] {
            assert_eq!(consent_word(text), Some(ConsentWord::OptIn), "{text}");
        }
        for text in
            ["", "Count me in! We have got to STOP this bill", "STOP 12345", "stopping", "end of line", "👍"]
        {
            assert_eq!(consent_word(text), None, "{text}");
        }
    }
}
