//! Quiet times: when somebody does not want their devices to make a sound.
//!
//! They are said in local times of a zone of the IANA database, several for each person, each on chosen weekdays, and they may
//! cross midnight: then they belong to the day on which they begin. Whether a moment is quiet is computed with that day's rules
//! of the zone, so clocks that are put forward or back make a time longer or shorter, never wrong. Where a local time does not
//! exist, the same time after the gap counts; where it comes twice, the first.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// At most this many quiet times of one person.
pub const QUIET_TIMES_MAX: usize = 10;
/// Minutes in a day without changes of the clock.
const DAY_MINUTES: u16 = 24 * 60;

/// A time of the day by the clock on the wall, in minutes: `00:00` to `24:00`, which is the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(u16);

impl LocalTime {
    /// A full hour of the day, 24 at most.
    pub(crate) const fn of_hour(hour: u16) -> Self {
        Self(if hour > 24 { DAY_MINUTES } else { hour * 60 })
    }
}

/// The text is no [`LocalTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the day such as 07:30")]
pub struct InvalidLocalTime;

impl FromStr for LocalTime {
    type Err = InvalidLocalTime;

    fn from_str(text: &str) -> Result<Self, InvalidLocalTime> {
        let two_digits = |text: &str| -> Result<u16, InvalidLocalTime> {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            if digits { text.parse().map_err(|_| InvalidLocalTime) } else { Err(InvalidLocalTime) }
        };
        let (hour, minute) = text.split_once(':').ok_or(InvalidLocalTime)?;
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        let minutes = hour.saturating_mul(60).saturating_add(minute);
        if minute < 60 && minutes <= DAY_MINUTES { Ok(Self(minutes)) } else { Err(InvalidLocalTime) }
    }
}

impl TryFrom<String> for LocalTime {
    type Error = InvalidLocalTime;

    fn try_from(text: String) -> Result<Self, InvalidLocalTime> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The day of a date.
    pub fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// A quiet time that comes every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietTime {
    /// On which days it begins.
    pub days: BTreeSet<Day>,
    /// When it begins.
    pub from: LocalTime,
    /// When it is over; at or before `from`, it is on the next day.
    pub to: LocalTime,
}

impl QuietTime {
    /// Whether it is quiet at `now`, if it begins on `date`.
    fn covers(&self, date: Date, now: Timestamp, zone: &TimeZone) -> bool {
        let last = if self.to <= self.from { date.checked_add(1.day()).ok() } else { Some(date) };
        let begins = moment(date, self.from, zone);
        let ends = last.and_then(|last| moment(last, self.to, zone));
        let in_it = begins.zip(ends).is_some_and(|(begins, ends)| begins <= now && now < ends);
        in_it && self.days.contains(&Day::of(date))
    }
}

/// The moment of a local time.
pub(crate) fn moment(date: Date, time: LocalTime, zone: &TimeZone) -> Option<Timestamp> {
    let (date, minutes) = match time.0 {
        DAY_MINUTES => (date.checked_add(1.day()).ok()?, 0),
        minutes => (date, minutes),
    };
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    zone.to_timestamp(date.at(hour, minute, 0, 0)).ok()
}

/// The quiet times of one person, at most [`QUIET_TIMES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<QuietTime>", into = "Vec<QuietTime>")]
pub struct QuietTimes(Vec<QuietTime>);

/// Why these are no [`QuietTimes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuietTimes {
    /// Too many.
    #[error("at most {QUIET_TIMES_MAX} quiet times")]
    TooMany,
    /// One is on no day.
    #[error("a quiet time without a day")]
    NoDay,
    /// One begins and ends at the same time.
    #[error("a quiet time that begins when it ends; a whole day is 00:00 to 24:00")]
    Empty,
    /// One begins at the end of a day.
    #[error("a quiet time begins at 23:59 at the latest")]
    BeginsAtMidnight,
}

impl TryFrom<Vec<QuietTime>> for QuietTimes {
    type Error = InvalidQuietTimes;

    fn try_from(times: Vec<QuietTime>) -> Result<Self, InvalidQuietTimes> {
        if times.len() > QUIET_TIMES_MAX {
            return Err(InvalidQuietTimes::TooMany);
        }
        for time in &times {
            if time.days.is_empty() {
                return Err(InvalidQuietTimes::NoDay);
            }
            if time.from == time.to {
                return Err(InvalidQuietTimes::Empty);
            }
            if time.from.0 == DAY_MINUTES {
                return Err(InvalidQuietTimes::BeginsAtMidnight);
            }
        }
        Ok(Self(times))
    }
}

impl From<QuietTimes> for Vec<QuietTime> {
    fn from(times: QuietTimes) -> Self {
        times.0
    }
}

