//! What may go wrong between the product and a service, on demand.
//!
//! A [`Faults`] handle stands in front of one engine. Faults are scripted ([`Faults::push_next`]), drawn from a
//! seeded plan ([`Faults::set_plan`]; the same seed and the same calls give the same faults), or total
//! ([`Faults::set_down`]). Scripted faults come first, then "down", then the plan.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::lock;

/// The one operation that a [`Fault::TransactionConflict`] can hit.
const TRANSACT_WRITE: &str = "TransactWriteItems";

/// One thing that goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request never reaches the engine; the caller sees a time-out.
    LostRequest,
    /// The engine applies the request; the caller sees a time-out all the same.
    LostResponse,
    /// The service refuses for load, in its own spelling. Nothing is applied.
    Throttled,
    /// `TransactWriteItems` is cancelled because of a conflict with another transaction. Other operations
    /// leave it for the next transaction.
    TransactionConflict,
    /// The call takes this much longer (tokio's clock), then succeeds.
    Slow(Duration),
    /// No connection. Nothing is applied.
    Down,
}

/// How often each fault happens: the share of calls, from 0.0 to 1.0. Their sum should stay below 1.0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Plan {
    /// Share of [`Fault::LostRequest`].
    pub lost_request: f64,
    /// Share of [`Fault::LostResponse`].
    pub lost_response: f64,
    /// Share of [`Fault::Throttled`].
    pub throttled: f64,
    /// Share of [`Fault::TransactionConflict`] among `TransactWriteItems` calls; no fault elsewhere.
    pub transaction_conflict: f64,
    /// Share of [`Fault::Down`].
    pub down: f64,
    /// Share of [`Fault::Slow`].
    pub slow: f64,
    /// The longest delay of a slow call; each takes a whole number of milliseconds up to it.
    pub slow_max: Duration,
}

/// A fault that happened, for the story a failing simulation tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// The operation that was hit.
    pub operation: String,
    /// What hit it.
    pub fault: Fault,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<(Option<String>, Fault)>,
    plan: Option<(Plan, ChaCha8Rng)>,
    down: bool,
    injected: Vec<Injected>,
}

/// The faults in front of one engine; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// The next call that the fault applies to suffers it; further ones queue behind it.
    pub fn push_next(&self, fault: Fault) {
        lock(&self.0).script.push_back((None, fault));
    }

    /// The next call of this operation (`PutItem`, `SendMessage` …) suffers the fault.
    pub fn push_next_for(&self, operation: &str, fault: Fault) {
        lock(&self.0).script.push_back((Some(operation.to_owned()), fault));
    }

    /// Draws a fault for each call from a generator with this seed.
    pub fn set_plan(&self, seed: u64, plan: Plan) {
        lock(&self.0).plan = Some((plan, ChaCha8Rng::seed_from_u64(seed)));
    }

    /// Whether the whole service is unreachable from now on.
    pub fn set_down(&self, down: bool) {
        lock(&self.0).down = down;
    }

    /// No faults any more: the script is empty, the plan gone, the service up. What happened stays listed.
    pub fn clear(&self) {
        let mut state = lock(&self.0);
        state.script.clear();
        state.plan = None;
        state.down = false;
    }

    /// How many scripted faults have not happened yet.
    pub fn pending(&self) -> usize {
        lock(&self.0).script.len()
    }

    /// Every fault that happened, oldest first.
    pub fn injected(&self) -> Vec<Injected> {
        lock(&self.0).injected.clone()
    }

    /// Forgets what happened, for runs so long that the list would be what they hold most of.
    pub fn forget(&self) {
        lock(&self.0).injected = Vec::new();
    }

    /// Takes the fault for a call of this operation.
    pub(crate) fn next(&self, operation: &str) -> Option<Fault> {
        let mut state = lock(&self.0);
        let fault =
            state.scripted(operation).or_else(|| state.down.then_some(Fault::Down)).or_else(|| {
                // Always the same number of draws, so that the faults depend on the sequence of calls alone.
                state.plan.as_mut().and_then(|(plan, random)| plan.draw(random, operation))
            })?;
        state.injected.push(Injected { operation: operation.to_owned(), fault });
        Some(fault)
    }
}

impl State {
    fn scripted(&mut self, operation: &str) -> Option<Fault> {
        let fits = |(only, fault): &(Option<String>, Fault)| {
            only.as_deref().is_none_or(|only| only == operation)
                && (*fault != Fault::TransactionConflict || operation == TRANSACT_WRITE)
        };
        let index = self.script.iter().position(fits)?;
        self.script.remove(index).map(|(_, fault)| fault)
    }
}

impl Plan {
    fn draw(&self, random: &mut ChaCha8Rng, operation: &str) -> Option<Fault> {
        let mut roll: f64 = random.random();
        let delay_ms: f64 = random.random();
        let slow = Fault::Slow(Duration::from_millis(
            u64::try_from(self.slow_max.mul_f64(delay_ms).as_millis()).unwrap_or(u64::MAX),
        ));
        let conflict_share = if operation == TRANSACT_WRITE { self.transaction_conflict } else { 0.0 };
        let shares = [
            (self.lost_request, Fault::LostRequest),
            (self.lost_response, Fault::LostResponse),
            (self.throttled, Fault::Throttled),
            (self.down, Fault::Down),
            (self.slow, slow),
            (conflict_share, Fault::TransactionConflict),
        ];
        for (share, fault) in shares {
            if roll < share {
                return Some(fault);
            }
            roll -= share;
        }
        None
    }
}
