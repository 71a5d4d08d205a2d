//! Randomness.

use app::IdSource;
use rand::Rng;

/// Random bytes from a generator fit for secrets, which the operating system seeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_draws_are_alike() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemIds.fill(&mut one);
        SystemIds.fill(&mut other);
        assert_ne!(one, other);
        assert_ne!(one, [0; 32]);
    }
}
