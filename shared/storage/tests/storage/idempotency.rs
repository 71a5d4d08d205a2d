//! Idempotency keys, in every state that a record of theirs can have (I12).

use jiff::Timestamp;
use storage::{AccountStore, Begin, StoredAnswer};

use crate::support::{World, at};

const KEY: [u8; 32] = [1; 32];
const BODY: [u8; 32] = [2; 32];
const OTHER_BODY: [u8; 32] = [3; 32];
/// How long a request may run, and how long its answer is kept, in these tests.
const LOCK: i64 = 1_000;
const KEPT: i64 = 100_000;

fn answer(body: &str) -> StoredAnswer {
    StoredAnswer { status: 201, body: body.into() }
}

async fn begin(account: &AccountStore, body: [u8; 32], now: i64) -> Begin {
    let [now, lock, kept]: [Timestamp; 3] = [at(now), at(now + LOCK), at(now + KEPT)];
    account.idempotency_begin(KEY, body, now, lock, kept).await.unwrap()
}

#[tokio::test]
async fn the_first_request_runs_and_the_same_again_gets_its_answer() {
    let World { account, .. } = World::new().await;
    assert_eq!(begin(&account, BODY, 0).await, Begin::Run);
    account.idempotency_complete(KEY, &answer("{}")).await.unwrap();
    for now in [1, LOCK, LOCK + 1, KEPT - 1] {
        assert_eq!(begin(&account, BODY, now).await, Begin::Answer(answer("{}")));
    }
}

#[tokio::test]
async fn while_it_runs_the_same_request_waits_and_another_is_refused() {
    let World { account, .. } = World::new().await;
    begin(&account, BODY, 0).await;
    assert_eq!(begin(&account, BODY, LOCK - 1).await, Begin::InProgress);
    assert_eq!(begin(&account, OTHER_BODY, LOCK - 1).await, Begin::Reused);
    account.idempotency_complete(KEY, &answer("{}")).await.unwrap();
    assert_eq!(begin(&account, OTHER_BODY, KEPT - 1).await, Begin::Reused);
}

#[tokio::test]
async fn when_the_lock_ends_the_same_request_may_run_and_another_may_not() {
    let World { account, .. } = World::new().await;
    begin(&account, BODY, 0).await;
    assert_eq!(begin(&account, OTHER_BODY, LOCK).await, Begin::Reused);
    assert_eq!(begin(&account, BODY, LOCK).await, Begin::Run);
    // It holds a lock of its own.
    assert_eq!(begin(&account, BODY, LOCK + 1).await, Begin::InProgress);
    assert_eq!(begin(&account, BODY, 2 * LOCK).await, Begin::Run);
}

/// DynamoDB removes expired items within days; until then they lie there.
#[tokio::test]
async fn a_record_past_its_time_counts_as_none() {
    let World { account, .. } = World::new().await;
    begin(&account, BODY, 0).await;
    account.idempotency_complete(KEY, &answer("{}")).await.unwrap();
    assert_eq!(begin(&account, OTHER_BODY, KEPT).await, Begin::Run);
    account.idempotency_complete(KEY, &answer("other")).await.unwrap();
    assert_eq!(begin(&account, OTHER_BODY, KEPT + 1).await, Begin::Answer(answer("other")));
    assert_eq!(begin(&account, BODY, 2 * KEPT).await, Begin::Run, "also one that never ended");
    assert_eq!(begin(&account, OTHER_BODY, 3 * KEPT).await, Begin::Run);
}

#[tokio::test]
async fn a_request_that_was_refused_leaves_nothing_behind() {
    let world = World::new().await;
    let before = world.items();
    begin(&world.account, BODY, 0).await;
    world.account.idempotency_release(KEY).await.unwrap();
    assert_eq!(world.items(), before);
    assert_eq!(begin(&world.account, OTHER_BODY, 1).await, Begin::Run);
}

/// A worker whose lock has ended may still come to its end: what another has answered in the meantime stays.
#[tokio::test]
async fn what_was_answered_once_stays() {
    let World { account, .. } = World::new().await;
    begin(&account, BODY, 0).await;
    begin(&account, BODY, LOCK).await;
    account.idempotency_complete(KEY, &answer("of the second")).await.unwrap();
    account.idempotency_complete(KEY, &answer("of the first")).await.unwrap();
    account.idempotency_release(KEY).await.unwrap();
    assert_eq!(begin(&account, BODY, LOCK + 1).await, Begin::Answer(answer("of the second")));
}

#[tokio::test]
async fn an_answer_to_a_request_that_was_forgotten_is_not_kept() {
    let world = World::new().await;
    let before = world.items();
    world.account.idempotency_complete(KEY, &answer("{}")).await.unwrap();
    world.account.idempotency_release(KEY).await.unwrap();
    assert_eq!(world.items(), before);
    assert_eq!(begin(&world.account, BODY, 0).await, Begin::Run);
}

#[tokio::test]
async fn keys_and_accounts_do_not_meet() {
    let world = World::new().await;
    begin(&world.account, BODY, 0).await;
    let elsewhere = world.store.account(crate::support::id(9));
    assert_eq!(begin(&elsewhere, OTHER_BODY, 0).await, Begin::Run);
    let other_key = world.account.idempotency_begin([4; 32], OTHER_BODY, at(0), at(LOCK), at(KEPT)).await;
    assert_eq!(other_key.unwrap(), Begin::Run);
}
