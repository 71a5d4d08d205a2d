//! Tests of a conversation: its states (X01 to X05), its lists and what each act leaves behind.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::Id;

fn id<K: crate::id::Kind>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn started() -> Conversation {
    Conversation::start(Start {
        account: id(1),
        gateway: id(2),
        contact: id(3),
        contact_number: "+12025550123".parse().unwrap(),
        contact_name: None,
        at: at(0),
    })
}

/// One that has been written before.
fn conversation() -> Conversation {
    Conversation { version: 1, ..started() }
}

fn completed() -> Conversation {
    let mut conversation = conversation();
    conversation.receive(at(1), "hi");
    conversation.complete().unwrap();
    conversation
}

#[test]
fn d19_completing_moves_a_conversation_from_the_inbox_to_all() {
    let conversation = completed();
    assert!(conversation.is_in(View::Completed) && conversation.is_in(View::All));
    assert!(!conversation.is_in(View::Inbox) && !conversation.is_in(View::Unread));
}

#[test]
fn x02_a_reply_reopens_a_completed_conversation_and_completing_is_not_offered_until_it_is_answered() {
    let mut conversation = completed();
    assert_eq!(conversation.receive(at(2), "one more thing"), [ConversationEvent::Reopened]);
    assert!(conversation.is_in(View::Inbox) && conversation.is_in(View::Unread));
    assert!(!conversation.available_actions().contains(&Action::Complete));
    assert!(conversation.available_actions().contains(&Action::Archive));
    let refused = conversation.complete().unwrap_err();
    assert_eq!((refused.action, refused.available), (Action::Complete, conversation.available_actions()));

    conversation.receive(at(3), "hello?");
    assert!(conversation.complete().is_err(), "a second inbound does not count as an answer");
    conversation.send(at(4), "here you are", Some(id(9)));
    assert!(conversation.available_actions().contains(&Action::Complete));
    assert_eq!(conversation.complete(), Ok(vec![ConversationEvent::Completed]));
}

#[test]
fn x03_e13_an_inbound_message_takes_an_archived_conversation_to_unread() {
    let mut conversation = conversation();
    conversation.archive();
    assert!(conversation.is_in(View::Archived) && conversation.is_in(View::All));
    conversation.receive(at(1), "hi");
    assert!(conversation.is_in(View::Unread) && !conversation.is_in(View::Archived));
    assert!(conversation.available_actions().contains(&Action::Complete), "D23 is about completed ones only");
}

#[test]
fn x04_an_outbound_message_reopens_and_leaves_read() {
    for close in [Conversation::archive, |it: &mut Conversation| it.complete().unwrap()] {
        let mut conversation = conversation();
        conversation.receive(at(1), "hi");
        close(&mut conversation);
        let events = conversation.send(at(2), "hello", None);
        assert_eq!(events, [ConversationEvent::Reopened]);
        assert!(conversation.is_in(View::Inbox) && !conversation.is_in(View::Unread));
    }
}

#[test]
fn x05_an_inbound_message_wakes_unless_the_account_wants_silence() {
    for (wakes_on_reply, view) in [(true, View::Inbox), (false, View::Snoozed)] {
        let mut conversation = conversation();
        conversation.snooze(Snooze { until: at(100), wakes_on_reply }).unwrap();
        assert!(!conversation.is_in(View::Inbox));
        conversation.receive(at(1), "hi");
        assert!(conversation.is_in(view), "wakes_on_reply {wakes_on_reply}");
        assert_eq!(conversation.unread, 1, "the message is unread, wherever it stands");
    }
}

#[test]
fn d17_a_snoozed_conversation_comes_back_when_its_time_has_come_and_not_before() {
    let mut conversation = conversation();
    conversation.receive(at(1), "hi");
    conversation.snooze(Snooze { until: at(100), wakes_on_reply: true }).unwrap();
    assert_eq!(conversation.wake(at(99)), []);
    assert!(conversation.is_in(View::Snoozed));
    assert_eq!(conversation.wake(at(100)), [ConversationEvent::Unsnoozed]);
    assert!(conversation.is_in(View::Unread));
    assert_eq!(conversation.last_activity_at, at(100));
    assert_eq!(conversation.wake(at(101)), [], "waking again changes nothing");
}

#[test]
fn x02_an_automatic_answer_is_shown_and_leaves_the_conversation_where_it_stands() {
    let mut it = conversation();
    it.receive(at(1), "hi");
    it.complete().unwrap();
    it.receive(at(2), "join");
    let before = it.clone();
    it.send_automatically(at(3), "Welcome!");
    assert_eq!((it.preview.as_str(), it.preview_direction), ("Welcome!", Direction::Outbound));
    let shown = Conversation {
        preview: it.preview.clone(),
        preview_direction: it.preview_direction,
        last_activity_at: at(3),
        ..before
    };
    assert_eq!(it, shown);
    assert!(it.complete().is_err(), "nobody has answered yet");
}

