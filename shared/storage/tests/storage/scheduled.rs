//! Scheduled messages: their lists and timers, and that one of those who race for one has it.

use domain::{
    credits::Credits,
    id::MessageId,
    job::Starter,
    message::{Media, Refusal},
    quiet_hours::Heed,
    scheduled::{Edit, Scheduled, Standing},
    timeline::{Actor, Entry, EntryContent},
};
use storage::{Change, ChangeError, ConsentChange, DueScheduled, KnownMessage, MessageRecord, Traces};

use crate::{
    steps::start,
    support::{World, at, customer, id, page},
};

fn new(world: &World, n: u32, seconds: i64) -> Scheduled {
    let (user, to) = (world.manager.id, customer(n));
    Scheduled {
        id: id(1_000 + u64::from(n)),
        conversation: start(world, &to, at(0)).id,
        gateway: world.gateway.id,
        to,
        text: "Your table is ready.".into(),
        media: vec![Media::at("https://example.com/menu.jpg".into(), None)],
        template: Some(id(7)),
        is_composed: true,
        author: Actor::User(user),
        sender: Starter {
            user,
            api_key: Some(id(8)),
            session: Some(id(9)),
            address: "192.0.2.7".parse().ok(),
        },
        send_at: at(seconds * 1_000),
        quiet_hours: Heed::Keep,
        stop_if_answered: true,
        watched_from: Some(3),
        standing: Standing::Waiting,
        fingerprint: "fingerprint".into(),
        created_at: at(1),
        updated_at: at(2),
        version: 1,
    }
}

/// A message that is scheduled.
pub(crate) async fn scheduled(world: &World, n: u32, seconds: i64) -> Scheduled {
    let new = new(world, n, seconds);
    assert_eq!(world.account.schedule(&new, &Traces::default()).await.unwrap(), None);
    new
}

async fn known(world: &World, message: MessageId) -> Option<KnownMessage> {
    world.account.known_message(message).await.unwrap()
}

async fn due(world: &World, seconds: i64) -> Vec<MessageId> {
    let found = world.store.due_scheduled(at(seconds * 1_000), 100).await.unwrap();
    let all: Vec<DueScheduled> = found.into_iter().flatten().collect();
    assert!(all.iter().all(|it| it.account == world.account.id()));
    all.into_iter().map(|it| it.message).collect()
}

/// The change that makes a message of it in a conversation that begins with it.
fn sent(world: &World, it: &Scheduled) -> Change<'static> {
    let now = it.send_at;
    let mut after = start(world, &it.to, now);
    let message = it.refused(Refusal::NotEnoughCredits, after.take_place(it.id), now);
    let record = MessageRecord {
        message: it.id,
        conversation: after.id,
        sequence: message.sequence,
        fingerprint: it.fingerprint.clone(),
        credits: Credits::ZERO,
        at: now,
    };
    let content = EntryContent::Message(Box::new(message));
    Change {
        before: None,
        entries: vec![Entry { sequence: record.sequence, at: now, content }],
        by: None,
        records: vec![record],
        new_contact: Some(crate::steps::contact(&it.to, now)),
        consent: ConsentChange::Leave,
        other_numbers: Vec::new(),
        after,
    }
}

