//! Timelines: order, pages and filters (D12, E16 to E19).

use domain::{
    conversation::Conversation,
    message::{Failure, Media, Message, Origin, Refusal, Way},
    timeline::{Actor, ConversationEvent, Entry, EntryContent, EntryKind},
};
use proptest::prelude::*;
use storage::{Change, ConsentChange, InvalidCursor, TimelineFilter};

use crate::{
    steps::{contact, delivery, entry, reference, start},
    support::{World, at, block_on, customer, id, page},
};

/// What an entry of a random timeline is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Incoming,
    Outgoing { origin: Origin, failed: bool },
    Event(ConversationEvent),
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let origin = prop_oneof![Just(Origin::Manual), Just(Origin::Campaign), Just(Origin::Notification)];
    prop_oneof![
        Just(Kind::Incoming),
        (origin, any::<bool>()).prop_map(|(origin, failed)| Kind::Outgoing { origin, failed }),
        Just(Kind::Event(ConversationEvent::Completed)),
        Just(Kind::Event(ConversationEvent::Snoozed { until: at(7) })),
        Just(Kind::Event(ConversationEvent::Assigned { user: id(1) })),
    ]
}

fn content(world: &World, conversation: &Conversation, sequence: u64, kind: Kind) -> EntryContent {
    let message = |way| {
        let message = Message {
            id: id(sequence),
            conversation: conversation.id,
            sequence,
            accepted_at: at(1),
            text: format!("text {sequence}"),
            media: vec![Media::at("https://example.com/ring.jpg".into(), None)],
            way,
        };
        entry(&message).content
    };
    match kind {
        Kind::Incoming => message(Way::Inbound {
            reference: reference("SM1"),
            assignees: [id(1), id(2)].into(),
            muted_by: [id(2)].into(),
            blocked: true,
            consent: None,
        }),
        Kind::Outgoing { origin, failed } => {
            let mut delivery = delivery(world, &conversation.contact_number, at(1));
            delivery.origin = origin;
            delivery.failure = failed.then_some(Failure { reason: Refusal::Other, code: None });
            message(Way::Outbound(Box::new(delivery)))
        }
        Kind::Event(event) => EntryContent::Event { id: id(sequence), event, actor: Actor::User(id(1)) },
    }
}

/// A conversation with these entries, oldest first.
async fn with(world: &World, kinds: &[Kind]) -> (Conversation, Vec<Entry>) {
    let mut conversation = start(world, &customer(1), at(1));
    let mut before = None;
    let mut all = Vec::new();
    // More than one transaction takes, if need be.
    for some in kinds.chunks(50) {
        let mut after = conversation.clone();
        let entries: Vec<Entry> = some
            .iter()
            .map(|kind| {
                let sequence = after.take_sequence();
                Entry { sequence, at: at(1), content: content(world, &after, sequence, *kind) }
            })
            .collect();
        all.extend(entries.clone());
        let new_contact = before.is_none().then(|| contact(&customer(1), at(1)));
        let consent = ConsentChange::Leave;
        let change = Change {
            before: before.as_ref(),
            after,
            entries,
            by: None,
            records: Vec::new(),
            new_contact,
            consent,
            other_numbers: Vec::new(),
        };
        conversation = world.account.change(change).await.unwrap();
        before = Some(conversation.clone());
    }
    (conversation, all)
}

/// Every page of a timeline.
async fn walk(world: &World, conversation: &Conversation, filter: &TimelineFilter, size: u32) -> Vec<Entry> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let found = world.account.timeline(conversation.id, filter, page(size, cursor.as_deref())).await;
        let found = found.unwrap().unwrap();
        assert!(found.items.len() <= size as usize);
        all.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            return all;
        }
    }
}

/// E16: what a customer writes counts as sent by hand.
fn origin(entry: &Entry) -> Option<Origin> {
    let EntryContent::Message(message) = &entry.content else { return None };
    Some(message.delivery().map_or(Origin::Manual, |delivery| delivery.origin))
}

