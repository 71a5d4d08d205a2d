//! The same pages over more and more data: what a page costs depends on the page, not on what lies behind it (I14).
//!
//! A few conversations are written by the product; copies of them, in which only ids, numbers and times differ, are loaded
//! straight into the table. All are unread, which is the worst case for the badge. The copies stand in the list of
//! everyone only: each other list is a partition of its own, of the same form.

use std::time::Duration;

use app::conversations::{TimelineFilter, Whose};
use domain::{
    conversation::{Folder, View},
    id::ConversationId,
};
use engines::dynamo::Dynamo;
use serde_json::Value;
use storage::PageRequest;
use testkit::TABLE;

use crate::{
    report::{Limit, Report, Units},
    stage::{Measured, Stage, customer, now},
};

/// How many conversations the inbox has; the last only when there is time.
const CONVERSATIONS: [u32; 3] = [100, 10_000, 1_000_000];
/// How many messages a conversation has.
const MESSAGES: [u32; 2] = [100, 10_000];
/// How often each page is read for its median time.
const RUNS: usize = 21;
/// What a page of people's lists holds.
const PAGE: u32 = 50;
/// Two copies are as far apart as that.
const APART_MILLIS: i64 = 60_000;
/// Copied entries begin at this place, so that all places have as many digits.
const FIRST_PLACE: u32 = 10_001;

/// What is the same at every size.
#[derive(Clone, Copy)]
struct Page {
    what: &'static str,
    /// At most so many queries.
    queries: f64,
    /// At most so many read units.
    read: Limit,
}

const INBOX: Page = Page { what: "inbox, first page of 50", queries: 1.0, read: Limit::Budget(8.0) };
const SECOND: Page = Page { what: "inbox, second page of 50", queries: 1.0, read: Limit::Budget(8.0) };
const UNREAD: Page = Page { what: "unread view, page of 50", queries: 1.0, read: Limit::Kept(26.5) };
const BADGE: Page = Page { what: "badge", queries: 1.0, read: Limit::Budget(3.0) };
const COUNT: Page = Page { what: "count of a folder, \"99+\"", queries: 1.0, read: Limit::Kept(7.5) };
const TIMELINE: Page = Page { what: "timeline, page of 50", queries: 1.0, read: Limit::Kept(6.0) };

/// Measures the pages at each size.
pub(crate) async fn run(report: &mut Report, all: bool) {
    report.title("Pages at each size");
    let sizes = if all { &CONVERSATIONS[..] } else { &CONVERSATIONS[..2] };
    let mut rows = Vec::new();
    for size in sizes {
        rows.extend(inbox(report, *size).await);
    }
    for size in MESSAGES {
        rows.push((TIMELINE, size, timeline(report, size).await));
    }
    report.operations_head();
    for (page, size, runs) in &rows {
        report.operation(&format!("{} of {size}", page.what), &runs[0]);
        report.line(format!(
            "{:<52} median {:.2} ms, of which the table {:.2} ms",
            "",
            median(runs, |run| run.total).as_secs_f64() * 1000.0,
            median(runs, |run| run.table).as_secs_f64() * 1000.0,
        ));
    }
    for (page, size, runs) in &rows {
        compare(report, *page, *size, &runs[0]);
    }
    for page in [INBOX, SECOND, UNREAD, BADGE, COUNT, TIMELINE] {
        let read: Vec<f64> = rows
            .iter()
            .filter(|(other, ..)| other.what == page.what)
            .flat_map(|(.., runs)| runs.iter().map(|run| Units::of(run).read))
            .collect();
        let spread =
            read.iter().copied().fold(f64::MIN, f64::max) - read.iter().copied().fold(f64::MAX, f64::min);
        report.check(page.what, "read units between sizes", spread, Limit::Budget(0.0));
    }
}

fn compare(report: &mut Report, page: Page, size: u32, run: &Measured) {
    let what = format!("{} of {size}", page.what);
    let queries = u32::try_from(run.calls.iter().filter(|call| call.operation == "Query").count()).unwrap();
    report.check(&what, "queries", f64::from(queries), Limit::Budget(page.queries));
    report.check(&what, "read units", Units::of(run).read, page.read);
}

