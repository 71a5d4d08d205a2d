//! What each step costs: calls and capacity units, as the embedded table counts them by DynamoDB's rules.
//!
//! The snapshot is the record of what there is; what the design promises is asserted beside it. In a transaction a write
//! of the table counts twice, those of the indexes that follow from it once.

use std::fmt::Write as _;

use domain::{
    access::Audience,
    conversation::{Conversation, Snooze, View},
    message::{Outcome, ReceiptStatus},
};
use engines::calls::{Call, Capacity, total};
use jiff::SignedDuration;
use serde_json::Value;
use storage::{ListQuery, Session, TimelineFilter};

use crate::{
    steps::{inbound, outbound, reference},
    support::{TABLE, World, at, customer, id, page, session},
};

/// A text of two SMS segments, longer than what lists keep of it.
const TEXT: &str = "Hello, this is Maria. Thank you for the appointment tomorrow at nine. Could you please tell me \
                    whether I should bring the X-rays that my former dentist made last year? Many thanks, Maria.";

/// What one step consumed.
struct Cost {
    calls: Vec<Call>,
    units: Capacity,
}

impl Cost {
    fn of(world: &World) -> Self {
        let calls = world.dynamo.take_calls();
        let units = total(&calls);
        Self { calls, units }
    }

    fn line(&self, step: &str) -> String {
        let mut operations: Vec<(&str, u32)> = Vec::new();
        for call in &self.calls {
            match operations.last_mut() {
                Some((name, times)) if *name == call.operation => *times += 1,
                _ => operations.push((&call.operation, 1)),
            }
        }
        let operations: Vec<String> =
            operations.iter().map(|(name, times)| format!("{times} {name}")).collect();
        let index = |name| self.units.index_units.get(name).copied().unwrap_or_default();
        let Capacity { read_units, write_units, table_units, .. } = &self.units;
        format!(
            "{step:<52} {read_units:>6} RU {write_units:>4} WU = table {table_units:>4} + lists {:>3} + attention {:>3}  {}",
            index("lists"),
            index("attention"),
            operations.join(", ")
        )
    }
}

/// A record of costs, step by step.
#[derive(Default)]
struct Record(String);

impl Record {
    fn add(&mut self, world: &World, step: &str) -> Cost {
        let cost = Cost::of(world);
        writeln!(self.0, "{}", cost.line(step).trim_end()).unwrap();
        cost
    }
}

fn name(n: u32) -> domain::name::DisplayName {
    format!("Maria Rodriguez-Hernandez {n}").parse().unwrap()
}

/// A conversation with somebody who has a name, assigned to the manager.
async fn assigned(world: &World, n: u32, millis: i64) -> Conversation {
    let mut change = inbound(world, None, &customer(n), &format!("SM{n}"), TEXT, at(millis));
    change.after.contact_name = Some(name(n));
    change.after.assign(world.manager.id).unwrap();
    world.account.change(change).await.unwrap()
}

/// As many conversations as DynamoDB's own import would bring, all older than the others.
fn import(world: &World, many: u32, newest: &Conversation) {
    let ours = |item: &Value| item.to_string().contains(&newest.id.to_string());
    let kinds = ["conversation", "list_entry"];
    let items = world.items().into_iter().filter(|item| kinds.contains(&item["_t"]["S"].as_str().unwrap()));
    let templates: Vec<String> = items.filter(ours).map(|item| item.to_string()).collect();
    assert_eq!(templates.len(), 2);
    let (id, active) = (newest.id.to_string(), newest.last_activity_at.as_millisecond().to_string());
    let copies = (0..many).flat_map(|n| {
        let at = (at(0).as_millisecond() - i64::from(n)).to_string();
        let copy = |template: &String| {
            template.replace(&id, &format!("cnv_{n:032x}")).replace(&active, &at).parse::<Value>().unwrap()
        };
        templates.iter().map(copy).collect::<Vec<_>>()
    });
    assert_eq!(world.dynamo.load(TABLE, copies).unwrap(), many as usize * 2);
}

async fn inbox(world: &World, audience: Audience, view: View) {
    let list = ListQuery::of(audience, view);
    let found = world.account.conversations(list, page(50, None)).await.unwrap().unwrap();
    assert_eq!(found.items.len(), 50);
}

#[tokio::test]
async fn reading_costs_what_the_design_promises() {
    let world = World::new().await;
    let mut record = Record::default();
    let mut newest = assigned(&world, 0, 1).await;
    for n in 1..150 {
        newest = assigned(&world, n, i64::from(n) + 1).await;
    }
    world.dynamo.take_calls();
    let mine = Audience::User(world.manager.id);
    for many in [0, 5_000] {
        import(&world, many, &newest);
        let conversations = many + 150;
        for (who, audience) in [("everyone", Audience::Everyone), ("one user", mine)] {
            inbox(&world, audience, View::Inbox).await;
            let cost = record.add(&world, &format!("inbox page of 50, {who}, of {conversations}"));
            assert_eq!(cost.calls.len(), 1);
            assert!(cost.units.read_units <= 8.0);
            let badge = world.account.unread(ListQuery::of(audience, View::Unread), 100).await.unwrap();
            assert!(badge.capped && badge.conversations == 100);
            let cost = record.add(&world, &format!("badge, {who}, of {conversations} unread"));
            assert_eq!(cost.calls.len(), 1);
            assert!(cost.units.read_units <= 3.0);
        }
    }
    inbox(&world, Audience::Everyone, View::Unread).await;
    record.add(&world, "unread page of 50");
    inbox(&world, Audience::Everyone, View::All).await;
    record.add(&world, "page of 50 of all, with one folder filled");
    world.account.count(ListQuery::of(Audience::Everyone, View::Inbox), 100).await.unwrap();
    record.add(&world, "count of a folder, to 100");
    for n in 0..60 {
        let before = world.find(&customer(1)).await;
        let change = inbound(&world, before.as_ref(), &customer(1), &format!("MM{n}"), TEXT, at(900));
        world.account.change(change).await.unwrap();
    }
    let conversation = world.find(&customer(1)).await.unwrap();
    world.dynamo.take_calls();
    world
        .account
        .timeline(conversation.id, &TimelineFilter::default(), page(50, None))
        .await
        .unwrap()
        .unwrap();
    let cost = record.add(&world, "timeline page of 50");
    assert_eq!(cost.calls.len(), 1);
    insta::assert_snapshot!(record.0);
}

