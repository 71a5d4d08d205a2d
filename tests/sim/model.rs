//! What the rules say of an inbox, as plainly as it can be put: lists of structs, walked through from end to end.
//!
//! Nothing of the product is used here but the ids of things, so that a mistake there is not made here again. [`crate::desk`]
//! does the same to both and compares what they show.

use std::collections::{BTreeMap, BTreeSet};

/// Somebody at the desk: a place in the list of people.
pub(crate) type Person = usize;
/// A tag, or a gateway: a place in the list of them.
pub(crate) type Mark = usize;

/// Which conversations somebody sees (C02).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Sees {
    All,
    Assigned,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum State {
    Open,
    Completed,
    Archived,
}

/// One conversation.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) mailbox: Mark,
    pub(crate) state: State,
    /// Until which second it sleeps.
    pub(crate) asleep_until: Option<i64>,
    /// Unread messages for everybody.
    pub(crate) unread: u32,
    /// Unread messages for each who sees everything, where each has a read state of their own (E20).
    pub(crate) unread_by: BTreeMap<Person, u32>,
    /// Who has marked it as unread for themselves: at least one message then is.
    pub(crate) kept_by: BTreeSet<Person>,
    /// Came back after completion, and nobody has answered (X02).
    pub(crate) came_back: bool,
    pub(crate) assigned: BTreeSet<Person>,
    pub(crate) tags: BTreeSet<Mark>,
    pub(crate) muted: BTreeSet<Person>,
    pub(crate) pinned: BTreeSet<Person>,
    /// The second of its last activity.
    pub(crate) active: i64,
    /// What its timeline shows, oldest first.
    pub(crate) timeline: Vec<&'static str>,
}

/// A view of the inbox (X01).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Sight {
    Inbox,
    Unread,
    Snoozed,
    Completed,
    Archived,
    All,
}

/// A question to the inbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) sight: Sight,
    pub(crate) of: Of,
    pub(crate) mailbox: Option<Mark>,
    pub(crate) tag: Option<Mark>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Of {
    Anybody,
    Nobody,
    Person(Person),
}

/// What somebody does with a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Send,
    Assign(Person),
    Unassign(Person),
    AssignOnly(Person),
    SnoozeFor(i64),
    Unsnooze,
    Complete,
    Reopen,
    Archive,
    Unarchive,
    Read,
    Unread,
    Tag(Mark),
    Untag(Mark),
    Mute,
    Unmute,
    Pin,
    Unpin,
    Note,
}

/// A desk with people and threads, by the number of the customer.
pub(crate) struct Desk {
    pub(crate) people: Vec<Sees>,
    /// Whether each has a read state of their own.
    pub(crate) individual: bool,
    pub(crate) threads: BTreeMap<usize, Thread>,
}

impl Thread {
    fn reopen(&mut self) {
        self.state = State::Open;
        self.timeline.push("reopened");
    }

    fn put_away(&mut self, state: State, told: &'static str) {
        self.state = state;
        self.asleep_until = None;
        self.unread = 0;
        self.unread_by.clear();
        self.kept_by.clear();
        self.came_back = false;
        self.timeline.push(told);
    }

    fn wake(&mut self) {
        if self.asleep_until.take().is_some() {
            self.timeline.push("unsnoozed");
        }
    }

    fn unread_to(&self, person: Person, individual: bool) -> u32 {
        if individual {
            let own = self.unread_by.get(&person).copied().unwrap_or(0);
            own.max(u32::from(self.kept_by.contains(&person)))
        } else {
            self.unread
        }
    }

    fn is_in_inbox(&self) -> bool {
        self.state == State::Open && self.asleep_until.is_none()
    }
}

impl Desk {
    /// A customer writes to one of our numbers.
    pub(crate) fn receive(&mut self, customer: usize, mailbox: Mark, now: i64) {
        let first = !self.threads.contains_key(&customer);
        let thread = self.threads.entry(customer).or_insert_with(|| Thread {
            mailbox,
            state: State::Open,
            asleep_until: None,
            unread: 0,
            unread_by: BTreeMap::new(),
            kept_by: BTreeSet::new(),
            came_back: false,
            assigned: BTreeSet::new(),
            tags: BTreeSet::new(),
            muted: BTreeSet::new(),
            pinned: BTreeSet::new(),
            active: now,
            timeline: Vec::new(),
        });
        thread.timeline.push("incoming_message");
        if first {
            thread.timeline.push("conversation_started");
        }
        if thread.state != State::Open {
            thread.came_back = thread.state == State::Completed;
            thread.reopen();
        }
        thread.wake();
        thread.unread += 1;
        for (person, sees) in self.people.iter().enumerate() {
            if *sees == Sees::All {
                *thread.unread_by.entry(person).or_default() += 1;
            }
        }
        thread.active = now;
    }

    /// Whether somebody may act on a thread: all who see everything, and who is assigned.
    fn may(&self, person: Person, customer: usize) -> bool {
        let assigned = |it: &Thread| it.assigned.contains(&person);
        self.threads.get(&customer).is_some_and(|it| self.people[person] == Sees::All || assigned(it))
    }

