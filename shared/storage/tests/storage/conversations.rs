//! A conversation as it is written and read back, and the copies of it in the lists.

use std::collections::BTreeSet;

use domain::{
    access::Audience,
    conversation::{Conversation, Folder, Snooze, View},
    timeline::ConversationEvent,
};
use storage::{Change, ConsentChange, InvalidCursor, ListQuery};

use crate::{
    steps::{inbound, start},
    support::{World, at, customer, id, page, sign_up, user},
};

const EVERYONES_INBOX: ListQuery =
    ListQuery { audience: Audience::Everyone, view: View::Inbox, gateway: None, tag: None };

/// The lists in which a conversation has an item, as the table holds them.
fn copies(world: &World) -> BTreeSet<String> {
    let items = world.items().into_iter().filter(|item| item.get("g1pk").is_some());
    let items =
        items.filter(|item| ["conversation", "list_entry"].contains(&item["_t"]["S"].as_str().unwrap()));
    let name = |item: serde_json::Value| {
        let list = item["g1pk"]["S"].as_str().unwrap().replace(&format!("{}#", world.account.id()), "");
        list.replace(&world.manager.id.to_string(), "manager")
            .replace(&world.colleague.id.to_string(), "colleague")
    };
    items.map(name).collect()
}

#[tokio::test]
async fn a_conversation_reads_back_as_it_was_written() {
    let world = World::new().await;
    let mut after = start(&world, &customer(1), at(0));
    after.contact_name = Some("Ünal Müller 🎉".parse().unwrap());
    after.receive(at(5), "Is the ring ready? 💍");
    after.assign(world.colleague.id).unwrap();
    after.snooze(Snooze { until: at(60_000), wakes_on_reply: true }).unwrap();
    after.take_sequence();
    let contact = crate::steps::contact(&customer(1), at(0));
    let change = Change {
        before: None,
        after: after.clone(),
        entries: vec![],
        by: None,
        records: Vec::new(),
        new_contact: Some(contact.clone()),
        consent: ConsentChange::Leave,
        other_numbers: Vec::new(),
    };
    let written = world.account.change(change).await.unwrap();
    after.version = 1;
    assert_eq!(written, after);
    assert_eq!(world.account.conversation(after.id).await.unwrap(), Some(after.clone()));
    assert_eq!(world.account.contact(contact.id).await.unwrap(), Some(contact));
    let mine = ListQuery::of(Audience::User(world.colleague.id), View::Snoozed);
    let listed = world.account.conversations(mine, page(10, None)).await.unwrap().unwrap();
    assert_eq!(listed.items, [after], "the copy in the list is the whole conversation");
}

#[tokio::test]
async fn a_conversation_that_does_not_exist_is_none() {
    let world = World::new().await;
    assert_eq!(world.account.conversation(id(404)).await.unwrap(), None);
    assert_eq!(world.account.contact(id(404)).await.unwrap(), None);
    let empty = world.account.conversations(EVERYONES_INBOX, page(50, None)).await.unwrap().unwrap();
    assert_eq!((empty.items.len(), empty.next_cursor), (0, None));
}

