//! Lists against a plain model: whatever happens, a list shows what the domain's own predicates pick, in order, however it
//! is paged, and counts agree with it (I10, I13).

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use domain::{
    access::Audience,
    conversation::{Conversation, Snooze, View},
    timeline::ConversationEvent,
};
use proptest::prelude::*;
use storage::{AccountStore, ListQuery};

use crate::{
    steps::{inbound, outbound},
    support::{World, at, block_on, customer, id, page},
};

const CONVERSATIONS: u32 = 9;

/// What happens to a conversation. `user` is 0 or 1.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Received,
    Sent,
    Assigned { user: usize },
    Unassigned { user: usize },
    Snoozed,
    Woken,
    Completed,
    Archived,
    Reopened,
    Read,
    Unread,
    Tagged { tag: u64 },
    Untagged { tag: u64 },
}

fn any_happening() -> impl Strategy<Value = Happens> {
    let user = 0_usize..2;
    prop_oneof![
        4 => Just(Happens::Received),
        1 => Just(Happens::Sent),
        2 => user.clone().prop_map(|user| Happens::Assigned { user }),
        1 => user.prop_map(|user| Happens::Unassigned { user }),
        1 => Just(Happens::Snoozed),
        1 => Just(Happens::Woken),
        1 => Just(Happens::Completed),
        1 => Just(Happens::Archived),
        1 => Just(Happens::Reopened),
        1 => Just(Happens::Read),
        1 => Just(Happens::Unread),
        2 => (1_u64..3).prop_map(|tag| Happens::Tagged { tag }),
        1 => (1_u64..3).prop_map(|tag| Happens::Untagged { tag }),
    ]
}

/// What the domain makes of it; what is not possible changes nothing.
fn step(
    it: &mut Conversation,
    happens: Happens,
    users: [domain::id::UserId; 2],
    now: jiff::Timestamp,
) -> Vec<ConversationEvent> {
    match happens {
        Happens::Received | Happens::Sent => Vec::new(),
        Happens::Assigned { user } => it.assign(users[user]).unwrap_or_default(),
        Happens::Unassigned { user } => it.unassign(users[user]),
        Happens::Snoozed => it.snooze(Snooze { until: now, wakes_on_reply: true }).unwrap_or_default(),
        Happens::Woken => it.wake(now),
        Happens::Completed => it.complete().unwrap_or_default(),
        Happens::Archived => it.archive(),
        Happens::Reopened => it.reopen(now).or_else(|_| it.unarchive(now)).unwrap_or_default(),
        Happens::Read => {
            it.read();
            Vec::new()
        }
        Happens::Unread => {
            let _ = it.unread();
            Vec::new()
        }
        Happens::Tagged { tag } => it.tag(id(tag)).unwrap_or_default(),
        Happens::Untagged { tag } => it.untag(id(tag)),
    }
}

async fn apply(world: &World, n: u32, happens: Happens, turn: u64) {
    // Several turns share a millisecond, so that lists have entries of equal age.
    let now = at(i64::try_from(turn / 4).unwrap());
    let number = customer(n);
    let before = world.find(&number).await;
    match (happens, &before) {
        (Happens::Sent, _) => {
            let change = outbound(world, before.as_ref(), &number, id(turn), "Yes", now);
            world.account.change(change).await.unwrap();
        }
        (Happens::Received, _) | (_, None) => {
            let change = inbound(world, before.as_ref(), &number, &format!("SM{turn}"), "Hi", now);
            world.account.change(change).await.unwrap();
        }
        (_, Some(before)) => {
            world.act(before, now, |it| step(it, happens, world.users(), now)).await;
        }
    }
}

/// Every page of a list. A page is never larger than asked for, and only the last has no successor.
async fn walk(account: &AccountStore, list: ListQuery, size: u32) -> Vec<Conversation> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let found = account.conversations(list, page(size, cursor.as_deref())).await.unwrap().unwrap();
        assert!(found.items.len() <= size as usize);
        assert!(!found.items.is_empty() || (all.is_empty() && found.next_cursor.is_none()), "an empty page");
        all.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            return all;
        }
    }
}

async fn every_list_agrees(world: &World, sizes: &[u32]) {
    let mut model = Vec::new();
    for n in 0..CONVERSATIONS {
        model.extend(world.find(&customer(n)).await);
    }
    model.sort_by_key(|it| Reverse((it.last_activity_at, it.id)));
    let [manager, colleague] = world.users();
    let audiences =
        [Audience::Everyone, Audience::Unassigned, Audience::User(manager), Audience::User(colleague)];
    for audience in audiences {
        for view in View::ALL {
            let picked = |it: &&Conversation| it.is_in(view) && it.audiences().contains(&audience);
            let expected: Vec<Conversation> = model.iter().filter(picked).cloned().collect();
            for size in sizes {
                let mut listed = walk(&world.account, ListQuery::of(audience, view), *size).await;
                assert!(listed.is_sorted_by_key(|it| Reverse(it.last_activity_at)), "{audience} {view:?}");
                if view == View::Unread {
                    // Of several conversations with the same time the index knows no order.
                    listed.sort_by_key(|it| Reverse((it.last_activity_at, it.id)));
                }
                assert_eq!(listed, expected, "{audience} {view:?} by {size}");
            }
        }
        counts_agree(world, audience, &model).await;
        filters_agree(world, audience, &model, sizes).await;
    }
}

