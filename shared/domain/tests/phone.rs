//! Phone numbers against Google's libphonenumber, and the laws that hold for any number.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use domain::phone::{
    PhoneNumber,
    PhoneNumberError::{self, CountryUnknown, NotANumber, NotE164, NotInUse, TooLong, TooShort},
    Region,
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    kind: String,
    input: String,
    home: Option<Region>,
    #[serde(flatten)]
    answer: Option<Answer>,
}

/// What the reference finds in the input, if it finds a number at all.
#[derive(Deserialize)]
struct Answer {
    e164: String,
    valid: bool,
    possible: bool,
    calling_code: u16,
    region: Option<String>,
    international: String,
    national: String,
    extension: Option<String>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Vectors>(include_str!("vectors/phone_numbers.json")).unwrap().cases
}

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn parse(text: &str, home: &str) -> Result<String, PhoneNumberError> {
    let home = if home.is_empty() { None } else { Some(region(home)) };
    PhoneNumber::parse(text, home).map(String::from)
}

#[test]
fn every_input_is_read_as_the_reference_reads_it() {
    let cases = cases();
    assert_eq!(cases.len(), 300);
    for Case { kind, input, home, answer } in cases {
        let about = format!("{kind}: {input:?} from {home:?}");
        let found = PhoneNumber::parse(&input, home);
        match answer {
            Some(answer) if answer.valid => check_number(&found.expect(&about), &answer, &about),
            Some(answer) => check_error(found.expect_err(&about), &kind, answer.possible, &about),
            None => {
                let error = found.expect_err(&about);
                assert!(matches!(error, NotANumber | CountryUnknown), "{about}: {error}");
            }
        }
    }
}

/// For numbers that the reference reads but calls invalid. "Possible" are a right length and that of a number
/// without its area code; a length between the shortest and the longest need not be either.
fn check_error(error: PhoneNumberError, kind: &str, possible: bool, about: &str) {
    let expected: &[_] = match kind {
        _ if possible => &[NotInUse, TooShort],
        "one_digit_long" => &[NotInUse, TooLong],
        "one_digit_short" => &[NotInUse, TooShort],
        _ => &[NotInUse, TooShort, TooLong],
    };
    assert!(expected.contains(&error), "{about}: {error}");
}

fn check_number(number: &PhoneNumber, expected: &Answer, about: &str) {
    assert_eq!(number.as_str(), expected.e164, "{about}");
    assert_eq!(number.country_calling_code(), Some(expected.calling_code), "{about}");
    // The reference calls "no country" 001.
    let expected_region = expected.region.as_deref().filter(|code| *code != "001");
    assert_eq!(number.region(), expected_region.map(region), "{about}");
    // We leave the extension out.
    if expected.extension.is_none() {
        assert_eq!(number.international(), expected.international, "{about}");
        assert_eq!(number.national(), expected.national, "{about}");
    }
}

