//! Contacts: each number and address is one person's, whatever happens at once; what hangs on them is copied and moved once.

use domain::{
    happening::{Happening, HappeningKind},
    id::ContactId,
    timeline::Actor,
};
use storage::{Activity, ActivitySaved, Contact, ContactFieldsRecord, ContactSave, ContactSaved, Traces};

use crate::support::{World, at, customer, id, page};

async fn save(world: &World, before: Option<&Contact>, after: Contact) -> ContactSaved {
    let save = ContactSave { before, after, absorbed: None, activity: Vec::new(), traces: &[] };
    world.account.save_contact(save).await.unwrap()
}

async fn made(world: &World, n: u64) -> Contact {
    let contact = Contact::with_number(id(n), customer(u32::try_from(n).unwrap()), at(1));
    match save(world, None, contact).await {
        ContactSaved::Done(contact) => *contact,
        other => panic!("{other:?}"),
    }
}

/// An activity whose id was made at this time.
fn happened(millis: u64, n: u8) -> Activity {
    let kind: HappeningKind = "order_shipped".parse().unwrap();
    let id = domain::id::EventId::new_v7(millis, [n; 10]);
    Activity::happening(Happening { id, kind, title: None, occurred_at: None, actor: Actor::System })
}

/// An item of every kind that contacts leave.
pub(crate) async fn known(world: &World) {
    let account = &world.account;
    let begun = world.receive(&customer(71), "SM71", at(7)).await;
    let one = account.contact(begun.contact).await.unwrap().unwrap();
    let emails = vec!["ann@example.com".parse().unwrap()];
    save(world, Some(&one), Contact { emails, ..one.clone() }).await;
    let activity = happened(9, 7);
    account.save_activity(one.id, &activity, &Traces::default()).await.unwrap();
    assert!(account.copy_activity(&begun, &Activity { version: 1, ..activity }, at(9)).await.unwrap());
    let gone = made(world, 72).await;
    assert!(account.remove_contact(&gone, at(9), &[]).await.unwrap());
    assert!(account.save_contact_fields(&ContactFieldsRecord::default(), &[]).await.unwrap());
}

#[tokio::test]
async fn b15_a_number_is_one_contacts_until_they_give_it_up() {
    let world = World::new().await;
    let one = made(&world, 1).await;
    let two = made(&world, 2).await;
    let mut both = two.clone();
    both.numbers.push(customer(1));
    let before = world.items();
    assert_eq!(save(&world, Some(&two), both.clone()).await, ContactSaved::NumberTaken(customer(1), one.id));
    assert_eq!(world.items(), before, "a refused change left something");
    let none = Contact { numbers: vec![], name: Some("Ann".parse().unwrap()), ..one.clone() };
    assert!(matches!(save(&world, Some(&one), none.clone()).await, ContactSaved::Done(_)));
    assert_eq!(save(&world, Some(&one), none).await, ContactSaved::Changed, "over what was read");
    assert!(matches!(save(&world, Some(&two), both).await, ContactSaved::Done(_)));
    let found = world.account.contact_by_number(&customer(1)).await.unwrap();
    assert_eq!(found.map(|it| it.id), Some(two.id));
}

#[tokio::test]
async fn b15_merging_moves_numbers_in_one_step_and_the_rest_in_steps_that_can_be_repeated() {
    let world = World::new().await;
    let one = made(&world, 1).await;
    let begun = world.receive(&customer(2), "SM1", at(2)).await;
    let two = world.account.contact(begun.contact).await.unwrap().unwrap();
    for n in 0..5 {
        let activity = happened(10 + u64::from(n), n);
        let saved = world.account.save_activity(two.id, &activity, &Traces::default()).await.unwrap();
        assert_eq!(saved, ActivitySaved::Done);
    }
    let mut after = one.clone();
    after.absorb(&two).unwrap();
    let save =
        ContactSave { before: Some(&one), after, absorbed: Some(&two), activity: Vec::new(), traces: &[] };
    assert!(matches!(world.account.save_contact(save.clone()).await.unwrap(), ContactSaved::Done(_)));
    assert_eq!(world.account.save_contact(save).await.unwrap(), ContactSaved::Changed);
    assert_eq!(world.account.contact(two.id).await.unwrap(), None);
    assert_eq!(world.account.leaving(two.id).await.unwrap(), Some(Some(one.id)));
    let mut rounds = 0;
    while !world.account.clear_leaving(two.id, Some(one.id), 2).await.unwrap() {
        rounds += 1;
        assert!(rounds < 10);
    }
    let found = world.account.activity_before(one.id, None, &[], 10).await.unwrap();
    assert_eq!(found.picked.len(), 5);
    assert!(found.picked.iter().all(|(_, it)| it.moved));
    world.account.left(two.id).await.unwrap();
    assert_eq!(world.account.leaving(two.id).await.unwrap(), None);
}

#[tokio::test]
async fn d33_an_activity_is_copied_once_changed_in_place_and_taken_out() {
    let world = World::new().await;
    let begun = world.receive(&customer(1), "SM1", at(1)).await;
    let contact: ContactId = begun.contact;
    let mut activity = happened(5, 1);
    world.account.save_activity(contact, &activity, &Traces::default()).await.unwrap();
    activity.version = 1;
    for _ in 0..2 {
        let read = world.account.conversation(begun.id).await.unwrap().unwrap();
        assert!(world.account.copy_activity(&read, &activity, at(6)).await.unwrap());
    }
    let entries = async || {
        let found =
            world.account.timeline(begun.id, &storage::TimelineFilter::default(), page(10, None)).await;
        found.unwrap().unwrap().items.len()
    };
    let with_copy = entries().await;
    let after = world.account.conversation(begun.id).await.unwrap().unwrap();
    assert_eq!((after.last_activity_at, after.unread), (begun.last_activity_at, begun.unread));
    // Over what was read only: the copy of an older conversation is not written.
    let other = happened(7, 2);
    let saved = Activity { version: 1, ..other };
    assert!(!world.account.copy_activity(&begun, &saved, at(8)).await.unwrap());
    assert_eq!(entries().await, with_copy);
    for _ in 0..2 {
        assert!(world.account.uncopy_activity(begun.id, activity.id()).await.unwrap());
    }
    assert_eq!(entries().await, with_copy - 1);
}

#[tokio::test]
async fn e04_conversations_of_a_contact_are_found_by_them() {
    let world = World::new().await;
    let begun = world.receive(&customer(1), "SM1", at(1)).await;
    let found = world.account.conversations_of(begun.contact, page(10, None)).await.unwrap().unwrap();
    assert_eq!(found.items.iter().map(|it| it.id).collect::<Vec<_>>(), [begun.id]);
    let nobody = world.account.conversations_of(id(404), page(10, None)).await.unwrap().unwrap();
    assert!(nobody.items.is_empty());
}
