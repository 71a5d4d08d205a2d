//! Statistics: how much is written, how fast customers are answered, how long until things are done with (D21).
//!
//! What each figure means:
//!
//! - **Inbound** and **outbound**: messages that were accepted, by the gateway they went through; outbound ones also by the
//!   person who wrote them. **Failed**: outbound ones of that day that have failed or were not delivered.
//! - A **response** is the first message of a person to a customer who waits for one. Its **response time** runs from the
//!   oldest of the customer's messages that nobody had answered. What programs and automations send is no response.
//! - **Completed**: how often a conversation was marked as complete, by the gateway, by who did it, and by the tags that it had.
//!   Its **time to complete** runs from when the conversation last became open.
//!
//! A day is one of the account's time zone. Averages are exact; medians are read off a histogram of [`BOUNDS`], as if what
//! lies between two bounds lay evenly between them.
//!
//! All follows from timelines: [`facts`] says what one change of a conversation adds, [`replay`] what a whole timeline comes to,
//! and both come to the same (I13).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Add, AddAssign},
};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    conversation::Conversation,
    id::{GatewayId, TagId, UserId},
    message::{Charge, Message, Origin, Status, Way},
    timeline::{ConversationEvent, Entry, EntryContent},
};

/// The upper bounds of the histograms, in seconds; what took longer lies behind the last.
pub const BOUNDS: [u64; 16] = [
    30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 172_800, 345_600,
    604_800,
];
/// How many columns a histogram has.
pub const COLUMNS: usize = BOUNDS.len() + 1;
/// At most this many days are counted up at once.
pub const DAYS_MAX: i32 = 92;

/// How long something took, over many times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How often.
    pub count: i64,
    /// How many seconds in all.
    pub seconds: i64,
    /// How often in each column.
    pub columns: [i64; COLUMNS],
}

impl Times {
    /// One time.
    pub fn one(took: SignedDuration) -> Self {
        let seconds = took.as_secs().max(0);
        let mut times = Self { count: 1, seconds, ..Self::default() };
        let column = BOUNDS.iter().position(|bound| seconds.unsigned_abs() <= *bound).unwrap_or(BOUNDS.len());
        if let Some(number) = times.columns.get_mut(column) {
            *number = 1;
        }
        times
    }

    /// The average in seconds; `None`: there is nothing.
    pub fn average(&self) -> Option<i64> {
        if self.count > 0 { self.seconds.checked_div(self.count) } else { None }
    }

    /// About how many seconds half of them took at most; `None`: there is nothing. Behind the last bound it is that bound.
    pub fn median(&self) -> Option<i64> {
        if self.count <= 0 {
            return None;
        }
        // In halves, so that the middle of an odd number is one.
        let mut before = 0_i64;
        let mut lower = 0_i64;
        for (number, bound) in self.columns.iter().zip(BOUNDS) {
            let upper = i64::try_from(bound).unwrap_or(i64::MAX);
            let beyond = before.saturating_add(*number);
            if *number > 0 && beyond.saturating_mul(2) >= self.count {
                let into = self.count.saturating_sub(before.saturating_mul(2));
                let share =
                    upper.saturating_sub(lower).saturating_mul(into).checked_div(number.saturating_mul(2));
                return Some(lower.saturating_add(share.unwrap_or_default()));
            }
            (before, lower) = (beyond, upper);
        }
        Some(lower)
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.seconds = self.seconds.saturating_add(other.seconds);
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            *mine = mine.saturating_add(theirs);
        }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that came in.
    pub inbound: i64,
    /// Messages that went out.
    pub outbound: i64,
    /// Those of them that failed or were not delivered.
    pub failed: i64,
    /// Responses, and how long customers waited for them.
    pub responses: Times,
    /// What was completed, and how long it had been open.
    pub completed: Times,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.inbound = self.inbound.saturating_add(other.inbound);
        self.outbound = self.outbound.saturating_add(other.outbound);
        self.failed = self.failed.saturating_add(other.failed);
        self.responses += other.responses;
        self.completed += other.completed;
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

/// What is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A mailbox.
    Gateway(GatewayId),
    /// A person.
    User(UserId),
    /// A tag.
    Tag(TagId),
}

