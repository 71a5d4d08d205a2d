//! The budgets: what each thing costs in table calls and capacity units, at every size, and what that makes in money and
//! time.
//!
//! Units and calls are deterministic: the embedded table counts them as DynamoDB does, so they are asserted. Times depend
//! on the machine and are only shown. `make bench` prints everything and takes a few minutes; `make test` runs the
//! deterministic part at small sizes and speaks only when something is broken. `docs/performance.md` explains the figures.
//!
//! [`stage`] is a business to measure on, [`operations`] what people and carriers do to it, [`sizes`] the same pages over
//! more and more conversations, [`times`] how long handlers take, [`cost`] what a million messages cost, [`starts`] how
//! long a function takes to start; [`report`] prints, compares and decides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
#![allow(clippy::large_futures, reason = "there is one at a time")]

mod cost;
mod operations;
mod report;
mod sizes;
mod stage;
mod starts;
mod times;

use std::process::ExitCode;

use report::Report;

fn main() -> ExitCode {
    // Arguments of the test harness, such as a filter, are not for us.
    let asked = |argument| std::env::args().any(|other| other == argument);
    let all = asked("--all");
    let mut report = Report::new(all || asked("--starts"));
    if asked("--starts") {
        starts::run(&mut report);
        return report.end();
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let lives = operations::run(&mut report).await;
        sizes::run(&mut report, all).await;
        if all {
            let times = times::run(&mut report).await;
            cost::run(&mut report, &lives, times);
        }
    });
    if all {
        starts::run(&mut report);
    }
    report.end()
}
