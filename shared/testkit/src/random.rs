//! Randomness that a seed decides.

use std::sync::Mutex;

use app::IdSource;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The same seed gives the same ids in the same order.
pub struct SeededIds(Mutex<ChaCha8Rng>);

impl SeededIds {
    /// Ids that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl IdSource for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().expect("nobody panics while drawing").fill_bytes(bytes);
    }
}
