//! What an account has used, month by month: what its bill is made of.
//!
//! A month is a month of the calendar in UTC, so that accounts in different zones, and a master and its sub accounts, are
//! counted alike. A message counts in the month in which its carrier took it, which is when its price is spent.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::credits::Credits;

/// A month of the calendar, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    /// Months since the beginning of the year 0.
    index: u32,
}

/// The text is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written as a year and the number of the month, such as 2026-11")]
pub struct InvalidMonth;

impl Month {
    /// The month, in UTC, in which `at` lies.
    pub fn of(at: Timestamp) -> Self {
        let date = TimeZone::UTC.to_datetime(at).date();
        let (year, month) =
            (u32::try_from(date.year()).unwrap_or(0), u32::try_from(date.month()).unwrap_or(1));
        Self { index: year.saturating_mul(12).saturating_add(month).saturating_sub(1) }
    }

    /// The month so many months before.
    #[must_use]
    pub const fn before(self, months: u32) -> Self {
        Self { index: self.index.saturating_sub(months) }
    }

    /// The months from this one to `last`, both included; none if `last` is earlier.
    pub fn to(self, last: Self) -> impl DoubleEndedIterator<Item = Self> {
        (self.index..=last.index).map(|index| Self { index })
    }

    /// How many months lie from `earlier` to this one; zero if that is later.
    pub const fn since(self, earlier: Self) -> u32 {
        self.index.saturating_sub(earlier.index)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.index / 12, self.index % 12 + 1)
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let number = |digits: &str, length: usize| {
            let plain = digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_digit());
            digits.parse::<u32>().ok().filter(|_| plain).ok_or(InvalidMonth)
        };
        let (year, month) = text.split_once('-').ok_or(InvalidMonth)?;
        let (year, month) = (number(year, 4)?, number(month, 2)?);
        if (1..=12).contains(&month) { Ok(Self { index: year * 12 + month - 1 }) } else { Err(InvalidMonth) }
    }
}

impl TryFrom<String> for Month {
    type Error = InvalidMonth;
    fn try_from(text: String) -> Result<Self, InvalidMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// What was used in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Messages that carriers took.
    pub messages: u64,
    /// What they cost.
    pub credits: Credits,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_one_of_utc_whatever_the_hour() {
        for (at, expected) in [
            ("2026-11-01T00:00:00Z", "2026-11"),
            ("2026-10-31T23:59:59.999Z", "2026-10"),
            ("2026-12-31T23:59:59Z", "2026-12"),
            ("2027-01-01T00:00:00Z", "2027-01"),
        ] {
            assert_eq!(Month::of(at.parse().unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn a_month_reads_back_and_nothing_else_is_one() {
        for text in ["2026-01", "2026-12", "0001-07"] {
            assert_eq!(month(text).to_string(), text);
        }
        for text in [
            "",
            "2026",
            "2026-00",
            "2026-13",
            "2026-1",
            "26-01",
            "2026-01-01",
            "+026-01",
            "2026-+1",
            "2026/01",
        ] {
            assert_eq!(text.parse::<Month>(), Err(InvalidMonth), "{text}");
        }
    }

    #[test]
    fn months_are_counted_over_the_turn_of_a_year() {
        let months: Vec<_> = month("2026-11").to(month("2027-02")).map(|it| it.to_string()).collect();
        assert_eq!(months, ["2026-11", "2026-12", "2027-01", "2027-02"]);
        assert_eq!(month("2027-02").since(month("2026-11")), 3);
        assert_eq!(month("2026-11").since(month("2027-02")), 0);
        assert_eq!(month("2027-02").before(3), month("2026-11"));
        assert_eq!(month("2027-02").to(month("2026-11")).count(), 0);
    }
}
