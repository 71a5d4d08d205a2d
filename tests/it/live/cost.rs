//! What following costs: for `docs/performance.md`.

use std::collections::BTreeSet;

use app::changes::OVERLAP;
use domain::id::ConversationId;
use engines::calls::Capacity;
use storage::{ChangesCursor, LoggedChange};
use testkit::World;

fn spent(world: &World) -> (usize, Capacity) {
    let calls = world.dynamo.take_calls();
    let mut sum = Capacity::default();
    for call in &calls {
        sum.add(&call.capacity);
    }
    (calls.len(), sum)
}

#[tokio::test(start_paused = true)]
async fn a_line_of_the_log_is_one_write_unit_and_asking_in_vain_is_four_read_units() {
    let world = World::new(1).await;
    let business = world.business("Bakery", "+12015550100", 0).await;
    let store = world.app.store.account(business.owner.account);
    let line = |n: u64| LoggedChange {
        conversation: ConversationId::derive(&[&n.to_be_bytes()]),
        version: Some(n),
        entries: vec![n],
        lost: BTreeSet::from([business.owner.user]),
        only_for: None,
    };
    spent(&world);
    store.log_change(&line(1), world.now()).await.unwrap();
    let (calls, units) = spent(&world);
    assert_eq!((calls, units.write_units.to_string().as_str()), (1, "1"));
    // Nobody looks: that is one query.
    let (nobody, next) = store.connections(None, 100).await.unwrap();
    assert!(nobody.is_empty() && next.is_none());
    let (calls, units) = spent(&world);
    assert_eq!((calls, units.read_units <= 1.0), (1, true));
    // Nothing has changed: a query for each shard.
    let cursor = ChangesCursor::at(world.now() + OVERLAP);
    let page = store.changes(&cursor, world.now(), OVERLAP, 50).await.unwrap();
    assert!(page.changes.is_empty());
    let (calls, units) = spent(&world);
    assert_eq!((calls, units.read_units <= 4.0), (4, true));
    // A page of fifty costs hardly more.
    for n in 0..50 {
        store.log_change(&line(n), world.now()).await.unwrap();
    }
    spent(&world);
    let cursor = ChangesCursor::at(world.now() - OVERLAP);
    let page = store.changes(&cursor, world.now(), OVERLAP, 100).await.unwrap();
    assert_eq!(page.changes.len(), 50);
    let (calls, units) = spent(&world);
    assert_eq!((calls, units.read_units <= 8.0), (4, true), "{units:?}");
}
