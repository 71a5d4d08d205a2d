//! Steps of a delivery: each over the version that was read, with its credits moved once.

use domain::{
    credits::{Balance, CreditMove, LedgerKind},
    message::{Claim, Delivery, Failure, Message, Outcome, ReceiptStatus, Refusal, Status},
    timeline::Actor,
};
use storage::{MessageSaveError, StoreError};

use crate::{
    steps::{PRICE, reference},
    support::{CREDITS, World, at, credits, customer, page, uuid},
};

impl World {
    /// A message that a worker has claimed.
    pub(crate) async fn claimed(&self, message: &Message) -> Message {
        let Claim::Send(claimed) = message.delivery().unwrap().claim(at(10), uuid(1)) else {
            panic!("not free")
        };
        self.account.save_delivery(message, claimed, None).await.unwrap()
    }

    /// The message after what the carrier said.
    pub(crate) async fn concluded(&self, message: &Message, outcome: Outcome) -> Message {
        let step = message.delivery().unwrap().conclude(outcome, message.accepted_at, at(20)).unwrap();
        self.account.save_delivery(message, step.delivery, step.credits).await.unwrap()
    }
}

fn taken() -> Outcome {
    Outcome::Accepted(reference("SM99"))
}

fn refused() -> Outcome {
    Outcome::Refused(Failure { reason: Refusal::InvalidNumber, code: Some("21211".into()) })
}

fn balance(available: u32, held: u32, spent: u32) -> Balance {
    Balance { available: credits(available), held: credits(held), spent: credits(spent) }
}

async fn is_in_the_ledger(world: &World) -> i64 {
    let lines = world.account.ledger(page(100, None)).await.unwrap().unwrap();
    assert_eq!(lines.next_cursor, None);
    lines.items.iter().map(domain::credits::LedgerEntry::effect).sum()
}

/// I05: the available credits are the sum of the ledger.
async fn balanced(world: &World) -> Balance {
    let balance = world.account.balance().await.unwrap();
    assert_eq!(is_in_the_ledger(world).await, i64::try_from(balance.available.get()).unwrap());
    assert_eq!(balance.granted(), u64::from(CREDITS));
    balance
}

#[tokio::test]
async fn a_message_that_the_carrier_takes_is_paid_once() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    assert_eq!(balanced(&world).await, balance(CREDITS - PRICE, PRICE, 0));
    let claimed = world.claimed(&queued).await;
    let sent = world.concluded(&claimed, taken()).await;
    assert_eq!(balanced(&world).await, balance(CREDITS - PRICE, 0, PRICE));
    let step = sent.delivery().unwrap().receipt(ReceiptStatus::Delivered, None, at(30)).unwrap();
    let delivered = world.account.save_delivery(&sent, step.delivery, step.credits).await.unwrap();
    assert_eq!(balanced(&world).await, balance(CREDITS - PRICE, 0, PRICE));
    let stored = world.account.message_at(queued.conversation, queued.sequence).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&delivered));
    let delivery = delivered.delivery().unwrap();
    assert_eq!((delivery.status, delivery.version, delivery.attempts), (Status::Delivered, 4, 1));
    assert_eq!(delivery.reference, Some(reference("SM99")));
}

#[tokio::test]
async fn a_message_that_the_carrier_refuses_is_paid_back_with_a_line_in_the_ledger() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    let claimed = world.claimed(&queued).await;
    let failed = world.concluded(&claimed, refused()).await;
    assert_eq!(balanced(&world).await, balance(CREDITS, 0, 0));
    let lines = world.account.ledger(page(100, None)).await.unwrap().unwrap().items;
    let kinds: Vec<_> = lines.iter().map(|line| &line.kind).collect();
    let (amount, message) = (credits(PRICE), queued.id);
    assert_eq!(kinds[0], &LedgerKind::Return { amount, message });
    assert_eq!(kinds[1], &LedgerKind::Message { amount, message });
    assert!(matches!(kinds[2], LedgerKind::TopUp { .. }));
    assert_eq!(lines[0].at, at(20));
    // A receipt that comes later all the same is written down; what it costs is ours.
    let step = failed.delivery().unwrap().receipt(ReceiptStatus::Delivered, None, at(40)).unwrap();
    world.account.save_delivery(&failed, step.delivery, step.credits).await.unwrap();
    assert_eq!(balanced(&world).await, balance(CREDITS, 0, 0));
}

