//! Top-ups and the ledger.

use domain::{
    credits::{Balance, Credits, LedgerEntry, LedgerKind},
    message::{Failure, Message, Outcome, ReceiptStatus, Refusal},
};
use proptest::prelude::*;
use storage::{ChangeError, MessageSaveError, TopUp, TopUpError, Traces};

use crate::{
    steps::{outbound, reference},
    support::{
        CREDITS, World, account, at, block_on, bought, credits, customer, id, page, sign_up, user, uuid,
    },
};

#[tokio::test]
async fn a_new_account_has_no_credits() {
    let world = World::new().await;
    let others = account(9);
    world.store.sign_up(sign_up(&others, &user(&others, 9, []))).await.unwrap();
    let account = world.store.account(others.id);
    assert_eq!(account.balance().await.unwrap(), Balance::default());
    assert!(account.ledger(page(10, None)).await.unwrap().unwrap().items.is_empty());
}

#[tokio::test]
async fn the_same_top_up_is_made_once_and_answered_with_the_first() {
    let world = World::new().await;
    let invoice = Some("invoice 7".to_owned());
    let made = world
        .account
        .top_up(TopUp { reference: invoice.clone(), ..bought(2, 5, credits(40)) }, &Traces::default())
        .await
        .unwrap();
    let before = world.items();
    let again = world.account.top_up(bought(2, 9, credits(99)), &Traces::default()).await.unwrap_err();
    assert!(matches!(&again, TopUpError::Made(entry) if **entry == made), "{again:?}");
    assert_eq!(world.items(), before);
    assert_eq!(made.kind, LedgerKind::TopUp { amount: credits(40), reference: invoice, order: None });
    assert_eq!(world.account.balance().await.unwrap().available, credits(CREDITS + 40));
}

#[tokio::test]
async fn an_account_that_does_not_exist_cannot_be_topped_up() {
    let world = World::new().await;
    let before = world.items();
    let nobody = world.store.account(id(404));
    let refused = nobody.top_up(bought(2, 5, credits(40)), &Traces::default()).await.unwrap_err();
    assert!(matches!(refused, TopUpError::NoAccount), "{refused:?}");
    assert_eq!(world.items(), before);
}

/// It is everything ever granted that has to stay an amount of credits: what is spent is counted, too.
#[tokio::test]
async fn a_top_up_above_the_largest_amount_is_refused_whatever_was_spent() {
    let world = World::new().await;
    let room = Credits::new(Credits::MAX - u64::from(CREDITS)).unwrap();
    world.send(&customer(1), 1, at(1)).await;
    let one_more = Credits::new(room.get() + 1).unwrap();
    let before = world.items();
    let refused = world.account.top_up(bought(2, 5, one_more), &Traces::default()).await.unwrap_err();
    assert!(matches!(refused, TopUpError::TooMany), "{refused:?}");
    assert_eq!(world.items(), before);
    world.account.top_up(bought(2, 5, room), &Traces::default()).await.unwrap();
    assert_eq!(world.account.balance().await.unwrap().granted(), Credits::MAX);
    let refused = world.account.top_up(bought(3, 5, credits(1)), &Traces::default()).await.unwrap_err();
    assert!(matches!(refused, TopUpError::TooMany), "{refused:?}");
}

#[tokio::test]
async fn the_ledger_pages_newest_first_without_gaps_or_repeats() {
    let world = World::new().await;
    for n in 2..=8 {
        // Two and two in the same millisecond.
        world
            .account
            .top_up(bought(n, i64::try_from(n / 2).unwrap(), credits(1)), &Traces::default())
            .await
            .unwrap();
    }
    world.send(&customer(1), 1, at(9)).await;
    for size in [1, 2, 3, 9, 10] {
        let (mut lines, mut cursor) = (Vec::new(), None);
        loop {
            let found = world.account.ledger(page(size, cursor.as_deref())).await.unwrap().unwrap();
            assert!(!found.items.is_empty() && found.items.len() <= size as usize);
            lines.extend(found.items);
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(lines.len(), 9, "by {size}");
        assert!(lines.is_sorted_by_key(|line| std::cmp::Reverse((line.at, line.id))), "by {size}");
        assert!(matches!(lines[0].kind, LedgerKind::Message { .. }));
    }
}

/// What happens to money.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// Some credits are bought.
    Bought(u32),
    /// A message at this price is to be sent.
    Sent(u32),
    /// Somebody who read the message `which` writes down what the carrier or a receipt said.
    Told { which: usize, what: u8 },
}

