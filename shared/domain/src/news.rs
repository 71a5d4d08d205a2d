//! What one person wants to be told of the inbox, and how: pushed to their devices, in an e-mail digest, and when not.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{account::ZoneName, notify::Loudness, quiet::QuietTimes};

/// What happens in the inbox that somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A customer has written (C10, C11).
    InboundMessage,
    /// Somebody assigned a conversation to them (C13).
    Assigned,
    /// Somebody mentioned them in a note (D33).
    Mentioned,
}

impl News {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::InboundMessage, Self::Assigned, Self::Mentioned];
}

/// An hour of the day by the clock on the wall: 0 to 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Hour(u8);

/// The number is no [`Hour`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an hour of the day: 0 to 23")]
pub struct InvalidHour;

impl TryFrom<u8> for Hour {
    type Error = InvalidHour;

    fn try_from(hour: u8) -> Result<Self, InvalidHour> {
        if hour < 24 { Ok(Self(hour)) } else { Err(InvalidHour) }
    }
}

impl From<Hour> for u8 {
    fn from(hour: Hour) -> Self {
        hour.0
    }
}

/// How often somebody gets an e-mail about what is unread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Digest {
    /// Never.
    #[default]
    Off,
    /// At each full hour.
    Hourly,
    /// Once a day.
    Daily {
        /// At this hour of their own clock.
        hour: Hour,
    },
}

impl Digest {
    /// When the next digest is due after `after`; `None`: never. A local hour that does not exist comes with the end of the
    /// gap, one that comes twice counts once.
    pub fn next(self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = after.to_zoned_datetime(zone.clone());
        match self {
            Self::Off => None,
            Self::Hourly => {
                let seconds =
                    i64::from(local.minute()).saturating_mul(60).saturating_add(local.second().into());
                let hour = after.as_second().saturating_sub(seconds);
                Timestamp::from_second(hour).ok()?.checked_add(SignedDuration::from_hours(1)).ok()
            }
            Self::Daily { hour: Hour(hour) } => {
                let hour = i8::try_from(hour).ok()?;
                let today = local.date();
                let dates = [Some(today), today.checked_add(1.day()).ok(), today.checked_add(2.days()).ok()];
                let moments =
                    dates.into_iter().flatten().map(|date| zone.to_timestamp(date.at(hour, 0, 0, 0)));
                moments.filter_map(Result::ok).find(|moment| *moment > after)
            }
        }
    }
}

/// What one person wants to be told of the inbox, and how. The alert centre has everything in any case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsPreferences {
    /// What is pushed to their devices.
    pub push: BTreeSet<News>,
    /// What is counted in the e-mail digest.
    pub email: BTreeSet<News>,
    /// How often the digest comes.
    pub digest: Digest,
    /// The zone of their clock; `None`: the account's.
    pub time_zone: Option<ZoneName>,
    /// When nothing is pushed. It is not pushed later either: whoever looks at their telephone in the morning wants no
    /// thirty alerts at once, but the list, which has everything, and the digest, which counts it.
    pub quiet_times: QuietTimes,
}

impl Default for NewsPreferences {
    /// Everything is pushed at any time, and there are no e-mails.
    fn default() -> Self {
        let all: BTreeSet<News> = News::ALL.into();
        let (digest, quiet_times) = (Digest::Off, QuietTimes::default());
        Self { push: all.clone(), email: all, digest, time_zone: None, quiet_times }
    }
}

impl NewsPreferences {
    /// Whether news are pushed to the devices of the person at `now`.
    pub fn are_pushed(&self, news: News, loudness: Loudness, now: Timestamp, zone: &TimeZone) -> bool {
        loudness == Loudness::Loud && self.push.contains(&news) && !self.quiet_times.cover(now, zone)
    }

    /// Whether news count in the digest of the person.
    pub fn are_counted(&self, news: News, loudness: Loudness) -> bool {
        loudness == Loudness::Loud && self.email.contains(&news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn a_daily_digest_comes_at_the_hour_of_the_persons_clock_through_daylight_saving() {
        let berlin = zone("Europe/Berlin");
        let daily = |hour: u8| Digest::Daily { hour: hour.try_into().unwrap() };
        for (hour, after, due) in [
            (8, "2026-01-10T06:59:59Z", "2026-01-10T07:00:00Z"),
            (8, "2026-01-10T07:00:00Z", "2026-01-11T07:00:00Z"),
            (8, "2026-03-28T08:00:00Z", "2026-03-29T06:00:00Z"),
            // 02:00 does not exist on that day; the clock goes from 02:00 to 03:00.
            (2, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            // 02:00 comes twice on that day, and counts once.
            (2, "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z"),
            (2, "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"),
            (0, "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"),
        ] {
            assert_eq!(daily(hour).next(at(after), &berlin), Some(at(due)), "{hour} after {after}");
        }
    }

    #[test]
    fn an_hourly_digest_comes_at_full_hours_of_the_persons_clock() {
        let hourly = |after: &str, name: &str| Digest::Hourly.next(at(after), &zone(name)).unwrap();
        assert_eq!(hourly("2026-01-10T06:59:59.5Z", "UTC"), at("2026-01-10T07:00:00Z"));
        assert_eq!(hourly("2026-01-10T07:00:00Z", "UTC"), at("2026-01-10T08:00:00Z"));
        assert_eq!(hourly("2026-01-10T07:00:00Z", "Asia/Kolkata"), at("2026-01-10T07:30:00Z"));
        assert_eq!(Digest::Off.next(at("2026-01-10T07:00:00Z"), &TimeZone::UTC), None);
    }

    #[test]
    fn x06_what_is_muted_is_neither_pushed_nor_counted() {
        let all = NewsPreferences::default();
        let now = at("2026-01-10T07:00:00Z");
        for news in News::ALL {
            assert!(all.are_pushed(news, Loudness::Loud, now, &TimeZone::UTC));
            assert!(!all.are_pushed(news, Loudness::Silent, now, &TimeZone::UTC));
            assert!(all.are_counted(news, Loudness::Loud));
            assert!(!all.are_counted(news, Loudness::Silent));
        }
        let none = NewsPreferences { push: BTreeSet::new(), ..NewsPreferences::default() };
        assert!(!none.are_pushed(News::Assigned, Loudness::Loud, now, &TimeZone::UTC));
        assert!(none.are_counted(News::Assigned, Loudness::Loud));
    }
}