#[test]
fn c16_whoever_sends_is_assigned_once() {
    let mut conversation = conversation();
    let events = conversation.send(at(1), "hello", Some(id(9)));
    assert_eq!(events, [ConversationEvent::Assigned { user: id(9) }]);
    assert_eq!(conversation.send(at(2), "again", Some(id(9))), []);
    assert_eq!(conversation.assignees, BTreeSet::from([id(9)]));
}

#[test]
fn x08_only_an_inbound_message_or_a_person_makes_a_conversation_unread() {
    let mut conversation = conversation();
    conversation.assign(id(9)).unwrap();
    conversation.snooze(Snooze { until: at(100), wakes_on_reply: true }).unwrap();
    conversation.unsnooze();
    assert_eq!(conversation.unread, 0);
    conversation.unread().unwrap();
    assert_eq!(conversation.unread, 1);
    conversation.unread().unwrap();
    assert_eq!(conversation.unread, 1, "marking again changes nothing");
    conversation.read();
    assert_eq!(conversation.unread, 0);
}

#[test]
fn x10_a_conversation_has_several_assignees_up_to_the_limit() {
    let mut conversation = conversation();
    for n in 0..MAX_ASSIGNEES {
        conversation.assign(id(n as u128)).unwrap();
    }
    assert_eq!(conversation.assign(id(0)), Ok(vec![]), "who is assigned already may be assigned again");
    assert_eq!(conversation.assign(id(999)).unwrap_err().action, Action::Assign);
}

#[test]
fn a_preview_is_short_and_never_cuts_a_character() {
    let mut conversation = conversation();
    conversation.receive(at(1), &"é".repeat(500));
    assert_eq!(conversation.preview.chars().count(), PREVIEW_CHARACTERS);
}

#[test]
fn x20_the_same_gateway_and_number_always_give_the_same_conversation() {
    let number: PhoneNumber = "+12025550123".parse().unwrap();
    let other: PhoneNumber = "+12025550124".parse().unwrap();
    let of = |account, gateway, number| Conversation::id_for(id(account), id(gateway), number);
    assert_eq!(of(1, 2, &number), of(1, 2, &number));
    let different = [of(1, 2, &number), of(1, 3, &number), of(4, 2, &number), of(1, 2, &other)];
    assert_eq!(different.into_iter().collect::<BTreeSet<_>>().len(), 4);
}

/// Does one arbitrary thing, as a person, a customer or the clock would.
fn step(conversation: &mut Conversation, choice: u8, now: Timestamp) {
    let person = Some(id(u128::from(choice % 3)));
    match choice % 13 {
        0 | 1 => drop(conversation.receive(now, "in")),
        2 => drop(conversation.send(now, "out", person)),
        3 => drop(conversation.assign(id(u128::from(choice % 5)))),
        4 => drop(conversation.unassign(id(u128::from(choice % 5)))),
        5 => drop(conversation.snooze(Snooze { until: now, wakes_on_reply: choice.is_multiple_of(2) })),
        6 => drop(conversation.unsnooze()),
        7 => drop(conversation.complete()),
        8 => drop(conversation.reopen(at(5))),
        9 => drop(conversation.archive()),
        10 => drop(conversation.unarchive(at(5))),
        11 => drop(conversation.unread()),
        _ => conversation.read(),
    }
}

proptest! {
    #[test]
    fn every_history_keeps_the_conversation_consistent(choices in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut conversation = conversation();
        for (second, choice) in choices.into_iter().enumerate() {
            step(&mut conversation, choice, at(i64::try_from(second).unwrap()));
            let folders = [View::Inbox, View::Snoozed, View::Completed, View::Archived];
            prop_assert_eq!(folders.iter().filter(|view| conversation.is_in(**view)).count(), 1, "X01: one folder");
            prop_assert!(conversation.is_in(View::All));
            prop_assert!(conversation.snooze.is_none() || conversation.state == State::Open);
            prop_assert!(conversation.unread == 0 || conversation.state == State::Open);
            prop_assert_eq!(conversation.audiences(), Audience::of(&conversation.assignees));
        }
    }

    /// What is offered is accepted, and what is refused was not offered.
    #[test]
    fn available_actions_are_exactly_those_that_work(choices in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut conversation = conversation();
        for (second, choice) in choices.into_iter().enumerate() {
            step(&mut conversation, choice, at(i64::try_from(second).unwrap()));
        }
        let offered = conversation.available_actions();
        let snooze = Snooze { until: at(1_000), wakes_on_reply: true };
        let accepted = |act: &dyn Fn(&mut Conversation) -> bool| act(&mut conversation.clone());
        prop_assert_eq!(offered.contains(&Action::Snooze), accepted(&|it| it.snooze(snooze).is_ok()));
        prop_assert_eq!(offered.contains(&Action::Complete), accepted(&|it| it.complete().is_ok_and(|e| !e.is_empty())));
        prop_assert_eq!(offered.contains(&Action::Reopen), accepted(&|it| it.reopen(at(5)).is_ok_and(|e| !e.is_empty())));
        prop_assert_eq!(offered.contains(&Action::Unarchive), accepted(&|it| it.unarchive(at(5)).is_ok_and(|e| !e.is_empty())));
        prop_assert_eq!(offered.contains(&Action::Archive), accepted(&|it| !it.archive().is_empty()));
        prop_assert_eq!(offered.contains(&Action::Unsnooze), accepted(&|it| !it.unsnooze().is_empty()));
    }
}