#[tokio::test]
async fn a_step_over_an_older_version_is_refused_and_moves_nothing() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    let claimed = world.claimed(&queued).await;
    world.concluded(&claimed, taken()).await;
    let before = world.items();
    for (outcome, version) in [(taken(), &claimed), (refused(), &claimed), (refused(), &queued)] {
        let step = version.delivery().unwrap().conclude(outcome, at(1), at(50)).unwrap();
        let saved = world.account.save_delivery(version, step.delivery, step.credits).await;
        assert!(matches!(saved, Err(MessageSaveError::Changed)), "{saved:?}");
    }
    let Claim::Send(claim) = queued.delivery().unwrap().claim(at(60), uuid(2)) else { panic!("not free") };
    let saved = world.account.save_delivery(&queued, claim, None).await;
    assert!(matches!(saved, Err(MessageSaveError::Changed)), "two workers never hold the same message");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_message_that_was_never_stored_cannot_be_saved() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    let before = world.items();
    let elsewhere = Message { sequence: 99, ..queued.clone() };
    let saved = world.account.save_delivery(&elsewhere, queued.delivery().unwrap().clone(), None).await;
    assert!(matches!(saved, Err(MessageSaveError::Changed)));
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn credits_that_are_not_held_are_neither_settled_nor_returned() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    let before = world.items();
    for step in [CreditMove::Settle(credits(PRICE + 1)), CreditMove::Return(credits(PRICE + 1))] {
        let saved =
            world.account.save_delivery(&queued, queued.delivery().unwrap().clone(), Some(step)).await;
        let told =
            matches!(saved, Err(MessageSaveError::Store(StoreError::Unreadable { kind: "balance", .. })));
        assert!(told, "{saved:?}");
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn every_part_of_a_delivery_reads_back() {
    let world = World::new().await;
    let queued = world.send(&customer(1), 1, at(1)).await;
    let claimed = world.claimed(&queued).await;
    let full = Delivery {
        failure: Some(Failure { reason: Refusal::Blocked, code: Some("30007".into()) }),
        reference: Some(reference("SM1")),
        template: Some(crate::support::id(7)),
        ..claimed.delivery().unwrap().clone()
    };
    assert!(full.lease.is_some());
    let saved = world.account.save_delivery(&claimed, full, None).await.unwrap();
    let stored = world.account.message_at(queued.conversation, queued.sequence).await.unwrap().unwrap();
    assert_eq!((&stored.way, stored.accepted_at), (&saved.way, at(1)));
    let empty = Delivery {
        lease: None,
        failure: None,
        reference: None,
        template: None,
        author: Actor::System,
        ..stored.delivery().unwrap().clone()
    };
    let saved = world.account.save_delivery(&saved, empty, None).await.unwrap();
    let stored = world.account.message_at(queued.conversation, queued.sequence).await.unwrap().unwrap();
    assert_eq!(stored.way, saved.way);
}

#[tokio::test]
async fn messages_that_have_not_left_are_found_before_those_behind_them() {
    let world = World::new().await;
    let mut messages = Vec::new();
    for n in 1..=4 {
        messages.push(world.send(&customer(1), n, at(1)).await);
        world.receive(&customer(1), &format!("SM{n}"), at(2)).await;
    }
    let [first, second, third, fourth] = &messages[..] else { panic!("four messages") };
    let before = |message: &Message, back| {
        let (account, message) = (world.account.clone(), message.clone());
        async move {
            let waiting = account.waiting_before(message.conversation, message.sequence, back).await.unwrap();
            waiting.iter().map(|it| it.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(before(first, 50).await, []);
    assert_eq!(before(fourth, 50).await, [first.id, second.id, third.id], "oldest first");
    // What is sent or unconfirmed has left; a message that is being handed over has not.
    let sent = world.claimed(first).await;
    world.concluded(&sent, taken()).await;
    let unconfirmed = world.claimed(second).await;
    world.concluded(&unconfirmed, Outcome::Unknown).await;
    world.claimed(third).await;
    assert_eq!(before(fourth, 50).await, [third.id]);
    assert_eq!(before(fourth, 1).await, [], "the entry before it is the customer's");
    assert_eq!(before(third, 50).await, []);
}

#[tokio::test]
async fn the_search_for_messages_that_have_not_left_goes_back_beyond_many_entries() {
    let world = World::new().await;
    let first = world.send(&customer(1), 1, at(1)).await;
    for n in 0..33 {
        world.receive(&customer(1), &format!("SM{n}"), at(2)).await;
    }
    let last = world.send(&customer(1), 2, at(3)).await;
    for (back, found) in [(10, 0), (33, 0), (50, 1)] {
        let waiting = world.account.waiting_before(last.conversation, last.sequence, back).await.unwrap();
        assert_eq!(waiting.len(), found, "{back}");
    }
    assert_eq!(first.sequence, 1);
}
