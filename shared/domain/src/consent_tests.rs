//! Words, sentences and answers about consent (I07).

use proptest::prelude::*;

use super::*;

fn wish(text: &str) -> Option<Wish> {
    read(text).map(|it| it.wish)
}

#[test]
fn i07_an_opt_out_word_opts_out_however_it_is_written() {
    for text in [
        "STOP",
        "stop",
        " Stop. ",
        "Stop!!",
        "UNSUBSCRIBE",
        "Opt-out",
        "OptOut",
        "\"cancel\"",
        "Stop all",
        "STOPALL",
        "quit",
        "Revoke",
        "END",
        "remove",
        "🛑 STOP 🛑",
        "ＳＴＯＰ",
        "s\u{200b}top",
        "STOP\u{fe0f}",
        "Arrêt",
        "arret",
        "ALTO",
        "Désabonner",
        "Стоп",
        "退订",
        "수신거부",
        "إلغاء الاشتراك",
        "Từ chối",
        "leave me alone",
        "Don't text me",
        "Stop please",
        "stop texting me",
        "STOP 12345",
    ] {
        assert_eq!(wish(text), Some(Wish::OptOut), "{text}");
    }
}

#[test]
fn i07_an_opt_in_and_a_cry_for_help_are_understood() {
    for text in ["START", "unstop", "Start.", "subscribe", "Opt-in"] {
        assert_eq!(wish(text), Some(Wish::OptIn), "{text}");
    }
    for text in ["HELP", "info?", "Ayuda!", "aide", "Hilfe", "ヘルプ"] {
        assert_eq!(wish(text), Some(Wish::Help), "{text}");
    }
}

#[test]
fn i07_a_longer_text_that_may_mean_an_opt_out_is_for_a_person() {
    for text in [
        "Please take me off your list, I have moved away",
        "Can you stop texting me at night?",
        "I would like to unsubscribe from all of this",
        "Por favor, no quiero recibir más mensajes de ustedes",
        "Bitte keine Nachrichten mehr an diese Nummer",
    ] {
        assert_eq!(wish(text), Some(Wish::Unclear), "{text}");
    }
}

#[test]
fn i07_a_sentence_is_no_opt_out() {
    for text in [
        "",
        "👍",
        "Count me in! We have got to STOP this bill",
        "stop by the shop tomorrow then",
        "stopping",
        "end of line",
        "Yes",
        "no",
        "Can I cancel my appointment?",
        "I need help with my order",
        "information",
    ] {
        assert_eq!(wish(text), None, "{text}");
    }
}

#[test]
fn every_word_stands_once_and_as_it_is_folded() {
    let all = [
        words::STANDARD_OPT_OUT,
        words::STANDARD_OPT_IN,
        words::STANDARD_HELP,
        words::OTHER_OPT_OUT,
        words::OTHER_OPT_IN,
        words::OTHER_HELP,
    ]
    .concat();
    for word in all.iter().chain(words::DOUBTFUL) {
        assert_eq!(plain(word), *word);
    }
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

#[test]
fn i07_an_opt_out_is_confirmed_once_until_it_is_lifted_and_never_where_the_carrier_has_answered() {
    let number: PhoneNumber = "+12125550123".parse().unwrap();
    let said = |wish, before, when| Said::new(wish, &number, before, at(when), false).answer;
    let first = said(Wish::OptOut, None, 1_000).unwrap();
    let opt_out = OptOut { since: at(1_000), source: OptOutSource::Keyword };
    assert_eq!(said(Wish::OptOut, Some(opt_out), 9_000), Some(first), "the same, so it is sent once");
    let lifted = said(Wish::OptIn, Some(opt_out), 10_000).unwrap();
    assert_ne!(lifted, first);
    assert_ne!(said(Wish::OptOut, None, 20_000), Some(first), "another opt-out");
    assert_eq!(said(Wish::OptIn, None, 30_000), None, "nothing was lifted");
    assert_eq!(said(Wish::Help, Some(opt_out), 30_000), None, "only the confirmation goes there");
    assert_eq!(said(Wish::Help, None, 1_000), said(Wish::Help, None, 3_599_000), "once an hour");
    assert_ne!(said(Wish::Help, None, 1_000), said(Wish::Help, None, 3_600_000));
    assert_eq!(said(Wish::Unclear, None, 0), None);
    for wish in [Wish::OptOut, Wish::OptIn, Wish::Help] {
        assert_eq!(Said::new(wish, &number, None, at(0), true).answer, None);
    }
}

#[test]
fn i07_what_is_answered_fits_one_segment_and_is_no_word_itself() {
    for wish in [Wish::OptOut, Wish::OptIn, Wish::Help] {
        let text = answer(wish, "Blooming Florist").unwrap();
        assert_eq!(crate::segments::segment(&text).segments, 1, "{text}");
    }
    assert_eq!(answer(Wish::Unclear, "Florist"), None);
}

proptest! {
    #[test]
    fn i07_any_text_can_be_read(text in ".{0,3000}") {
        let _ = read(&text);
    }

    #[test]
    fn i07_case_space_and_punctuation_change_nothing(
        word in prop::sample::select(words::STANDARD_OPT_OUT),
        capitals in prop::collection::vec(any::<bool>(), 16),
        before in "[ .,!?\"'\n-]{0,4}",
        after in "[ .,!?\"'\n-]{0,4}",
    ) {
        let written: String = word
            .chars()
            .zip(capitals.into_iter().cycle())
            .map(|(it, capital)| if capital { it.to_ascii_uppercase() } else { it })
            .collect();
        prop_assert_eq!(wish(&format!("{before}{written}{after}")), Some(Wish::OptOut));
    }
}
