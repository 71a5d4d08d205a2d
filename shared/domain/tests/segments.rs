//! Segments against what the carriers' published calculators answer, and the laws that hold for any text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use domain::segments::{Encoding, Segmentation, segment, split};
use proptest::prelude::*;
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    group: String,
    name: String,
    text: String,
    encoding: Encoding,
    units: Vec<u32>,
    offending: Vec<char>,
    other_calculator_segments: Option<u32>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Vectors>(include_str!("vectors/segments.json")).unwrap().cases
}

/// The length of a part in the units of the text that it is a part of.
fn units(part: &str, encoding: Encoding) -> u32 {
    match encoding {
        Encoding::Gsm7 => segment(part).characters,
        Encoding::Ucs2 => part.encode_utf16().count().try_into().unwrap(),
    }
}

#[test]
fn every_text_is_parted_as_the_published_calculator_does() {
    for Case { group, name, text, encoding, units: expected, offending, .. } in cases() {
        let found = segment(&text);
        let parts: Vec<u32> = split(&text).iter().map(|part| units(part, encoding)).collect();
        assert_eq!(found.encoding, encoding, "{group}: {name}");
        assert_eq!(parts, expected, "{group}: {name}");
        assert_eq!(found.segments as usize, expected.len(), "{group}: {name}");
        assert_eq!(found.characters, expected.iter().sum::<u32>(), "{group}: {name}");
        assert_eq!(found.offending_characters, offending, "{group}: {name}");
    }
}

#[test]
fn all_groups_of_texts_are_covered() {
    let groups: BTreeSet<String> = cases().into_iter().map(|case| case.group).collect();
    assert_eq!(groups.len(), 20, "{groups:?}");
}

#[test]
fn a_calculator_that_breaks_clusters_counts_less_and_never_more() {
    let others: Vec<(u32, u32)> = cases()
        .iter()
        .filter_map(|case| Some((segment(&case.text).segments, case.other_calculator_segments?)))
        .collect();
    assert!(!others.is_empty() && others.iter().all(|(ours, theirs)| ours > theirs), "{others:?}");
}

/// `(encoding, segments, characters, remaining)` of a text.
fn check(text: &str, expected: (Encoding, u32, u32, u32)) {
    let Segmentation { encoding, segments, characters, remaining, .. } = segment(text);
    assert_eq!((encoding, segments, characters, remaining), expected, "{text:?}");
}

#[test]
fn the_limits_are_160_and_153_septets_and_70_and_67_units() {
    check("", (Encoding::Gsm7, 1, 0, 160));
    check("a", (Encoding::Gsm7, 1, 1, 159));
    check(&"a".repeat(160), (Encoding::Gsm7, 1, 160, 0));
    check(&"a".repeat(161), (Encoding::Gsm7, 2, 161, 145));
    check(&"a".repeat(306), (Encoding::Gsm7, 2, 306, 0));
    check(&"a".repeat(307), (Encoding::Gsm7, 3, 307, 152));
    check("я", (Encoding::Ucs2, 1, 1, 69));
    check(&"я".repeat(70), (Encoding::Ucs2, 1, 70, 0));
    check(&"я".repeat(71), (Encoding::Ucs2, 2, 71, 63));
    check(&"я".repeat(134), (Encoding::Ucs2, 2, 134, 0));
    check(&"я".repeat(135), (Encoding::Ucs2, 3, 135, 66));
}

#[test]
fn extension_characters_count_twice_in_gsm_and_once_in_ucs2() {
    check("€", (Encoding::Gsm7, 1, 2, 158));
    check("€я", (Encoding::Ucs2, 1, 2, 68));
    check(&"€".repeat(80), (Encoding::Gsm7, 1, 160, 0));
    // An escape pair that would straddle the boundary moves on as a whole, so a part ends one septet early.
    check(&format!("{}€{}", "a".repeat(152), "a".repeat(10)), (Encoding::Gsm7, 2, 164, 141));
}

#[test]
fn one_character_outside_of_gsm_makes_the_whole_text_ucs2_and_is_named_once() {
    let found = segment("It’s “fine” … isn’t it? 🎉🎉");
    assert_eq!(found.encoding, Encoding::Ucs2);
    assert_eq!(found.offending_characters, ['’', '“', '”', '…', '🎉']);
    assert_eq!(segment("a\tb`").offending_characters, ['\t', '`']);
    assert_eq!(segment("cafe\u{301}").offending_characters, ['\u{301}']);
}

#[test]
fn a_flag_and_a_family_are_never_parted() {
    let family = "👨‍👩‍👧‍👦";
    let text = format!("{}{family}!", "я".repeat(60));
    assert_eq!(split(&text), [&"я".repeat(60), &format!("{family}!")]);
    // 33 flags of 4 units would be 132 units; 16 fit a part, and one starts the third.
    assert_eq!(segment(&"🇮🇹".repeat(33)).segments, 3);
}

