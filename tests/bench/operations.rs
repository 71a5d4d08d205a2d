//! What each operation asks of the table.
//!
//! The session check is measured once and belongs to every request of a person; the other figures are without it.
//! Gateways and their credentials are remembered by a function for a minute, so a busy function does not read them.

use std::time::Duration;

use app::{conversations::Act, send::Recipient};
use domain::{id::ConversationId, snooze::SnoozeRequest};

use crate::{
    report::{Limit, Report, Units},
    stage::{Measured, Stage, customer},
};

/// What one function does in a message's life.
pub(crate) struct Work {
    /// The function.
    pub(crate) function: &'static str,
    /// How often it is invoked.
    pub(crate) invocations: u32,
    /// Whether that is through the HTTP API.
    pub(crate) http: bool,
    /// All invocations together.
    pub(crate) measured: Measured,
}

/// The lives of the two kinds of messages.
pub(crate) struct Lives {
    /// An inbound message of a known contact, of which one assignee is told.
    pub(crate) inbound: Vec<Work>,
    /// An outbound message until its receipt.
    pub(crate) outbound: Vec<Work>,
    /// The check of the session that sends.
    pub(crate) session: Measured,
    /// Opening the conversation once: marking it as read.
    pub(crate) read: Measured,
}

/// A figure of an operation and what it may be.
struct Expected {
    calls: Limit,
    write: Limit,
    read: Limit,
}

fn kept(calls: f64, write: f64, read: f64) -> Expected {
    Expected { calls: Limit::Kept(calls), write: Limit::Kept(write), read: Limit::Kept(read) }
}

fn check(report: &mut Report, what: &str, measured: &Measured, expected: &Expected) {
    let units = Units::of(measured);
    let calls = u32::try_from(measured.calls.len()).unwrap_or(u32::MAX);
    report.check(what, "table calls", f64::from(calls), expected.calls);
    report.check(what, "write units", units.write, expected.write);
    report.check(what, "read units", units.read, expected.read);
}

/// Measures all operations.
pub(crate) async fn run(report: &mut Report) -> Lives {
    let stage = Stage::set().await;
    report.title("Table calls and capacity units for each operation");
    report.operations_head();
    let mut checks = Vec::new();
    let inbound = inbound(report, &stage, &mut checks).await;
    let outbound = outbound(report, &stage, &mut checks).await;
    let (session, read) = desk(report, &stage, &mut checks).await;
    report.line("");
    for (what, measured, expected) in checks {
        check(report, what, &measured, &expected);
    }
    Lives { inbound, outbound, session, read }
}

/// How many receipts a carrier sends for a message that arrives: sent, delivered.
const RECEIPTS: u32 = 2;

