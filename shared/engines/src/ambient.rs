//! Time and randomness of the queues and topics.
//!
//! Time is tokio's, so that a test which pauses the runtime's clock also pauses every visibility time-out and
//! delay. Ids come from a seeded generator: an engine started at a given time hands out the same ids each time.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;
use uuid::Uuid;

use crate::lock;

/// The clock and id source that engines of one world share.
#[derive(Clone)]
pub(crate) struct Ambient {
    started: Instant,
    started_unix_ms: u64,
    random: Arc<Mutex<ChaCha8Rng>>,
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient").field("started_unix_ms", &self.started_unix_ms).finish_non_exhaustive()
    }
}

impl Ambient {
    /// Begins now, by the system's clock.
    pub(crate) fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the engines are outside the product and need a start time"
        )]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::starting_at(u64::try_from(since.as_millis()).unwrap_or_default())
    }

    /// Begins at this time, in milliseconds since 1970, which also seeds the ids.
    pub(crate) fn starting_at(unix_ms: u64) -> Self {
        let random = Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(unix_ms)));
        Self { started: Instant::now(), started_unix_ms: unix_ms, random }
    }

    /// Milliseconds since 1970.
    pub(crate) fn unix_ms(&self) -> u64 {
        let passed = Instant::now().saturating_duration_since(self.started);
        self.started_unix_ms.saturating_add(u64::try_from(passed.as_millis()).unwrap_or_default())
    }

    /// A fresh id.
    pub(crate) fn id(&self) -> Uuid {
        let mut bytes = [0; 16];
        lock(&self.random).fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// An instant after `seconds`, far away if that does not fit.
pub(crate) fn after_seconds(now: Instant, seconds: u64) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365);
    let wanted = Duration::from_secs(seconds).min(FAR);
    now.checked_add(wanted).unwrap_or(now)
}
