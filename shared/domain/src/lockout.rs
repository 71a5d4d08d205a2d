//! Guessing passwords becomes slow: after a few failures signing in is refused for a while, and for longer each time
//! (B04).
//!
//! A try is counted before the password is looked at and forgiven when it was right. Counting afterwards would let a
//! thousand guesses that arrive together all be looked at before the first one counts. The count belongs to an e-mail
//! address, whether or not it is anybody's: otherwise being locked out would tell that the address is known.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many tries are free. People mistype; five is more than most need and far from what guessing needs.
pub const TRIES_FREE: u32 = 5;
/// How long the first lock-out lasts. Each further failure doubles it.
pub const LOCKED_FIRST: SignedDuration = SignedDuration::from_mins(1);
/// No lock-out lasts longer, so that somebody who is attacked is never shut out for good.
pub const LOCKED_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Failures are forgotten when there were none for this long.
pub const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The failures of an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// How many, without a success among them.
    pub count: u32,
    /// When the latest was.
    pub last_at: Timestamp,
}

/// Nobody may try for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there were too many failures")]
pub struct LockedOut {
    /// How long, from now.
    pub wait: SignedDuration,
}

/// How long trying is refused after this many failures.
pub fn locked_for(failures: u32) -> SignedDuration {
    let Some(doublings) = failures.checked_sub(TRIES_FREE) else { return SignedDuration::ZERO };
    // 2^20 minutes are far beyond the ceiling, and the product stays far from overflow.
    LOCKED_FIRST.saturating_mul(1 << doublings.min(20)).min(LOCKED_MAX)
}

impl Failures {
    /// Until when trying is refused. In the past: it is not.
    pub fn locked_until(&self) -> Timestamp {
        self.last_at.checked_add(locked_for(self.count)).unwrap_or(Timestamp::MAX)
    }

    /// When the failures are forgotten.
    pub fn forgotten_at(&self) -> Timestamp {
        self.last_at.checked_add(REMEMBERED_FOR).unwrap_or(Timestamp::MAX)
    }

    /// Counts one more try, which is taken for a failure until it turns out to be none. Refused tries do not count, so
    /// knocking on a locked door does not keep it locked.
    pub fn count_try(before: Option<Self>, now: Timestamp) -> Result<Self, LockedOut> {
        let before = before.filter(|it| it.forgotten_at() > now);
        if let Some(failures) = before
            && failures.locked_until() > now
        {
            return Err(LockedOut { wait: failures.locked_until().duration_since(now) });
        }
        let count = before.map_or(0, |it| it.count).saturating_add(1);
        Ok(Self { count, last_at: now })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn b04_the_delay_grows_from_a_minute_to_an_hour() {
        let minutes: Vec<i64> = (0..=13).map(|failures| locked_for(failures).as_mins()).collect();
        assert_eq!(minutes, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(locked_for(u32::MAX), LOCKED_MAX);
    }

    #[test]
    fn b04_after_the_free_tries_each_try_waits_for_the_lock() {
        let mut now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut failures = None;
        for _ in 0..TRIES_FREE {
            failures = Some(Failures::count_try(failures, now).unwrap());
        }
        let until = now.checked_add(LOCKED_FIRST).unwrap();
        assert_eq!(Failures::count_try(failures, now), Err(LockedOut { wait: LOCKED_FIRST }));
        now = until;
        let sixth = Failures::count_try(failures, now).unwrap();
        assert_eq!((sixth.count, sixth.locked_until()), (6, now.checked_add(LOCKED_FIRST * 2).unwrap()));
    }

    #[test]
    fn b04_failures_are_forgotten_after_a_quiet_day() {
        let last_at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let failures = Failures { count: 30, last_at };
        let later = |duration| last_at.checked_add(duration).unwrap();
        let almost = later(REMEMBERED_FOR - SignedDuration::from_secs(1));
        assert_eq!(Failures::count_try(Some(failures), almost).unwrap().count, 31);
        assert_eq!(Failures::count_try(Some(failures), later(REMEMBERED_FOR)).unwrap().count, 1);
    }

    proptest! {
        /// However tries are timed, a day lets through no more than the free ones, the six that wait for less than
        /// an hour, and one for each hour.
        #[test]
        fn b04_no_timing_of_tries_gets_more_than_a_few_through(pauses in prop::collection::vec(0..7_200_i64, 1..400)) {
            let mut now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
            let began = now;
            let (mut failures, mut let_through) = (None, 0);
            for pause in pauses {
                now = now.checked_add(SignedDuration::from_secs(pause)).unwrap();
                if let Ok(counted) = Failures::count_try(failures, now) {
                    let_through += 1;
                    failures = Some(counted);
                }
            }
            let hours = (now.duration_since(began).as_hours()) + 1;
            prop_assert!(let_through <= i64::from(TRIES_FREE) + 6 + hours, "{let_through} in {hours} h");
        }
    }
}
