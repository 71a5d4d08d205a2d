//! The simulation: a seed drives customers, staff, the carrier and faults; invariants are asserted after each step.
//!
//! Everything runs in one thread on paused time, so a seed replays exactly: `make sim SEEDS=1 FIRST=4711` tells the story
//! of seed 4711. What goes wrong: requests and responses of the table get lost, it throttles, transactions conflict, calls
//! are slow, functions are killed at any wait, records and jobs are handled twice, webhooks repeat and overtake each other.
//! [`story`] holds what happens and what everybody was promised; [`invariants`] what must hold whatever happened; [`managers`]
//! is a story of its own about those who administer an account, [`imports`] one about a large file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod desk;
mod imports;
mod invariants;
mod managers;
mod model;
mod story;

use std::collections::BTreeMap;

use story::Story;

/// How many seeds `make test` runs.
const SEEDS: u64 = 25;

/// After how many steps the invariants are looked at: looking costs as much as some steps, and they do not heal.
const LOOK_EVERY: usize = 3;

/// What must have happened somewhere, or the simulation has become too tame.
const SEEN: [&str; 32] = [
    "Allocate: moved",
    "Allocate: not enough",
    "Reclaim: moved",
    "Reclaim: not enough",
    "attempts: 0",
    "attempts: 3",
    "entry: conversation_finished",
    "entry: reopened",
    "entry: unsnoozed",
    "failure: gave_up",
    "failure: never_confirmed",
    "failure: opted_out",
    "failure: opted_out_here",
    "fault: Down",
    "fault: LostRequest",
    "fault: LostResponse",
    "fault: TransactionConflict",
    "keyword: none",
    "keyword: sent",
    "killed",
    "move: answered again",
    "projection: comes again",
    "projection: failed",
    "projection: killed",
    "search: found",
    "send: NotEnoughCredits",
    "send: OptedOut",
    "send: answered again",
    "status: delivered",
    "status: failed",
    "webhook kept for later",
    "webhook repeated",
];

#[expect(clippy::disallowed_methods, reason = "the number of seeds is chosen on the command line")]
fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// I01 to I09, I12 and I13, whatever goes wrong.
#[test]
fn the_invariants_hold_under_faults_duplicates_and_kills() {
    let first = from_environment("FIRST", 0);
    let mut marks = BTreeMap::<String, u32>::new();
    for seed in first..first + from_environment("SEEDS", SEEDS) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let mut story = Box::pin(Story::begin(seed)).await;
                for step in 0..story::STEPS {
                    Box::pin(story.step()).await;
                    if step % LOOK_EVERY == 0 {
                        invariants::always(&story.world, &mut story.memory);
                    }
                }
                story.calm_down().await;
                invariants::always(&story.world, &mut story.memory);
                invariants::at_rest(&mut story);
                story.projections_agree().await;
                story.memory.marks
            })
        }));
        match outcome {
            Ok(seen) => seen.into_iter().for_each(|(mark, times)| *marks.entry(mark).or_default() += times),
            Err(panic) => {
                eprintln!("seed {seed} failed; replay it with: make sim FIRST={seed} SEEDS=1");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{marks:#?}");
    if from_environment("SEEDS", SEEDS) >= SEEDS {
        for mark in SEEN {
            assert!(marks.contains_key(mark), "no story had: {mark}");
        }
    }
}
