//! Quiet hours of customers: when a text that is no direct answer may not arrive.
//!
//! The hours go by the clock of whoever gets the text. Where they are is known from their record or, less surely, from their
//! number, which leaves several zones possible: then a text leaves only while the window is open in all of them. The windows
//! are dated data with their sources (`quiet_hours/*.txt`): the federal hours, and those of states that are stricter. An
//! account may narrow them, never widen them. All of it is computed with the rules of the IANA zones for that very day.

mod data;

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    account::ZoneName,
    phone::PhoneNumber,
    quiet::{Day, LocalTime, moment},
};

/// What is written within this time after the customer wrote is a direct answer.
pub const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Nothing leaves in the last minute of a window: it would arrive after.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);
/// So many days are looked ahead for an open window: each day of the week, and today once more.
const DAYS_AHEAD: i64 = 8;

/// Part of a day by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Hours", into = "Hours")]
pub struct Span {
    from: LocalTime,
    to: LocalTime,
}

/// A [`Span`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    from: LocalTime,
    to: LocalTime,
}

/// A span that ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hours end after they begin, on the same day")]
pub struct InvalidSpan;

impl Span {
    /// From one time to a later one of the same day.
    pub fn new(from: LocalTime, to: LocalTime) -> Result<Self, InvalidSpan> {
        if from < to { Ok(Self { from, to }) } else { Err(InvalidSpan) }
    }

    /// When it begins.
    pub fn from(self) -> LocalTime {
        self.from
    }

    /// When it is over.
    pub fn to(self) -> LocalTime {
        self.to
    }

    /// What both have in common.
    fn within(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to)).ok()
    }
}

impl TryFrom<Hours> for Span {
    type Error = InvalidSpan;
    fn try_from(it: Hours) -> Result<Self, InvalidSpan> {
        Self::new(it.from, it.to)
    }
}

impl From<Span> for Hours {
    fn from(it: Span) -> Self {
        Self { from: it.from, to: it.to }
    }
}

/// When texts may arrive on each day of a week, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week([Option<Span>; 7]);

impl Week {
    /// The same every day.
    pub const fn every_day(span: Span) -> Self {
        Self([Some(span); 7])
    }

    fn on(&self, day: Day) -> Option<Span> {
        Day::ALL.iter().zip(self.0).find(|(it, _)| **it == day).and_then(|(_, span)| span)
    }

    /// Within these hours only; if that leaves nothing in the whole week, as it was: an account narrows, it does not silence.
    #[must_use]
    pub fn narrowed(self, to: Option<Span>) -> Self {
        let Some(to) = to else { return self };
        let narrowed = Self(self.0.map(|span| span.and_then(|span| span.within(to))));
        if narrowed.0.iter().all(Option::is_none) { self } else { narrowed }
    }
}

/// The federal hours of the United States, and of everywhere else in this product.
pub const FEDERAL: Span = Span { from: LocalTime::of_hour(8), to: LocalTime::of_hour(21) };

/// A country, or a part of one, as ISO 3166 writes it: `US-TX`, `CA-ON`, `JM`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place(String);

/// The text is no [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a country or of a part of one, such as US-TX")]
pub struct InvalidPlace;

impl Place {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Place {
    type Err = InvalidPlace;
    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (country, part) =
            text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
        let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let fits = part.is_none_or(|part| (1..=3).contains(&part.len()) && part.bytes().all(plain));
        if letters && fits { Ok(Self(text.to_owned())) } else { Err(InvalidPlace) }
    }
}

impl TryFrom<String> for Place {
    type Error = InvalidPlace;
    fn try_from(text: String) -> Result<Self, InvalidPlace> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.0
    }
}

/// What somebody's record says about where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Their zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<ZoneName>,
    /// Their country, or the part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Location {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// What is known of one person by two records; the first is believed.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            time_zone: self.time_zone.or_else(|| other.time_zone.clone()),
            place: self.place.or_else(|| other.place.clone()),
        }
    }
}

/// How an account keeps its customers' quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Whether what is no answer waits for the morning.
    pub enforced: bool,
    /// Hours of the account's own, by the customer's clock: they narrow those of the law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { enforced: true, within: None }
    }
}

