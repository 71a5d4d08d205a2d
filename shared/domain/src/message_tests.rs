//! Tests of a message's life: each step from each state.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{credits::Balance, id::Id};

fn id<K: crate::id::Kind>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn queued() -> Delivery {
    Delivery {
        author: crate::timeline::Actor::User(id(1)),
        origin: Origin::Manual,
        template: None,
        gateway: id(2),
        to: "+12025550123".parse().unwrap(),
        encoding: Encoding::Gsm7,
        segments: 2,
        credits: Credits::from(2),
        charge: Charge::Held,
        status: Status::Queued,
        scheduled: None,
        rerouted_from: None,
        exempt_until: None,
        leave_before: None,
        deferred_until: None,
        attempts: 0,
        lease: None,
        reference: None,
        failure: None,
        updated_at: at(0),
        version: 0,
    }
}

fn claimed(delivery: &Delivery, now: Timestamp) -> Delivery {
    match delivery.claim(now, Uuid::nil()) {
        Claim::Send(delivery) => delivery,
        other => panic!("expected to send, got {other:?}"),
    }
}

fn reference() -> CarrierReference {
    CarrierReference::try_from("SM1".to_owned()).unwrap()
}

fn refused() -> Failure {
    Failure { reason: Refusal::InvalidNumber, code: Some("21211".into()) }
}

#[test]
fn i04_an_accepted_message_is_settled_once() {
    let sending = claimed(&queued(), at(1));
    assert_eq!((sending.status, sending.attempts), (Status::Sending, 1));
    let sent = sending.conclude(Outcome::Accepted(reference()), at(0), at(2)).unwrap();
    assert_eq!((sent.delivery.status, sent.delivery.charge), (Status::Sent, Charge::Settled));
    assert_eq!(sent.credits, Some(CreditMove::Settle(Credits::from(2))));
    let delivered = sent.delivery.receipt(ReceiptStatus::Delivered, None, at(3)).unwrap();
    assert_eq!((delivered.delivery.status, delivered.credits), (Status::Delivered, None));
    assert_eq!(delivered.delivery.claim(at(4), Uuid::nil()), Claim::Done, "a repeated job does nothing");
}

#[test]
fn i04_a_refused_message_gives_its_credits_back() {
    let failed = claimed(&queued(), at(1)).conclude(Outcome::Refused(refused()), at(0), at(2)).unwrap();
    assert_eq!(failed.delivery.status, Status::Failed);
    assert_eq!(failed.credits, Some(CreditMove::Return(Credits::from(2))));
    assert_eq!(failed.delivery.failure, Some(refused()));
}

#[test]
fn two_workers_never_hold_the_same_message() {
    let sending = claimed(&queued(), at(1));
    assert_eq!(sending.claim(at(2), Uuid::nil()), Claim::Busy);
}

#[test]
fn a_worker_lost_in_the_middle_makes_the_message_unconfirmed_and_never_sent_again_blindly() {
    let sending = claimed(&queued(), at(1));
    let after_the_lease = at(1).checked_add(LEASE_FOR).unwrap();
    let Claim::Lost(unconfirmed) = sending.claim(after_the_lease, Uuid::nil()) else {
        panic!("the lease is over")
    };
    assert_eq!(unconfirmed.status, Status::Unconfirmed);
    assert_eq!(unconfirmed.claim(after_the_lease, Uuid::nil()), Claim::Check);
}

#[test]
fn a_carrier_that_asks_to_try_later_is_asked_again_until_we_give_up() {
    let sending = claimed(&queued(), at(1));
    let later = sending.conclude(Outcome::TryLater, at(0), at(2)).unwrap();
    assert_eq!((later.delivery.status, later.credits), (Status::Sending, None));
    assert_eq!(claimed(&later.delivery, at(10)).attempts, 2);
    let too_late = at(0).checked_add(GIVE_UP_AFTER).unwrap();
    let given_up = sending.conclude(Outcome::TryLater, at(0), too_late).unwrap();
    assert_eq!(given_up.delivery.failure.unwrap().reason, Refusal::GaveUp);
    assert_eq!(given_up.credits, Some(CreditMove::Return(Credits::from(2))));
}

#[test]
fn an_unconfirmed_message_that_never_arrived_may_be_sent_again() {
    let unknown = claimed(&queued(), at(1)).conclude(Outcome::Unknown, at(0), at(2)).unwrap().delivery;
    let again = unknown.conclude(Outcome::TryLater, at(0), at(20)).unwrap();
    assert_eq!((again.delivery.status, again.credits), (Status::Sending, None));
    assert_eq!(claimed(&again.delivery, at(21)).attempts, 2);
}

