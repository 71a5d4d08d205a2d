//! Orders of credits, and what is counted of each month.

use domain::{
    message::{Message, Outcome},
    orders::{CreditOrder, OrderState},
    usage::{Month, Used},
};
use storage::{CancelOrder, TopUp, TopUpError, Traces};

use crate::{
    steps::reference,
    support::{World, at, bought, credits, customer, id, page},
};

pub(crate) fn order(n: u64) -> CreditOrder {
    CreditOrder {
        id: id(n),
        amount: credits(40),
        reference: Some("purchase order 4".parse().unwrap()),
        by: id(1),
        at: at(1),
        state: OrderState::Open,
        ended_at: None,
        entry: None,
    }
}

fn paid(n: u64, amount: u32) -> TopUp {
    TopUp { order: Some(id(n)), ..bought(100 + n, 5, credits(amount)) }
}

#[tokio::test]
async fn a_top_up_fulfils_its_order_once() {
    let world = World::new().await;
    world.account.add_order(&order(7), &Traces::default()).await.unwrap();
    world.account.top_up(paid(7, 40), &Traces::default()).await.unwrap();
    let found = world.account.orders(page(9, None)).await.unwrap().unwrap().items;
    let fulfilled =
        CreditOrder { state: OrderState::Fulfilled, ended_at: Some(at(5)), entry: Some(id(107)), ..order(7) };
    assert_eq!(found, std::slice::from_ref(&fulfilled));
    let before = world.items();
    let another = TopUp { order: Some(id(7)), ..bought(200, 6, credits(40)) };
    let refused = world.account.top_up(another, &Traces::default()).await.unwrap_err();
    assert!(matches!(&refused, TopUpError::OtherOrder(order) if **order == fulfilled), "{refused:?}");
    let again = world.account.top_up(paid(7, 40), &Traces::default()).await.unwrap_err();
    assert!(matches!(again, TopUpError::Made(_)), "{again:?}");
    let ended = world.account.cancel_order(id(7), at(9), &Traces::default()).await.unwrap();
    assert_eq!(ended, CancelOrder::Ended(fulfilled));
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_top_up_for_another_amount_a_cancelled_order_or_none_adds_nothing() {
    let world = World::new().await;
    world.account.add_order(&order(7), &Traces::default()).await.unwrap();
    world.account.add_order(&order(8), &Traces::default()).await.unwrap();
    let cancelled = world.account.cancel_order(id(8), at(9), &Traces::default()).await.unwrap();
    let expected = CreditOrder { state: OrderState::Cancelled, ended_at: Some(at(9)), ..order(8) };
    assert_eq!(cancelled, CancelOrder::Cancelled(expected));
    let before = world.items();
    for (top_up, expected) in [
        (paid(7, 41), Some(OrderState::Open)),
        (paid(8, 40), Some(OrderState::Cancelled)),
        (paid(9, 40), None),
    ] {
        let refused = world.account.top_up(top_up, &Traces::default()).await.unwrap_err();
        let state = match &refused {
            TopUpError::OtherOrder(order) => Some(order.state),
            TopUpError::NoSuchOrder => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(state, expected);
    }
    let nothing = world.account.cancel_order(id(9), at(9), &Traces::default()).await.unwrap();
    assert_eq!(nothing, CancelOrder::NotFound);
    assert_eq!(world.items(), before);
}

async fn sent(world: &World, turn: u64, when: jiff::Timestamp) -> Message {
    let queued = world.send(&customer(1), turn, at(1)).await;
    let claimed = world.claimed(&queued).await;
    let step =
        claimed.delivery().unwrap().conclude(Outcome::Accepted(reference("SM1")), at(1), when).unwrap();
    world.account.save_delivery(&claimed, step.delivery.clone(), step.credits).await.unwrap();
    // Whoever concludes over what they read before counts nothing twice.
    world.account.save_delivery(&claimed, step.delivery, step.credits).await.unwrap_err();
    claimed
}

#[tokio::test]
async fn a_message_counts_once_in_the_month_in_which_it_is_settled() {
    let world = World::new().await;
    let month = |text: &str| text.parse::<Month>().unwrap();
    for (turn, when) in [
        (1, "2026-01-31T23:59:59.999Z"),
        (2, "2026-02-01T00:00:00Z"),
        (3, "2026-02-28T12:00:00Z"),
        (4, "2026-12-01T00:00:00Z"),
    ] {
        sent(&world, turn, when.parse().unwrap()).await;
    }
    let used = world.account.used(month("2026-01").to(month("2026-12"))).await.unwrap();
    let price = world.account.balance().await.unwrap().spent.get() / 4;
    let times = |n: u64| Used { messages: n, credits: domain::credits::Credits::new(n * price).unwrap() };
    let expected = [(month("2026-01"), times(1)), (month("2026-02"), times(2)), (month("2026-12"), times(1))];
    assert_eq!(used.into_iter().collect::<Vec<_>>(), expected);
    sent(&world, 5, "2028-02-01T00:00:00Z".parse().unwrap()).await;
    sent(&world, 6, "2028-03-01T00:00:00Z".parse().unwrap()).await;
    let used = world.account.used(month("2026-01").to(month("2028-03"))).await.unwrap();
    let kept: Vec<String> = used.keys().map(Month::to_string).collect();
    assert_eq!(kept, ["2026-12", "2028-02", "2028-03"], "who is older than 24 months is forgotten");
}
