//! Counters equal a recount, whatever happens to the projector (I13).

use std::time::Duration;

use app::conversations::{Act, act};
use app::send::{Content, Recipient, Request};
use domain::{body::MessageBody, conversation::Conversation, statistics::Counts};
use engines::faults::Fault;
use jiff::civil::{Date, date};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use testkit::{Business, World};

const EVER: (Date, Date) = (date(2000, 1, 1), date(2000, 3, 31));

/// The days around the world's clock.
fn days(world: &World) -> (Date, Date) {
    let today = domain::statistics::day_of(world.now(), &jiff::tz::TimeZone::UTC);
    (today.saturating_sub(jiff::Span::new().days(30)), today.saturating_add(jiff::Span::new().days(30)))
}

/// Something happens: a text, an answer, a step with a conversation, or time passes.
async fn happen(world: &World, business: &Business, random: &mut ChaCha8Rng) {
    let customer =
        ["+12125550123", "+12125550124", "+12125550173", "+12125550176"][random.random_range(0..4)];
    let customer = customer.parse().unwrap();
    let id = Conversation::id_for(business.owner.account, business.gateway.id, &customer);
    let text: MessageBody = format!("text {}", random.random_range(0..100)).try_into().unwrap();
    match random.random_range(0..8) {
        0..3 => drop(world.phones.text_in(
            &customer,
            business.gateway.sender.number().unwrap(),
            text.as_str(),
            &[],
        )),
        3..5 => {
            let to = Recipient::Number {
                number: customer.as_str().to_owned(),
                gateway: Some(business.gateway.id),
            };
            let request = Request {
                to,
                content: Content::new(Some(&text), &[]).unwrap(),
                key: None,
                seen: None,
                overrides_quiet_hours: false,
            };
            app::send::send(&world.app, &business.owner, &request).await.ok();
        }
        5 => drop(act(&world.app, &business.owner, id, Act::Complete).await),
        6 => {
            let what = [Act::Archive, Act::Reopen, Act::Read, Act::Unarchive];
            drop(act(&world.app, &business.owner, id, what[random.random_range(0..4)].clone()).await);
        }
        _ => tokio::time::advance(Duration::from_secs(random.random_range(1..100_000))).await,
    }
}

/// Projects what is due, each record perhaps several times, killed somewhere, or twice at the same time.
async fn project_badly(world: &World, random: &mut ChaCha8Rng) {
    for record in world.unprojected(1_000) {
        for _ in 0..random.random_range(0..3) {
            for _ in 0..random.random_range(0..4) {
                world.dynamo.faults().push_next(Fault::Slow(Duration::ZERO));
            }
            world.dynamo.faults().push_next([Fault::Down, Fault::LostResponse][random.random_range(0..2)]);
            world.project(&record).await.ok();
            world.dynamo.faults().clear();
        }
        let (one, other) = tokio::join!(world.project(&record), world.project(&record));
        one.and(other).unwrap();
        world.advance_projections(&record);
    }
}

#[tokio::test(start_paused = true)]
async fn i13_d21_counters_equal_a_recount_whatever_happens_to_the_projector() {
    let mut counted = 0;
    for seed in 0..8 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = World::new(seed).await;
        let business = world.business("Bakery", "+12015550100", 500).await;
        let mut records: Vec<Value> = vec![];
        for _ in 0..6 {
            for _ in 0..8 {
                happen(&world, &business, &mut random).await;
            }
            records.extend(world.unprojected(1_000));
            project_badly(&world, &mut random).await;
            world.settle().await;
        }
        // Long after, an old batch comes again.
        for record in records {
            world.project(&record).await.unwrap();
        }
        let differences =
            app::statistics::recount(&world.app, business.owner.account, days(&world)).await.unwrap();
        assert_eq!(differences, [], "seed {seed}");
        let asked = app::statistics::Asked {
            days: days(&world),
            by: app::statistics::SplitBy::Day,
            limit: 100,
            cursor: None,
        };
        let read = app::statistics::read(&world.app, &business.owner, asked).await.unwrap();
        counted += read.totals.inbound + read.totals.outbound + read.totals.completed.count;
    }
    assert!(counted > 100, "{counted}");
}

#[tokio::test(start_paused = true)]
async fn i13_a_counter_that_is_wrong_is_found() {
    let world = World::new(3).await;
    let business = world.business("Bakery", "+12015550100", 10).await;
    let customer = "+12125550123".parse().unwrap();
    world.phones.text_in(&customer, business.gateway.sender.number().unwrap(), "Hi", &[]).unwrap();
    world.settle().await;
    let account = business.owner.account;
    assert_eq!(app::statistics::recount(&world.app, account, days(&world)).await.unwrap(), []);
    assert_eq!(app::statistics::recount(&world.app, account, EVER).await.unwrap(), []);
    let id = Conversation::id_for(account, business.gateway.id, &customer);
    let today =
        domain::statistics::day_of(world.now(), &jiff::tz::TimeZone::get("America/New_York").unwrap());
    let mut tally = domain::statistics::Tally::default();
    let of = domain::statistics::Of::Gateway(business.gateway.id);
    tally.add(of, today, Counts { inbound: 1, ..Counts::default() });
    let store = world.app.store.account(account);
    assert!(store.count_once(id, "by mistake", &tally, world.now()).await.unwrap());
    assert!(!store.count_once(id, "by mistake", &tally, world.now()).await.unwrap());
    let found = app::statistics::recount(&world.app, account, days(&world)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].counted.inbound, found[0].found.inbound), (2, 1));
}