/// What quiet hours are to a message that waits for its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heed {
    /// They are asked at its time.
    #[default]
    Keep,
    /// They are what it waits for, and asked again at its time.
    Deferred,
    /// It leaves in them too, if its sender may do that at its time.
    Override,
}

/// Whether a text is an answer to what the customer wrote last: then it is not subject to quiet hours.
pub fn is_answer(last_inbound: Option<Timestamp>, now: Timestamp) -> bool {
    last_inbound.is_some_and(|at| now.duration_since(at) < ANSWER_WITHIN)
}

/// Where somebody may be, and when they may be written to there.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    zones: Vec<TimeZone>,
    /// The zone that counts where the others have no hour in common.
    home: TimeZone,
    week: Week,
}

impl Whereabouts {
    /// Where the owner of a number may be: what is stored comes first, then what the number says, the account's zone last.
    pub fn of(number: &PhoneNumber, stored: &Location, account: &ZoneName, narrowed: Option<Span>) -> Self {
        let guess = data::of_number(number);
        let place = stored.place.clone().or(guess.place);
        let zones: Vec<TimeZone> = match &stored.time_zone {
            Some(zone) => vec![zone.zone()],
            None => guess.zones.iter().filter_map(|name| TimeZone::get(name).ok()).collect(),
        };
        let week = place.as_ref().and_then(data::week_of).unwrap_or(Week::every_day(FEDERAL));
        let home = account.zone();
        let zones = if zones.is_empty() { vec![home.clone()] } else { zones };
        Self { zones, home, week: week.narrowed(narrowed) }
    }

    /// Whether a text may arrive now, and until when or from when on.
    pub fn at(&self, now: Timestamp) -> Verdict {
        self.common(now).or_else(|| first(&openings(&self.week, &self.home, now), now)).unwrap_or(
            Verdict::Open {
                // A week without an hour: no table has one, and an account cannot make one.
                until: Timestamp::MAX,
            },
        )
    }

    /// By the hours that all zones have in common.
    fn common(&self, now: Timestamp) -> Option<Verdict> {
        let mut zones = self.zones.iter().map(|zone| openings(&self.week, zone, now));
        let one = zones.next()?;
        first(&zones.fold(one, |all, other| intersection(&all, &other)), now)
    }
}

/// Whether a text may arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Now, until then.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// Not before then.
    Quiet {
        /// When the window opens.
        until: Timestamp,
    },
}

/// A stretch of time: from, and up to.
type Opening = (Timestamp, Timestamp);

/// When the window is open in a zone, from yesterday to over a week ahead.
fn openings(week: &Week, zone: &TimeZone, now: Timestamp) -> Vec<Opening> {
    let today = now.to_zoned_datetime(zone.clone()).date();
    let on = |date: Date| {
        let span = week.on(Day::of(date))?;
        let opening = (moment(date, span.from, zone)?, moment(date, span.to, zone)?);
        // A day whose clock was put forward over the whole window has none.
        (opening.0 < opening.1).then_some(opening)
    };
    (-1..=DAYS_AHEAD).filter_map(|days| today.checked_add(days.days()).ok()).filter_map(on).collect()
}

/// What two lists of stretches have in common. Both are in order, as the result is.
fn intersection(one: &[Opening], other: &[Opening]) -> Vec<Opening> {
    let overlap = |a: &Opening, b: &Opening| {
        let both = (a.0.max(b.0), a.1.min(b.1));
        (both.0 < both.1).then_some(both)
    };
    one.iter().flat_map(|a| other.iter().filter_map(move |b| overlap(a, b))).collect()
}

/// The stretch that is open, or the next one.
fn first(openings: &[Opening], now: Timestamp) -> Option<Verdict> {
    let (from, to) = *openings.iter().find(|(_, to)| to.duration_since(now) > MARGIN)?;
    Some(if from <= now { Verdict::Open { until: to } } else { Verdict::Quiet { until: from } })
}

#[cfg(test)]
#[path = "quiet_hours_tests.rs"]
mod tests;
