//! Imports (B15): one that is killed again and again leaves what an undisturbed one leaves, and a worker never holds more than
//! some parts of the file, however many rows it has.
//!
//! `ROWS` says how many rows: few in `make test`, 100,000 in `make sim`. What is counted is what the worker's thread allocates
//! and has not freed during a slice. The embedded table is `SQLite`'s own memory and does not count; but the engine remembers the
//! tokens of transactions in a map, and a slice during which that map doubles tells nothing about the worker.

use std::{collections::BTreeMap, time::Duration};

use allocation_counter::measure;
use app::jobs::imports::{
    Column, Duplicates, ImportRequest, Meaning, RowResult, create, put_part, results, start,
};
use domain::{
    contact::Contact,
    id::JobId,
    job::{JobState, Outcome},
};
use engines::faults::Plan;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use storage::PageRequest;
use testkit::{Business, World};
use tokio::runtime::Runtime;

use crate::from_environment;

/// How many rows `make test` imports.
const ROWS: u64 = 1_000;
/// The size of the parts that the file comes in: 100,000 rows are some 60 of them.
const PART_BYTES: usize = 65_536;
/// What a slice may hold at most, however many rows there are: one part of the file, as the table's answer, decoded, and read.
const PEAK_MAX: u64 = 3 * 1024 * 1024;
/// A worker keeps nothing when it is done. A slice that leaves more than this is one in which the engine's map has doubled.
const LEFT_MAX: i64 = 512 * 1024;
/// More rounds than any import takes: a slice is 100 rows, a third of them is killed, and a killed one comes again after some
/// minutes, which are rounds too.
fn rounds_max(rows: u64) -> u64 {
    1_000 + rows
}

/// A file in which every twentieth row is bad, and some are about somebody who is in it already.
fn file(rows: u64) -> String {
    let mut text = "Phone,Name,E-mail\n".to_owned();
    for n in 0..rows {
        let line = match n {
            _ if n % 20 == 3 => format!("12,Bad {n},\n"),
            _ if n % 10 == 7 => format!("+1212{:07},Again {n},again{n}@example.com\n", 2_000_000 + n - 5),
            _ => format!("+1212{:07},Customer {n},\n", 2_000_000 + n),
        };
        text.push_str(&line);
    }
    text
}

/// What an import leaves, and what it took.
struct Left {
    /// Who is there, by number.
    contacts: BTreeMap<String, String>,
    /// What became of each row, with numbers instead of ids.
    rows: Vec<String>,
    /// The most bytes that a slice held.
    peak: u64,
    /// In how many slices the engine's map doubled.
    doubled: u32,
    slices: u32,
    killed: u32,
}

struct Import {
    runtime: Runtime,
    world: World,
    business: Business,
    job: JobId,
    rows: u64,
}

