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
    let filled = template(text).fill(contact.as_ref(), &fields(given));
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
        prop_assert_eq!(template(&text).fill(None, &given).map(String::from), Ok(expected));
    }

    /// No text makes saving or filling panic, and what was saved can be filled with what it asks for.
    #[test]
    fn a07_every_text_is_either_refused_or_can_be_filled(text in "\\PC{0,60}|[{}a-z _]{0,40}") {
        if let Ok(text) = TemplateText::try_from(text) {
            let values = text.fields().into_iter().map(|name| (name, "v".to_owned().try_into().unwrap()));
            let template = Template { text: text.clone(), ..template("x") };
            prop_assert!(template.fill(None, &values.collect()).is_ok());
        }
    }
}
