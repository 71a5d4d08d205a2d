//! The GSM 7-bit alphabet (3GPP TS 23.038, sections 6.2.1 and 6.2.1.1).
//!
//! Easily taken for members, but outside: the backtick, the tab, the small `ç` (only `Ç` is in), most accented
//! vowels of Spanish and Portuguese, curly quotes, dashes, the ellipsis and the no-break space.

use std::sync::LazyLock;

/// The default alphabet in the order of its codes, without the escape, code 27, which stands before `Æ`.
const DEFAULT: &str = concat!(
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
);

/// The extension table: each is an escape and a code. The first is the form feed.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// What the tables say of ASCII: most characters of most texts. Only the others are searched for.
static ASCII: LazyLock<[Option<u32>; 128]> =
    LazyLock::new(|| std::array::from_fn(|code| u8::try_from(code).ok().and_then(|it| listed(it.into()))));

/// How many septets a character takes: 1 in the default alphabet, 2 in the extension table, `None` if it is in
/// neither.
pub(super) fn septets(character: char) -> Option<u32> {
    let place = usize::try_from(u32::from(character)).ok()?;
    ASCII.get(place).copied().unwrap_or_else(|| listed(character))
}

fn listed(character: char) -> Option<u32> {
    if DEFAULT.contains(character) {
        Some(1)
    } else if EXTENSION.contains(character) {
        Some(2)
    } else {
        None
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
