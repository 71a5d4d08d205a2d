//! Sub accounts, and credits that go between them and their master.

use domain::{
    access::Role,
    account::Account,
    credits::{Balance, Credits, LedgerEntry, LedgerKind, Transfer},
    id::LedgerEntryId,
    policy::Policy,
};
use proptest::prelude::*;
use storage::{
    AccountStore, AccountUpdate, CreditTransfer, NewSubAccount, PolicyRecord, Traces, TransferError,
};

use crate::support::{CREDITS, World, account, at, block_on, bought, credits, id, page, user, with_password};

/// A sub account of the world's account.
pub(crate) fn sub_account(world: &World, n: u64) -> NewSubAccount {
    let account = Account { parent: Some(world.account.id()), ..account(n) };
    let owner = with_password(&user(&account, n, Role::ALL));
    NewSubAccount { account, policy: Policy::default(), owner, traces: Vec::new() }
}

/// The same, opened.
pub(crate) async fn opened(world: &World, n: u64) -> AccountStore {
    let new = sub_account(world, n);
    let store = world.store.account(new.account.id);
    world.account.open_sub_account(new).await.unwrap();
    store
}

/// Credits from one to the other, under the ids of the `n`th request.
pub(crate) fn allocation(n: u64, amount: Credits, from: &AccountStore, to: &AccountStore) -> CreditTransfer {
    let line = |id: LedgerEntryId, transfer, account| LedgerEntry {
        id,
        at: at(i64::try_from(n).unwrap()),
        kind: LedgerKind::Transfer { amount, transfer, account },
    };
    CreditTransfer {
        amount,
        out: line(id(1_000 + n), Transfer::AllocationOut, to.id()),
        into: line(id(1_000 + n), Transfer::AllocationIn, from.id()),
        traces: Vec::new(),
    }
}

async fn balances(stores: [&AccountStore; 2]) -> [Balance; 2] {
    [stores[0].balance().await.unwrap(), stores[1].balance().await.unwrap()]
}

#[tokio::test]
async fn a02_a_sub_account_is_listed_by_its_parent_and_by_nobody_else() {
    let world = World::new().await;
    for n in 20..25 {
        opened(&world, n).await;
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let some = world.account.sub_accounts(page(2, cursor.as_deref())).await.unwrap().unwrap();
        found.extend(some.items.iter().map(|(account, _)| account.id));
        cursor = some.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, (20..25).map(id).collect::<Vec<_>>());
    let of_sub = world.store.account(id(20)).sub_accounts(page(9, None)).await.unwrap().unwrap();
    assert!(of_sub.items.is_empty());
    assert_eq!(world.account.settings_now().await.unwrap().unwrap().parent, None);
}

