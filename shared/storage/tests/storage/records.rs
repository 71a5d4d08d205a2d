//! Accepting a message: once, paid, wanted, and over what was read; otherwise not at all.

use domain::{
    consent::{OptOut, OptOutSource},
    credits::Balance,
};
use storage::{ChangeError, ConsentChange, Traces};

use crate::{
    steps::{PRICE, inbound, outbound, reference},
    support::{CREDITS, World, at, credits, customer, id},
};

fn opted_out(millis: i64) -> OptOut {
    OptOut { since: at(millis), source: OptOutSource::Keyword }
}

#[tokio::test]
async fn i02_the_same_inbound_message_makes_one_message() {
    let world = World::new().await;
    let first = world.receive(&customer(1), "SM1", at(1)).await;
    let again = inbound(&world, Some(&first), &customer(1), "SM1", "Is the ring ready?", at(9));
    let ChangeError::Accepted(record) = world.refused(again).await else { panic!("accepted twice") };
    assert_eq!((record.conversation, record.sequence, record.at), (first.id, 1, at(1)));
    assert_eq!(record.message, domain::message::Message::inbound_id(world.gateway.id, &reference("SM1")));
}

#[tokio::test]
async fn i03_two_first_messages_at_once_make_one_conversation() {
    let world = World::new().await;
    let second = inbound(&world, None, &customer(1), "SM2", "Hello?", at(2));
    world.receive(&customer(1), "SM1", at(1)).await;
    assert!(matches!(world.refused(second).await, ChangeError::Changed));
    world.receive(&customer(1), "SM2", at(2)).await;
    for kind in ["conversation", "contact", "number"] {
        assert_eq!(world.of_kind(kind).len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_webhook_repeated_while_the_first_is_being_stored_finds_its_record() {
    let world = World::new().await;
    // Both have read that there is no conversation yet.
    let again = inbound(&world, None, &customer(1), "SM1", "Hi", at(1));
    world.receive(&customer(1), "SM1", at(1)).await;
    assert!(matches!(world.refused(again).await, ChangeError::Accepted(_)));
}

#[tokio::test]
async fn i12_a_message_with_the_same_id_is_answered_with_what_was_accepted() {
    let world = World::new().await;
    let message = world.send(&customer(1), 7, at(1)).await;
    let now = world.find(&customer(1)).await.unwrap();
    let again = outbound(&world, Some(&now), &customer(1), message.id, "It is ready.", at(5));
    let ChangeError::Accepted(record) = world.refused(again).await else { panic!("accepted twice") };
    assert_eq!(record, world.account.message_record(message.id).await.unwrap().unwrap());
    assert_eq!((record.credits, record.fingerprint.as_str()), (credits(PRICE), "fingerprint"));
}

#[tokio::test]
async fn a_message_that_cannot_be_paid_is_not_accepted() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    let mut change = outbound(&world, Some(&conversation), &customer(1), id(1), "Hi", at(2));
    change.records[0].credits = credits(CREDITS + 1);
    let error = world.refused(change).await;
    let ChangeError::NotEnoughCredits { needed, available } = error else { panic!("{error:?}") };
    assert_eq!((needed, available), (credits(CREDITS + 1), credits(CREDITS)));
}

#[tokio::test]
async fn the_last_credits_can_be_spent_and_not_one_more() {
    let world = World::new().await;
    let mut change = outbound(&world, None, &customer(1), id(1), "Hi", at(2));
    change.records[0].credits = credits(CREDITS);
    world.account.change(change).await.unwrap();
    let balance = Balance { held: credits(CREDITS), ..Balance::default() };
    assert_eq!(world.account.balance().await.unwrap(), balance);
    let mut change = outbound(&world, None, &customer(2), id(2), "Hi", at(3));
    change.records[0].credits = credits(1);
    let error = world.refused(change).await;
    let ChangeError::NotEnoughCredits { needed, available } = error else { panic!("{error:?}") };
    assert_eq!((needed, available), (credits(1), credits(0)));
}

#[tokio::test]
async fn i07_nothing_is_sent_to_a_number_that_has_opted_out() {
    let world = World::new().await;
    let conversation = world.receive(&customer(1), "SM1", at(1)).await;
    let send = || outbound(&world, Some(&conversation), &customer(1), id(1), "Hi", at(9));
    world.account.opt_out(&customer(1), opted_out(4)).await.unwrap();
    let error = world.refused(send()).await;
    assert!(matches!(error, ChangeError::OptedOut { since: Some(since) } if since == at(4)), "{error:?}");
    // The same send is accepted when the customer has opted in again.
    let mut start = inbound(&world, Some(&conversation), &customer(1), "SM2", "Start", at(5));
    start.consent = ConsentChange::OptIn;
    let conversation = world.account.change(start).await.unwrap();
    world
        .account
        .change(outbound(&world, Some(&conversation), &customer(1), id(1), "Hi", at(9)))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_opt_out_that_arrives_between_reading_and_writing_wins() {
    let world = World::new().await;
    let before = world.receive(&customer(1), "SM1", at(1)).await;
    let send = outbound(&world, Some(&before), &customer(1), id(1), "Hi", at(3));
    let mut stop = inbound(&world, Some(&before), &customer(1), "SM2", "STOP", at(2));
    stop.consent = ConsentChange::OptOut(opted_out(2));
    world.account.change(stop).await.unwrap();
    // The conversation has changed: the sender reads again, and then hears why.
    assert!(matches!(world.refused(send).await, ChangeError::Changed));
    let now = world.find(&customer(1)).await.unwrap();
    let send = outbound(&world, Some(&now), &customer(1), id(1), "Hi", at(3));
    assert!(matches!(world.refused(send).await, ChangeError::OptedOut { .. }));
}

#[tokio::test]
async fn a_first_message_may_opt_out_at_once() {
    let world = World::new().await;
    let mut stop = inbound(&world, None, &customer(1), "SM1", "STOP", at(1));
    stop.consent = ConsentChange::OptOut(opted_out(1));
    world.account.change(stop).await.unwrap();
    let number = world.account.number(&customer(1)).await.unwrap().unwrap();
    assert_eq!(number.opt_out, Some(opted_out(1)));
}

#[tokio::test]
async fn a_conversation_that_has_changed_since_it_was_read_is_not_written() {
    let world = World::new().await;
    let before = world.receive(&customer(1), "SM1", at(1)).await;
    world.receive(&customer(1), "SM2", at(2)).await;
    let late = inbound(&world, Some(&before), &customer(1), "SM3", "Hello?", at(3));
    assert!(matches!(world.refused(late).await, ChangeError::Changed));
    let late = outbound(&world, Some(&before), &customer(1), id(1), "Hi", at(3));
    assert!(matches!(world.refused(late).await, ChangeError::Changed));
}

#[tokio::test]
async fn a_number_that_somebody_else_has_just_met_keeps_its_contact() {
    let world = World::new().await;
    let elsewhere = crate::support::gateway(&world.account, 2, "+12015550101");
    world.account.add_gateway(&elsewhere, &Traces::default()).await.unwrap();
    world.receive(&customer(1), "SM1", at(1)).await;
    // Through the other gateway it would begin a conversation with a contact of its own.
    let mut change = inbound(&world, None, &customer(1), "SM2", "Hi", at(2));
    change.after.id =
        domain::conversation::Conversation::id_for(world.account.id(), elsewhere.id, &customer(1));
    change.new_contact.as_mut().unwrap().id = id(77);
    assert!(matches!(world.refused(change).await, ChangeError::Changed));
}

/// Whoever decides on a number without an item has read something else than there is.
#[tokio::test]
async fn consent_is_never_written_for_a_number_that_is_not_known() {
    let world = World::new().await;
    for consent in [ConsentChange::Require, ConsentChange::OptIn, ConsentChange::OptOut(opted_out(1))] {
        let mut change = inbound(&world, None, &customer(1), "SM1", "Hi", at(1));
        change.new_contact = None;
        change.consent = consent;
        assert!(matches!(world.refused(change).await, ChangeError::Changed), "{consent:?}");
    }
}

#[tokio::test]
async fn what_the_caller_hears_of_several_refusals_is_what_decides_most() {
    let world = World::new().await;
    let message = world.send(&customer(1), 7, at(1)).await;
    let old = world.find(&customer(1)).await.unwrap();
    let conversation = world.receive(&customer(1), "SM1", at(2)).await;
    world.account.opt_out(&customer(1), opted_out(3)).await.unwrap();
    let expensive = |before, message| {
        let mut change = outbound(&world, Some(before), &customer(1), message, "Hi", at(4));
        change.records[0].credits = credits(CREDITS + 1);
        change
    };
    // Accepted before, changed, opted out and too expensive.
    assert!(matches!(world.refused(expensive(&old, message.id)).await, ChangeError::Accepted(_)));
    // Changed, opted out and too expensive.
    assert!(matches!(world.refused(expensive(&old, id(8))).await, ChangeError::Changed));
    // Opted out and too expensive.
    assert!(matches!(world.refused(expensive(&conversation, id(8))).await, ChangeError::OptedOut { .. }));
}
