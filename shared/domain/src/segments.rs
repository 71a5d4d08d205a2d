//! How many parts a text takes on its way to a phone, which is what it costs (rule X14).
//!
//! A text message carries 140 octets. A text of nothing but the GSM 7-bit alphabet fits 160 characters in
//! them, with a few that count twice; one character outside of it, such as a curly quote or an emoji, turns
//! the whole text into UCS-2 (really UTF-16), of which 70 units fit. A longer text is sent in parts, each of
//! which gives 6 octets to a header that tells the phone how to join them, so 153 or 67 units are left
//! (3GPP TS 23.038 and TS 23.040, section 9.2.3.24.1).
//!
//! Parts are filled from the front. An escaped GSM character, a surrogate pair and a user-perceived character
//! (a grapheme cluster: a flag, an emoji with its skin tone, a letter with its accents) stay together, so a
//! part may end a few units early. A cluster that is itself longer than a part is broken between its code
//! points. Carriage return and line feed are counted one by one, although Unicode calls the pair one cluster:
//! both reference calculators do, and a phone that joins the parts shows the same.
//!
//! [`segment`] and [`split`] walk the same parts, so a preview, the credits that are held, and the parts shown
//! always agree. They follow the calculator that Twilio publishes. A carrier that breaks clusters apart can
//! need fewer parts for texts of many long emoji, never more, so our figure is what a text costs at most.

mod gsm7;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// The alphabet in which a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// The GSM 7-bit default alphabet with its extension table; the unit is the septet.
    Gsm7,
    /// Two octets a unit; the unit is the UTF-16 code unit.
    Ucs2,
}

impl Encoding {
    /// The alphabet that a text needs as a whole.
    pub fn of(text: &str) -> Self {
        if text.chars().all(|c| gsm7::septets(c).is_some()) { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// How many units fit a text that is sent in one piece.
    pub const fn single_units_max(self) -> u32 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How many units fit each part of a longer text.
    pub const fn part_units_max(self) -> u32 {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// How many units a character takes. A character outside of the GSM alphabet is given 1 septet, that of
    /// the `?` which stands for it; [`Encoding::of`] never pairs the two.
    fn units(self, character: char) -> u32 {
        match self {
            Self::Gsm7 => gsm7::septets(character).unwrap_or(1),
            Self::Ucs2 if character > '\u{ffff}' => 2,
            Self::Ucs2 => 1,
        }
    }

    fn text_units(self, text: &str) -> u32 {
        text.chars().map(|c| self.units(c)).fold(0, u32::saturating_add)
    }
}

/// What a text takes to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segmentation {
    /// The alphabet of the whole text.
    pub encoding: Encoding,
    /// The number of parts, at least 1: an empty text still takes a message. Credits are charged by this.
    pub segments: u32,
    /// The length of the text in units: septets or UTF-16 code units.
    pub characters: u32,
    /// How many units still fit the last part.
    pub remaining: u32,
    /// The characters that force UCS-2, each once, in the order in which they appear. Empty for GSM-7.
    pub offending_characters: Vec<char>,
}

/// Counts what `text` takes to send.
pub fn segment(text: &str) -> Segmentation {
    let encoding = Encoding::of(text);
    let mut segments: u32 = 0;
    let mut last_units = 0;
    let parts = Parts::of(text, encoding);
    let capacity = parts.units_max;
    for part in parts {
        segments = segments.saturating_add(1);
        last_units = part.units;
    }
    Segmentation {
        encoding,
        segments: segments.max(1),
        characters: encoding.text_units(text),
        remaining: capacity.saturating_sub(last_units),
        offending_characters: offending_characters(text),
    }
}

/// The parts of `text`, in order; joined they give the text back. As many as [`segment`] counts.
pub fn split(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return vec![text];
    }
    Parts::of(text, Encoding::of(text)).map(|part| part.text).collect()
}

fn offending_characters(text: &str) -> Vec<char> {
    let mut seen = HashSet::new();
    text.chars().filter(|c| gsm7::septets(*c).is_none() && seen.insert(*c)).collect()
}

/// One part of a text and its length in units.
struct Part<'a> {
    text: &'a str,
    units: u32,
}

/// Cuts parts off the front of a text until nothing is left.
struct Parts<'a> {
    rest: &'a str,
    encoding: Encoding,
    /// How many units fit each part.
    units_max: u32,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str, encoding: Encoding) -> Self {
        let in_one_piece = encoding.text_units(text) <= encoding.single_units_max();
        let units_max = if in_one_piece { encoding.single_units_max() } else { encoding.part_units_max() };
        Self { rest: text, encoding, units_max }
    }

    /// The longest start of the rest that fits one part, by bytes, and its units.
    fn next_cut(&self) -> (usize, u32) {
        let mut bytes = 0;
        let mut units = 0;
        for atom in self.rest.graphemes(true).flat_map(|cluster| self.atoms(cluster)) {
            let atom_units = self.encoding.text_units(atom);
            if units + atom_units > self.units_max {
                break;
            }
            bytes += atom.len();
            units += atom_units;
        }
        (bytes, units)
    }

    /// The pieces of a cluster that must not be broken: the cluster itself, or its code points if it fits no
    /// part, or is a line break of two.
    fn atoms(&self, cluster: &'a str) -> impl Iterator<Item = &'a str> {
        let breakable = cluster == "\r\n" || self.encoding.text_units(cluster) > self.units_max;
        let whole = (!breakable).then_some(cluster);
        let pieces = if breakable { cluster } else { "" };
        whole.into_iter().chain(pieces.split_inclusive(|_: char| true))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let (bytes, units) = self.next_cut();
        // Every atom fits an empty part, so no bytes means that nothing is left.
        let (text, rest) = self.rest.split_at_checked(bytes).filter(|(text, _)| !text.is_empty())?;
        self.rest = rest;
        Some(Part { text, units })
    }
}
