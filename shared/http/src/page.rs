//! Lists: one page at a time, from a cursor that only we can read.

use crate::field::{Code, FieldError};
use crate::problem::Problem;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many entries a page has unless the caller says otherwise.
pub const LIMIT_DEFAULT: u16 = 50;
/// The most entries that a page can have: what one answer and one query of the table bear.
pub const LIMIT_MAX: u16 = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The entries, in the order of the list.
    pub data: Vec<T>,
    /// Pass it as `cursor` to get the page after this one; null at the end of the list.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of the table as the API shows it, each entry turned by `turn`.
    pub fn of<S>(page: storage::Page<S>, turn: impl FnMut(S) -> T) -> Self {
        Self { data: page.items.into_iter().map(turn).collect(), next_cursor: page.next_cursor }
    }
}

/// How many entries the caller wants: 1 to [`LIMIT_MAX`], [`LIMIT_DEFAULT`] if nothing is said.
///
/// A type of its own, so that each list's query can have the field `limit` with the same rule and the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    /// The number of entries.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for PageLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Limit;
        impl Visitor<'_> for Limit {
            type Value = PageLimit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 1 to {LIMIT_MAX}")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<PageLimit, E> {
                u16::try_from(number)
                    .ok()
                    .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                    .map(PageLimit)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PageLimit, E> {
                match text.parse() {
                    Ok(number) => self.visit_u64(number),
                    Err(_) => Err(E::invalid_type(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_str(Limit)
    }
}

/// The query of a list that has no filters. Lists with filters have these two fields among their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many entries a page has at most.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 100, default = 50, required = false)]
    pub limit: PageLimit,
    /// `next_cursor` of the page before; nothing for the first page.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page of the table that is asked for.
    pub fn request(&self) -> storage::PageRequest<'_> {
        self.limit.request(self.cursor.as_deref())
    }
}

impl PageLimit {
    /// The page of the table of this size behind `cursor`, for queries that have fields of their own.
    pub fn request(self, cursor: Option<&str>) -> storage::PageRequest<'_> {
        storage::PageRequest { limit: u32::from(self.0), cursor }
    }
}

impl Problem {
    /// The cursor is not one of ours, or belongs to another account or another query.
    pub fn cursor_invalid() -> Self {
        Self::invalid(FieldError::query("cursor", Code::Invalid, "this is not a cursor of this list"))
    }
}
