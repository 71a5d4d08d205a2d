//! A user's second factor: a code from an authenticator application (TOTP, RFC 6238), or one of ten recovery codes for
//! the day on which the telephone is lost (B04).
//!
//! Its life is begun, confirmed with a first code, and ended. The secret lies nowhere: it is derived from a key and the
//! nonce of the enrolment. A code is worth something once, so the step of the last one is remembered (RFC 6238, section
//! 5.2); recovery codes are kept as hashes, and one that was used is gone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::link::Nonce;

/// How many recovery codes are handed out.
pub const RECOVERY_CODES: usize = 10;

/// The SHA-256 of a recovery code, in hexadecimal. A code has 80 random bits, so a fast hash is enough.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecoveryHash(pub String);

/// Redacted, as everything that tells something about a secret.
impl std::fmt::Debug for RecoveryHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryHash(…)")
    }
}

/// The second factor of a user, as far as they have come with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// There is none.
    #[default]
    Off,
    /// A secret was shown, and no code has been entered yet: nothing is asked for at sign-in.
    Begun {
        /// What the secret is derived from.
        nonce: Nonce,
    },
    /// It is asked for at sign-in.
    On(Confirmed),
}

/// A second factor that is asked for at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// What the secret is derived from.
    pub nonce: Nonce,
    /// Since when.
    pub since: Timestamp,
    /// The step of the latest code that was accepted. No code of this step or an earlier one is accepted again.
    pub last_step: u64,
    /// The recovery codes that are left.
    pub recovery_codes: BTreeSet<RecoveryHash>,
}

/// There is a second factor already; it has to be removed before another is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is a second factor already")]
pub struct AlreadyOn;

/// There is nothing to confirm: no enrolment was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no second factor is being set up")]
pub struct NotBegun;

impl SecondFactor {
    /// The confirmed second factor, if there is one.
    pub const fn confirmed(&self) -> Option<&Confirmed> {
        match self {
            Self::On(confirmed) => Some(confirmed),
            Self::Off | Self::Begun { .. } => None,
        }
    }

    /// Begins to set one up. Beginning again replaces the secret that was shown before.
    pub fn begin(&self, nonce: Nonce) -> Result<Self, AlreadyOn> {
        if self.confirmed().is_some() { Err(AlreadyOn) } else { Ok(Self::Begun { nonce }) }
    }

    /// Confirms it: a code of the step `step` was right.
    pub fn confirm(
        &self,
        step: u64,
        recovery_codes: BTreeSet<RecoveryHash>,
        now: Timestamp,
    ) -> Result<Self, NotBegun> {
        let Self::Begun { nonce } = *self else { return Err(NotBegun) };
        Ok(Self::On(Confirmed { nonce, since: now, last_step: step, recovery_codes }))
    }
}

impl Confirmed {
    /// Accepts a code of the step `step`, once. `None`: one of this step or a later one was accepted before.
    pub fn accept_step(&self, step: u64) -> Option<Self> {
        (step > self.last_step).then(|| Self { last_step: step, ..self.clone() })
    }

    /// Accepts a recovery code, once. `None`: it is none of those that are left.
    pub fn accept_recovery(&self, code: &RecoveryHash) -> Option<Self> {
        let mut after = self.clone();
        after.recovery_codes.remove(code).then_some(after)
    }

    /// Replaces the recovery codes, also those that were not used.
    #[must_use]
    pub fn with_recovery_codes(self, recovery_codes: BTreeSet<RecoveryHash>) -> Self {
        Self { recovery_codes, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(names: &[&str]) -> BTreeSet<RecoveryHash> {
        names.iter().map(|name| RecoveryHash((*name).to_owned())).collect()
    }

    fn on() -> Confirmed {
        let begun = SecondFactor::Off.begin(Nonce([1; 16])).unwrap();
        let now = "2026-06-02T15:00:00Z".parse().unwrap();
        match begun.confirm(100, codes(&["a", "b"]), now).unwrap() {
            SecondFactor::On(confirmed) => confirmed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn b04_it_counts_once_a_first_code_has_confirmed_it() {
        let begun = SecondFactor::Off.begin(Nonce([1; 16])).unwrap();
        assert_eq!(begun.confirmed(), None);
        assert_eq!(begun.begin(Nonce([2; 16])), Ok(SecondFactor::Begun { nonce: Nonce([2; 16]) }));
        let confirmed = SecondFactor::On(on());
        assert!(confirmed.confirmed().is_some());
        assert_eq!(confirmed.begin(Nonce([2; 16])), Err(AlreadyOn));
        let now = "2026-06-02T15:00:00Z".parse().unwrap();
        assert_eq!(SecondFactor::Off.confirm(1, codes(&[]), now), Err(NotBegun));
        assert_eq!(confirmed.confirm(101, codes(&[]), now), Err(NotBegun));
    }

    #[test]
    fn b04_no_code_is_accepted_twice_nor_after_a_later_one() {
        let confirmed = on();
        assert_eq!(confirmed.accept_step(100), None);
        let later = confirmed.accept_step(102).unwrap();
        assert_eq!((later.accept_step(101), later.accept_step(102)), (None, None));
        assert!(later.accept_step(103).is_some());
    }

    #[test]
    fn b04_a_recovery_code_works_once_and_new_ones_end_the_old() {
        let confirmed = on();
        let [a, b] = ["a", "b"].map(|name| RecoveryHash(name.to_owned()));
        let after = confirmed.accept_recovery(&a).unwrap();
        assert_eq!(after.accept_recovery(&a), None);
        assert!(after.accept_recovery(&b).is_some());
        let renewed = after.with_recovery_codes(codes(&["c"]));
        assert_eq!(renewed.accept_recovery(&b), None);
    }

    #[test]
    fn it_reads_back_from_what_is_stored_and_hides_its_codes() {
        for state in
            [SecondFactor::Off, SecondFactor::Begun { nonce: Nonce([3; 16]) }, SecondFactor::On(on())]
        {
            let stored = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<SecondFactor>(&stored).unwrap(), state);
        }
        assert!(format!("{:?}", on()).contains("{RecoveryHash(…), RecoveryHash(…)}"));
    }
}
