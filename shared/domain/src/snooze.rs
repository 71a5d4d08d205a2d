//! Until when a conversation sleeps (D17, X05).
//!
//! A person names an instant or a preset. Presets are computed in the account's IANA zone, never from an offset, so that
//! "tomorrow at nine" is nine o'clock on the wall clock on either side of a change to or from daylight saving.

use jiff::{SignedDuration, Timestamp, ToSpan, ZonedDateTime, civil::Weekday, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A snooze reaches at most this far into the future: ten years of days.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3653);

/// The hour of the wall clock at which "tomorrow" and "next Monday" begin.
const MORNING_HOUR: i8 = 9;

/// A named time to sleep until.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnoozePreset {
    /// One hour from now.
    InOneHour,
    /// Tomorrow at 9:00 in the account's zone.
    Tomorrow,
    /// The first Monday after today, at 9:00 in the account's zone.
    NextMonday,
}

/// What a person may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnoozeRequest {
    /// This instant.
    Until(Timestamp),
    /// This preset.
    Preset(SnoozePreset),
}

/// Why a conversation cannot sleep until the requested time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnoozeError {
    /// The time is now or over.
    #[error("the time to snooze until has passed")]
    Past,
    /// The time is more than ten years away.
    #[error("a conversation can be snoozed for at most ten years")]
    TooFar,
}

impl SnoozeRequest {
    /// The instant at which the conversation wakes.
    pub fn resolve(self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, SnoozeError> {
        let until = match self {
            Self::Until(instant) => instant,
            Self::Preset(preset) => preset.instant(now, zone).ok_or(SnoozeError::TooFar)?,
        };
        if until <= now {
            Err(SnoozeError::Past)
        } else if until.duration_since(now) > LONGEST {
            Err(SnoozeError::TooFar)
        } else {
            Ok(until)
        }
    }
}

impl SnoozePreset {
    /// `None` only at the end of representable time.
    fn instant(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = now.to_zoned_datetime(zone.clone());
        match self {
            Self::InOneHour => now.checked_add(1.hour()).ok(),
            Self::Tomorrow => morning(&local.tomorrow().ok()?),
            Self::NextMonday => morning(&local.nth_weekday(1, Weekday::Monday).ok()?),
        }
    }
}

/// 9:00 on the day of `day`; where the clock skips that time, the moment it would have been.
fn morning(day: &ZonedDateTime) -> Option<Timestamp> {
    let at = day.date().at(MORNING_HOUR, 0, 0, 0);
    day.time_zone().to_ambiguous_zoned_datetime(at).compatible().ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn until(preset: SnoozePreset, now: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        SnoozeRequest::Preset(preset).resolve(now.parse().unwrap(), &zone).unwrap().to_string()
    }

    #[test]
    fn x05_presets_keep_the_wall_clock_over_daylight_saving_changes() {
        use SnoozePreset::{InOneHour, NextMonday, Tomorrow};
        for (preset, now, zone, expected) in [
            (Tomorrow, "2026-06-10T15:00:00Z", "America/New_York", "2026-06-11T13:00:00Z"),
            // The clocks go forward in the night to 8 March 2026, back in the night to 1 November 2026.
            (Tomorrow, "2026-03-07T20:00:00Z", "America/New_York", "2026-03-08T13:00:00Z"),
            (Tomorrow, "2026-10-31T20:00:00Z", "America/New_York", "2026-11-01T14:00:00Z"),
            (NextMonday, "2026-03-06T20:00:00Z", "America/New_York", "2026-03-09T13:00:00Z"),
            // Late on Sunday evening in New York it is already Monday in UTC.
            (NextMonday, "2026-06-15T03:30:00Z", "America/New_York", "2026-06-15T13:00:00Z"),
            (NextMonday, "2026-06-15T13:30:00Z", "America/New_York", "2026-06-22T13:00:00Z"),
            (InOneHour, "2026-03-08T06:30:00Z", "America/New_York", "2026-03-08T07:30:00Z"),
            (Tomorrow, "2028-02-28T12:00:00Z", "Europe/Berlin", "2028-02-29T08:00:00Z"),
            (Tomorrow, "2026-12-31T12:00:00Z", "Asia/Kathmandu", "2027-01-01T03:15:00Z"),
        ] {
            assert_eq!(until(preset, now, zone), expected, "{preset:?} at {now} in {zone}");
        }
    }

    #[test]
    fn a_snooze_into_the_past_or_beyond_ten_years_is_refused() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let ask = |text: &str| SnoozeRequest::Until(text.parse().unwrap()).resolve(now, &TimeZone::UTC);
        assert_eq!(ask("2026-01-01T00:00:00Z"), Err(SnoozeError::Past));
        assert_eq!(ask("2025-12-31T23:59:59Z"), Err(SnoozeError::Past));
        assert_eq!(ask("2037-01-01T00:00:00Z"), Err(SnoozeError::TooFar));
        assert!(ask("2026-01-01T00:00:01Z").is_ok());
    }

    proptest! {
        #[test]
        fn every_preset_lies_in_the_next_eight_days(
            second in 0_i64..4_000_000_000,
            zone in prop::sample::select(vec!["UTC", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]),
        ) {
            let (now, zone) = (Timestamp::from_second(second).unwrap(), TimeZone::get(zone).unwrap());
            for preset in [SnoozePreset::InOneHour, SnoozePreset::Tomorrow, SnoozePreset::NextMonday] {
                let until = SnoozeRequest::Preset(preset).resolve(now, &zone).unwrap();
                prop_assert!(until > now && until.duration_since(now) < SignedDuration::from_hours(8 * 24));
            }
        }
    }
}
