//! The audit log: what it shows, page by page, and that it only grows.

use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, Subject},
    id::{Id, Kind},
};
use serde_json::{Value, json};
use storage::{AccountStore, AuditFilter, SaveUser, Traces};

use crate::support::{World, at, id, page, update};

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

/// An entry about a user (or whatever has the id), at `millis`; its number makes its id.
fn entry<K: Kind>(n: u64, millis: i64, actor: AuditActor, action: AuditAction, object: Id<K>) -> AuditEntry {
    AuditEntry {
        id: id(n),
        at: at(millis),
        actor,
        address: Some("203.0.113.7".parse().unwrap()),
        action,
        object: object.to_string(),
        before: Value::Null,
        after: json!({"n": n}),
    }
}

fn ann() -> AuditActor {
    AuditActor::User { user: id(1) }
}

fn key() -> AuditActor {
    AuditActor::ApiKey { key: id(9), user: id(1) }
}

/// Six entries: two actors, two objects, two actions, two in the same millisecond.
async fn some(account: &AccountStore) -> Vec<AuditEntry> {
    use AuditAction::{UserChanged, UserOverridden};
    let entries = vec![
        entry::<domain::id::kind::User>(1, 10, ann(), UserChanged, id(71)),
        entry::<domain::id::kind::User>(2, 20, key(), UserChanged, id(72)),
        entry::<domain::id::kind::User>(3, 20, ann(), UserOverridden, id(71)),
        entry::<domain::id::kind::User>(4, 30, AuditActor::Operator, UserChanged, id(71)),
        entry::<domain::id::kind::User>(5, 40, ann(), UserChanged, id(72)),
        entry::<domain::id::kind::User>(6, 50, key(), UserOverridden, id(71)),
    ];
    for entry in &entries {
        account.put_audit(entry).await.unwrap();
    }
    entries
}

/// The numbers of all entries that the log shows, gathered by pages of this size.
async fn shown(account: &AccountStore, filter: &AuditFilter, size: u32) -> Vec<u64> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let next = account.audit_log(filter, page(size, cursor.as_deref())).await.unwrap().unwrap();
        assert!(next.items.len() <= usize::try_from(size).unwrap());
        found.extend(next.items.iter().map(|it| it.after["n"].as_u64().unwrap()));
        cursor = next.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn b05_the_log_is_filtered_by_actor_action_object_and_time_newest_first() {
    let world = World::new().await;
    some(&world.account).await;
    let none = AuditFilter::default();
    let user: Id<domain::id::kind::User> = id(71);
    let (actor, operator) = (Some(subject(&ann().filter_name())), Some(subject("operator")));
    let of = Some(subject(&user.to_string()));
    let action = Some(AuditAction::UserChanged);
    let cases = [
        (none.clone(), vec![6, 5, 4, 3, 2, 1]),
        (AuditFilter { actor: actor.clone(), ..none.clone() }, vec![5, 3, 1]),
        (AuditFilter { actor: Some(subject(&key().filter_name())), ..none.clone() }, vec![6, 2]),
        (AuditFilter { actor: operator, ..none.clone() }, vec![4]),
        (AuditFilter { object: of.clone(), ..none.clone() }, vec![6, 4, 3, 1]),
        (AuditFilter { action, ..none.clone() }, vec![5, 4, 2, 1]),
        (AuditFilter { actor: actor.clone(), object: of.clone(), ..none.clone() }, vec![3, 1]),
        (AuditFilter { actor, object: of.clone(), action, ..none.clone() }, vec![1]),
        (AuditFilter { from: Some(at(20)), ..none.clone() }, vec![6, 5, 4, 3, 2]),
        (AuditFilter { until: Some(at(20)), ..none.clone() }, vec![1]),
        (AuditFilter { from: Some(at(20)), until: Some(at(21)), ..none.clone() }, vec![3, 2]),
        (AuditFilter { object: of, from: Some(at(20)), until: Some(at(50)), ..none.clone() }, vec![4, 3]),
        (AuditFilter { from: Some(at(30)), until: Some(at(30)), ..none.clone() }, vec![]),
        (AuditFilter { from: Some(at(40)), until: Some(at(30)), ..none.clone() }, vec![]),
        (AuditFilter { object: Some(subject("nobody")), ..none }, vec![]),
    ];
    for (filter, expected) in cases {
        for size in [1, 2, 3, 6, 100] {
            assert_eq!(shown(&world.account, &filter, size).await, expected, "{filter:?} by {size}");
        }
    }
}