#[tokio::test]
async fn scheduled_messages_read_back_and_are_listed_soonest_first_while_they_wait() {
    let world = World::new().await;
    let (late, soon) = (scheduled(&world, 1, 200).await, scheduled(&world, 2, 100).await);
    assert_eq!(known(&world, late.id).await, Some(KnownMessage::Scheduled(Box::new(late.clone()))));
    assert_eq!(world.account.message_record(late.id).await.unwrap(), None);
    let list = async |conversation| {
        let found = world.account.scheduled_messages(conversation, page(10, None)).await.unwrap().unwrap();
        found.items.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None).await, [soon.id, late.id]);
    assert_eq!(list(Some(late.conversation)).await, [late.id]);
    let first = world.account.scheduled_messages(None, page(1, None)).await.unwrap().unwrap();
    let second = world.account.scheduled_messages(None, page(1, first.next_cursor.as_deref())).await;
    let second = second.unwrap().unwrap();
    assert_eq!((&first.items[0].id, &second.items[0].id), (&soon.id, &late.id));
    assert_eq!(second.next_cursor, None);
    assert_eq!((due(&world, 99).await, due(&world, 100).await), (vec![], vec![soon.id]));
    let mut ended = soon.clone();
    ended.end(Standing::Cancelled, at(3));
    assert!(world.account.save_scheduled(&ended, &Traces::default()).await.unwrap());
    assert_eq!((list(None).await, due(&world, 100).await), (vec![late.id], vec![]));
    let Some(KnownMessage::Scheduled(read)) = known(&world, soon.id).await else { panic!("it is known") };
    assert_eq!((read.standing, read.version), (Standing::Cancelled, 2));
}

#[tokio::test]
async fn i12_a_message_is_scheduled_once_for_its_id() {
    let world = World::new().await;
    let first = scheduled(&world, 1, 100).await;
    let again = Scheduled { text: "Another".into(), ..first.clone() };
    let known = world.account.schedule(&again, &Traces::default()).await.unwrap();
    assert_eq!(known, Some(KnownMessage::Scheduled(Box::new(first.clone()))));
    // Nor is one that is sent at once accepted under the same id.
    let refused = world.account.change(sent(&world, &first)).await;
    assert!(matches!(refused, Err(ChangeError::Scheduled)), "{refused:?}");
}

#[tokio::test]
async fn i02_of_those_who_send_edit_and_cancel_at_once_one_has_it() {
    let world = World::new().await;
    let it = scheduled(&world, 1, 100).await;
    let mut edited = it.clone();
    edited.edit(Edit { send_at: Some(at(300_000)), ..Edit::default() }, None, at(4));
    assert!(world.account.save_scheduled(&edited, &Traces::default()).await.unwrap());
    let late = world.account.change_due(sent(&world, &it), &it).await;
    assert!(matches!(late, Err(ChangeError::Scheduled)), "it was edited meanwhile: {late:?}");
    assert!(!world.account.save_scheduled(&it, &Traces::default()).await.unwrap());
    assert!(due(&world, 299).await.is_empty());
    let Some(KnownMessage::Scheduled(now)) = known(&world, it.id).await else { panic!("it is known") };
    world.account.change_due(sent(&world, &now), &now).await.unwrap();
    let again = world.account.change_due(sent(&world, &now), &now).await;
    let Err(ChangeError::Accepted(record)) = again else { panic!("it was sent before: {again:?}") };
    assert_eq!(world.account.message_record(it.id).await.unwrap(), Some(record));
    assert!(!world.account.save_scheduled(&now, &Traces::default()).await.unwrap(), "too late to cancel");
    assert!(due(&world, 1_000).await.is_empty());
    let listed = world.account.scheduled_messages(None, page(10, None)).await.unwrap().unwrap();
    assert!(listed.items.is_empty());
}

#[tokio::test]
async fn scheduled_messages_that_are_due_are_found_in_every_shard_in_the_order_of_their_conversation() {
    let world = World::new().await;
    for n in 0..20 {
        scheduled(&world, n, i64::from((n * 7) % 20) + 100).await;
    }
    let found = world.store.due_scheduled(at(1_000_000), 100).await.unwrap();
    assert_eq!((found.len(), found.iter().map(Vec::len).sum::<usize>()), (8, 20));
    for list in found {
        let mut times = Vec::new();
        for due in list {
            let Some(KnownMessage::Scheduled(it)) = known(&world, due.message).await else { panic!("known") };
            times.push(it.send_at);
        }
        assert!(times.is_sorted());
    }
    let some = world.store.due_scheduled(at(1_000_000), 1).await.unwrap();
    assert!(some.iter().all(|list| list.len() <= 1), "a limit holds for each shard");
}
