//! Templates: what can be one, and what comes out when it is filled.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn template(text: &str) -> Template {
    Template {
        id: TemplateId::from_uuid(Uuid::from_u128(1)),
        name: name("Reminder"),
        text: text.to_owned().try_into().unwrap(),
        managed_by: ManagedBy::Account,
        scope: Scope::Account,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

fn name(text: &str) -> DisplayName {
    text.parse().unwrap()
}

fn fields(all: &[(&str, &str)]) -> Fields {
    all.iter().map(|(name, value)| (name.parse().unwrap(), (*value).to_owned().try_into().unwrap())).collect()
}

fn check(text: &str, contact: Option<&str>, given: &[(&str, &str)], expected: Result<&str, FillError>) {
    let contact = contact.map(name);
    let known = Known::of_contact(contact.as_ref(), &CustomFields::new());
    let filled = template(text).text.fill(&known, &fields(given));
    assert_eq!(filled.map(String::from), expected.map(str::to_owned), "{text}");
}

#[test]
fn a07_fields_are_filled_from_the_customer_and_from_the_request() {
    let ann = Some("Ann  de Groot");
    check("Hi {first_name}!", ann, &[], Ok("Hi Ann!"));
    check("Dear {last_name}, {name}", ann, &[], Ok("Dear de Groot, Ann  de Groot"));
    check("Hi {first_name}, on {day}.", ann, &[("day", "Monday")], Ok("Hi Ann, on Monday."));
    check("{day}{day} it is", None, &[("day", "Mon")], Ok("MonMon it is"));
    check("No fields\nat all", None, &[], Ok("No fields\nat all"));
    // What the record does not know, the request may say; what it knows, it says itself.
    check("Hi {first_name}!", None, &[("first_name", "there")], Ok("Hi there!"));
    check("Hi {first_name}!", ann, &[("first_name", "there")], Ok("Hi Ann!"));
}

#[test]
fn d32_fields_know_the_customer_the_sender_and_the_business_or_say_something_instead() {
    let ann = name("Ann de Groot");
    let custom = [("city", "Utrecht"), ("letter", "two\nlines"), ("name", "not the name")];
    let custom = custom.map(|(key, text)| (key.parse().unwrap(), text.parse().unwrap())).into();
    let (ben, bakery) = (name("Ben"), name("Bakery"));
    let known = Known::of_contact(Some(&ann), &custom).from_sender(Some(&ben)).for_business(Some(&bakery));
    for (text, filled) in [
        ("{name} of {city}", Ok("Ann de Groot of Utrecht")),
        ("{sender_name} of {business_name}", Ok("Ben of Bakery")),
        ("Hi {first_name|there}, {thing|bread}!", Ok("Hi Ann, bread!")),
        ("Dear {title|friend|of} ours", Ok("Dear friend|of ours")),
        ("A {letter} for you", Err(FillError::Missing("letter".parse().unwrap()))),
        ("A {letter|word} for you", Ok("A word for you")),
    ] {
        let text: TemplateText = text.to_owned().try_into().unwrap();
        let found = text.fill(&known, &Fields::new()).map(String::from);
        assert_eq!(found, filled.map(str::to_owned), "{}", text.as_str());
    }
    // What is known is known better than what the request says; what is said is better than what stands instead.
    let text: TemplateText = "Hi {first_name|there}, {thing|bread}!".to_owned().try_into().unwrap();
    let given = fields(&[("first_name", "you"), ("thing", "rolls")]);
    assert_eq!(text.fill(&known, &given).map(String::from), Ok("Hi Ann, rolls!".to_owned()));
    assert_eq!(text.fill(&Known::default(), &given).map(String::from), Ok("Hi you, rolls!".to_owned()));
    for wrong in ["Hi {name|}", "Hi {name| }", "Hi {name|a\nb}", "Hi {|a}", "Hi {name|{a}}"] {
        assert!(TemplateText::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

#[test]
fn c19_what_nobody_is_asked_for_is_known_or_has_something_instead() {
    let asks = |text: &str| TemplateText::try_from(text.to_owned()).unwrap().asks_for().map(String::from);
    assert_eq!(asks("Hi {first_name} {last_name} {name}, from {business_name}, {day|soon}"), None);
    assert_eq!(asks("See you on {day}").as_deref(), Some("day"));
    assert_eq!(asks("Yours, {sender_name}").as_deref(), Some("sender_name"));
}

#[test]
fn x12_what_is_missing_unknown_or_too_long_is_named() {
    let field = |text: &str| text.parse::<FieldName>().unwrap();
    check("Hi {first_name}!", None, &[], Err(FillError::Missing(field("first_name"))));
    check("Hi {last_name}!", Some("Ann"), &[], Err(FillError::Missing(field("last_name"))));
    check("On {day}.", Some("Ann"), &[], Err(FillError::Missing(field("day"))));
    check("Hi!", None, &[("text", "Buy now")], Err(FillError::NoSuchField(field("text"))));
    let long = format!("{}{{day}}", "x".repeat(1594));
    check(&long, None, &[("day", "Mondays")], Err(FillError::TooLong { characters: 1601 }));
}

#[test]
fn x12_a_value_cannot_bring_another_field_or_a_second_line() {
    check("{a} and {b}", None, &[("a", "{b}"), ("b", "{a}")], Ok("{b} and {a}"));
    let long = "x".repeat(FIELD_VALUE_CHARACTERS_MAX + 1);
    for (value, error) in [
        ("", InvalidFieldValue::Blank),
        (" \u{200b}", InvalidFieldValue::Blank),
        ("a\nb", InvalidFieldValue::NotOneLine),
        ("a\u{2028}b", InvalidFieldValue::NotOneLine),
        ("a\u{202e}b", InvalidFieldValue::NotOneLine),
        ("a\0", InvalidFieldValue::NotOneLine),
        (&long, InvalidFieldValue::TooLong),
    ] {
        assert_eq!(FieldValue::try_from(value.to_owned()), Err(error), "{value:?}");
    }
}

#[test]
fn a07_a_text_that_cannot_be_a_template_is_refused_when_it_is_saved() {
    let many: String = (0..=FIELDS_MAX).fold(String::new(), |text, n| format!("{text}{{f{n}}} "));
    for (text, error) in [
        ("", InvalidTemplateText::Body(MessageBodyError::Blank)),
        ("a\0", InvalidTemplateText::Body(MessageBodyError::ControlCharacter { character: '\0' })),
        ("Hi {first_name", InvalidTemplateText::Brace),
        ("Hi first_name}", InvalidTemplateText::Brace),
        ("Hi {{first_name}}", InvalidTemplateText::Brace),
        ("Hi { {day}", InvalidTemplateText::Brace),
        ("Hi {day}}", InvalidTemplateText::Brace),
        ("Hi {}", InvalidTemplateText::FieldName(InvalidFieldName)),
        ("Hi {First Name}", InvalidTemplateText::FieldName(InvalidFieldName)),
        ("Hi {1st}", InvalidTemplateText::FieldName(InvalidFieldName)),
        ("Hi {näme}", InvalidTemplateText::FieldName(InvalidFieldName)),
        ("{text}", InvalidTemplateText::NothingButFields),
        (" {a}\n{b}\u{200b}", InvalidTemplateText::NothingButFields),
        (&format!("x {many}"), InvalidTemplateText::TooManyFields),
    ] {
        assert_eq!(TemplateText::try_from(text.to_owned()), Err(error), "{text}");
    }
    let long = format!("Hi {{{}}}", "x".repeat(FIELD_NAME_CHARACTERS_MAX + 1));
    assert!(TemplateText::try_from(long).is_err());
}

#[test]
fn the_fields_of_a_template_are_each_named_once() {
    let names: Vec<String> =
        template("{b} {a} {b} and {first_name}").text.fields().into_iter().map(String::from).collect();
    assert_eq!(names, ["a", "b", "first_name"]);
}

#[test]
fn debug_shows_neither_text_nor_values() {
    let template = template("Hi {day}, the secret");
    assert!(!format!("{template:?} {:?}", fields(&[("day", "secret")])).contains("secret"));
}

proptest! {
    /// Whatever is filled in, the words of the template stay where they are, around the values as they were given.
    #[test]
    fn x12_a_filled_template_is_its_words_with_the_values_between_them(
        words in prop::collection::vec("[a-z ,.!]{1,20}", 2..6),
        values in prop::collection::vec("[a-zA-Z{}$\\\\]{1,20}", 5),
    ) {
        let mut text = String::from("x");
        let mut expected = String::from("x");
        let mut given = Fields::new();
        for (index, (word, value)) in words.iter().zip(&values).enumerate() {
            text = format!("{text}{{f{index}}}{word}");
            expected = format!("{expected}{value}{word}");
            given.insert(format!("f{index}").parse().unwrap(), value.clone().try_into().unwrap());
        }
        prop_assert_eq!(template(&text).text.fill(&Known::default(), &given).map(String::from), Ok(expected));
    }

    /// No text makes saving or filling panic, and what was saved can be filled with what it asks for.
    #[test]
    fn a07_every_text_is_either_refused_or_can_be_filled(text in "\\PC{0,60}|[{}a-z _]{0,40}") {
        if let Ok(text) = TemplateText::try_from(text) {
            let values = text.fields().into_iter().map(|name| (name, "v".to_owned().try_into().unwrap()));
            let template = Template { text: text.clone(), ..template("x") };
            prop_assert!(template.text.fill(&Known::default(), &values.collect()).is_ok());
        }
    }
}
