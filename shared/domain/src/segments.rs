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
//! [`segment`] and [`split`] see the same parts, so a preview, the credits that are held, and the parts shown
//! always agree. They follow the calculator that Twilio publishes. A carrier that breaks clusters apart can
//! need fewer parts for texts of many long emoji, never more, so our figure is what a text costs at most.

mod gsm7;
mod smart;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

pub use smart::{Replacement, Simplified, simplify};

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
    let parts = parts(text, encoding);
    let units_max = if parts.len() == 1 { encoding.single_units_max() } else { encoding.part_units_max() };
    Segmentation {
        encoding,
        segments: u32::try_from(parts.len()).unwrap_or(u32::MAX),
        characters: encoding.text_units(text),
        remaining: parts.last().map_or(0, |last| units_max.saturating_sub(last.units)),
        offending_characters: offending_characters(text),
    }
}

/// The parts of `text`, in order; joined they give the text back. As many as [`segment`] counts.
pub fn split(text: &str) -> Vec<&str> {
    parts(text, Encoding::of(text)).into_iter().map(|part| part.text).collect()
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

/// Fills parts from the front, in one pass over the text. An empty text is one empty part.
fn parts(text: &str, encoding: Encoding) -> Vec<Part<'_>> {
    let in_one_piece = encoding.text_units(text) <= encoding.single_units_max();
    let units_max = if in_one_piece { encoding.single_units_max() } else { encoding.part_units_max() };
    let mut parts = Vec::new();
    let (mut start, mut end, mut units) = (0, 0, 0);
    for atom in all_atoms(text, encoding, units_max) {
        let atom_units = encoding.text_units(atom);
        if units + atom_units > units_max {
            parts.push(Part { text: text.get(start..end).unwrap_or_default(), units });
            (start, units) = (end, 0);
        }
        end += atom.len();
        units += atom_units;
    }
    parts.push(Part { text: text.get(start..).unwrap_or_default(), units });
    parts
}

/// The pieces of a text that stay together. No characters of the GSM alphabet make one cluster, so there each stands alone.
fn all_atoms(text: &str, encoding: Encoding, units_max: u32) -> Box<dyn Iterator<Item = &str> + '_> {
    match encoding {
        Encoding::Gsm7 => Box::new(text.split_inclusive(|_: char| true)),
        Encoding::Ucs2 => {
            let clusters = text.graphemes(true);
            Box::new(clusters.flat_map(move |cluster| atoms(cluster, encoding, units_max)))
        }
    }
}

/// The pieces of a cluster that stay together: the cluster itself, or its code points if it is too long for
/// any part or a line break of two.
fn atoms(cluster: &str, encoding: Encoding, units_max: u32) -> impl Iterator<Item = &str> {
    let broken = cluster == "\r\n" || encoding.text_units(cluster) > units_max;
    let (whole, code_points) = if broken { (None, cluster) } else { (Some(cluster), "") };
    whole.into_iter().chain(code_points.split_inclusive(|_: char| true))
}