    /// Does something; `false`: it is refused and nothing changes.
    pub(crate) fn act(&mut self, person: Person, customer: usize, deed: Deed, now: i64) -> bool {
        if !self.may(person, customer) {
            return false;
        }
        let Some(thread) = self.threads.get_mut(&customer) else { return false };
        let open = thread.state == State::Open;
        match deed {
            Deed::Send => {
                thread.timeline.push("outgoing_message");
                if !open {
                    thread.reopen();
                }
                thread.came_back = false;
                thread.active = now;
                if thread.assigned.insert(person) {
                    thread.timeline.push("assigned");
                }
            }
            Deed::Assign(who) => {
                if thread.assigned.insert(who) {
                    thread.timeline.push("assigned");
                }
            }
            Deed::Unassign(who) => {
                if thread.assigned.remove(&who) {
                    thread.timeline.push("unassigned");
                }
            }
            Deed::AssignOnly(who) => {
                let others = thread.assigned.iter().filter(|it| **it != who).count();
                thread.timeline.extend(std::iter::repeat_n("unassigned", others));
                if !thread.assigned.contains(&who) {
                    thread.timeline.push("assigned");
                }
                thread.assigned = BTreeSet::from([who]);
            }
            Deed::SnoozeFor(seconds) => {
                if !open {
                    return false;
                }
                thread.asleep_until = Some(now + seconds);
                thread.timeline.push("snoozed");
            }
            Deed::Unsnooze => thread.wake(),
            Deed::Complete => {
                if open && thread.came_back {
                    return false;
                }
                match thread.state {
                    State::Open => thread.put_away(State::Completed, "conversation_finished"),
                    State::Completed => {}
                    State::Archived => return false,
                }
            }
            Deed::Reopen | Deed::Unarchive => {
                let from = if matches!(deed, Deed::Reopen) { State::Completed } else { State::Archived };
                match thread.state {
                    State::Open => {}
                    state if state == from => thread.reopen(),
                    _ => return false,
                }
            }
            Deed::Archive => {
                if thread.state != State::Archived {
                    thread.put_away(State::Archived, "archived");
                }
            }
            Deed::Read => {
                thread.unread = 0;
                thread.unread_by.remove(&person);
                thread.kept_by.remove(&person);
            }
            Deed::Unread => {
                if !open {
                    return false;
                }
                thread.unread = thread.unread.max(1);
                thread.kept_by.insert(person);
            }
            Deed::Tag(tag) => {
                if thread.tags.insert(tag) {
                    thread.timeline.push("tagged");
                }
            }
            Deed::Untag(tag) => {
                if thread.tags.remove(&tag) {
                    thread.timeline.push("untagged");
                }
            }
            Deed::Mute => drop(thread.muted.insert(person)),
            Deed::Unmute => drop(thread.muted.remove(&person)),
            Deed::Pin => drop(thread.pinned.insert(person)),
            Deed::Unpin => drop(thread.pinned.remove(&person)),
            Deed::Note => thread.timeline.push("note"),
        }
        true
    }

    /// Time has passed: what has slept enough wakes and stands on top.
    pub(crate) fn wake_due(&mut self, now: i64) {
        for thread in self.threads.values_mut() {
            if thread.asleep_until.is_some_and(|until| until <= now) {
                thread.wake();
                thread.active = now;
            }
        }
    }

    fn sees(&self, person: Person, thread: &Thread) -> bool {
        self.people[person] == Sees::All || thread.assigned.contains(&person)
    }

    fn is_in(&self, person: Person, thread: &Thread, asked: Asked) -> bool {
        let sight = match asked.sight {
            Sight::Inbox => thread.is_in_inbox(),
            Sight::Unread => thread.is_in_inbox() && thread.unread_to(person, self.individual) > 0,
            Sight::Snoozed => thread.state == State::Open && thread.asleep_until.is_some(),
            Sight::Completed => thread.state == State::Completed,
            Sight::Archived => thread.state == State::Archived,
            Sight::All => true,
        };
        let of = match asked.of {
            Of::Anybody => true,
            Of::Nobody => thread.assigned.is_empty(),
            Of::Person(who) => thread.assigned.contains(&who),
        };
        sight
            && of
            && asked.mailbox.is_none_or(|mailbox| thread.mailbox == mailbox)
            && asked.tag.is_none_or(|tag| thread.tags.contains(&tag))
            && self.sees(person, thread)
    }

    /// Whether somebody may ask this at all: who sees assigned threads only may ask for theirs.
    pub(crate) fn may_ask(&self, person: Person, asked: Asked) -> bool {
        self.people[person] == Sees::All || asked.of == Of::Anybody || asked.of == Of::Person(person)
    }

    /// The customers of a list: the newest activity first, what is pinned on top of the plain inbox.
    pub(crate) fn list(&self, person: Person, asked: Asked) -> Vec<usize> {
        let plain = asked.sight == Sight::Inbox
            && asked.of == Of::Anybody
            && asked.mailbox.is_none()
            && asked.tag.is_none();
        let mut found: Vec<(bool, i64, usize)> = self
            .threads
            .iter()
            .filter(|(_, thread)| self.is_in(person, thread, asked))
            .map(|(customer, thread)| (plain && thread.pinned.contains(&person), thread.active, *customer))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found.into_iter().map(|(_, _, customer)| customer).collect()
    }

    /// Unread conversations and messages among what is asked for (D04).
    pub(crate) fn badge(&self, person: Person, asked: Asked) -> (u32, u32) {
        let unread = Asked { sight: Sight::Unread, ..asked };
        let threads = self.threads.values().filter(|thread| self.is_in(person, thread, unread));
        threads.fold((0, 0), |(conversations, messages), thread| {
            (conversations + 1, messages + thread.unread_to(person, self.individual))
        })
    }
}