#[test]
fn a_cluster_longer_than_a_part_is_broken_between_its_characters() {
    let cluster = format!("e{}", "\u{301}".repeat(199));
    assert_eq!(cluster.graphemes(true).count(), 1);
    check(&cluster, (Encoding::Ucs2, 3, 200, 1));
    let text = format!("ab{cluster}");
    let parts = split(&text);
    assert_eq!(parts.concat(), text);
    assert_eq!(parts.iter().map(|part| part.chars().count()).collect::<Vec<_>>(), [67, 67, 67, 1]);
}

#[test]
fn carriage_return_and_line_feed_are_counted_one_by_one() {
    check(&format!("{}\r\n", "a".repeat(158)), (Encoding::Gsm7, 1, 160, 0));
    check(&format!("{}\r\n{}", "a".repeat(152), "a".repeat(152)), (Encoding::Gsm7, 2, 306, 0));
}

#[test]
fn parts_of_a_text_for_one_message_are_the_text_itself() {
    assert_eq!(split(""), [""]);
    assert_eq!(split("hello"), ["hello"]);
}

/// Pieces from which texts are made that cross boundaries in every way.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9 ]{1,40}",
        2 => "[€\\[\\]{}~^|\\\\]{1,3}",
        1 => prop::sample::select(vec![
            "\r\n", "\n", "é", "ç", "’", "你好", "שלום", "مرحبا", "e\u{301}", "नमस्ते", "한글", "👍🏽", "🇮🇹", "🇮",
            "👨‍👩‍👧‍👦", "1️⃣", "𠮷", "\u{200d}", "\u{301}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => ("\\p{M}", 1..150_usize).prop_map(|(mark, times)| mark.repeat(times)),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    let gsm_only = prop::collection::vec("[a-z €{\r\n]{1,60}", 0..12).prop_map(|pieces| pieces.concat());
    let mixed = prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat());
    prop_oneof![1 => gsm_only, 3 => mixed]
}

/// Where a part may not end: inside of a cluster that would fit one, save between CR and LF.
fn forbidden_cuts(text: &str, encoding: Encoding) -> BTreeSet<usize> {
    text.grapheme_indices(true)
        .filter(|(_, cluster)| *cluster != "\r\n" && units(cluster, encoding) <= encoding.part_units_max())
        .flat_map(|(start, cluster)| cluster.char_indices().skip(1).map(move |(at, _)| start + at))
        .collect()
}

proptest! {
    // A failing case becomes a test with a name, not a line in a file of seeds.
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_joined_are_the_text_and_are_as_many_as_are_charged(text in any_text()) {
        let parts = split(&text);
        prop_assert_eq!(parts.concat(), text.as_str());
        prop_assert_eq!(parts.len(), segment(&text).segments as usize);
        prop_assert!(text.is_empty() || parts.iter().all(|part| !part.is_empty()));
    }

    #[test]
    fn every_part_fits_and_the_rest_of_the_last_is_what_remains(text in any_text()) {
        let found = segment(&text);
        let lengths: Vec<u32> = split(&text).iter().map(|part| units(part, found.encoding)).collect();
        let capacity = match lengths.len() {
            1 => found.encoding.single_units_max(),
            _ => found.encoding.part_units_max(),
        };
        prop_assert!(lengths.iter().all(|length| *length <= capacity), "{:?}", lengths);
        prop_assert_eq!(lengths.iter().sum::<u32>(), found.characters);
        prop_assert_eq!(lengths.last().copied().unwrap_or_default() + found.remaining, capacity);
    }

    #[test]
    fn no_part_breaks_a_cluster(text in any_text()) {
        let forbidden = forbidden_cuts(&text, segment(&text).encoding);
        let mut cut = 0;
        for part in split(&text) {
            prop_assert!(!forbidden.contains(&cut), "cut at byte {}", cut);
            cut += part.len();
        }
    }

    #[test]
    fn a_longer_text_never_takes_fewer_segments(text in any_text(), more in piece()) {
        let longer = format!("{text}{more}");
        prop_assert!(segment(&longer).segments >= segment(&text).segments);
    }

    #[test]
    fn what_remains_can_be_filled_without_another_segment(text in any_text()) {
        let found = segment(&text);
        let fitting = format!("{text}{}", "a".repeat(found.remaining as usize));
        prop_assert_eq!(segment(&fitting).segments, found.segments);
        let too_long = format!("{fitting}a");
        prop_assert!(segment(&too_long).segments > found.segments);
    }

    #[test]
    fn a_text_is_gsm_exactly_if_nothing_offends(text in any_text()) {
        let found = segment(&text);
        prop_assert_eq!(found.encoding == Encoding::Gsm7, found.offending_characters.is_empty());
        let distinct: BTreeSet<&char> = found.offending_characters.iter().collect();
        prop_assert_eq!(distinct.len(), found.offending_characters.len());
        prop_assert!(found.offending_characters.iter().all(|c| text.contains(*c)));
        let without: String = text.chars().filter(|c| !distinct.contains(c)).collect();
        prop_assert_eq!(segment(&without).encoding, Encoding::Gsm7);
    }
}