#[tokio::test]
async fn a_taken_address_opens_nothing() {
    let world = World::new().await;
    let before = world.items();
    let mut new = sub_account(&world, 20);
    new.owner.user.email = world.manager.email.clone();
    world.account.open_sub_account(new).await.unwrap_err();
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a05_credits_go_whole_and_a_repeated_request_moves_none() {
    let world = World::new().await;
    let sub = opened(&world, 20).await;
    let first = allocation(1, credits(300), &world.account, &sub);
    world.account.give(&sub, first.clone()).await.unwrap();
    let [master, subs] = balances([&world.account, &sub]).await;
    assert_eq!((master.available, subs.available), (credits(CREDITS - 300), credits(300)));
    let before = world.items();
    let other = allocation(1, credits(5), &world.account, &sub);
    for again in [first.clone(), other] {
        let refused = world.account.give(&sub, again).await.unwrap_err();
        let TransferError::Made { out: Some(out), into: Some(into) } = refused else { panic!("{refused:?}") };
        assert_eq!((*out, *into), (first.out.clone(), first.into.clone()));
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a05_never_more_goes_than_there_is_nor_comes_than_can_be() {
    let world = World::new().await;
    let sub = opened(&world, 20).await;
    let before = world.items();
    let too_much = allocation(1, credits(CREDITS + 1), &world.account, &sub);
    let refused = world.account.give(&sub, too_much).await.unwrap_err();
    assert!(
        matches!(refused, TransferError::NotEnough { available } if available == credits(CREDITS)),
        "{refused:?}"
    );
    let nothing_there = allocation(1, credits(1), &sub, &world.account);
    let refused = sub.give(&world.account, nothing_there).await.unwrap_err();
    assert!(matches!(refused, TransferError::NotEnough { available: Credits::ZERO }), "{refused:?}");
    assert_eq!(world.items(), before);
    sub.top_up(bought(9, 0, Credits::new(Credits::MAX).unwrap()), &Traces::default()).await.unwrap();
    let before = world.items();
    let refused =
        world.account.give(&sub, allocation(1, credits(1), &world.account, &sub)).await.unwrap_err();
    assert!(matches!(refused, TransferError::TooMany), "{refused:?}");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn i05_of_many_allocations_at_once_as_many_succeed_as_there_are_credits_for() {
    let world = World::new().await;
    let sub = opened(&world, 20).await;
    let give = |n| {
        let (from, to) = (world.account.clone(), sub.clone());
        async move { from.give(&to, allocation(n, credits(150), &from, &to)).await }
    };
    let answers = (0..12).map(give).collect::<tokio::task::JoinSet<_>>().join_all().await;
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    let short = answers.iter().filter(|it| matches!(it, Err(TransferError::NotEnough { .. }))).count();
    assert_eq!((made, short), (6, 6), "{answers:?}");
    let [master, subs] = balances([&world.account, &sub]).await;
    assert_eq!((master.granted(), subs.granted()), (u64::from(CREDITS) - 900, 900));
}

#[tokio::test]
async fn settings_and_policy_change_together_over_what_was_read_and_leave_managers_alone() {
    let world = World::new().await;
    let sub = opened(&world, 20).await;
    let before = sub.account_record().await.unwrap().unwrap();
    let after =
        Account { name: "Harbour".parse().unwrap(), default_gateway: Some(id(1)), ..before.account.clone() };
    let PolicyRecord { mut policy, version } = sub.policy().await.unwrap();
    policy.suspended_since = Some(at(1));
    let update = || AccountUpdate {
        read_state: storage::ReadStateChange::Keep,
        before: &before,
        after: after.clone(),
        policy: Some(PolicyRecord { policy: policy.clone(), version }),
        traces: Vec::new(),
    };
    let more = user(&before.account, 30, [Role::AccountManager]);
    sub.add_user(&with_password(&more), &Traces::default()).await.unwrap();
    assert!(sub.change_settings(update()).await.unwrap());
    assert!(!sub.change_settings(update()).await.unwrap(), "the version has changed");
    let now = sub.account_record().await.unwrap().unwrap();
    assert_eq!((now.account.clone(), now.version), (after, before.version + 1));
    assert_eq!(sub.policy().await.unwrap().policy.suspended_since, Some(at(1)));
    let stored = world
        .items()
        .into_iter()
        .find(|item| item["pk"]["S"] == sub.id().to_string() && item["_t"]["S"] == "account");
    assert_eq!(stored.unwrap()["account_managers"]["N"], "2");
    let without = Account { default_gateway: None, ..now.account.clone() };
    let update = AccountUpdate {
        before: &now,
        after: without.clone(),
        policy: None,
        read_state: storage::ReadStateChange::Keep,
        traces: Vec::new(),
    };
    assert!(sub.change_settings(update).await.unwrap());
    assert_eq!(sub.settings_now().await.unwrap(), Some(without));
    assert_eq!(
        world.account.sub_accounts(page(9, None)).await.unwrap().unwrap().items.len(),
        1,
        "it stays listed"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// X15, I05: the balances of both are the sums of their ledgers, and together what was bought, whatever goes to and fro.
    #[test]
    fn i05_x15_what_goes_to_and_fro_is_conserved(
        story in prop::collection::vec((any::<bool>(), 0..700_u32, 0..12_u64), 1..30),
    ) {
        block_on(async {
            let world = World::new().await;
            let sub = opened(&world, 20).await;
            for (forth, amount, n) in story {
                let (from, to) = if forth { (&world.account, &sub) } else { (&sub, &world.account) };
                let _ = from.give(to, allocation(n, credits(amount), from, to)).await;
            }
            let mut sum = 0;
            for store in [&world.account, &sub] {
                let balance = store.balance().await.unwrap();
                let lines = store.ledger(page(100, None)).await.unwrap().unwrap().items;
                let effect: i64 = lines.iter().map(LedgerEntry::effect).sum();
                assert_eq!(effect, i64::try_from(balance.available.get()).unwrap());
                sum += balance.granted();
            }
            assert_eq!(sum, u64::from(CREDITS));
        });
    }
}
