//! Smart encoding: characters that only look different are replaced, so that a text travels in GSM 7-bit.
//!
//! A text that was pasted from a word processor has curly quotes, dashes or no-break spaces; each of them turns the whole
//! text into UCS-2 and may double its price. What is replaced reads the same; letters of other alphabets and accents are
//! never touched, because that would change what is said. Nothing is replaced either where it would not help: a text with an
//! emoji travels in UCS-2 whatever its quotes are.
//!
//! The replacement is ours and happens before segments are counted, so that what is shown, sent and charged is the same
//! whichever carrier takes it (D30, D31, X14).

use unicode_normalization::UnicodeNormalization as _;

use super::{Encoding, gsm7};

/// A text whose look-alikes were replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simplified {
    /// The text to send.
    pub text: String,
    /// What was replaced, each character once, in the order in which they appear. Empty: the text is as it was.
    pub replaced: Vec<Replacement>,
}

/// A character and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The character that was written.
    pub character: char,
    /// What is sent in its place; empty for what cannot be seen.
    pub with: String,
}

/// Replaces look-alikes, if the text as a whole then travels in GSM 7-bit; otherwise leaves it as it is. Letters with accents
/// that are written as two characters are joined into one.
pub fn simplify(text: &str) -> Simplified {
    let unchanged = || Simplified { text: text.to_owned(), replaced: Vec::new() };
    if Encoding::of(text) == Encoding::Gsm7 {
        return unchanged();
    }
    let mut simplified = Simplified { text: String::with_capacity(text.len()), replaced: Vec::new() };
    for character in text.nfc() {
        if gsm7::septets(character).is_some() {
            simplified.text.push(character);
            continue;
        }
        let Some(with) = look_alike(character) else { return unchanged() };
        simplified.text.push_str(&with);
        if simplified.replaced.iter().all(|it| it.character != character) {
            simplified.replaced.push(Replacement { character, with });
        }
    }
    simplified
}

/// What reads the same in GSM 7-bit.
fn look_alike(character: char) -> Option<String> {
    let with = match character {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〝' | '〞' | '❝' | '❞' => "\"",
        '‘' | '’' | '‛' | '′' | '`' | '´' | 'ʼ' | 'ʹ' | 'ˈ' | '❛' | '❜' => "'",
        '‹' => "<",
        '›' => ">",
        '‚' | '、' => ",",
        '。' => ".",
        '\u{2010}'..='\u{2015}' | '−' | '•' | '‣' | '⁃' | '﹣' => "-",
        '⁄' | '∕' => "/",
        '∗' => "*",
        '∶' => ":",
        '…' => "...",
        '‼' => "!!",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        '\u{2028}' | '\u{2029}' => "\n",
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => "",
        // Full-width forms, small forms and ligatures are the same characters in another shape.
        '\u{ff01}'..='\u{ff5e}' | '\u{fe50}'..='\u{fe6b}' | '\u{fb00}'..='\u{fb06}' => {
            let plain: String = std::iter::once(character).nfkc().collect();
            return plain.chars().all(|c| gsm7::septets(c).is_some()).then_some(plain);
        }
        _ => return None,
    };
    Some(with.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::segments::segment;

    #[test]
    fn d31_a_text_from_a_word_processor_fits_one_segment_again() {
        let written = "“Your table’s ready” – see you at 7\u{a0}pm… Bring ½ a cake • ＯＫ？";
        assert_eq!(segment(written).encoding, Encoding::Ucs2);
        let simplified = simplify(written);
        assert_eq!(simplified.text, "\"Your table's ready\" - see you at 7 pm... Bring 1/2 a cake - OK?");
        assert_eq!(segment(&simplified.text).encoding, Encoding::Gsm7);
        let replaced: String = simplified.replaced.iter().map(|it| it.character).collect();
        assert_eq!(replaced, "“’”–\u{a0}…½•ＯＫ？");
    }

    #[test]
    fn d31_what_cannot_be_seen_is_left_out_and_accents_are_joined() {
        assert_eq!(simplify("so\u{200b}ft\u{ad} cafe\u{301}").text, "soft café");
    }

    #[test]
    fn d31_a_text_that_needs_ucs_2_anyway_is_left_as_it_is() {
        for text in ["“Ready” 🎉", "“مرحبا”", "naïve – não", "кафе…", "👩\u{200d}👩\u{200d}👧"]
        {
            assert_eq!(simplify(text), Simplified { text: text.to_owned(), replaced: vec![] });
        }
    }

    proptest! {
        #[test]
        fn x14_a_simplified_text_is_gsm_7_or_as_it_was_and_needs_nothing_more(text in "[ -~“”‘’–…•½é\u{a0}ＡＢ🎉ñα\n]{0,200}") {
            let once = simplify(&text);
            prop_assert_eq!(once.replaced.is_empty() && once.text != text, false, "only joined accents differ silently");
            prop_assert!(Encoding::of(&once.text) == Encoding::Gsm7 || once.text == text);
            prop_assert_eq!(simplify(&once.text).text, once.text);
        }
    }
}