#[test]
fn an_unconfirmed_message_waits_for_its_receipt_and_then_gives_its_credits_back() {
    let unknown = claimed(&queued(), at(1)).conclude(Outcome::Unknown, at(0), at(2)).unwrap().delivery;
    assert_eq!(unknown.expire(at(3)), None);
    let receipt = unknown.receipt(ReceiptStatus::Delivered, None, at(3)).unwrap();
    assert_eq!(
        receipt.credits,
        Some(CreditMove::Settle(Credits::from(2))),
        "the receipt proves that it was taken"
    );
    let expired = unknown.expire(at(2).checked_add(UNCONFIRMED_FOR).unwrap()).unwrap();
    assert_eq!(expired.delivery.failure.as_ref().unwrap().reason, Refusal::NeverConfirmed);
    assert_eq!(expired.credits, Some(CreditMove::Return(Credits::from(2))));
    let late = expired.delivery.receipt(ReceiptStatus::Delivered, None, at(99_999)).unwrap();
    assert_eq!(
        (late.delivery.status, late.credits),
        (Status::Delivered, None),
        "what was returned stays returned"
    );
}

#[test]
fn i06_a_receipt_of_lower_rank_says_nothing_new() {
    let delivered = queued().receipt(ReceiptStatus::Delivered, None, at(1)).unwrap().delivery;
    for status in
        [ReceiptStatus::Pending, ReceiptStatus::Sent, ReceiptStatus::Failed, ReceiptStatus::Undelivered]
    {
        assert_eq!(delivered.receipt(status, None, at(2)), None, "{status:?}");
    }
    let undelivered = queued().receipt(ReceiptStatus::Undelivered, Some(refused()), at(1)).unwrap().delivery;
    let corrected = undelivered.receipt(ReceiptStatus::Delivered, None, at(2)).unwrap().delivery;
    assert_eq!((corrected.status, corrected.failure), (Status::Delivered, None), "a late receipt corrects");
}

#[test]
fn only_a_message_that_no_carrier_has_seen_can_be_withdrawn() {
    assert!(queued().withdraw(Refusal::OptedOutHere, at(1)).is_some());
    let sending = claimed(&queued(), at(1));
    assert_eq!(sending.withdraw(Refusal::OptedOutHere, at(2)), None);
    let later = sending.conclude(Outcome::TryLater, at(0), at(2)).unwrap().delivery;
    assert!(later.withdraw(Refusal::OptedOutHere, at(3)).is_some());
}

#[test]
fn a_repeated_webhook_has_the_id_of_the_first() {
    assert_eq!(Message::inbound_id(id(1), &reference()), Message::inbound_id(id(1), &reference()));
    assert_ne!(Message::inbound_id(id(1), &reference()), Message::inbound_id(id(2), &reference()));
}

#[derive(Clone, Debug)]
enum Happening {
    Work(u8),
    Receipt(ReceiptStatus),
    Time(i64),
}

fn any_happening() -> impl Strategy<Value = Happening> {
    use ReceiptStatus::{Delivered, Failed, Pending, Sent, Undelivered};
    prop_oneof![
        (0..5_u8).prop_map(Happening::Work),
        prop::sample::select(vec![Pending, Sent, Delivered, Undelivered, Failed])
            .prop_map(Happening::Receipt),
        (0..20_000_i64).prop_map(Happening::Time),
    ]
}

proptest! {
    /// I04, I05, I06 for a single message under any order of workers, receipts and time.
    #[test]
    fn a_status_never_falls_and_the_price_moves_once(happenings in prop::collection::vec(any_happening(), 0..40)) {
        let mut delivery = queued();
        let mut balance = Balance::default().after(CreditMove::Grant(Credits::from(2))).unwrap();
        balance = balance.after(CreditMove::Hold(Credits::from(2))).unwrap();
        let mut now = 1;
        for happening in happenings {
            now += 1;
            let step = match happening {
                Happening::Time(seconds) => { now += seconds; delivery.expire(at(now)) }
                Happening::Receipt(status) => delivery.receipt(status, None, at(now)),
                Happening::Work(outcome) => match delivery.claim(at(now), Uuid::nil()) {
                    Claim::Lost(delivery) => Some(Step { delivery, credits: None }),
                    Claim::Send(sending) => match outcome {
                        0 => Some(Step { delivery: sending, credits: None }),
                        1 => sending.conclude(Outcome::Accepted(reference()), at(0), at(now)),
                        2 => sending.conclude(Outcome::Refused(refused()), at(0), at(now)),
                        3 => sending.conclude(Outcome::TryLater, at(0), at(now)),
                        _ => sending.conclude(Outcome::Unknown, at(0), at(now)),
                    },
                    Claim::Check | Claim::Busy | Claim::Done => None,
                },
            };
            if let Some(step) = step {
                prop_assert!(step.delivery.status.rank() >= delivery.status.rank());
                if let Some(credits) = step.credits { balance = balance.after(credits).unwrap(); }
                delivery = step.delivery;
            }
            let (held, spent, back) = (balance.held.get(), balance.spent.get(), balance.available.get());
            prop_assert_eq!((held, spent, back), match delivery.charge {
                Charge::Held => (2, 0, 0),
                Charge::Settled => (0, 2, 0),
                Charge::Returned => (0, 0, 2),
                Charge::Never => unreachable!("it was held"),
            });
            prop_assert_eq!(delivery.charge == Charge::Held, !delivery.status.is_settled());
        }
    }
}
