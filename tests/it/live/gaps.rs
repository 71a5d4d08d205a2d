//! No gaps: whoever follows the log has everything, however late and often and in whatever order it is written.

use std::collections::{BTreeMap, BTreeSet};

use app::changes::{Changed, OVERLAP, WRITE_WITHIN};
use app::send::{Content, Recipient, Request};
use domain::body::MessageBody;
use domain::id::ConversationId;
use domain::phone::PhoneNumber;
use domain::timeline::EntryContent;
use engines::faults::Fault;
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use storage::{ChangesCursor, LoggedChange};
use testkit::{Business, World};

/// What a client knows.
#[derive(Default, Debug, PartialEq)]
struct Replica {
    versions: BTreeMap<ConversationId, u64>,
    entries: BTreeMap<(ConversationId, u64), String>,
}

/// Reads all that there is since a cursor, by pages of this size.
async fn catch_up(
    world: &World,
    business: &Business,
    replica: &mut Replica,
    since: String,
    limit: u32,
) -> String {
    let mut since = since;
    loop {
        let page = app::changes::since(&world.app, &business.owner, Some(&since), limit).await.unwrap();
        for changed in page.conversations {
            let Changed::Now(shown) = changed else { panic!("the owner loses nothing") };
            let it = shown.conversation;
            let known = replica.versions.entry(it.id).or_default();
            assert!(it.version >= *known, "what is given is as new as what was");
            *known = it.version;
        }
        for (conversation, entry) in page.entries {
            let EntryContent::Message(message) = &entry.content else { continue };
            let status = message.delivery().map(|it| format!("{:?}", it.status)).unwrap_or_default();
            replica.entries.insert((conversation, entry.sequence), status);
        }
        since = page.next;
        if !page.more {
            return since;
        }
    }
}

/// What the table holds, behind the log's back.
async fn truth(world: &World, business: &Business) -> Replica {
    let account = world.app.store.account(business.owner.account);
    let mut truth = Replica::default();
    let items = world.items();
    for item in items.iter().filter(|it| it["_t"]["S"] == "conversation") {
        let pk = item["pk"]["S"].as_str().unwrap();
        let id: ConversationId = pk.rsplit('#').next().unwrap().parse().unwrap();
        let conversation = account.conversation(id).await.unwrap().unwrap();
        let places = (1..conversation.next_sequence).map(|at| (id, at)).collect();
        for (_, entry) in account.entries_by_place(&places).await.unwrap() {
            let EntryContent::Message(message) = &entry.content else { continue };
            let status = message.delivery().map(|it| format!("{:?}", it.status)).unwrap_or_default();
            truth.entries.insert((id, entry.sequence), status);
        }
        truth.versions.insert(id, conversation.version);
    }
    truth
}

/// Somebody writes to the customer.
async fn answer(world: &World, business: &Business, customer: &PhoneNumber, round: u64) {
    let to = Recipient::Number { number: customer.as_str().to_owned(), gateway: Some(business.gateway.id) };
    let body = MessageBody::try_from(format!("answer {round}")).unwrap();
    let request = Request {
        to,
        content: Content::new(Some(&body), &[]).unwrap(),
        key: None,
        seen: None,
        overrides_quiet_hours: false,
    };
    app::send::send(&world.app, &business.owner, &request).await.unwrap();
}

/// Everything that is due happens, but for the projector.
async fn settle_unprojected(world: &World) {
    loop {
        let mut busy = false;
        for record in world.stream_records(100) {
            busy = true;
            world.dispatch(&record).await.unwrap();
            world.advance_stream(&record);
        }
        for taken in world.take_sends(10) {
            busy |= world.deliver(&taken).await.is_ok();
        }
        for webhook in world.phones.take_due_webhooks(world.now()) {
            busy = true;
            assert!(world.bring(&webhook).await.is_success());
        }
        if !busy {
            return;
        }
    }
}

/// Shows the stream to the projector as badly as it may: in any order, twice, with the table's answers lost, and killed half-way.
async fn project_badly(world: &World, records: &[Value], random: &mut ChaCha8Rng) {
    let mut left: Vec<&Value> = records.iter().collect();
    let mut attempts = 0;
    while !left.is_empty() {
        let at = random.random_range(0..left.len());
        attempts += 1;
        if attempts < 200 {
            match random.random_range(0..8) {
                0 => world.dynamo.faults().push_next(Fault::LostResponse),
                1 => world.dynamo.faults().push_next(Fault::LostRequest),
                2 => world.dynamo.faults().push_next(Fault::Slow(WRITE_WITHIN + WRITE_WITHIN)),
                3 => {
                    // Killed at any await.
                    let within = std::time::Duration::from_micros(random.random_range(1..2_000));
                    let _ = tokio::time::timeout(within, world.project(left[at])).await;
                    continue;
                }
                _ => {}
            }
        }
        let projected = world.project(left[at]).await.is_ok();
        // A record that was done with may come again.
        if projected && random.random_range(0..5) > 0 {
            left.swap_remove(at);
        }
        tokio::time::sleep(std::time::Duration::from_millis(random.random_range(0..700))).await;
    }
    world.dynamo.faults().clear();
}