#[tokio::test]
async fn a_page_that_finds_nothing_yet_goes_on() {
    let world = World::new().await;
    let oldest = entry::<domain::id::kind::User>(1, 1, ann(), AuditAction::UserRemoved, id(71));
    world.account.put_audit(&oldest).await.unwrap();
    for n in 2..=1_050 {
        let millis = i64::try_from(n).unwrap();
        let other = entry::<domain::id::kind::User>(n, millis, ann(), AuditAction::UserChanged, id(71));
        world.account.put_audit(&other).await.unwrap();
    }
    let filter = AuditFilter { action: Some(AuditAction::UserRemoved), ..AuditFilter::default() };
    let first = world.account.audit_log(&filter, page(10, None)).await.unwrap().unwrap();
    assert!(first.items.is_empty());
    let cursor = first.next_cursor.expect("there is more to look at");
    let second = world.account.audit_log(&filter, page(10, Some(&cursor))).await.unwrap().unwrap();
    assert_eq!((second.items, second.next_cursor), (vec![oldest], None));
}

#[tokio::test]
async fn i09_a_cursor_is_of_one_account_and_one_filter_and_nothing_of_another_account_is_shown() {
    let world = World::new().await;
    some(&world.account).await;
    let other = world.store.account(id(2));
    let none = AuditFilter::default();
    assert!(shown(&other, &none, 10).await.is_empty());
    for filter in [
        AuditFilter { actor: Some(subject(&ann().filter_name())), ..none.clone() },
        AuditFilter {
            object: Some(subject(&Id::<domain::id::kind::User>::to_string(&id(71)))),
            ..none.clone()
        },
    ] {
        assert!(shown(&other, &filter, 10).await.is_empty());
        let cursor =
            world.account.audit_log(&filter, page(1, None)).await.unwrap().unwrap().next_cursor.unwrap();
        assert!(world.account.audit_log(&none, page(1, Some(&cursor))).await.unwrap().is_err());
        assert!(other.audit_log(&filter, page(1, Some(&cursor))).await.unwrap().is_err());
    }
}

#[tokio::test]
async fn i11_an_entry_is_added_once_and_never_changed() {
    let world = World::new().await;
    let entries = some(&world.account).await;
    let before = world.items();
    let forged = AuditEntry { actor: AuditActor::Nobody, after: json!({"n": 99}), ..entries[0].clone() };
    world.account.put_audit(&forged).await.unwrap();
    world.account.put_audit(&entries[1]).await.unwrap();
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn i11_a_change_and_its_entry_are_written_together_or_not_at_all() {
    let world = World::new().await;
    let record = world.account.user(world.colleague.id).await.unwrap().unwrap();
    let mut after = record.clone();
    after.user.name = "Benjamin".parse().unwrap();
    let change = |n| {
        let mut change = update(&record, &after);
        let by = entry(n, 1, ann(), AuditAction::UserChanged, world.colleague.id);
        change.traces = Traces::from(by);
        world.account.change_user(change)
    };
    assert!(matches!(change(1).await.unwrap(), SaveUser::Saved));
    assert_eq!(shown(&world.account, &AuditFilter::default(), 10).await, [1]);
    // Over a version that is not the present one any more, neither is written.
    assert!(matches!(change(2).await.unwrap(), SaveUser::Changed));
    assert_eq!(shown(&world.account, &AuditFilter::default(), 10).await, [1]);
}