fn any_happening() -> impl Strategy<Value = Happens> {
    prop_oneof![
        1 => (0..300_u32).prop_map(Happens::Bought),
        4 => (0..400_u32).prop_map(Happens::Sent),
        6 => (any::<usize>(), 0..6_u8).prop_map(|(which, what)| Happens::Told { which, what }),
    ]
}

async fn send(world: &World, turn: u64, price: u32) -> Option<Message> {
    let before = world.find(&customer(1)).await;
    let mut change = outbound(world, before.as_ref(), &customer(1), id(turn), "Hi", at(1));
    change.records[0].credits = credits(price);
    let domain::timeline::EntryContent::Message(message) = &mut change.entries[0].content else {
        panic!("a message")
    };
    let domain::message::Way::Outbound(delivery) = &mut message.way else { panic!("ours") };
    delivery.credits = credits(price);
    let message = (**message).clone();
    match world.account.change(change).await {
        Ok(_) => Some(message),
        Err(ChangeError::NotEnoughCredits { .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// `message` is what somebody has read, perhaps long ago.
async fn tell(world: &World, message: &Message, what: u8) -> Option<Message> {
    let delivery = message.delivery().unwrap();
    let refused = Failure { reason: Refusal::Other, code: None };
    let step = match what {
        0 => delivery.conclude(Outcome::Accepted(reference("SM1")), at(1), at(2)),
        1 => delivery.conclude(Outcome::Refused(refused), at(1), at(2)),
        2 => delivery.conclude(Outcome::Unknown, at(1), at(2)),
        3 => delivery.receipt(ReceiptStatus::Failed, Some(refused), at(3)),
        4 => delivery.receipt(ReceiptStatus::Delivered, None, at(3)),
        _ => match delivery.claim(at(4), uuid(1)) {
            domain::message::Claim::Send(delivery) => Some(domain::message::Step { delivery, credits: None }),
            _ => None,
        },
    }?;
    match world.account.save_delivery(message, step.delivery, step.credits).await {
        Ok(saved) => Some(saved),
        Err(MessageSaveError::Changed) => None,
        Err(error) => panic!("{error:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever repeats a step, or takes one over what they read long ago, moves nothing twice.
    #[test]
    fn i05_the_balance_is_the_sum_of_the_ledger_whatever_happens(
        story in prop::collection::vec(any_happening(), 1..40),
    ) {
        block_on(async {
            let world = World::new().await;
            let (mut seen, mut granted) = (Vec::new(), u64::from(CREDITS));
            for (turn, happens) in (10..).zip(story) {
                match happens {
                    Happens::Bought(amount) => {
                        world.account.top_up(bought(turn, 0, credits(amount)), &Traces::default()).await.unwrap();
                        granted += u64::from(amount);
                    }
                    Happens::Sent(price) => seen.extend(send(&world, turn, price).await),
                    Happens::Told { which, what } if !seen.is_empty() => {
                        let read = seen[which % seen.len()].clone();
                        seen.extend(tell(&world, &read, what).await);
                    }
                    Happens::Told { .. } => {}
                }
            }
            let balance = world.account.balance().await.unwrap();
            let lines = world.account.ledger(page(100, None)).await.unwrap().unwrap().items;
            let sum: i64 = lines.iter().map(LedgerEntry::effect).sum();
            assert_eq!(sum, i64::try_from(balance.available.get()).unwrap());
            assert_eq!(balance.granted(), granted);
            assert_eq!(world.of_kind("balance")[0]["granted"]["N"], granted.to_string());
        });
    }
}