/// The middle of what `of` says about some runs.
pub(crate) fn median(runs: &[Measured], of: impl Fn(&Measured) -> Duration) -> Duration {
    let mut times: Vec<Duration> = runs.iter().map(of).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

async fn inbox(report: &mut Report, size: u32) -> Vec<(Page, u32, Vec<Measured>)> {
    let mut stage = Stage::set().await;
    stage.texted(&customer(0)).await;
    // So that its last activity is no longer its beginning.
    let id = stage.texted(&customer(0)).await;
    let items = stage.world.items();
    let original = Original::new(&items, id);
    let table = Dynamo::memory_without_stream().unwrap();
    table.create_table(storage::table::definition(TABLE)).unwrap();
    let started = now();
    table.load(TABLE, items.iter().cloned().chain((1..size).map(|number| original.copy(number)))).unwrap();
    report.line(format!("{size} conversations loaded in {:.1} s", started.elapsed().as_secs_f64()));
    stage.move_to(table);

    let (app, caller) = (&stage.world.app, &stage.owner);
    let list = |view, cursor| {
        let page = PageRequest { limit: PAGE, cursor };
        app::conversations::list(app, caller, view, Whose::All, page)
    };
    let first = list(View::Inbox, None).await.unwrap();
    assert_eq!(first.items.len(), usize::try_from(PAGE).unwrap());
    let cursor = first.next_cursor.expect("a second page");
    let mut rows = Vec::new();
    let mut pages = [INBOX, SECOND, UNREAD, BADGE, COUNT].map(|page| (page, size, Vec::new()));
    for _ in 0..RUNS {
        pages[0].2.push(stage.measure(async { list(View::Inbox, None).await.unwrap() }).await.0);
        pages[1].2.push(stage.measure(async { list(View::Inbox, Some(&cursor)).await.unwrap() }).await.0);
        pages[2].2.push(stage.measure(async { list(View::Unread, None).await.unwrap() }).await.0);
        let badge = app::conversations::unread(app, caller, Whose::All);
        pages[3].2.push(stage.measure(async { badge.await.unwrap() }).await.0);
        let count = app::conversations::counts(app, caller, Whose::All, &[Folder::Inbox]);
        pages[4].2.push(stage.measure(async { count.await.unwrap() }).await.0);
    }
    rows.extend(pages);
    rows
}

async fn timeline(report: &mut Report, size: u32) -> Vec<Measured> {
    let mut stage = Stage::set().await;
    let id = stage.texted(&customer(0)).await;
    let items = stage.world.items();
    let entry = find(&items, "entry");
    let table = Dynamo::memory_without_stream().unwrap();
    table.create_table(storage::table::definition(TABLE)).unwrap();
    let copies = (0..size).map(|number| {
        let place = FIRST_PLACE + number;
        let mut copy = entry.clone();
        copy["sk"]["S"] = Value::from(format!("entry#{place:012}"));
        copy["sequence"]["N"] = Value::from(place.to_string());
        copy
    });
    table.load(TABLE, items.iter().cloned().chain(copies)).unwrap();
    report.line(format!("a conversation of {size} messages loaded"));
    stage.move_to(table);
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let filter = TimelineFilter::default();
        let page = PageRequest { limit: PAGE, cursor: None };
        let read = app::conversations::timeline(&stage.world.app, &stage.owner, id, &filter, page);
        let (measured, found) = stage.measure(read).await;
        assert_eq!(found.unwrap().items.len(), usize::try_from(PAGE).unwrap());
        runs.push(measured);
    }
    runs
}

fn find<'a>(items: &'a [Value], kind: &str) -> &'a Value {
    items.iter().find(|item| item["_t"]["S"] == kind).expect("the product has written one")
}

/// A conversation as the product wrote it, and what has to differ in a copy.
struct Original {
    json: String,
    id: String,
    contact: String,
    number: String,
    millis: i64,
}

impl Original {
    fn new(items: &[Value], id: ConversationId) -> Self {
        let item = find(items, "conversation");
        let text = |path: &str| item.pointer(path).and_then(Value::as_str).unwrap().to_owned();
        Self {
            json: item.to_string(),
            id: id.to_string(),
            contact: text("/contact/S"),
            number: text("/contact_number/S"),
            millis: text("/last_activity_at/N").parse().unwrap(),
        }
    }

    fn copy(&self, number: u32) -> Value {
        let at = self.millis - i64::from(number) * APART_MILLIS;
        let copy = self
            .json
            .replace(&self.id, &format!("cnv_{number:032x}"))
            .replace(&self.contact, &format!("con_{number:032x}"))
            .replace(&self.number, customer(number).as_str())
            .replace(&self.millis.to_string(), &at.to_string());
        serde_json::from_str(&copy).unwrap()
    }
}