fn has_failed(entry: &Entry) -> bool {
    let EntryContent::Message(message) = &entry.content else { return false };
    message.delivery().is_some_and(|delivery| delivery.failure.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn e19_each_filter_alone_and_all_together_pick_what_they_say(
        kinds in prop::collection::vec(any_kind(), 0..40),
        only in prop::collection::vec(prop_oneof![
            Just(EntryKind::IncomingMessage), Just(EntryKind::OutgoingMessage),
            Just(EntryKind::ConversationFinished), Just(EntryKind::Snoozed),
        ], 0..3),
        origins in prop::collection::vec(prop_oneof![
            Just(Origin::Manual), Just(Origin::Campaign), Just(Origin::Notification),
        ], 0..3),
        failed in any::<bool>(),
        size in 1_u32..12,
    ) {
        block_on(async {
            let world = World::new().await;
            let (conversation, mut all) = with(&world, &kinds).await;
            all.reverse();
            let whole = TimelineFilter { kinds: only, origins, failed };
            let kinds = TimelineFilter { kinds: whole.kinds.clone(), ..TimelineFilter::default() };
            let origins = TimelineFilter { origins: whole.origins.clone(), ..TimelineFilter::default() };
            let failed = TimelineFilter { failed: whole.failed, ..TimelineFilter::default() };
            for filter in [TimelineFilter::default(), kinds, origins, failed, whole] {
                let picked = |entry: &&Entry| {
                    (filter.kinds.is_empty() || filter.kinds.contains(&entry.kind()))
                        && (filter.origins.is_empty()
                            || origin(entry).is_none_or(|origin| filter.origins.contains(&origin)))
                        && (!filter.failed || has_failed(entry))
                };
                let expected: Vec<Entry> = all.iter().filter(picked).cloned().collect();
                assert_eq!(walk(&world, &conversation, &filter, size).await, expected, "{filter:?} by {size}");
            }
        });
    }
}

#[tokio::test]
async fn a_page_that_ends_with_the_timeline_has_no_next() {
    let world = World::new().await;
    let (conversation, _) = with(&world, &[Kind::Incoming; 6]).await;
    for (size, items, next) in [(5, 5, true), (6, 6, false), (7, 6, false)] {
        let filter = TimelineFilter::default();
        let found =
            world.account.timeline(conversation.id, &filter, page(size, None)).await.unwrap().unwrap();
        assert_eq!((found.items.len(), found.next_cursor.is_some()), (items, next));
    }
}

#[tokio::test]
async fn what_a_filter_picks_is_found_behind_much_that_it_does_not() {
    let world = World::new().await;
    let mut kinds = vec![Kind::Outgoing { origin: Origin::Manual, failed: true }];
    kinds.extend([Kind::Incoming; 450]);
    let (conversation, all) = with(&world, &kinds).await;
    let filter = TimelineFilter { failed: true, ..TimelineFilter::default() };
    let found = world.account.timeline(conversation.id, &filter, page(50, None)).await.unwrap().unwrap();
    assert_eq!((found.items, found.next_cursor), (vec![all[0].clone()], None));
}

#[tokio::test]
async fn a_search_that_takes_too_long_goes_on_with_its_cursor() {
    let world = World::new().await;
    let mut kinds = vec![Kind::Outgoing { origin: Origin::Manual, failed: true }];
    kinds.extend(vec![Kind::Incoming; 1_010]);
    let (conversation, all) = with(&world, &kinds).await;
    let filter = TimelineFilter { failed: true, ..TimelineFilter::default() };
    let first = world.account.timeline(conversation.id, &filter, page(50, None)).await.unwrap().unwrap();
    assert!(first.items.is_empty(), "so much is read in one request and no more");
    let cursor = first.next_cursor.unwrap();
    let second = world.account.timeline(conversation.id, &filter, page(50, Some(&cursor))).await;
    let second = second.unwrap().unwrap();
    assert_eq!((second.items, second.next_cursor), (vec![all[0].clone()], None));
}

#[tokio::test]
async fn entries_that_arrive_while_somebody_pages_do_not_shift_the_pages() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    for n in 2..=6 {
        world.receive(&customer(1), &format!("SM{n}"), at(1)).await;
    }
    let filter = TimelineFilter::default();
    let first = world.account.timeline(conversation.id, &filter, page(3, None)).await.unwrap().unwrap();
    world.receive(&customer(1), "SM7", at(2)).await;
    let rest = world.account.timeline(conversation.id, &filter, page(9, first.next_cursor.as_deref())).await;
    let sequences: Vec<u64> =
        first.items.iter().chain(&rest.unwrap().unwrap().items).map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [7, 6, 5, 4, 3, 2, 1], "six messages, and that the conversation has started");
}

#[tokio::test]
async fn a_cursor_of_another_conversation_or_filter_is_refused() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    world.receive(&customer(1), "SM2", at(1)).await;
    let other = world.receive(&customer(2), "SM3", at(1)).await;
    let all = TimelineFilter::default();
    let failed = TimelineFilter { failed: true, ..TimelineFilter::default() };
    let first = world.account.timeline(conversation.id, &all, page(1, None)).await.unwrap().unwrap();
    let cursor = first.next_cursor.unwrap();
    for (conversation, filter) in [(other.id, &all), (conversation.id, &failed)] {
        let found = world.account.timeline(conversation, filter, page(1, Some(&cursor))).await.unwrap();
        assert_eq!(found.map(|page| page.items), Err(InvalidCursor));
    }
}

#[tokio::test]
async fn every_kind_of_event_and_actor_reads_back() {
    let world = World::new().await;
    let [manager, colleague] = world.users();
    let happened = [
        ConversationEvent::Assigned { user: manager },
        ConversationEvent::Unassigned { user: colleague },
        ConversationEvent::Snoozed { until: at(99) },
        ConversationEvent::Unsnoozed,
        ConversationEvent::Completed,
        ConversationEvent::Reopened,
        ConversationEvent::Archived,
    ];
    let mut conversation = world.receive(&customer(1), "SM1", at(1)).await;
    for actor in [Actor::User(colleague), Actor::Contact, Actor::System] {
        let before = conversation.clone();
        let entries = crate::steps::events(&mut conversation, happened.to_vec(), actor, at(2));
        let change = Change {
            before: Some(&before),
            after: conversation,
            entries: entries.clone(),
            by: None,
            records: Vec::new(),
            new_contact: None,
            consent: ConsentChange::Leave,
            other_numbers: Vec::new(),
        };
        conversation = world.account.change(change).await.unwrap();
        let filter = TimelineFilter::default();
        let found = world.account.timeline(conversation.id, &filter, page(7, None)).await.unwrap().unwrap();
        assert_eq!(found.items.into_iter().rev().collect::<Vec<_>>(), entries);
    }
}

#[tokio::test]
async fn a_place_that_holds_an_event_is_no_message() {
    let world = World::new().await;
    let (conversation, _) = with(&world, &[Kind::Event(ConversationEvent::Completed), Kind::Incoming]).await;
    assert_eq!(world.account.message_at(conversation.id, 1).await.unwrap(), None);
    assert!(world.account.message_at(conversation.id, 2).await.unwrap().is_some());
    assert_eq!(world.account.message_at(conversation.id, 3).await.unwrap(), None);
}