#[tokio::test(start_paused = true)]
async fn d06_lesson39_a_projector_that_is_killed_repeated_and_out_of_order_leaves_no_gap() {
    for seed in 0..4 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = World::new(seed).await;
        let business = world.business("Bakery", "+12015550100", 100).await;
        world.settle().await;
        let begun = app::changes::since(&world.app, &business.owner, None, 50).await.unwrap();
        let (mut since, mut replica) = (begun.next, Replica::default());
        for round in 0..4 {
            for _ in 0..3 {
                let customer = format!("+1212555012{}", random.random_range(0..4)).parse().unwrap();
                let text = format!("text {round}");
                world
                    .phones
                    .text_in(&customer, business.gateway.sender.number().unwrap(), &text, &[])
                    .unwrap();
                answer(&world, &business, &customer, round).await;
                settle_unprojected(&world).await;
                let records = world.unprojected(1_000);
                if random.random_range(0..3) == 0 {
                    // Meanwhile somebody looks.
                    since = catch_up(&world, &business, &mut replica, since, random.random_range(1..5)).await;
                }
                project_badly(&world, &records, &mut random).await;
                if let Some(last) = records.last() {
                    world.advance_projections(last);
                }
            }
            since = catch_up(&world, &business, &mut replica, since, random.random_range(1..40)).await;
        }
        since = catch_up(&world, &business, &mut replica, since, 100).await;
        assert_eq!(replica, truth(&world, &business).await, "seed {seed}");
        drop(since);
    }
}

/// A line, written by a clock at one time and there at another.
struct Late {
    written: Timestamp,
    there: Timestamp,
    line: LoggedChange,
}

/// Writers that take up to five seconds, by clocks that differ by a second, against readers of all page sizes.
#[tokio::test(start_paused = true)]
async fn d06_lines_that_appear_late_and_out_of_order_are_all_given() {
    let world = World::new(1).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    for seed in 0..10 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let store = world.app.store.account(business.owner.account);
        let start = world.now() + SignedDuration::from_hours(i64::try_from(seed).unwrap());
        let millis =
            |random: &mut ChaCha8Rng, max: i64| SignedDuration::from_millis(random.random_range(0..max));
        let mut lines: Vec<Late> = (0..120_u64)
            .map(|n| {
                let begun = start + millis(&mut random, 60_000);
                let clock = millis(&mut random, 2_000) - SignedDuration::from_secs(1);
                let conversation = ConversationId::derive(&[&seed.to_be_bytes(), &(n % 17).to_be_bytes()]);
                let line = LoggedChange {
                    conversation,
                    version: Some(n),
                    entries: vec![n],
                    lost: BTreeSet::new(),
                    only_for: None,
                };
                Late { written: begun + clock, there: begun + millis(&mut random, 5_000), line }
            })
            .collect();
        lines.sort_by_key(|it| it.there);
        let mut cursor = ChangesCursor::at(start - OVERLAP);
        let mut given = BTreeMap::<u64, u32>::new();
        let mut lines = lines.into_iter().peekable();
        let mut now = start;
        let mut left = 200;
        // Looks until everything is there, and once more after that.
        while left > 0 {
            while let Some(late) = lines.next_if(|it| it.there <= now) {
                store.log_change(&late.line, late.written).await.unwrap();
            }
            if lines.peek().is_none() {
                left = left.min(30) - 1;
            }
            let limit = random.random_range(1..30);
            let page = store.changes(&cursor, now, OVERLAP, limit).await.unwrap();
            for line in page.changes {
                *given.entry(line.version.unwrap()).or_default() += 1;
            }
            // A cursor goes through its text as a client's does.
            let sealed = store.seal_changes("reader", &page.next).unwrap();
            cursor = store.open_changes("reader", &sealed).unwrap();
            now += millis(&mut random, 1_500);
        }
        assert_eq!(given.len(), 120, "seed {seed}: {given:?}");
    }
}