#[test]
fn numbers_for_fiction_are_accepted() {
    for (text, home, expected) in [
        ("+1 202 555 0123", "", "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("+1 555 555 0199", "", "+15555550199"),
        ("+1 999 555 0100", "GB", "+19995550100"),
        ("07700 900123", "GB", "+447700900123"),
        ("+44 7700 900999", "US", "+447700900999"),
        ("+44 20 7946 0018", "", "+442079460018"),
    ] {
        assert_eq!(parse(text, home).as_deref(), Ok(expected), "{text}");
    }
    // The ranges end where they end.
    assert_eq!(parse("+1 555 555 0200", ""), Err(NotInUse));
    assert_eq!(parse("+44 7700 901000", ""), Err(NotInUse));
}

#[test]
fn a_number_for_fiction_belongs_to_the_country_that_sets_it_aside() {
    for (number, code) in [("+12025550123", "US"), ("+15555550123", "US"), ("+447700900123", "GB")] {
        let number: PhoneNumber = number.parse().unwrap();
        assert_eq!(number.region(), Some(region(code)));
        assert_eq!(PhoneNumber::parse(&number.national(), number.region()), Ok(number));
    }
}

#[test]
fn the_home_country_decides_how_a_national_number_is_read() {
    assert_eq!(parse("020 7946 0018", "GB").as_deref(), Ok("+442079460018"));
    assert_eq!(parse("00 1 202 555 0123", "DE").as_deref(), Ok("+12025550123"));
    assert_eq!(parse("011 44 20 7946 0018", "US").as_deref(), Ok("+442079460018"));
    assert_eq!(parse("020 7946 0018", ""), Err(CountryUnknown));
}

#[test]
fn a_foreign_number_keeps_its_digits_whatever_the_home() {
    // Each of these lost or gained digits in another library when read in the United States.
    for number in ["+8613123456789", "+390612345678", "+541123456789", "+79161234567"] {
        assert_eq!(parse(number, "US").as_deref(), Ok(number));
    }
}

#[test]
fn what_is_wrong_with_a_number_is_told_apart() {
    for (text, home, expected) in [
        ("", "US", NotANumber),
        ("hello", "US", NotANumber),
        ("🎉", "US", NotANumber),
        ("\0", "US", NotANumber),
        ("+", "US", NotANumber),
        ("+999 123 456 789", "US", CountryUnknown),
        ("202 555 012", "US", TooShort),
        ("555 0123", "US", TooShort),
        ("911", "US", TooShort),
        ("+1 202 555 01234", "", TooLong),
        ("+1 202 555 0123 4567 8901", "", TooLong),
        ("+1 155 555 1234", "", NotInUse),
    ] {
        assert_eq!(parse(text, home), Err(expected), "{text:?}");
    }
    assert_eq!(parse(&"1".repeat(100_000), "US"), Err(NotANumber));
}

#[test]
fn machines_must_write_e164_and_may_use_numbers_unknown_to_us() {
    for text in ["+12025550123", "+1234567", "+999123456789012", "+6834002"] {
        assert_eq!(text.parse::<PhoneNumber>().unwrap().as_str(), text);
    }
    for text in [
        "",
        "+",
        "12025550123",
        "+0123456789",
        "+123456",
        "+1234567890123456",
        "+1 202 555 0123",
        "+1202555012a",
        " +12025550123",
        "+12025550123\n",
        "++12025550123",
        "+١٢٣٤٥٦٧٨",
        "tel:+12025550123",
    ] {
        assert_eq!(text.parse::<PhoneNumber>(), Err(NotE164), "{text:?}");
    }
    let unknown: PhoneNumber = "+999123456789".parse().unwrap();
    assert_eq!((unknown.country_calling_code(), unknown.region()), (None, None));
    assert_eq!(
        (unknown.international(), unknown.national()),
        ("+999123456789".into(), "+999123456789".into())
    );
}

#[test]
fn numbers_of_no_country_have_no_region() {
    let number: PhoneNumber = "+80012345678".parse().unwrap();
    assert_eq!((number.country_calling_code(), number.region()), (Some(800), None));
}

#[test]
fn regions_are_two_capitals_of_a_country_with_numbers() {
    assert_eq!(region("GB").country_calling_code(), 44);
    assert_eq!(region("US").to_string(), "US");
    for text in ["", "U", "USA", "us", "UK", "ZZ", "001", "World", "ÄÖ", "  "] {
        assert!(text.parse::<Region>().is_err(), "{text:?}");
    }
    assert_eq!(serde_json::to_string(&region("IT")).unwrap(), r#""IT""#);
    assert!(serde_json::from_str::<Region>(r#""it""#).is_err());
}

#[test]
fn debug_does_not_show_the_number() {
    let number: PhoneNumber = "+12025550123".parse().unwrap();
    assert_eq!(format!("{number:?} {:?}", Some(&number)), "PhoneNumber(…) Some(PhoneNumber(…))");
}

/// A number that exists: taken from the reference's answers.
fn valid_number() -> impl Strategy<Value = PhoneNumber> {
    let numbers: Vec<PhoneNumber> = cases()
        .into_iter()
        .filter_map(|case| case.answer.filter(|answer| answer.valid))
        .map(|answer| answer.e164.parse().unwrap())
        .collect();
    prop::sample::select(numbers)
}

fn any_home() -> impl Strategy<Value = Option<Region>> {
    prop::sample::select(vec!["", "US", "GB", "DE", "IT", "RU", "AR", "BR", "CN", "MX"])
        .prop_map(|code| code.parse().ok())
}

proptest! {
    // A failing case becomes a test with a name, not a line in a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_number_or_an_error_and_never_a_panic(text in "\\PC{0,40}", home in any_home()) {
        if let Ok(number) = PhoneNumber::parse(&text, home) {
            prop_assert_eq!(PhoneNumber::parse(number.as_str(), home), Ok(number.clone()));
            prop_assert_eq!(number.as_str().parse::<PhoneNumber>(), Ok(number));
        }
    }

    #[test]
    fn any_phone_like_text_gives_a_stable_number(text in "[+0-9 ()./-]{3,22}", home in any_home()) {
        if let Ok(number) = PhoneNumber::parse(&text, home) {
            prop_assert_eq!(PhoneNumber::parse(number.as_str(), None), Ok(number.clone()));
            prop_assert_eq!(PhoneNumber::parse(&number.international(), home), Ok(number));
        }
    }

    #[test]
    fn a_number_written_for_people_is_read_back(number in valid_number(), home in any_home()) {
        prop_assert_eq!(PhoneNumber::parse(&number.international(), home), Ok(number.clone()));
        if let Some(own) = number.region() {
            prop_assert_eq!(PhoneNumber::parse(&number.national(), Some(own)), Ok(number));
        }
    }

    #[test]
    fn json_gives_the_number_back(digits in "[1-9][0-9]{6,14}") {
        let number: PhoneNumber = format!("+{digits}").parse().unwrap();
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(&json, &format!("\"+{digits}\""));
        prop_assert_eq!(serde_json::from_str::<PhoneNumber>(&json).unwrap(), number);
    }

    #[test]
    fn every_fictional_number_of_north_america_is_accepted(area in 200..=999_u16, line in 100..=199_u16) {
        let text = format!("+1{area}5550{line}");
        prop_assert_eq!(parse(&text, ""), Ok(text));
    }
}