impl Import {
    fn begin(seed: u64, rows: u64) -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (world, business, job) = runtime.block_on(async {
            let world = World::new(seed).await;
            let business = world.business("Bakery", "+12015550100", 0).await;
            let mapping = [("phone", Meaning::Number), ("name", Meaning::Name), ("e-mail", Meaning::Email)];
            let mapping = mapping
                .into_iter()
                .map(|(name, meaning)| (Column::Named(name.to_owned()), meaning))
                .collect();
            let duplicates =
                Duplicates { replace: true, replace_lists: false, preserve: false, skip_automations: false };
            let request = ImportRequest { file_name: None, mapping, home: None, duplicates, list: None };
            let job = create(&world.app, &business.owner, &request).await.unwrap().job.id;
            for (part, content) in (1..).zip(file(rows).as_bytes().chunks(PART_BYTES)) {
                put_part(&world.app, &business.owner, job, part, content).await.unwrap();
            }
            start(&world.app, &business.owner, job).await.unwrap();
            (world, business, job)
        });
        Self { runtime, world, business, job, rows }
    }

    fn state(&self) -> JobState {
        let job = app::jobs::get(&self.world.app, &self.business.owner, self.job);
        self.runtime.block_on(job).unwrap().state
    }

    /// Works until the job has ended. Calls take so long that a slice is one step, of 100 rows; `disturbed`: answers get
    /// lost and every third worker is killed at some wait.
    fn run(self, disturbed: bool) -> Left {
        // The queue goes by the runtime's paused clock, outside of calls as well.
        let _inside = self.runtime.enter();
        let mut dice = ChaCha8Rng::seed_from_u64(5);
        let lost = if disturbed { 0.0005 } else { 0.0 };
        let plan = Plan {
            slow: 1.0,
            slow_max: Duration::from_secs(1),
            lost_request: lost,
            lost_response: lost,
            ..Plan::default()
        };
        let (mut peak, mut doubled, mut slices, mut killed) = (0, 0, 0, 0);
        for slice in 0..rounds_max(self.rows) {
            // What the embedded table has noted of calls and faults is not the worker's.
            self.world.dynamo.faults().clear();
            self.world.dynamo.faults().forget();
            self.world.dynamo.take_calls();
            if slice % 4 == 0 && self.state().has_ended() {
                break;
            }
            let mut taken = self.world.take_jobs(1);
            let Some(taken) = taken.pop() else {
                self.runtime.block_on(async {
                    tokio::time::advance(Duration::from_mins(1)).await;
                    app::jobs::queue_stuck(&self.world.app).await.unwrap();
                });
                continue;
            };
            self.world.dynamo.faults().set_plan(slice, plan);
            let kill = disturbed && dice.random_range(0..3) == 0;
            let life = Duration::from_millis(if kill { dice.random_range(0..20_000) } else { 900_000 });
            let mut done = None;
            let used = measure(|| {
                let work = async { tokio::time::timeout(life, Box::pin(self.world.work(&taken))).await };
                done = Some(self.runtime.block_on(work));
            });
            if used.bytes_current > LEFT_MAX {
                doubled += 1;
            } else {
                peak = peak.max(used.bytes_max);
            }
            slices += 1;
            killed += u32::from(!matches!(done, Some(Ok(Ok(())))));
        }
        self.world.dynamo.faults().clear();
        assert_eq!(self.state(), JobState::Done);
        let (contacts, rows) = self.runtime.block_on(self.left());
        Left { contacts, rows, peak, doubled, slices, killed }
    }

    async fn left(&self) -> (BTreeMap<String, String>, Vec<String>) {
        let Self { world, business, job, .. } = self;
        let store = world.app.store.account(business.owner.account);
        let (mut found, mut cursor) = (Vec::<Contact>::new(), None::<String>);
        loop {
            let page = store.contacts(PageRequest { limit: 100, cursor: cursor.as_deref() });
            let page = page.await.unwrap().unwrap();
            found.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let numbers: BTreeMap<_, _> =
            found.iter().map(|it| (it.id, it.numbers[0].as_str().to_owned())).collect();
        let profile = |it: &Contact| {
            let emails: Vec<_> = it.emails.iter().map(domain::email::EmailAddress::as_str).collect();
            let row = it.imported.as_ref().map(|it| it.row);
            format!(
                "{:?} {emails:?} {} {row:?}",
                it.name.as_ref().map(domain::name::DisplayName::as_str),
                it.numbers.len()
            )
        };
        let contacts: BTreeMap<_, _> =
            found.iter().map(|it| (numbers[&it.id].clone(), profile(it))).collect();
        assert_eq!(contacts.len(), found.len(), "somebody is there twice");
        let line = |it: &RowResult| {
            let contact = it.contact.map(|id| numbers[&id].clone());
            format!("{} {:?} {contact:?} {:?} {:?}", it.row, it.outcome, it.reason, it.field)
        };
        let (mut rows, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = results(&world.app, &business.owner, *job, cursor.as_deref()).await.unwrap();
            rows.extend(page.items.iter().map(line));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let progress = app::jobs::get(&world.app, &business.owner, *job).await.unwrap().progress;
        assert_eq!(progress.worked_on, rows.len() as u64);
        let failed = rows.iter().filter(|it| it.contains("Failed")).count();
        assert_eq!(progress.outcomes[&Outcome::Failed], failed as u64);
        (contacts, rows)
    }
}

/// The file at full size, undisturbed and killed.
#[test]
fn b15_an_import_that_is_killed_ends_as_if_it_had_not_been_and_holds_a_few_parts_at_a_time() {
    let rows = from_environment("ROWS", ROWS);
    let whole = Import::begin(405, rows).run(false);
    assert_eq!(whole.rows.len() as u64, rows);
    let failed = whole.rows.iter().filter(|it| it.contains("Failed")).count() as u64;
    assert_eq!(failed, rows / 20, "5 % are bad");
    let killed = Import::begin(406, rows).run(true);
    assert!(killed.killed > 0, "no worker was killed");
    println!(
        "import of {rows} rows: {} slices, peak of a slice {} bytes; disturbed: {} slices of which {} were cut, peak {}",
        whole.slices, whole.peak, killed.slices, killed.killed, killed.peak
    );
    // Not by assert_eq: what differs is one line of many.
    for (one, other) in whole.rows.iter().zip(&killed.rows) {
        assert_eq!(one, other);
    }
    assert_eq!(whole.rows.len(), killed.rows.len());
    assert!(whole.contacts == killed.contacts, "other contacts than without kills");
    for Left { peak, doubled, .. } in [whole, killed] {
        assert!(peak <= PEAK_MAX, "a slice held {peak} bytes");
        assert!(doubled <= rows.ilog2(), "{doubled} slices left something");
    }
}
