//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, sections 6.2.1 and 6.2.1.1).

/// How many septets a character takes: 1 in the default alphabet, 2 (an escape and a code) in the extension
/// table, `None` if it is in neither.
///
/// Easily taken for members, but outside: the backtick, the tab, the small `ç` (only `Ç` is in), most accented
/// vowels of Spanish and Portuguese, curly quotes, dashes, the ellipsis and the no-break space.
pub(super) const fn septets(character: char) -> Option<u32> {
    match character {
        '\n' | '\r' | ' '..='Z' | '_' | 'a'..='z' => Some(1),
        '¡' | '£' | '¤' | '¥' | '§' | '¿' => Some(1),
        'Ä' | 'Å' | 'Æ' | 'Ç' | 'É' | 'Ñ' | 'Ö' | 'Ø' | 'Ü' | 'ß' => Some(1),
        'à' | 'ä' | 'å' | 'æ' | 'è' | 'é' | 'ì' | 'ñ' | 'ò' | 'ö' | 'ø' | 'ù' | 'ü' => Some(1),
        'Γ' | 'Δ' | 'Θ' | 'Λ' | 'Ξ' | 'Π' | 'Σ' | 'Φ' | 'Ψ' | 'Ω' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabets_have_the_sizes_of_the_standard() {
        let count = |wanted| ('\0'..=char::MAX).filter(|c| septets(*c) == Some(wanted)).count();
        assert_eq!(count(1), 127, "128 codes, of which one is the escape");
        assert_eq!(count(2), 10);
    }
}
