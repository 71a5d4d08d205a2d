//! How fast messages leave a gateway.

use domain::gateway::{Pace, Priority};
use jiff::{SignedDuration, Timestamp};
use storage::Turn;

use crate::support::{World, at, id};

/// Lets `messages` of one segment wait as they are told to; answers when each left.
async fn leave(world: &World, pace: u32, messages: &[Priority]) -> Vec<Timestamp> {
    let pace: Pace = pace.try_into().unwrap();
    let mut left = vec![None; messages.len()];
    let mut due: Vec<_> = (0..messages.len()).map(|n| (at(0), n)).collect();
    while !due.is_empty() {
        due.sort();
        let (now, n) = due.remove(0);
        match world.store.take_turn(id(1), pace, 1, messages[n], now).await.unwrap() {
            Turn::Now => left[n] = Some(now),
            Turn::After(wait) => due.push((now + wait.max(SignedDuration::from_millis(1)), n)),
        }
    }
    left.into_iter().flatten().collect()
}

/// The most that leave within any second.
fn busiest_second(left: &[Timestamp]) -> usize {
    let within = |from: &Timestamp| {
        let apart =
            |it: &&Timestamp| **it >= *from && it.duration_since(*from) < SignedDuration::from_secs(1);
        left.iter().filter(apart).count()
    };
    left.iter().map(within).max().unwrap()
}

#[tokio::test]
async fn d26_no_more_leave_in_a_second_than_the_gateway_may_send_but_for_what_it_has_saved_up() {
    for pace in [1, 3, 10] {
        for priority in [Priority::Interactive, Priority::Bulk] {
            let world = World::new().await;
            let left = leave(&world, pace, &[priority; 30]).await;
            let burst = usize::try_from(pace).unwrap() * 2;
            assert!(busiest_second(&left) <= burst, "{pace} {priority:?}: {left:?}");
            let seconds = left.iter().max().unwrap().duration_since(at(0)).as_secs_f64();
            let rate = (30.0 - f64::from(pace)) / seconds;
            assert!(rate <= f64::from(pace) * 1.1 + 0.1, "{pace} {priority:?}: {rate} a second");
            assert!(rate >= f64::from(pace) * 0.7, "{pace} {priority:?}: {rate} a second");
        }
    }
}

#[tokio::test]
async fn d26_what_somebody_waits_for_goes_before_bulk() {
    let world = World::new().await;
    let mut messages = vec![Priority::Bulk; 50];
    messages.extend([Priority::Interactive; 3]);
    let left = leave(&world, 1, &messages).await;
    let last_answer = left[50..].iter().max().unwrap();
    assert!(last_answer.duration_since(at(0)) <= SignedDuration::from_secs(10), "{left:?}");
    assert!(
        left[..50].iter().max().unwrap().duration_since(at(0)) <= SignedDuration::from_secs(80),
        "{left:?}"
    );
}

#[tokio::test]
async fn d26_a_long_message_takes_as_many_turns_as_it_has_segments() {
    let world = World::new().await;
    let pace: Pace = 2.try_into().unwrap();
    let take = async |segments, now| {
        world.store.take_turn(id(1), pace, segments, Priority::Bulk, now).await.unwrap()
    };
    assert_eq!(take(10, at(0)).await, Turn::Now);
    assert_eq!(
        take(1, at(0) + SignedDuration::from_secs(4)).await,
        Turn::After(SignedDuration::from_secs(1))
    );
    assert_eq!(take(1, at(0) + SignedDuration::from_secs(5)).await, Turn::Now);
}

#[tokio::test]
async fn d26_workers_that_ask_at_once_get_no_more_than_there_is() {
    let world = World::new().await;
    let pace: Pace = 4.try_into().unwrap();
    let ask = || world.store.take_turn(id(1), pace, 1, Priority::Interactive, at(0));
    let asked = futures::future::join_all((0..20).map(|_| ask())).await;
    let now = asked.into_iter().filter(|it| matches!(it, Ok(Turn::Now))).count();
    assert!((1..=4).contains(&now), "{now}");
}
