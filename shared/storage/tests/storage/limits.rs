//! The largest of everything fits DynamoDB's limits: 100 items in a transaction, 400 KB in an item, 1 MB in a page.

use domain::{
    access::Audience,
    conversation::{MAX_ASSIGNEES, View},
    id::UserId,
    message::Media,
    timeline::EntryContent,
};
use storage::{Change, ListQuery, TimelineFilter};

use crate::{
    steps::inbound,
    support::{World, at, customer, id, page},
};

/// The longest text that is stored, in the widest characters.
fn longest() -> String {
    "🦷".repeat(20_000)
}

/// An inbound message as large as the webhooks' limit on bodies lets it become, and larger.
fn largest<'a>(world: &World, before: &'a domain::conversation::Conversation, n: u32) -> Change<'a> {
    let mut change = inbound(world, Some(before), &customer(1), &format!("MM{n}"), &longest(), at(2));
    let EntryContent::Message(message) = &mut change.entries[0].content else { panic!("a message") };
    let url = format!("https://example.com/{}", "x".repeat(6_000));
    message.media = vec![Media::at(url, Some("image/jpeg".into())); 10];
    change
}

#[tokio::test]
async fn a_conversation_with_the_most_assignees_takes_every_step() {
    let world = World::new().await;
    let mut conversation = world.receive(&customer(1), "SM1", at(1)).await;
    let users: Vec<UserId> = (0..MAX_ASSIGNEES as u64).map(|n| id(100 + n)).collect();
    for user in &users {
        conversation = world.act(&conversation, at(2), |it| it.assign(*user).unwrap()).await;
    }
    assert_eq!(world.of_kind("list_entry").len(), MAX_ASSIGNEES);
    conversation = world.receive(&customer(1), "SM2", at(3)).await;
    world.act(&conversation, at(4), |it| it.unassign(users[0])).await;
    world.send(&customer(1), 1, at(5)).await;
    conversation = world.find(&customer(1)).await.unwrap();
    assert_eq!(conversation.assignees.len(), MAX_ASSIGNEES, "the sender took the free place");
    assert_eq!(world.of_kind("list_entry").len(), MAX_ASSIGNEES);
    let all = users[1..].iter().fold(Vec::new(), |mut events, user| {
        events.extend(conversation.clone().unassign(*user));
        events
    });
    // Everybody leaves in one step: 20 removals, 20 events and the unassigned list.
    let gone = world
        .act(&conversation, at(6), |it| {
            it.assignees.clear();
            all
        })
        .await;
    assert!(gone.assignees.is_empty());
    assert_eq!(world.of_kind("list_entry").len(), 1);
}

#[tokio::test]
async fn the_largest_message_is_stored_and_read_back() {
    let world = World::new().await;
    let before = world.receive(&customer(1), "SM1", at(1)).await;
    let change = largest(&world, &before, 1);
    let written = change.entries[0].clone();
    world.account.change(change).await.unwrap();
    let all = TimelineFilter::default();
    let found = world.account.timeline(before.id, &all, page(1, None)).await.unwrap().unwrap();
    assert_eq!(found.items, [written]);
}

#[tokio::test]
async fn a_page_that_ends_at_a_megabyte_goes_on_where_it_ended() {
    let world = World::new().await;
    let mut conversation = world.receive(&customer(1), "SM0", at(1)).await;
    for n in 1..=15 {
        conversation = world.account.change(largest(&world, &conversation, n)).await.unwrap();
    }
    for filter in [
        TimelineFilter::default(),
        TimelineFilter {
            kinds: vec![domain::timeline::EntryKind::IncomingMessage],
            ..TimelineFilter::default()
        },
    ] {
        let (mut sequences, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let found = world.account.timeline(conversation.id, &filter, page(50, cursor.as_deref())).await;
            let found = found.unwrap().unwrap();
            sequences.extend(found.items.iter().map(|entry| entry.sequence));
            pages += 1;
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        // The second place holds that the conversation has started.
        let shown = |place: &u64| *place != 2 || filter == TimelineFilter::default();
        assert_eq!(sequences, (1..=17).rev().filter(shown).collect::<Vec<_>>());
        assert!(filter == TimelineFilter::default() || pages == 1, "a filtered page is read on by itself");
    }
}

#[tokio::test]
async fn more_unread_conversations_than_one_batch_takes_are_fetched_in_several() {
    let world = World::new().await;
    for n in 0..130 {
        world.receive(&customer(n), &format!("SM{n}"), at(n.into())).await;
    }
    let list = ListQuery::of(Audience::Everyone, View::Unread);
    let found = world.account.conversations(list, page(125, None)).await.unwrap().unwrap();
    assert_eq!((found.items.len(), found.next_cursor.is_some()), (125, true));
    assert!(found.items.is_sorted_by_key(|it| std::cmp::Reverse(it.last_activity_at)));
}