#[tokio::test]
async fn a_session_check_is_one_call_of_one_unit_even_for_the_largest_user() {
    let world = World::new().await;
    let mut record = world.account.user(world.manager.id).await.unwrap().unwrap();
    record.user.name = "ß".repeat(100).parse().unwrap();
    record.sessions = (0..10).map(|n| Session { id: id(n), ..session(1) }).collect();
    assert!(world.account.save_user(&record).await.unwrap());
    world.dynamo.take_calls();
    world.account.asking(world.manager.id, false).await.unwrap().user.unwrap();
    let Cost { calls, units } = Cost::of(&world);
    assert_eq!(calls.len(), 1);
    assert!((units.read_units - 1.0).abs() < f64::EPSILON, "{units:?}");
}

#[tokio::test]
async fn writing_costs_what_is_recorded() {
    let world = World::new().await;
    let mut record = Record::default();
    let first = assigned(&world, 1, 1).await;
    record.add(&world, "inbound, first message of a new contact");
    let second = world.act(&first, at(2), |it| {
        it.read();
        Vec::new()
    });
    second.await;
    record.add(&world, "read");
    receive(&world, 1, 3).await;
    let cost = record.add(&world, "inbound, known, one assignee, was read");
    assert!(cost.calls.len() <= 2);
    receive(&world, 2, 4).await;
    let cost = record.add(&world, "inbound, known, one assignee, was unread");
    assert!(cost.calls.len() <= 2);
    let mut sum = Capacity::default();
    let conversation = world.find(&customer(1)).await.unwrap();
    world.dynamo.take_calls();
    let change = outbound(&world, Some(&conversation), &customer(1), id(1), TEXT, at(5));
    let sequence = change.entries[0].sequence;
    world.account.change(change).await.unwrap();
    sum.add(&record.add(&world, "send: accepted").units);
    let waiting = world.account.waiting_before(conversation.id, sequence, 50).await.unwrap();
    assert!(waiting.is_empty());
    sum.add(&record.add(&world, "send: messages before it").units);
    let queued = world.account.message_at(conversation.id, sequence).await.unwrap().unwrap();
    world.account.number(&customer(1)).await.unwrap();
    sum.add(&record.add(&world, "send: the message and its number").units);
    let claimed = world.claimed(&queued).await;
    sum.add(&record.add(&world, "send: claimed").units);
    let sent = world.concluded(&claimed, Outcome::Accepted(reference("SM1"))).await;
    sum.add(&record.add(&world, "send: taken and settled").units);
    let step = sent.delivery().unwrap().receipt(ReceiptStatus::Delivered, None, at(30)).unwrap();
    world.account.save_delivery(&sent, step.delivery, step.credits).await.unwrap();
    sum.add(&record.add(&world, "send: delivered").units);
    writeln!(record.0, "{}", Cost { calls: vec![], units: sum }.line("send: all together").trim_end())
        .unwrap();
    others(&world, &mut record).await;
    insta::assert_snapshot!(record.0);
}

async fn receive(world: &World, n: u32, millis: i64) {
    let before = world.find(&customer(1)).await;
    let change = inbound(world, before.as_ref(), &customer(1), &format!("MM{n}"), TEXT, at(millis));
    world.account.change(change).await.unwrap();
}

async fn others(world: &World, record: &mut Record) {
    let mut it = world.find(&customer(1)).await.unwrap();
    world.dynamo.take_calls();
    it = world.act(&it, at(40), |it| it.assign(world.colleague.id).unwrap()).await;
    record.add(world, "assign a second person");
    let snooze = Snooze { until: at(1_000), wakes_on_reply: false };
    it = world.act(&it, at(41), |it| it.snooze(snooze).unwrap()).await;
    record.add(world, "snooze, two assignees");
    let due = world.store.due_wakes(at(1_000), 100).await.unwrap();
    assert_eq!(due.len(), 1);
    record.add(world, "due snoozes");
    it = world.act(&it, at(1_000), |it| it.wake(at(1_000))).await;
    record.add(world, "wake, two assignees");
    world.act(&it, at(1_001), |it| it.complete().unwrap()).await;
    record.add(world, "complete, two assignees");
    let hour = SignedDuration::from_hours(1);
    world.account.idempotency_begin([1; 32], [1; 32], at(0), at(0) + hour, at(0) + hour).await.unwrap();
    record.add(world, "begin with an idempotency key");
}
