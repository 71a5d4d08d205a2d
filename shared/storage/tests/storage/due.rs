//! What is due: snoozes that end, sends that take too long.

use domain::{
    conversation::Snooze,
    message::{Message, Outcome, ReceiptStatus},
};
use jiff::{SignedDuration, Timestamp};
use storage::{DueSend, DueWake};

use crate::{
    steps::reference,
    support::{World, at, customer, uuid},
};

/// More conversations than there are shards.
const MANY: u32 = 20;
/// When a send that nobody has touched since the beginning is due.
const STUCK: SignedDuration = SignedDuration::from_mins(5);

async fn due_sends(world: &World, now: Timestamp) -> Vec<DueSend> {
    world.store.due_sends(now, 100).await.unwrap()
}

#[tokio::test]
async fn snoozes_that_end_are_found_in_every_shard_longest_due_first() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for n in 0..MANY {
        let awake = world.receive(&customer(n), &format!("SM{n}"), at(1)).await;
        let until = at(i64::from((n * 7) % MANY) + 100);
        let asleep =
            world.act(&awake, at(2), |it| it.snooze(Snooze { until, wakes_on_reply: true }).unwrap()).await;
        expected.push((until, asleep.id));
    }
    expected.sort_unstable();
    let found = world.store.due_wakes(at(1_000), 100).await.unwrap();
    let wake = |(_, conversation)| DueWake { account: world.account.id(), conversation };
    assert_eq!(found, expected.iter().copied().map(wake).collect::<Vec<_>>());
    let found = world.store.due_wakes(at(109), 100).await.unwrap();
    assert_eq!(found.len(), 10, "only what has ended by then");
    assert!(world.store.due_wakes(at(99), 100).await.unwrap().is_empty());
    let some = world.store.due_wakes(at(1_000), 1).await.unwrap();
    assert!(some.len() <= 8 && !some.is_empty(), "a limit holds for each shard");
}

#[tokio::test]
async fn i04_a_send_is_looked_after_until_it_is_settled() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(0)).await;
    let due = [DueSend {
        account: world.account.id(),
        conversation: queued.conversation,
        sequence: queued.sequence,
    }];
    assert_eq!(due_sends(&world, at(-1) + STUCK).await, []);
    assert_eq!(due_sends(&world, at(0) + STUCK).await, due);
    let claimed = world.claimed(&queued).await;
    assert_eq!(due_sends(&world, at(0) + STUCK).await, due, "a worker that has claimed it may have died");
    let unconfirmed = world.concluded(&claimed, Outcome::Unknown).await;
    assert_eq!(due_sends(&world, at(0) + STUCK).await, [], "only a receipt can tell, or time");
    assert_eq!(
        due_sends(&world, at(0) + SignedDuration::from_hours(5)).await,
        due,
        "nobody will tell any more"
    );
    let step = unconfirmed.delivery().unwrap().receipt(ReceiptStatus::Sent, None, at(30)).unwrap();
    world.account.save_delivery(&unconfirmed, step.delivery, step.credits).await.unwrap();
    assert_eq!(due_sends(&world, at(0) + SignedDuration::from_hours(9)).await, []);
}

#[tokio::test]
async fn a_send_that_is_tried_again_is_given_time_again() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(0)).await;
    let claimed = world.claimed(&queued).await;
    let waiting = world.concluded(&claimed, Outcome::TryLater).await;
    let domain::message::Claim::Send(again) = waiting.delivery().unwrap().claim(at(60_000), uuid(2)) else {
        panic!("not free")
    };
    world.account.save_delivery(&waiting, again, None).await.unwrap();
    assert_eq!(due_sends(&world, at(59_999) + STUCK).await, []);
    assert_eq!(due_sends(&world, at(60_000) + STUCK).await.len(), 1);
}

#[tokio::test]
async fn i08_a_message_is_overtaken_once_a_later_one_has_been_handed_to_the_carrier() {
    let world = World::new().await;
    let first = world.send(&customer(1), 1, at(0)).await;
    let second = world.send(&customer(1), 2, at(1)).await;
    let overtaken =
        async |it: &Message| world.account.has_left_after(it.conversation, it.sequence, 50).await.unwrap();
    assert!(!overtaken(&first).await, "the later one waits too");
    world.claimed(&second).await;
    assert!(overtaken(&first).await);
    assert!(!overtaken(&second).await, "nothing comes after the last");
}

#[tokio::test]
async fn a_send_that_succeeds_is_never_due() {
    let world = World::new().await;
    for n in 0..MANY {
        let queued = world.send(&customer(n), u64::from(n), at(0)).await;
        let claimed = world.claimed(&queued).await;
        world.concluded(&claimed, Outcome::Accepted(reference("SM1"))).await;
    }
    assert_eq!(due_sends(&world, at(0) + SignedDuration::from_hours(9)).await, []);
    assert!(world.items().iter().all(|item| item.get("g2pk").is_none()), "nothing wants attention");
}
