//! The same pages over more and more data: what a page costs depends on the page, not on what lies behind it (I14).
//!
//! A few conversations are written by the product; copies of them, in which only ids, numbers and times differ, are loaded
//! straight into the table. All are unread, which is the worst case for the badge. The copies stand in the list of
//! everyone, in their mailbox and (the first 10,000) under one tag only: each other list is a partition of its own, of the
//! same form.

use std::time::Duration;

use app::conversations::{Act, Selection, TimelineFilter};
use domain::{
    conversation::View,
    id::{ConversationId, TagId},
    tag::{Tag, TagColour},
};
use engines::dynamo::Dynamo;
use serde_json::Value;
use storage::{PageRequest, TagRecord, Traces};
use testkit::TABLE;

use crate::{
    report::{Limit, Report, Units},
    stage::{Measured, Stage, customer, now},
};

/// How many conversations the inbox has; the last only when there is time.
const CONVERSATIONS: [u32; 3] = [100, 10_000, 1_000_000];
/// How many messages a conversation has.
const MESSAGES: [u32; 2] = [100, 10_000];
/// At most so many copies have the tag.
const TAGGED_MAX: u32 = 10_000;
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
const UNREAD: Page = Page { what: "unread view, page of 50", queries: 1.0, read: Limit::Kept(27.5) };
const BADGE: Page = Page { what: "badge", queries: 1.0, read: Limit::Budget(3.0) };
const COUNT: Page = Page { what: "count of a folder, \"99+\"", queries: 1.0, read: Limit::Kept(11.0) };
const MAILBOX: Page = Page { what: "mailbox, page of 50", queries: 2.0, read: Limit::Budget(8.0) };
const TAGGED: Page = Page { what: "tag, page of 50", queries: 2.0, read: Limit::Budget(8.0) };
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
    for page in [INBOX, SECOND, UNREAD, BADGE, COUNT, MAILBOX, TAGGED, TIMELINE] {
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
    let tag = TagId::derive(&[b"catering"]);
    tagged(&stage, id, tag).await;
    let items = stage.world.items();
    let original = Original::new(&items, id);
    let table = Dynamo::memory_without_stream().unwrap();
    table.create_table(storage::table::definition(TABLE)).unwrap();
    let started = now();
    table
        .load(TABLE, items.iter().cloned().chain((1..size).flat_map(|number| original.copies(number))))
        .unwrap();
    report.line(format!("{size} conversations loaded in {:.1} s", started.elapsed().as_secs_f64()));
    stage.move_to(table);

    let (app, caller) = (&stage.world.app, &stage.owner);
    let list = |wanted, cursor| {
        let page = PageRequest { limit: PAGE, cursor };
        app::conversations::list(app, caller, wanted, page)
    };
    let inbox = Selection::of(View::Inbox);
    let unread = Selection::of(View::Unread);
    let mailbox = Selection { gateway: Some(stage.gateway.id), ..inbox };
    let tagged = Selection { tag: Some(tag), ..inbox };
    let first = list(inbox, None).await.unwrap();
    assert_eq!(first.items.len(), usize::try_from(PAGE).unwrap());
    let cursor = first.next_cursor.expect("a second page");
    let mut rows = Vec::new();
    let mut pages =
        [INBOX, SECOND, UNREAD, BADGE, COUNT, MAILBOX, TAGGED].map(|page| (page, size, Vec::new()));
    for _ in 0..RUNS {
        pages[0].2.push(stage.measure(async { list(inbox, None).await.unwrap() }).await.0);
        pages[1].2.push(stage.measure(async { list(inbox, Some(&cursor)).await.unwrap() }).await.0);
        pages[2].2.push(stage.measure(async { list(unread, None).await.unwrap() }).await.0);
        let badge = app::conversations::unread(app, caller, inbox);
        pages[3].2.push(stage.measure(async { badge.await.unwrap() }).await.0);
        let count = app::conversations::count(app, caller, inbox);
        pages[4].2.push(stage.measure(async { count.await.unwrap() }).await.0);
        pages[5].2.push(stage.measure(async { list(mailbox, None).await.unwrap() }).await.0);
        pages[6].2.push(stage.measure(async { list(tagged, None).await.unwrap() }).await.0);
    }
    rows.extend(pages);
    rows
}

/// Gives a conversation a tag.
async fn tagged(stage: &Stage, id: ConversationId, tag: TagId) {
    let tag = Tag { id: tag, name: "Catering".to_owned().try_into().unwrap(), colour: TagColour::Blue };
    let account = stage.world.app.store.account(stage.owner.account);
    account.save_tag(&TagRecord { tag: tag.clone(), version: 0 }, None, &Traces::default()).await.unwrap();
    stage.act(id, Act::Tag(tag.id)).await;
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
    conversation: String,
    /// Its copy in the list of its tag.
    tagged: String,
    id: String,
    contact: String,
    number: String,
    millis: i64,
}

impl Original {
    fn new(items: &[Value], id: ConversationId) -> Self {
        let item = find(items, "conversation");
        let of_tag =
            |item: &&Value| item["sk"]["S"].as_str().is_some_and(|place| place.starts_with("list#tag_"));
        let tagged = items.iter().find(of_tag).expect("the list of the tag");
        let text = |path: &str| item.pointer(path).and_then(Value::as_str).unwrap().to_owned();
        Self {
            conversation: item.to_string(),
            tagged: tagged.to_string(),
            id: id.to_string(),
            contact: text("/contact/S"),
            number: text("/contact_number/S"),
            millis: text("/last_activity_at/N").parse().unwrap(),
        }
    }

    /// A copy, and its entry in the list of the tag.
    fn copies(&self, number: u32) -> Vec<Value> {
        let tagged = (number < TAGGED_MAX).then(|| self.copy(&self.tagged, number));
        [Some(self.copy(&self.conversation, number)), tagged].into_iter().flatten().collect()
    }

    fn copy(&self, json: &str, number: u32) -> Value {
        let at = self.millis - i64::from(number) * APART_MILLIS;
        let copy = json
            .replace(&self.id, &format!("cnv_{number:032x}"))
            .replace(&self.contact, &format!("con_{number:032x}"))
            .replace(&self.number, customer(number).as_str())
            .replace(&self.millis.to_string(), &at.to_string());
        serde_json::from_str(&copy).unwrap()
    }
}