#[test]
fn d12_the_first_message_says_that_the_conversation_started() {
    let mut conversation = started();
    assert_eq!(conversation.receive(at(1), "hi"), [ConversationEvent::Started]);
    let mut conversation = started();
    let events = conversation.send(at(1), "hi", Some(id(9)));
    assert_eq!(events, [ConversationEvent::Started, ConversationEvent::Assigned { user: id(9) }]);
}

#[test]
fn d14_tags_are_put_on_once_and_at_most_ten() {
    let mut conversation = conversation();
    assert_eq!(conversation.tag(id(1)), Ok(vec![ConversationEvent::Tagged { tag: id(1) }]));
    assert_eq!(conversation.tag(id(1)), Ok(vec![]));
    for n in 2..=10 {
        conversation.tag(id(n)).unwrap();
    }
    assert_eq!(conversation.tag(id(11)).unwrap_err().action, Action::Tag);
    assert!(!conversation.available_actions().contains(&Action::Tag));
    assert_eq!(conversation.untag(id(1)), [ConversationEvent::Untagged { tag: id(1) }]);
    assert_eq!(conversation.untag(id(1)), []);
    assert_eq!(conversation.unread, 0, "X08: tagging makes nothing unread");
}

#[test]
fn x10_replacing_assignees_says_who_came_and_who_went() {
    let mut conversation = conversation();
    conversation.assign(id(1)).unwrap();
    let events = conversation.assign_only(&BTreeSet::from([id(2), id(3)])).unwrap();
    assert_eq!(
        events,
        [
            ConversationEvent::Unassigned { user: id(1) },
            ConversationEvent::Assigned { user: id(2) },
            ConversationEvent::Assigned { user: id(3) },
        ]
    );
    assert_eq!(conversation.assign_only(&BTreeSet::from([id(2), id(3)])), Ok(vec![]));
    let many = (0..21).map(id).collect();
    assert_eq!(conversation.assign_only(&many).unwrap_err().action, Action::Assign);
}

#[test]
fn e10_e11_x06_mute_and_pin_are_offered_to_each_person_by_what_they_did_themselves() {
    let mut conversation = conversation();
    conversation.mute(id(1)).unwrap();
    let offered = |user, pinned| conversation.available_to(&Personal { user, pinned, unread: 0 });
    assert!(offered(id(1), false).is_superset(&BTreeSet::from([Action::Unmute, Action::Pin])));
    assert!(offered(id(2), true).is_superset(&BTreeSet::from([Action::Mute, Action::Unpin])));
    assert!(!offered(id(1), false).contains(&Action::Mute));
    let unread = conversation.available_to(&Personal { user: id(2), pinned: false, unread: 3 });
    assert!(unread.contains(&Action::Read) && !unread.contains(&Action::Unread));
}

#[test]
fn what_a_blocked_contact_writes_is_kept_out_of_the_inbox() {
    let mut conversation = conversation();
    conversation.receive(at(1), "hi");
    assert_eq!(conversation.set_blocked(true), [ConversationEvent::Archived]);
    assert_eq!(conversation.receive(at(2), "answer me"), []);
    assert_eq!((conversation.folder(), conversation.unread), (Folder::Archived, 0));
    assert_eq!(conversation.preview, "answer me");
    assert_eq!(conversation.set_blocked(false), []);
    assert_eq!(conversation.receive(at(3), "thanks"), [ConversationEvent::Reopened]);
}

#[test]
fn d21_who_waits_waits_since_their_oldest_unanswered_message() {
    let mut conversation = conversation();
    conversation.receive(at(1), "hi");
    conversation.receive(at(2), "hello?");
    conversation.send_automatically(at(3), "we are closed");
    assert_eq!(conversation.waiting_since, Some(at(1)), "a machine's answer is none");
    conversation.send(at(4), "here I am", Some(id(9)));
    assert_eq!((conversation.waiting_since, conversation.round_began_at), (None, at(0)));
    conversation.complete().unwrap();
    conversation.receive(at(7), "one more");
    assert_eq!((conversation.waiting_since, conversation.round_began_at), (Some(at(7)), at(7)));
}
