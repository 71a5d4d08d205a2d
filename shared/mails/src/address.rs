//! The name in front of an address, safe for the header of an e-mail.

use base64::{Engine, prelude::BASE64_STANDARD};

/// The most bytes of a name in one encoded word: with base64 and its frame it has at most 75 characters (RFC 2047,
/// section 2).
const ENCODED_BYTES_MAX: usize = 45;

/// Writes `name <address>` for a header. A name in ASCII becomes a quoted string (RFC 5322, section 3.2.4), another one
/// encoded words (RFC 2047); characters that disturb a line are left out.
pub fn mailbox(name: &str, address: &str) -> String {
    let name = one_line(name);
    if name.is_ascii() {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("\"{quoted}\" <{address}>");
    }
    let mut words: Vec<String> = Vec::new();
    for character in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= ENCODED_BYTES_MAX => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let encode = |word: String| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word));
    let words: Vec<String> = words.into_iter().map(encode).collect();
    format!("{} <{address}>", words.join(" "))
}

/// The text on one line, without control characters and without those that turn its direction. The types of names refuse
/// them already; a header is where a gap in that would do harm.
pub(crate) fn one_line(text: &str) -> String {
    let disturbs = |character: char| {
        character.is_control()
            || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let spaced: String =
        text.chars().map(|character| if character.is_whitespace() { ' ' } else { character }).collect();
    let kept: String = spaced.chars().filter(|character| !disturbs(*character)).collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "no-reply@example.com";

    #[test]
    fn a_name_is_quoted_or_encoded() {
        for (name, expected) in [
            ("Bee & Co.", r#""Bee & Co." <no-reply@example.com>"#),
            (r#"The "Hive" \o/"#, r#""The \"Hive\" \\o/" <no-reply@example.com>"#),
            ("Evil <evil@example.org>,", r#""Evil <evil@example.org>," <no-reply@example.com>"#),
            ("Bäckerei", "=?UTF-8?B?QsOkY2tlcmVp?= <no-reply@example.com>"),
        ] {
            assert_eq!(mailbox(name, ADDRESS), expected);
        }
    }

    #[test]
    fn a_long_name_becomes_several_words_that_are_short_enough() {
        let name = "蜂".repeat(100);
        let header = mailbox(&name, ADDRESS);
        let words: Vec<&str> = header.split(' ').collect();
        assert!(words.iter().all(|word| word.len() <= 75));
        let decode = |word: &&str| {
            let inner = word.strip_prefix("=?UTF-8?B?")?.strip_suffix("?=")?;
            String::from_utf8(BASE64_STANDARD.decode(inner).ok()?).ok()
        };
        let decoded: String = words.iter().filter_map(decode).collect();
        assert_eq!(decoded, name);
    }

    #[test]
    fn nothing_breaks_the_line() {
        for name in ["Bee\r\nBcc: evil@example.org", "Bee\nX: y", "Bee\u{202e}eviL", "Bee\u{2028}B", "Bee\0"]
        {
            let header = mailbox(name, ADDRESS);
            assert!(!header.contains(['\r', '\n', '\0', '\u{202e}', '\u{2028}']), "{header:?}");
        }
    }
}