impl QuietTimes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is quiet at `now` in `zone`.
    pub fn cover(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let today = now.to_zoned_datetime(zone.clone()).date();
        let yesterday = today.checked_sub(1.day()).ok();
        let dates = || [Some(today), yesterday].into_iter().flatten();
        self.0.iter().any(|time| dates().any(|date| time.covers(date, now, zone)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(days: &[Day], from: &str, to: &str) -> QuietTime {
        let days = days.iter().copied().collect();
        QuietTime { days, from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    fn every(from: &str, to: &str) -> QuietTimes {
        vec![time(&Day::ALL, from, to)].try_into().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_times_may_cross_midnight_and_belong_to_the_day_on_which_they_begin() {
        let berlin = zone("Europe/Berlin");
        let friday = QuietTimes::try_from(vec![time(&[Day::Friday], "21:00", "02:00")]).unwrap();
        // 2026-06-05 is a Friday; Berlin is two hours ahead.
        for (moment, quiet) in [
            ("2026-06-05T18:59:59Z", false),
            ("2026-06-05T19:00:00Z", true),
            ("2026-06-05T23:59:59Z", true),
            ("2026-06-06T00:00:00Z", false),
            ("2026-06-06T19:00:00Z", false),
            ("2026-06-04T22:30:00Z", false),
        ] {
            assert_eq!(friday.cover(at(moment), &berlin), quiet, "{moment}");
        }
    }

    #[test]
    fn several_quiet_times_and_whole_days() {
        let times = vec![time(&[Day::Sunday], "00:00", "24:00"), time(&Day::ALL, "12:30", "13:15")];
        let times = QuietTimes::try_from(times).unwrap();
        // 2026-06-07 is a Sunday.
        for (moment, quiet) in [
            ("2026-06-06T23:59:59Z", false),
            ("2026-06-07T00:00:00Z", true),
            ("2026-06-07T23:59:59Z", true),
            ("2026-06-08T00:00:00Z", false),
            ("2026-06-08T12:30:00Z", true),
            ("2026-06-08T13:15:00Z", false),
        ] {
            assert_eq!(times.cover(at(moment), &TimeZone::UTC), quiet, "{moment}");
        }
    }

    #[test]
    fn quiet_times_follow_daylight_saving() {
        let new_york = zone("America/New_York");
        let night = every("22:00", "07:00");
        // Winter: five hours behind; summer: four. Clocks change on 2026-03-08 and 2026-11-01.
        assert!(night.cover(at("2026-03-08T03:00:00Z"), &new_york));
        assert!(night.cover(at("2026-03-08T10:59:59Z"), &new_york));
        assert!(!night.cover(at("2026-03-08T11:00:00Z"), &new_york), "07:00 comes an hour sooner");
        assert!(night.cover(at("2026-11-01T11:59:59Z"), &new_york));
        assert!(!night.cover(at("2026-11-01T12:00:00Z"), &new_york), "07:00 comes an hour later");
        // 02:30 does not exist: an hour after it by the old clock, it begins.
        let early = every("02:30", "05:00");
        assert!(!early.cover(at("2026-03-08T07:29:59Z"), &new_york));
        assert!(early.cover(at("2026-03-08T07:30:00Z"), &new_york));
        // 01:30 comes twice: it is over at the first and does not begin again.
        let late = every("23:00", "01:30");
        assert!(late.cover(at("2026-11-01T05:29:59Z"), &new_york));
        for over in ["2026-11-01T05:30:00Z", "2026-11-01T06:10:00Z", "2026-11-01T06:30:00Z"] {
            assert!(!late.cover(at(over), &new_york), "{over}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in ["", "7:30", "07:60", "24:01", "25:00", "07-30", "07:3", "+7:30", "07:30:00"] {
            assert_eq!(wrong.parse::<LocalTime>(), Err(InvalidLocalTime), "{wrong}");
        }
        let refused = |times: Vec<QuietTime>| QuietTimes::try_from(times).unwrap_err();
        assert_eq!(refused(vec![time(&[], "01:00", "02:00")]), InvalidQuietTimes::NoDay);
        assert_eq!(refused(vec![time(&Day::ALL, "01:00", "01:00")]), InvalidQuietTimes::Empty);
        assert_eq!(refused(vec![time(&Day::ALL, "24:00", "01:00")]), InvalidQuietTimes::BeginsAtMidnight);
        assert_eq!(refused(vec![time(&Day::ALL, "01:00", "02:00"); 11]), InvalidQuietTimes::TooMany);
    }

    proptest! {
        /// Away from changes of the clock, a time is quiet exactly if the clock on the wall says so.
        #[test]
        fn quiet_is_what_the_clock_on_the_wall_says(from in 0..1440_u16, length in 1..1440_u16, minute in 0..1440_u16) {
            let to = (from + length) % 1440;
            let times = vec![QuietTime { days: Day::ALL.into(), from: LocalTime(from), to: LocalTime(to) }];
            let times = QuietTimes::try_from(times).unwrap();
            let now = at("2026-06-10T00:00:00Z") + i64::from(minute).minutes();
            let inside = if to > from { (from..to).contains(&minute) } else { minute >= from || minute < to };
            prop_assert_eq!(times.cover(now, &TimeZone::UTC), inside);
        }

        #[test]
        fn a_local_time_reads_back_from_its_text(minutes in 0..=1440_u16) {
            prop_assert_eq!(LocalTime(minutes).to_string().parse(), Ok(LocalTime(minutes)));
        }
    }
}