/// Counts by what and by day. What came to nothing is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub BTreeMap<(Of, Date), Counts>);

impl Tally {
    /// Adds to one of them.
    pub fn add(&mut self, of: Of, day: Date, counts: Counts) {
        let sum = self.0.remove(&(of, day)).unwrap_or_default() + counts;
        if sum != Counts::default() {
            self.0.insert((of, day), sum);
        }
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: Self) {
        for ((of, day), counts) in other.0 {
            self.add(of, day, counts);
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What has to be known of a conversation before an entry to say what the entry adds.
struct Standing {
    gateway: GatewayId,
    waiting_since: Option<Timestamp>,
    round_began_at: Timestamp,
    tags: BTreeSet<TagId>,
}

impl Standing {
    /// Adds what an entry comes to.
    fn count(&self, entry: &Entry, zone: &TimeZone, tally: &mut Tally) {
        let day = day_of(entry.at, zone);
        let gateway = Of::Gateway(self.gateway);
        match &entry.content {
            EntryContent::Message(message) => match &message.way {
                Way::Inbound { .. } => tally.add(gateway, day, Counts { inbound: 1, ..Counts::default() }),
                // What was refused when its time had come was never sent.
                Way::Outbound(_) if was_refused(message) => {}
                Way::Outbound(delivery) => {
                    let person = delivery.author.user();
                    let mut counts = Counts { outbound: 1, ..Counts::default() };
                    let waited = self.waiting_since.filter(|_| person.is_some() && ends_waiting(message));
                    if let Some(since) = waited {
                        counts.responses = Times::one(entry.at.duration_since(since));
                    }
                    tally.add(gateway, day, counts);
                    if let Some(user) = person {
                        tally.add(Of::User(user), day, counts);
                    }
                }
            },
            EntryContent::Event { event: ConversationEvent::Completed, actor, .. } => {
                let took = entry.at.duration_since(self.round_began_at);
                let counts = Counts { completed: Times::one(took), ..Counts::default() };
                tally.add(gateway, day, counts);
                if let Some(user) = actor.user() {
                    tally.add(Of::User(user), day, counts);
                }
                for tag in &self.tags {
                    tally.add(Of::Tag(*tag), day, counts);
                }
            }
            _ => {}
        }
    }

    /// How it stands after an entry.
    fn follow(&mut self, entry: &Entry) {
        match &entry.content {
            EntryContent::Message(message) => match &message.way {
                Way::Inbound { .. } => {
                    self.waiting_since.get_or_insert(entry.at);
                }
                Way::Outbound(_) if ends_waiting(message) => self.waiting_since = None,
                Way::Outbound(_) => {}
            },
            EntryContent::Event { event, .. } => match event {
                ConversationEvent::Completed | ConversationEvent::Archived => self.waiting_since = None,
                ConversationEvent::Reopened => self.round_began_at = entry.at,
                ConversationEvent::Tagged { tag } => {
                    self.tags.insert(*tag);
                }
                ConversationEvent::Untagged { tag } => {
                    self.tags.remove(tag);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// Whether a customer who waits is answered by it: what the product sends by itself is no answer.
fn ends_waiting(message: &Message) -> bool {
    message.origin() != Origin::Notification && !was_refused(message)
}

/// Whether it was refused when its time had come: then it never was on its way.
fn was_refused(message: &Message) -> bool {
    message.delivery().is_some_and(|delivery| delivery.charge == Charge::Never)
}

/// Which day of a zone a time is in.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// What a change of a conversation adds: how it was before, unless it has begun with it, how it is after, and the entries
/// that came with it.
pub fn facts(
    before: Option<&Conversation>,
    after: &Conversation,
    entries: &[Entry],
    zone: &TimeZone,
) -> Tally {
    let mut standing = Standing {
        gateway: after.gateway,
        waiting_since: before.and_then(|it| it.waiting_since),
        round_began_at: before.map_or(after.round_began_at, |it| it.round_began_at),
        tags: before.map(|it| it.tags.clone()).unwrap_or_default(),
    };
    let mut tally = Tally::default();
    for entry in entries {
        standing.count(entry, zone, &mut tally);
        if entry.message().is_some_and(was_refused) {
            let failed = Counts { failed: 1, ..Counts::default() };
            tally.add(Of::Gateway(standing.gateway), day_of(entry.at, zone), failed);
        }
        standing.follow(entry);
    }
    tally
}

/// Whether a change of a conversation can add anything, to be asked before its entries are read.
pub fn may_add(before: Option<&Conversation>, after: &Conversation) -> bool {
    let Some(before) = before else { return after.next_sequence > 1 };
    before.next_sequence < after.next_sequence
        && (before.last_message != after.last_message || before.state != after.state)
}

/// What an entry that changed adds: a message that failed, or turns out to have arrived after all.
pub fn outcome(before: &Entry, after: &Entry, zone: &TimeZone) -> Tally {
    let mut tally = Tally::default();
    if let Some(delivery) = after.message().and_then(Message::delivery) {
        let failed = i64::from(has_failed(after)).saturating_sub(i64::from(has_failed(before)));
        let of = Of::Gateway(delivery.gateway);
        tally.add(of, day_of(after.at, zone), Counts { failed, ..Counts::default() });
    }
    tally
}

fn has_failed(entry: &Entry) -> bool {
    let status = entry.message().and_then(Message::delivery).map(|delivery| delivery.status);
    matches!(status, Some(Status::Failed | Status::Undelivered))
}

/// What a whole timeline comes to, for recounting. Texts that came in while their contact was blocked cannot be told from
/// others afterwards: they count as waiting.
pub fn replay<'a>(
    conversation: &Conversation,
    entries: impl IntoIterator<Item = &'a Entry>,
    zone: &TimeZone,
) -> Tally {
    let mut standing = Standing {
        gateway: conversation.gateway,
        waiting_since: None,
        round_began_at: conversation.created_at,
        tags: BTreeSet::new(),
    };
    let mut tally = Tally::default();
    for entry in entries {
        standing.count(entry, zone, &mut tally);
        if has_failed(entry) {
            let failed = Counts { failed: 1, ..Counts::default() };
            tally.add(Of::Gateway(conversation.gateway), day_of(entry.at, zone), failed);
        }
        standing.follow(entry);
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(seconds: &[i64]) -> Times {
        let mut sum = Times::default();
        for one in seconds {
            sum += Times::one(SignedDuration::from_secs(*one));
        }
        sum
    }

    #[test]
    fn d21_averages_are_exact_and_medians_lie_in_the_right_column() {
        assert_eq!((times(&[]).average(), times(&[]).median()), (None, None));
        assert_eq!(times(&[10, 20, 60]).average(), Some(30));
        assert_eq!(times(&[45]).median(), Some(45), "the middle of 30 to 60");
        assert_eq!(times(&[10, 45, 90]).median(), Some(45));
        assert_eq!(times(&[10, 10, 10, 90]).median(), Some(20), "two thirds of the first column");
        assert_eq!(times(&[1_000_000, 2_000_000]).median(), Some(604_800));
        assert_eq!(times(&[-5]).median(), Some(15), "clocks that go back count as no time");
    }

    #[test]
    fn d21_a_bound_belongs_to_the_column_below_it() {
        for (column, bound) in BOUNDS.into_iter().enumerate() {
            let bound = i64::try_from(bound).unwrap();
            assert_eq!(times(&[bound]).columns[column], 1);
            assert_eq!(times(&[bound + 1]).columns[column + 1], 1);
        }
    }

    #[test]
    fn d21_a_day_is_one_of_the_zone() {
        let at: Timestamp = "2030-03-10T04:30:00Z".parse().unwrap();
        let zone = |name| TimeZone::get(name).unwrap();
        assert_eq!(day_of(at, &zone("America/New_York")).to_string(), "2030-03-09");
        assert_eq!(day_of(at, &zone("Europe/Berlin")).to_string(), "2030-03-10");
    }

    #[test]
    fn what_comes_to_nothing_is_not_in_a_tally() {
        let (of, day) = (Of::Tag(TagId::from_uuid(uuid::Uuid::nil())), jiff::civil::date(2030, 1, 1));
        let mut tally = Tally::default();
        tally.add(of, day, Counts { failed: 1, ..Counts::default() });
        tally.add(of, day, Counts { failed: -1, ..Counts::default() });
        assert!(tally.is_empty());
    }
}
