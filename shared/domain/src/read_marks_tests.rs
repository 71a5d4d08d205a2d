//! What each person has read of a conversation, whatever comes in, in which order, and however often.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    access::{ConversationAccess, MessageAccess},
    conversation::{Snooze, Start},
    id::{Id, UserId},
};

const PEOPLE: u128 = 4;

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

/// The first two see everything, the others what they are assigned to.
fn viewer(n: u128) -> Viewer {
    let access = if n < 2 { ConversationAccess::All } else { ConversationAccess::Assigned };
    Viewer { user: user(n), access, message_access: MessageAccess::None }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Receives,
    Answered(u128),
    Completes,
    Archives,
    Reopens,
    Snoozes,
    Wakes,
    Assigns(u128),
    Unassigns(u128),
    Reads(u128),
    Keeps(u128),
}

fn any_step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE;
    prop_oneof![
        4 => Just(Step::Receives),
        1 => who.clone().prop_map(Step::Answered),
        1 => Just(Step::Completes),
        1 => Just(Step::Archives),
        1 => Just(Step::Reopens),
        1 => Just(Step::Snoozes),
        1 => Just(Step::Wakes),
        2 => who.clone().prop_map(Step::Assigns),
        1 => who.clone().prop_map(Step::Unassigns),
        3 => who.clone().prop_map(Step::Reads),
        1 => who.prop_map(Step::Keeps),
    ]
}

/// What the stream shows: an entry, or a conversation as it became.
#[derive(Clone, Debug)]
enum Shown {
    Arrived(u64),
    Became(Box<Conversation>),
}

/// A conversation with all that is known of it, and the plain model: what is unread to each, and who keeps it unread.
struct Story {
    now: Conversation,
    shown: Vec<Shown>,
    marks: BTreeMap<UserId, ReadMark>,
    inbound: BTreeSet<u64>,
    unread: BTreeMap<UserId, BTreeSet<u64>>,
    kept: BTreeSet<UserId>,
    placed: BTreeMap<UserId, (u64, Option<Pile>)>,
}

impl Story {
    fn begin() -> Self {
        let now = Conversation::start(Start {
            account: Id::from_uuid(Uuid::from_u128(1)),
            gateway: Id::from_uuid(Uuid::from_u128(2)),
            contact: Id::from_uuid(Uuid::from_u128(3)),
            contact_number: "+12025550123".parse().unwrap(),
            contact_name: None,
            at: Timestamp::UNIX_EPOCH,
        });
        let (shown, marks, inbound) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        let unread = (0..PEOPLE).map(|n| (user(n), BTreeSet::new())).collect();
        Self { now, shown, marks, inbound, unread, kept: BTreeSet::new(), placed: BTreeMap::new() }
    }

    fn take(&mut self, step: Step) {
        let before = self.now.clone();
        let at = Timestamp::UNIX_EPOCH;
        let events = match step {
            Step::Receives => self.now.receive(at, "hi"),
            Step::Answered(n) => self.now.send(at, "hello", Some(user(n))),
            Step::Completes => self.now.complete().unwrap_or_default(),
            Step::Archives => self.now.archive(),
            Step::Reopens => {
                let mut events = self.now.reopen(at).unwrap_or_default();
                events.extend(self.now.unarchive(at).unwrap_or_default());
                events
            }
            Step::Snoozes => {
                let snooze = Snooze { until: Timestamp::MAX, wakes_on_reply: true };
                self.now.snooze(snooze).unwrap_or_default()
            }
            Step::Wakes => self.now.unsnooze(),
            Step::Assigns(n) => self.now.assign(user(n)).unwrap_or_default(),
            Step::Unassigns(n) => self.now.unassign(user(n)),
            Step::Reads(_) | Step::Keeps(_) => Vec::new(),
        };
        for _ in events {
            self.now.take_sequence();
        }
        if let Step::Receives = step {
            let place = self.now.take_sequence();
            self.inbound.insert(place);
            self.shown.push(Shown::Arrived(place));
            for unread in self.unread.values_mut() {
                unread.insert(place);
            }
        }
        if let Step::Answered(_) = step {
            self.now.take_sequence();
        }
        if self.now.state != State::Open {
            self.unread.values_mut().for_each(BTreeSet::clear);
            self.kept.clear();
        }
        if self.now != before {
            self.now.version += 1;
            self.shown.push(Shown::Became(Box::new(self.now.clone())));
        }
        let place = last_place(&self.now);
        match step {
            Step::Reads(n) => {
                self.unread.insert(user(n), BTreeSet::new());
                self.kept.remove(&user(n));
                self.place(n);
                self.marks.entry(user(n)).or_default().read(place);
            }
            Step::Keeps(n) if self.now.state == State::Open => {
                self.kept.insert(user(n));
                self.place(n);
                self.marks.entry(user(n)).or_default().keep(place);
            }
            _ => {}
        }
    }

