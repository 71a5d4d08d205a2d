//! What happens to a customer outside their conversations (D12): a check-in, an order that was shipped, a record that was
//! changed.
//!
//! The product itself knows when a contact was created or changed; everything else is told to it through the API by the
//! systems that know, under a name of their own choosing. Timelines show both between the messages.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::EventId, name::shown, timeline::Actor};

/// The longest name of a kind, in characters.
pub const KIND_CHARACTERS_MAX: usize = 40;
/// The longest title, in Unicode characters.
pub const TITLE_CHARACTERS_MAX: usize = 200;

/// The kind of a happening: a name in snake case, such as `order_shipped`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HappeningKind(Box<str>);

/// The text is no kind of happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kind is written in lower-case letters, digits and underscores, begins with a letter, and has at most \
     {KIND_CHARACTERS_MAX} characters"
)]
pub struct InvalidHappeningKind;

impl HappeningKind {
    /// A contact was created (D12).
    pub const CONTACT_CREATED: &'static str = "contact_created";
    /// A contact was changed (D12: Contact Updated, Updated Data).
    pub const CONTACT_UPDATED: &'static str = "contact_updated";

    /// A contact was created.
    pub fn contact_created() -> Self {
        Self(Self::CONTACT_CREATED.into())
    }

    /// A contact was changed.
    pub fn contact_updated() -> Self {
        Self(Self::CONTACT_UPDATED.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HappeningKind {
    type Err = InvalidHappeningKind;

    fn from_str(text: &str) -> Result<Self, InvalidHappeningKind> {
        let begins = text.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        let plain = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if begins && plain && text.len() <= KIND_CHARACTERS_MAX {
            Ok(Self(text.into()))
        } else {
            Err(InvalidHappeningKind)
        }
    }
}

impl TryFrom<String> for HappeningKind {
    type Error = InvalidHappeningKind;

    fn try_from(text: String) -> Result<Self, InvalidHappeningKind> {
        text.parse()
    }
}

impl From<HappeningKind> for String {
    fn from(kind: HappeningKind) -> Self {
        kind.0.into()
    }
}

impl fmt::Display for HappeningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line that says what happened, for people: 1 to [`TITLE_CHARACTERS_MAX`] characters without control characters.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HappeningTitle(String);

/// The text is no title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a title has 1 to {TITLE_CHARACTERS_MAX} characters, something to see, and no control characters")]
pub struct InvalidHappeningTitle;

impl HappeningTitle {
    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HappeningTitle {
    type Error = InvalidHappeningTitle;

    fn try_from(text: String) -> Result<Self, InvalidHappeningTitle> {
        if shown(&text) && text.chars().count() <= TITLE_CHARACTERS_MAX {
            Ok(Self(text))
        } else {
            Err(InvalidHappeningTitle)
        }
    }
}

impl From<HappeningTitle> for String {
    fn from(title: HappeningTitle) -> Self {
        title.0
    }
}

/// Redacted: it may tell of a customer.
impl fmt::Debug for HappeningTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HappeningTitle(…)")
    }
}

/// Something that happened to a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Its id.
    pub id: EventId,
    /// What kind of thing.
    pub kind: HappeningKind,
    /// What it was, for people.
    pub title: Option<HappeningTitle>,
    /// When it happened, if it was told of later.
    pub occurred_at: Option<Timestamp>,
    /// Who told of it.
    pub actor: Actor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d12_a_kind_is_a_name_in_snake_case() {
        for good in ["order_shipped", "check_in_finished", "a", "rfm2", "contact_created"] {
            assert_eq!(good.parse::<HappeningKind>().unwrap().as_str(), good);
        }
        let long = "a".repeat(KIND_CHARACTERS_MAX + 1);
        for wrong in ["", "_a", "1a", "Order", "order shipped", "order-shipped", "größe", long.as_str()] {
            assert_eq!(wrong.parse::<HappeningKind>(), Err(InvalidHappeningKind), "{wrong}");
        }
    }

    #[test]
    fn a_title_is_one_line_with_something_to_see() {
        let long = "é".repeat(TITLE_CHARACTERS_MAX);
        for good in ["Order 17 was shipped", "📦", long.as_str()] {
            assert!(HappeningTitle::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for wrong in [String::new(), " ".into(), "a\nb".into(), "a\0".into(), format!("{long}é")] {
            assert_eq!(HappeningTitle::try_from(wrong), Err(InvalidHappeningTitle));
        }
    }
}
