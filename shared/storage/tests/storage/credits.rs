//! Top-ups and the ledger.

use domain::credits::{Balance, Credits, LedgerKind};
use storage::TopUpError;

use crate::support::{CREDITS, World, account, at, credits, customer, id, page, sign_up, user};

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
    let made = world.account.top_up(id(2), at(5), credits(40), invoice.clone()).await.unwrap();
    let before = world.items();
    let again = world.account.top_up(id(2), at(9), credits(99), None).await.unwrap_err();
    assert!(matches!(&again, TopUpError::Made(entry) if **entry == made), "{again:?}");
    assert_eq!(world.items(), before);
    assert_eq!(made.kind, LedgerKind::TopUp { amount: credits(40), reference: invoice });
    assert_eq!(world.account.balance().await.unwrap().available, credits(CREDITS + 40));
}

#[tokio::test]
async fn an_account_that_does_not_exist_cannot_be_topped_up() {
    let world = World::new().await;
    let before = world.items();
    let nobody = world.store.account(id(404));
    let refused = nobody.top_up(id(2), at(5), credits(40), None).await.unwrap_err();
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
    let refused = world.account.top_up(id(2), at(5), one_more, None).await.unwrap_err();
    assert!(matches!(refused, TopUpError::TooMany), "{refused:?}");
    assert_eq!(world.items(), before);
    world.account.top_up(id(2), at(5), room, None).await.unwrap();
    assert_eq!(world.account.balance().await.unwrap().granted(), Credits::MAX);
    let refused = world.account.top_up(id(3), at(5), credits(1), None).await.unwrap_err();
    assert!(matches!(refused, TopUpError::TooMany), "{refused:?}");
}

#[tokio::test]
async fn the_ledger_pages_newest_first_without_gaps_or_repeats() {
    let world = World::new().await;
    for n in 2..=8 {
        // Two and two in the same millisecond.
        world.account.top_up(id(n), at(i64::try_from(n / 2).unwrap()), credits(1), None).await.unwrap();
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
