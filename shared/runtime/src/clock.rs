//! The time.

use app::Clock;
use jiff::Timestamp;

/// The clock of the machine, which AWS keeps in step.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the real clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