/// D05, I10: a mailbox, a tag, and both on top of every audience and view.
async fn filters_agree(world: &World, audience: Audience, model: &[Conversation], sizes: &[u32]) {
    let (ours, other) = (Some(world.gateway.id), Some(id(99)));
    let filters =
        [(None, Some(id(1))), (ours, None), (other, None), (ours, Some(id(2))), (other, Some(id(1)))];
    for ((gateway, tag), view) in filters.into_iter().flat_map(|it| View::ALL.map(|view| (it, view))) {
        let list = ListQuery { gateway, tag, ..ListQuery::of(audience, view) };
        let expected: Vec<Conversation> = model.iter().filter(|it| list.picks(it)).cloned().collect();
        for size in sizes {
            assert_eq!(walk(&world.account, list, *size).await, expected, "{list:?} by {size}");
        }
        let counted = world.account.count(list, 100).await.unwrap();
        assert_eq!(counted, (u32::try_from(expected.len()).unwrap(), false), "{list:?}");
        let unread: u32 = expected.iter().filter(|it| it.is_in(View::Unread)).map(|it| it.unread).sum();
        let badge = world.account.unread(list, 100).await.unwrap();
        assert!(badge.messages >= unread && (view != View::Inbox || badge.messages == unread), "{list:?}");
    }
}

async fn counts_agree(world: &World, audience: Audience, model: &[Conversation]) {
    let mine = || model.iter().filter(|it| it.audiences().contains(&audience));
    let unread: Vec<u32> = mine().filter(|it| it.is_in(View::Unread)).map(|it| it.unread).collect();
    for limit in [1, 3, 100] {
        let badge = world.account.unread(ListQuery::of(audience, View::Unread), limit).await.unwrap();
        assert_eq!(badge.conversations as usize, unread.len().min(limit as usize));
        assert_eq!(badge.capped, unread.len() > limit as usize);
        if !badge.capped {
            assert_eq!(badge.messages, unread.iter().sum::<u32>());
        }
        for view in View::ALL {
            let all = mine().filter(|it| it.is_in(view)).count();
            let counted = world.account.count(ListQuery::of(audience, view), limit).await.unwrap();
            assert_eq!(counted, (u32::try_from(all.min(limit as usize)).unwrap(), all > limit as usize));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_list_shows_what_the_domain_picks_however_it_is_paged(
        story in prop::collection::vec((0..CONVERSATIONS, any_happening()), 1..50),
        size in 1_u32..8,
    ) {
        block_on(async {
            let world = World::new().await;
            for (turn, (n, happens)) in (1..).zip(story) {
                apply(&world, n, happens, turn).await;
            }
            every_list_agrees(&world, &[size, 100]).await;
        });
    }
}

/// `count` conversations that became unread in the same millisecond.
async fn unread_at_once(count: u32) -> World {
    let world = World::new().await;
    for n in 0..count {
        world.receive(&customer(n), &format!("SM{n}"), at(1)).await;
    }
    world
}

#[tokio::test]
async fn unread_conversations_of_one_millisecond_are_all_shown_once() {
    let world = unread_at_once(7).await;
    let list = ListQuery::of(Audience::Unassigned, View::Unread);
    for size in 1..=8 {
        let listed = walk(&world.account, list, size).await;
        let ids: BTreeSet<_> = listed.iter().map(|it| it.id).collect();
        assert_eq!((listed.len(), ids.len()), (7, 7), "by {size}");
    }
}

#[tokio::test]
async fn a_list_goes_on_although_the_entry_it_stopped_at_has_gone() {
    for view in [View::Unread, View::Inbox, View::All] {
        let world = unread_at_once(6).await;
        let list = ListQuery::of(Audience::Everyone, view);
        let first = world.account.conversations(list, page(2, None)).await.unwrap().unwrap();
        for shown in &first.items {
            world.act(shown, at(2), Conversation::archive).await;
        }
        let mut seen: HashSet<_> = first.items.iter().map(|it| it.id).collect();
        let rest = world.account.conversations(list, page(10, first.next_cursor.as_deref())).await;
        let rest = rest.unwrap().unwrap();
        let news = rest.items.iter().filter(|it| seen.insert(it.id)).count();
        assert_eq!(news, 4, "{view:?}: whatever was not shown yet is shown");
    }
}

#[tokio::test]
async fn a_conversation_that_becomes_active_while_somebody_pages_hides_no_other() {
    let world = World::new().await;
    for n in 0..6 {
        world.receive(&customer(n), &format!("SM{n}"), at(n.into())).await;
    }
    for view in [View::Inbox, View::Unread, View::All] {
        let list = ListQuery::of(Audience::Everyone, view);
        let first = world.account.conversations(list, page(3, None)).await.unwrap().unwrap();
        let moved = first.items.last().unwrap().clone();
        world
            .receive(
                &moved.contact_number,
                &format!("SM-{view:?}"),
                moved.last_activity_at + jiff::SignedDuration::from_secs(60),
            )
            .await;
        let rest = world.account.conversations(list, page(3, first.next_cursor.as_deref())).await;
        let ids: HashSet<_> =
            first.items.iter().chain(&rest.unwrap().unwrap().items).map(|it| it.id).collect();
        assert_eq!(ids.len(), 6, "{view:?}");
    }
}