type Checks = Vec<(&'static str, Measured, Expected)>;

fn add(
    report: &mut Report,
    checks: &mut Checks,
    what: &'static str,
    measured: &Measured,
    expected: Expected,
) {
    report.operation(what, measured);
    checks.push((what, measured.clone(), expected));
}

/// What customers do.
async fn inbound(report: &mut Report, stage: &Stage, checks: &mut Checks) -> Vec<Work> {
    let webhook = stage.text(&customer(1)).await;
    let (new, status) = stage.measure(stage.world.bring(&webhook)).await;
    assert!(status.is_success());
    add(report, checks, "inbound: first of a new contact", &new, kept(3.0, 22.0, 2.0));
    stage.world.settle().await;

    let webhook = stage.text(&customer(1)).await;
    tokio::time::advance(Duration::from_mins(2)).await;
    let (cold, _) = stage.measure(stage.world.bring(&webhook)).await;
    add(report, checks, "inbound: by a function that has just started", &cold, kept(3.0, 18.0, 2.0));

    let known = customer(2);
    stage.known(&known, &[stage.owner.user]).await;
    let webhook = stage.text(&known).await;
    let (first, _) = stage.measure(stage.world.bring(&webhook)).await;
    let told = stage.dispatch().await;
    let limits =
        Expected { calls: Limit::Budget(2.0), write: Limit::Exceeded(12.0, 16.0), read: Limit::Budget(2.0) };
    add(report, checks, "inbound: known contact, one assignee", &first, limits);
    let webhook = stage.text(&known).await;
    let (further, _) = stage.measure(stage.world.bring(&webhook)).await;
    let limits =
        Expected { calls: Limit::Budget(2.0), write: Limit::Exceeded(12.0, 18.0), read: Limit::Budget(2.0) };
    add(report, checks, "inbound: the same, one unread already", &further, limits);
    let (again, _) = stage.measure(stage.world.bring(&webhook)).await;
    // The engine does not say what a refused transaction costs; DynamoDB charges it like one that is not.
    report.operation("inbound: the same webhook again (refused: unmetered)", &again);
    stage.world.settle().await;
    add(report, checks, "dispatch: one assignee told of an inbound", &told, kept(4.0, 2.0, 4.0));

    for name in ["bea", "cem", "dot", "eva"] {
        stage.colleague(name).await;
    }
    let everybody = customer(3);
    stage.texted(&everybody).await;
    let webhook = stage.text(&everybody).await;
    assert!(stage.world.bring(&webhook).await.is_success());
    let told_five = stage.dispatch().await;
    add(report, checks, "dispatch: five people told of an inbound", &told_five, kept(8.0, 10.0, 12.0));
    vec![
        Work { function: "inbound", invocations: 1, http: true, measured: first },
        Work { function: "dispatch", invocations: 1, http: false, measured: told },
    ]
}

/// What the business sends.
async fn outbound(report: &mut Report, stage: &Stage, checks: &mut Checks) -> Vec<Work> {
    let to = customer(4);
    let id = stage.known(&to, &[stage.owner.user]).await;
    let (sent, accepted) = stage.send(Recipient::Conversation(id)).await;
    let limits = Expected { calls: Limit::Budget(2.0), write: Limit::Kept(20.0), read: Limit::Kept(1.0) };
    add(report, checks, "send: accepted, in a conversation", &sent, limits);
    let dispatched = stage.dispatch().await;
    let taken = stage.world.take_sends(10).pop().expect("a job");
    assert_eq!(taken.job.message, accepted.message);
    let (delivered, done) = stage.measure(stage.world.deliver(&taken)).await;
    done.unwrap();
    let receipts = receipts(stage).await;
    let life =
        [&dispatched, &delivered, &receipts].map(Clone::clone).into_iter().fold(sent.clone(), Measured::and);
    report.operation("  dispatch: onto the queue", &dispatched);
    report.operation("  deliver: claimed, handed to the carrier, settled", &delivered);
    report.operation("  status: both receipts", &receipts);
    let limits =
        Expected { calls: Limit::Kept(14.0), write: Limit::Exceeded(14.0, 30.0), read: Limit::Kept(11.0) };
    add(report, checks, "send: whole life until delivered", &life, limits);

    stage.texted(&customer(5)).await;
    stage.act(id_of(stage, 5), Act::Read).await;
    let (assigned, _) = stage.send(Recipient::Conversation(id_of(stage, 5))).await;
    add(report, checks, "send: accepted, and the sender assigned (C16)", &assigned, kept(2.0, 24.0, 1.0));
    stage.world.settle().await;
    let number = Recipient::Number { number: to.as_str().to_owned(), gateway: Some(stage.gateway.id) };
    let (numbered, _) = stage.send(number).await;
    add(report, checks, "send: accepted, to a known number", &numbered, kept(2.0, 20.0, 1.0));
    stage.world.settle().await;
    let plain = Recipient::Number { number: "(202) 555-0104".to_owned(), gateway: None };
    let (plain, _) = stage.send(plain).await;
    add(report, checks, "send: accepted, to a number as people write it", &plain, kept(3.0, 20.0, 1.5));
    let new = Recipient::Number { number: customer(6).as_str().to_owned(), gateway: Some(stage.gateway.id) };
    let (first, _) = stage.send(new).await;
    add(report, checks, "send: accepted, to somebody new", &first, kept(4.0, 26.0, 2.5));
    stage.world.settle().await;
    vec![
        Work { function: "send", invocations: 1, http: true, measured: sent },
        Work { function: "dispatch", invocations: 1, http: false, measured: dispatched },
        Work { function: "deliver", invocations: 1, http: false, measured: delivered },
        Work { function: "status", invocations: RECEIPTS, http: true, measured: receipts },
    ]
}

fn id_of(stage: &Stage, number: u32) -> ConversationId {
    domain::conversation::Conversation::id_for(stage.owner.account, stage.gateway.id, &customer(number))
}

/// The carrier reports: that it has sent the message, then that it has arrived.
async fn receipts(stage: &Stage) -> Measured {
    let (mut sum, mut count) = (Measured::default(), 0);
    while let Some(due) = stage.world.phones.next_due() {
        let wait = due.duration_since(stage.world.now());
        tokio::time::advance(Duration::try_from(wait).unwrap_or_default()).await;
        for webhook in stage.world.phones.take_due_webhooks(stage.world.now()) {
            let (measured, status) = stage.measure(stage.world.bring(&webhook)).await;
            assert!(status.is_success());
            sum = sum.and(measured);
            count += 1;
        }
    }
    assert_eq!(count, RECEIPTS);
    sum
}

/// What people do in the inbox. Returns what the session check and marking as read ask.
async fn desk(report: &mut Report, stage: &Stage, checks: &mut Checks) -> (Measured, Measured) {
    let app = &stage.world.app;
    let (session, caller) = stage.measure(app::caller::authenticate(app, &stage.token, None)).await;
    caller.unwrap();
    let limits =
        Expected { calls: Limit::Budget(1.0), write: Limit::Budget(0.0), read: Limit::Exceeded(0.5, 1.0) };
    add(report, checks, "session check", &session, limits);

    let id = stage.texted(&customer(7)).await;
    let read = stage.act(id, Act::Read).await;
    add(report, checks, "mark as read", &read, kept(3.0, 10.0, 2.0));
    let colleague = stage.colleague("fay").await;
    let assign = app::assign::assign(app, &stage.owner, id, colleague.user);
    let (assigned, done) = stage.measure(assign).await;
    done.unwrap();
    add(report, checks, "assign", &assigned, kept(5.0, 12.0, 4.0));
    let told = stage.dispatch().await;
    add(report, checks, "dispatch: a colleague told of the assignment", &told, kept(4.0, 5.0, 3.0));

    let until = stage.world.now().checked_add(Duration::from_hours(1)).unwrap();
    let snoozed = stage.act(id, Act::Snooze(SnoozeRequest::Until(until))).await;
    add(report, checks, "snooze", &snoozed, kept(4.0, 15.0, 2.5));
    let unsnoozed = stage.act(id, Act::Unsnooze).await;
    add(report, checks, "unsnooze", &unsnoozed, kept(3.0, 15.0, 2.0));
    let until = stage.world.now().checked_add(Duration::from_hours(1)).unwrap();
    stage.act(id, Act::Snooze(SnoozeRequest::Until(until))).await;
    tokio::time::advance(Duration::from_secs(3601)).await;
    let (woken, count) = stage.measure(app::unsnooze::wake_due(app)).await;
    assert_eq!(count.unwrap(), 1);
    // Eight shards are asked, and asked again after a round that woke something.
    add(report, checks, "unsnooze by the schedule, one due", &woken, kept(18.0, 15.0, 9.0));
    let (idle, _) = stage.measure(app::unsnooze::wake_due(app)).await;
    add(report, checks, "unsnooze by the schedule, nothing due", &idle, kept(8.0, 0.0, 4.0));
    let completed = stage.act(id, Act::Complete).await;
    add(report, checks, "complete", &completed, kept(3.0, 12.0, 2.0));
    stage.world.settle().await;
    (session, read)
}