    /// Who changes their own mark knows the conversation as it is.
    fn place(&mut self, n: u128) {
        self.placed.insert(user(n), (self.now.version, Pile::of(&self.now, &viewer(n))));
    }

    /// How it stands with somebody, by the plain model.
    fn expected(&self, n: u128) -> (u32, Option<Pile>) {
        let messages = u32::try_from(self.unread[&user(n)].len().min(COUNTED_MAX)).unwrap();
        let count = messages.max(u32::from(self.kept.contains(&user(n))));
        (count, Pile::of(&self.now, &viewer(n)).filter(|_| count > 0))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// E20, X08: whatever people do, and in whatever order and however often the stream shows it afterwards, what is unread to
    /// each is what a plain model says.
    #[test]
    fn e20_marks_agree_with_a_plain_model_in_any_order_and_repetition(
        steps in prop::collection::vec(any_step(), 0..40),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
    ) {
        let mut story = Story::begin();
        for step in &steps {
            story.take(*step);
        }
        // Some records come early, some again, all of them at some time.
        let mut shown: Vec<Shown> = Vec::new();
        if !story.shown.is_empty() {
            shown.extend(order.iter().map(|index| index.get(&story.shown).clone()));
        }
        shown.extend(story.shown.iter().rev().cloned());
                for it in shown {
            for n in 0..PEOPLE {
                let mark = story.marks.entry(user(n)).or_default();
                match &it {
                    Shown::Arrived(place) => mark.arrived(*place),
                    Shown::Became(then) => {
                        if let Some(place) = settled_at(then) {
                            mark.settled(place);
                        }
                        let known = story.placed.entry(user(n)).or_default();
                        if then.version >= known.0 {
                            *known = (then.version, Pile::of(then, &viewer(n)));
                        }
                    }
                }
            }
        }
        for n in 0..PEOPLE {
            let count = story.marks.get(&user(n)).map_or(0, ReadMark::count);
            let pile = story.placed.get(&user(n)).and_then(|(_, pile)| *pile).filter(|_| count > 0);
            prop_assert_eq!((count, pile), story.expected(n), "{}", n);
        }
    }
}

#[test]
fn x08_only_what_comes_behind_the_mark_is_unread_to_its_owner() {
    let mut mark = ReadMark::default();
    mark.arrived(3);
    mark.arrived(3);
    mark.arrived(5);
    assert_eq!(mark.count(), 2);
    mark.read(5);
    mark.arrived(4);
    assert_eq!(mark.count(), 0, "what was read before the stream showed it stays read");
    mark.arrived(7);
    assert_eq!(mark.count(), 1);
}

#[test]
fn d18_marking_as_unread_counts_as_one_until_it_is_read() {
    let mut mark = ReadMark::default();
    mark.keep(4);
    assert_eq!(mark.count(), 1);
    mark.settled(3);
    assert_eq!(mark.count(), 1, "what was completed before does not take it away");
    mark.settled(6);
    assert_eq!(mark.count(), 0);
    mark.keep(6);
    mark.read(6);
    assert_eq!(mark.count(), 0);
}

#[test]
fn the_newest_messages_are_told_apart_up_to_a_bound() {
    let mut mark = ReadMark::default();
    for place in (1..=250).rev() {
        mark.arrived(place);
    }
    assert_eq!(mark.unread.first(), Some(&151));
    assert_eq!(mark.count(), 100);
    mark.read(249);
    assert_eq!(mark.count(), 1);
}
