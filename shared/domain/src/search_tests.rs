//! What is found, and that the index names whatever is.

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::ContactId;

fn contact(name: Option<&str>, numbers: &[&str], emails: &[&str]) -> Contact {
    let mut contact = Contact::new(ContactId::from_uuid(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH);
    contact.name = name.map(|name| name.parse().unwrap());
    contact.numbers = numbers.iter().map(|it| it.parse().unwrap()).collect();
    contact.emails = emails.iter().map(|it| it.parse().unwrap()).collect();
    contact
}

fn query(text: &str) -> SearchText {
    text.parse().unwrap()
}

#[track_caller]
fn finds(contact: &Contact, text: &str, expected: bool) {
    let query = query(text);
    assert_eq!(query.finds_contact(contact), expected, "{text}");
    if expected {
        let term = query.contact_term().unwrap();
        assert!(contact_terms(contact).iter().any(|it| it.starts_with(term)), "{text} by {term}");
    }
}

#[test]
fn e09_accents_case_and_ways_of_writing_fold_away() {
    for (one, other) in [
        ("José ÁLVAREZ", "jose alvarez"),
        ("Jose\u{301}", "josé"),
        ("Straße", "STRASSE"),
        ("İSTANBUL ışık", "istanbul ISIK"),
        ("Łukasz Øre Đorđe", "lukasz ore dorde"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Ёлкин", "елкин"),
        ("ЗАЙЦЕВ", "зайцев"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("ﬁnd", "find"),
        ("❤\u{fe0f}", "❤"),
        ("👍🏽", "👍"),
    ] {
        assert_eq!(fold(one), fold(other), "{one}");
    }
    // Other letters stay others.
    assert_ne!(fold("が"), fold("か"));
    assert_ne!(fold("Ana"), fold("Anna"));
}

#[test]
fn e09_a_contact_is_found_by_the_beginning_of_any_word_in_any_order() {
    let ana = contact(Some("Ana-María O'Neil Žukauskas"), &["+12025550123"], &["ana.maria@example.com"]);
    for found in
        ["ana", "AN", "maria ana", "zuk ana", "oneil", "o'neil", "neil", "žuk", "mar o'n", "ana žukauskas"]
    {
        finds(&ana, found, true);
    }
    for not_found in ["na", "anna", "maria bob", "kauskas", "anamaria"] {
        finds(&ana, not_found, false);
    }
}

#[test]
fn e09_a_contact_is_found_by_any_part_of_a_number_however_it_is_written() {
    let ana = contact(None, &["+4915123456789", "+12025550123"], &[]);
    for found in [
        "+4915123456789",
        "0151 234 567",
        "0151/23456789",
        "(202) 555-0123",
        "550",
        "0123",
        "202.555",
        "00491512",
    ] {
        finds(&ana, found, true);
    }
    for not_found in ["999", "0127 4", "+1 202 555 0124"] {
        finds(&ana, not_found, false);
    }
    assert!(!query("12").finds_contact(&ana));
    // A part of a number beside a word of the name.
    let bea = contact(Some("Bea Route 66"), &["+12025550123"], &[]);
    finds(&bea, "bea 0123", true);
    finds(&bea, "bea 66", true);
    finds(&bea, "bea 0124", false);
}

#[test]
fn e09_a_contact_is_found_by_an_address_as_a_whole_or_by_the_beginning_of_a_part() {
    let ana = contact(Some("Ana"), &[], &["Bea.Smith+news@Example.co.uk"]);
    for found in ["bea.smith+news@example.co.uk", "BEA.SMITH+NEWS@exa", "smith", "exam", "bea ana", "news"] {
        finds(&ana, found, true);
    }
    for not_found in ["smith@example.co.uk", "mith", "xample"] {
        finds(&ana, not_found, false);
    }
}

#[test]
fn e09_names_in_every_script_are_found() {
    for (name, found) in [
        ("王小明", "小明"),
        ("김철수", "김철"),
        ("Дмитрий Ёлкин", "елк"),
        ("محمد أحمد", "احمد"),
        ("דוד לוי", "לוי"),
        ("สมชาย ใจดี", "สมช"),
        ("राहुल शर्मा", "राहु"),
        ("たなか ハナコ", "ハナコ"),
        ("🐝 Bee & Co.", "🐝 bee"),
        ("Ωμέγα", "ωμε"),
    ] {
        finds(&contact(Some(name), &[], &[]), found, true);
    }
}

#[test]
fn e09_a_message_is_found_by_whole_words_and_the_last_of_several_may_be_unfinished() {
    let text = "Don't forget: the café closes at 18.30, see https://example.com/menu 🎂";
    for found in
        ["cafe", "CAFÉ closes", "closes caf", "forget the ca", "18.30", "example", "menu", "cafe 🎂", "don't"]
    {
        assert!(query(found).finds_message(text), "{found}");
    }
    for not_found in ["caf", "cafe opens", "lose", "cloes café", "the"] {
        assert!(not_found == "the" || !query(not_found).finds_message(text), "{not_found}");
    }
    assert_eq!(
        query("the of").message_word(),
        None,
        "words that stand everywhere are no way to find anything"
    );
    assert!(message_words(text).contains("cafe"));
    assert!(!message_words(text).contains("the"));
}

#[test]
fn e09_a_message_stands_under_twenty_words_at_most() {
    let text: Vec<String> = (0..60).map(|n| format!("word{n}{}", "x".repeat(n % 7))).collect();
    assert_eq!(message_words(&text.join(" ")).len(), MESSAGE_WORDS_MAX);
    assert!(message_words("a b c ! ?").is_empty());
}

#[test]
fn e09_what_says_too_little_or_too_much_is_no_query() {
    for short in ["", " ", "a", "  b  ", "a b", "--", "12", "1 2", "@"] {
        let expected = if matches!(short, "12") { Ok(()) } else { Err(SearchTextError::TooShort) };
        assert_eq!(short.parse::<SearchText>().map(|_| ()), expected, "{short:?}");
    }
    assert!("x".repeat(200).parse::<SearchText>().is_ok());
    assert_eq!("x".repeat(201).parse::<SearchText>(), Err(SearchTextError::TooLong));
    assert_eq!(format!("{:?}", query("Ana")), "SearchText(…)");
}

fn any_name() -> impl Strategy<Value = String> {
    "[\\p{L}\\p{N}\\p{M} '’.🐝-]{1,40}"
}

proptest! {
    /// I10, I14: whatever a query finds is under the one term that is looked up.
    #[test]
    fn e09_the_index_names_every_contact_that_a_query_finds(
        name in any_name(),
        other in any_name(),
        from in 0_usize..12,
        length in 2_usize..12,
        number in "\\+120255501[0-9]{2}",
        email in "[a-z]{1,6}\\.[a-z]{1,6}@[a-z]{2,5}\\.com",
        which in 0_u8..5,
    ) {
        let Ok(parsed) = name.parse() else { return Ok(()) };
        let mut it = contact(None, &[&number], &[&email]);
        it.name = Some(parsed);
        let source = match which { 0 => number, 1 => email, 2 => other, _ => name };
        let text: String = source.chars().skip(from).take(length).collect();
        let Ok(query) = text.parse::<SearchText>() else { return Ok(()) };
        if query.finds_contact(&it) {
            let term = query.contact_term().expect("what finds a contact has a term");
            prop_assert!(contact_terms(&it).iter().any(|it| it.starts_with(term)), "{text:?} by {term:?}");
        }
    }

    /// The same for messages of fewer than twenty words, as words are found: several in one that has ideographs.
    #[test]
    fn e09_the_index_names_every_message_that_a_query_finds(
        words in prop::collection::vec("[\\p{L}0-9]{1,8}", 1..20),
        from in 0_usize..20,
        length in 1_usize..4,
    ) {
        let text = words.join(" ");
        if message_words(&text).len() == MESSAGE_WORDS_MAX {
            return Ok(()); // then the shortest may be left out
        }
        let asked: Vec<_> = words.iter().skip(from % words.len()).take(length).cloned().collect();
        let Ok(query) = asked.join(" ").parse::<SearchText>() else { return Ok(()) };
        prop_assert!(query.finds_message(&text));
        if let Some(word) = query.message_word() {
            prop_assert!(message_words(&text).contains(&word), "{asked:?} by {word:?}");
        }
    }

    /// Folding again changes nothing, and nothing that is folded matters.
    #[test]
    fn e09_folding_is_final(text in "\\PC{0,40}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded.clone());
        prop_assert_eq!(fold(&folded.to_uppercase()), fold(&folded));
    }
}
