//! The alert centre.

use std::collections::BTreeSet;

use domain::timeline::{Actor, ConversationEvent, Entry, EntryContent};
use domain::{news::News, notify::Loudness};
use storage::Notification;

use crate::support::{World, at, id, page};

fn entry(sequence: u64, millis: i64) -> Entry {
    let event = ConversationEvent::Completed;
    Entry {
        sequence,
        at: at(millis),
        content: EntryContent::Event { id: id(1), event, actor: Actor::System },
    }
}

fn about(world: &World, sequence: u64, millis: i64) -> Notification {
    let news = News::InboundMessage;
    Notification::about(&entry(sequence, millis), id(5), world.manager.id, news, Loudness::Loud)
}

#[tokio::test]
async fn telling_again_changes_nothing_and_shows_what_there_is() {
    let world = World::new().await;
    let user = world.manager.id;
    let told = world.account.notify(user, about(&world, 1, 1)).await.unwrap();
    assert_eq!((told.read, told.pushed), (false, false));
    let to = BTreeSet::from([id(8)]);
    world.account.pushed(user, told.id, &to, true).await.unwrap();
    assert!(world.account.read_notification(user, told.id).await.unwrap());
    let before = world.items();
    let again = world.account.notify(user, about(&world, 1, 1)).await.unwrap();
    assert_eq!(again, Notification { read: true, pushed: true, pushed_to: to, ..told });
    assert_eq!(world.items(), before);
}

#[test]
fn a_notification_is_one_for_each_entry_conversation_and_user() {
    let (news, loud) = (News::Assigned, Loudness::Loud);
    let ids = [
        Notification::about(&entry(1, 1), id(5), id(1), news, loud).id,
        Notification::about(&entry(2, 1), id(5), id(1), news, loud).id,
        Notification::about(&entry(1, 1), id(6), id(1), news, loud).id,
        Notification::about(&entry(1, 1), id(5), id(2), news, loud).id,
    ];
    assert_eq!(std::collections::BTreeSet::from(ids).len(), ids.len());
    assert_eq!(Notification::about(&entry(1, 1), id(5), id(1), news, loud).id, ids[0]);
}

#[tokio::test]
async fn the_alert_centre_pages_newest_first() {
    let world = World::new().await;
    let user = world.manager.id;
    for n in 1..=5 {
        world.account.notify(user, about(&world, n, i64::try_from(n).unwrap() * 10)).await.unwrap();
    }
    world.account.notify(world.colleague.id, about(&world, 9, 99)).await.unwrap();
    for size in [1, 2, 5, 6] {
        let (mut times, mut cursor) = (Vec::new(), None);
        loop {
            let found =
                world.account.notifications(user, page(size, cursor.as_deref())).await.unwrap().unwrap();
            times.extend(found.items.iter().map(|it| it.at));
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(times, [at(50), at(40), at(30), at(20), at(10)], "by {size}");
    }
    let first = world.account.notifications(user, page(1, None)).await.unwrap().unwrap();
    let theirs = world.account.notifications(world.colleague.id, page(1, first.next_cursor.as_deref())).await;
    assert!(theirs.unwrap().is_err(), "another user's cursor");
}

#[tokio::test]
async fn what_is_unread_is_listed_and_counted_until_it_is_read() {
    let world = World::new().await;
    let user = world.manager.id;
    let mut ids = Vec::new();
    for n in 1..=5 {
        let told = about(&world, n, i64::try_from(n).unwrap() * 10);
        ids.push(world.account.notify(user, told).await.unwrap().id);
    }
    assert!(world.account.read_notification(user, ids[1]).await.unwrap());
    assert!(world.account.read_notification(user, ids[1]).await.unwrap(), "again");
    // Being pushed later does not make it unread.
    world.account.pushed(user, ids[1], &BTreeSet::new(), true).await.unwrap();
    assert_eq!(world.account.count_unread_notifications(user, 100).await.unwrap(), (4, false));
    assert_eq!(world.account.count_unread_notifications(user, 3).await.unwrap(), (3, true));
    assert_eq!(world.account.count_unread_notifications(world.colleague.id, 3).await.unwrap(), (0, false));
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(3, cursor.as_deref());
        let unread = world.account.unread_notifications(user, page).await.unwrap().unwrap();
        found.extend(unread.items.iter().map(|it| it.id));
        cursor = unread.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, [ids[4], ids[3], ids[2], ids[0]]);
}

#[tokio::test]
async fn what_was_never_told_cannot_be_read_or_pushed() {
    let world = World::new().await;
    let before = world.items();
    assert!(!world.account.read_notification(world.manager.id, id(404)).await.unwrap());
    world.account.pushed(world.manager.id, id(404), &BTreeSet::new(), true).await.unwrap();
    let told = world.account.notify(world.manager.id, about(&world, 1, 1)).await.unwrap();
    assert!(!world.account.read_notification(world.colleague.id, told.id).await.unwrap(), "not theirs");
    assert_eq!(world.items().len(), before.len() + 1);
}