#[tokio::test]
async fn each_assignee_has_a_copy_and_who_leaves_takes_it_along() {
    let world = World::new().await;
    let [manager, colleague] = world.users();
    let new = world.receive(&customer(1), "SM1", at(1)).await;
    assert_eq!(copies(&world), ["everyone#inbox", "unassigned#inbox"].map(str::to_owned).into());
    let one = world.act(&new, at(2), |it| it.assign(manager).unwrap()).await;
    assert_eq!(copies(&world), ["everyone#inbox", "manager#inbox"].map(str::to_owned).into());
    let both = world.act(&one, at(3), |it| it.assign(colleague).unwrap()).await;
    let all = ["everyone#inbox", "manager#inbox", "colleague#inbox"].map(str::to_owned);
    assert_eq!(copies(&world), all.into());
    let archived = world.act(&both, at(4), Conversation::archive).await;
    let all = ["everyone#archived", "manager#archived", "colleague#archived"].map(str::to_owned);
    assert_eq!(copies(&world), all.into());
    let one = world.act(&archived, at(5), |it| it.unassign(manager)).await;
    assert_eq!(copies(&world), ["everyone#archived", "colleague#archived"].map(str::to_owned).into());
    world.act(&one, at(6), |it| it.unassign(colleague)).await;
    assert_eq!(copies(&world), ["everyone#archived", "unassigned#archived"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_snooze_is_due_until_it_ends_or_is_ended() {
    let world = World::new().await;
    let due = |now| {
        let store = world.store.clone();
        async move { store.due_wakes(at(now), 10).await.unwrap().len() }
    };
    let awake = world.receive(&customer(1), "SM1", at(1)).await;
    let sleep = |until| Snooze { until: at(until), wakes_on_reply: false };
    let asleep = world.act(&awake, at(2), |it| it.snooze(sleep(100)).unwrap()).await;
    assert_eq!((due(99).await, due(100).await), (0, 1));
    let longer = world.act(&asleep, at(3), |it| it.snooze(sleep(200)).unwrap()).await;
    assert_eq!((due(199).await, due(200).await), (0, 1), "one snooze, at its new time");
    let woken = world.act(&longer, at(200), |it| it.wake(at(200))).await;
    assert_eq!((woken.folder(), due(1_000).await), (Folder::Inbox, 0));
    let asleep = world.act(&woken, at(300), |it| it.snooze(sleep(400)).unwrap()).await;
    world.act(&asleep, at(301), |it| it.complete().unwrap()).await;
    assert_eq!(due(1_000).await, 0, "a completed conversation does not wake");
}

#[tokio::test]
async fn a_cursor_of_another_account_list_or_view_is_refused() {
    let world = World::new().await;
    for n in 1..=3 {
        world.receive(&customer(n), &format!("SM{n}"), at(n.into())).await;
    }
    let first = world.account.conversations(EVERYONES_INBOX, page(1, None)).await.unwrap().unwrap();
    let cursor = first.next_cursor.unwrap();
    let others = crate::support::account(9);
    world.store.sign_up(sign_up(&others, &user(&others, 9, []))).await.unwrap();
    let elsewhere = world.store.account(others.id);
    let refused = Err(InvalidCursor);
    let there = elsewhere.conversations(EVERYONES_INBOX, page(1, Some(&cursor))).await.unwrap();
    assert_eq!(there.map(|page| page.items), refused);
    for (audience, view) in [
        (Audience::Unassigned, View::Inbox),
        (Audience::User(world.manager.id), View::Inbox),
        (Audience::Everyone, View::Unread),
        (Audience::Everyone, View::All),
    ] {
        let list = ListQuery::of(audience, view);
        let there = world.account.conversations(list, page(1, Some(&cursor))).await.unwrap();
        assert_eq!(there.map(|page| page.items), refused, "{list:?}");
    }
    for text in ["", "nonsense", &cursor[1..], &format!("{cursor}A")] {
        let there = world.account.conversations(EVERYONES_INBOX, page(1, Some(text))).await.unwrap();
        assert_eq!(there.map(|page| page.items), refused, "{text}");
        assert!(world.account.ledger(page(1, Some(text))).await.unwrap().is_err());
        assert!(world.account.users(page(1, Some(text))).await.unwrap().is_err());
    }
    let there = world.account.conversations(EVERYONES_INBOX, page(2, Some(&cursor))).await.unwrap().unwrap();
    assert_eq!((there.items.len(), there.next_cursor), (2, None), "the list it came from, at another size");
}

#[tokio::test]
async fn i09_another_accounts_conversations_do_not_exist() {
    let world = World::new().await;
    let ours = world.receive(&customer(1), "SM1", at(1)).await;
    let message = world.send(&customer(1), 1, at(2)).await;
    let elsewhere = world.store.account(id(9));
    assert_eq!(elsewhere.conversation(ours.id).await.unwrap(), None);
    assert_eq!(elsewhere.message_record(message.id).await.unwrap(), None);
    assert_eq!(elsewhere.message_at(ours.id, message.sequence).await.unwrap(), None);
    assert_eq!(elsewhere.number(&customer(1)).await.unwrap(), None);
    assert!(elsewhere.user(world.manager.id).await.unwrap().is_none());
    let timeline = elsewhere.timeline(ours.id, &storage::TimelineFilter::default(), page(10, None)).await;
    assert!(timeline.unwrap().unwrap().items.is_empty());
}

#[tokio::test]
async fn more_in_one_step_than_a_transaction_takes_is_an_error_and_writes_nothing() {
    let world = World::new().await;
    let mut change = inbound(&world, None, &customer(1), "SM1", "Hi", at(1));
    let many = vec![ConversationEvent::Unsnoozed; 100];
    change.entries.extend(crate::steps::events(
        &mut change.after,
        many,
        domain::timeline::Actor::System,
        at(1),
    ));
    let error = world.refused(change).await;
    assert!(
        matches!(error, storage::ChangeError::Store(storage::StoreError::Unavailable { .. })),
        "{error:?}"
    );
}
