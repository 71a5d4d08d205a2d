//! What one person has read of a conversation, where each has a read state of their own (E20, X08).
//!
//! Beside the shared state of a conversation, which goes on as ever, there is then a mark for each person: up to which place of
//! the timeline they have read, and which messages of the customer behind it are unread to them. Only a customer's message and
//! marking as unread make a conversation unread; assigning, tagging and noting never do.
//!
//! Marks follow the table's stream, which repeats itself and shows changes of different items in any order. So each step may
//! come again and late: what has arrived is a set, what was read only rises, and which of two places in the inbox is the
//! present one is said by the version of the conversation. What a person does to their own mark is written at once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    access::Viewer,
    conversation::{Conversation, State, View},
    message::Way,
    timeline::{ConversationEvent, Entry, EntryContent},
};

/// At most this many unread messages of one conversation are told apart; beyond that a badge says "99+" anyway.
pub const COUNTED_MAX: usize = 100;

/// What one person has read of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadMark {
    /// They have read everything up to this place of the timeline.
    pub read_up_to: u64,
    /// The places of the customer's messages behind it, the newest [`COUNTED_MAX`] of them.
    pub unread: BTreeSet<u64>,
    /// The last place at the moment at which they marked the conversation as unread (D18), while that lasts.
    pub kept_at: Option<u64>,
}

impl ReadMark {
    /// How many messages are unread to the person. Marking as unread makes it at least one (D18).
    pub fn count(&self) -> u32 {
        let messages = u32::try_from(self.unread.len()).unwrap_or(u32::MAX);
        messages.max(u32::from(self.kept_at.is_some()))
    }

    /// A message of the customer arrived at this place. Again, or after it was read, changes nothing.
    pub fn arrived(&mut self, place: u64) {
        if place > self.read_up_to {
            self.unread.insert(place);
            while self.unread.len() > COUNTED_MAX {
                self.unread.pop_first();
            }
        }
    }

    /// The conversation was completed or archived at this place: then nothing before is left to read, for anybody. Who has
    /// marked it as unread after that keeps their mark.
    pub fn settled(&mut self, place: u64) {
        self.raise(place);
        self.kept_at = self.kept_at.filter(|kept| *kept > place);
    }

    /// The person has read everything up to this place.
    pub fn read(&mut self, place: u64) {
        self.raise(place);
        self.kept_at = None;
    }

    /// The person has marked the conversation as unread (D18), when this was its last place.
    pub fn keep(&mut self, place: u64) {
        self.kept_at = Some(place);
    }

    fn raise(&mut self, place: u64) {
        self.read_up_to = self.read_up_to.max(place);
        let read_up_to = self.read_up_to;
        self.unread.retain(|place| *place > read_up_to);
    }
}

/// The last place of a conversation's timeline.
pub fn last_place(conversation: &Conversation) -> u64 {
    conversation.next_sequence.saturating_sub(1)
}

/// Up to which place a conversation is settled for everybody, as this state of it shows; `None`: it is open.
pub fn settled_at(conversation: &Conversation) -> Option<u64> {
    (conversation.state != State::Open).then(|| last_place(conversation))
}

/// The customer's messages that somebody who now comes to a conversation has not seen, from its newest entries, newest first:
/// those since it was last completed or archived, and since `is_counted` says so.
pub fn not_seen<'a>(
    newest_first: impl IntoIterator<Item = &'a Entry>,
    is_counted: impl Fn(&Entry) -> bool,
) -> BTreeSet<u64> {
    let mut places = BTreeSet::new();
    for entry in newest_first {
        let ends = matches!(
            entry.content,
            EntryContent::Event { event: ConversationEvent::Completed | ConversationEvent::Archived, .. }
        );
        if ends || !is_counted(entry) || places.len() == COUNTED_MAX {
            break;
        }
        if is_inbound(entry) {
            places.insert(entry.sequence);
        }
    }
    places
}

/// Whether the entry is a message of the customer.
pub fn is_inbound(entry: &Entry) -> bool {
    entry.message().is_some_and(|message| matches!(message.way, Way::Inbound { .. }))
}

/// Where an unread conversation stands in somebody's inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pile {
    /// Assigned to them.
    Mine,
    /// Assigned to nobody.
    Unassigned,
    /// Assigned to others.
    Others,
}

impl Pile {
    /// Every pile.
    pub const ALL: [Self; 3] = [Self::Mine, Self::Unassigned, Self::Others];

    /// The pile that a conversation lies on for somebody, if it stands in their inbox.
    pub fn of(conversation: &Conversation, viewer: &Viewer) -> Option<Self> {
        if !conversation.is_in(View::Inbox) || !viewer.may_see(&conversation.assignees) {
            None
        } else if conversation.assignees.contains(&viewer.user) {
            Some(Self::Mine)
        } else if conversation.assignees.is_empty() {
            Some(Self::Unassigned)
        } else {
            Some(Self::Others)
        }
    }

    /// The name in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Others => "others",
        }
    }
}

#[cfg(test)]
#[path = "read_marks_tests.rs"]
mod tests;
