//! A conversation: one thread between one of our numbers and one of theirs, for life (X20).
//!
//! All of its life (X01 to X05) is here: each step takes the conversation and gives it back changed, with what the
//! timeline shows of it. Storage only writes what these functions answer, and [`Conversation::available_actions`] is
//! computed by the very functions that would refuse, so that what is offered and what is accepted cannot differ.

mod action;
mod state;
mod view;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    access::Audience,
    id::{AccountId, ContactId, ConversationId, GatewayId, MessageId, TagId, UserId},
    name::DisplayName,
    phone::PhoneNumber,
    timeline::ConversationEvent,
};

pub use action::{Action, NotAvailable, Personal};
pub use state::{Direction, LastInbound, Snooze, State};
pub use view::{Folder, View};

/// At most this many people are assigned to one conversation: each of them has a list entry that is rewritten with every
/// message, and one DynamoDB transaction takes at most 100 items.
pub const MAX_ASSIGNEES: usize = 20;

/// At most this many tags are on one conversation: each has a list entry that is rewritten with every message.
pub const MAX_TAGS: usize = 10;

/// At most this many people mute one conversation: they are kept with it.
pub const MAX_MUTED_BY: usize = 50;

/// At most this many characters of the last message are kept for lists.
const PREVIEW_CHARACTERS: usize = 100;

/// A conversation as the product knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id, derived from gateway and number: see [`Conversation::id_for`].
    pub id: ConversationId,
    /// Whose it is.
    pub account: AccountId,
    /// Which of our numbers it is with.
    pub gateway: GatewayId,
    /// Who it is with.
    pub contact: ContactId,
    /// The customer's number.
    pub contact_number: PhoneNumber,
    /// The customer's name, as far as known.
    pub contact_name: Option<DisplayName>,
    /// Where it stands.
    pub state: State,
    /// Whether it sleeps. Only open conversations do.
    pub snooze: Option<Snooze>,
    /// Unread inbound messages; zero is read. Marking as unread makes it at least one (D18).
    pub unread: u32,
    /// Whether it came back by itself after having been completed, and nobody has answered since: then completing is
    /// not offered, only archiving (D23, X02).
    pub reopened_unanswered: bool,
    /// Who it is assigned to: any number (X10).
    pub assignees: BTreeSet<UserId>,
    /// What it is about (D13, D14).
    pub tags: BTreeSet<TagId>,
    /// Who does not want to be alerted of it (E11, X06).
    pub muted_by: BTreeSet<UserId>,
    /// Whether the contact is blocked: then what they write is kept, but neither shown in the inbox nor told to anybody.
    pub blocked: bool,
    /// The last message in either direction, or its waking: lists show the newest activity first.
    pub last_activity_at: Timestamp,
    /// The beginning of the last message.
    pub preview: String,
    /// Which way the last message went.
    pub preview_direction: Direction,
    /// The last message in either direction.
    pub last_message: Option<MessageId>,
    /// The last text that came in, if one ever did.
    pub last_inbound: Option<LastInbound>,
    /// Since when the customer has been waiting for an answer of a person: the time of the oldest message that has none.
    pub waiting_since: Option<Timestamp>,
    /// When the present round began: when it last became open. Completing ends a round (D21).
    pub round_began_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// The place of the next timeline entry. Places are given in the order of acceptance, so carriers' clocks and
    /// parallel webhooks cannot change the order of a thread (I08).
    pub next_sequence: u64,
    /// Rises with every change; storage writes only over the version it has read.
    pub version: u64,
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("unread", &self.unread)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// How a new conversation begins.
#[derive(Clone)]
pub struct Start {
    /// Whose it is.
    pub account: AccountId,
    /// Which of our numbers.
    pub gateway: GatewayId,
    /// With whom.
    pub contact: ContactId,
    /// Their number.
    pub contact_number: PhoneNumber,
    /// Their name, as far as known.
    pub contact_name: Option<DisplayName>,
    /// Now.
    pub at: Timestamp,
}

impl Conversation {
    /// The id of the conversation between a gateway and a number. Because it is derived and not drawn, two first
    /// messages that arrive together meet at the same item, and there is never a second thread (I03, X20).
    pub fn id_for(account: AccountId, gateway: GatewayId, number: &PhoneNumber) -> ConversationId {
        ConversationId::derive(&[
            b"conversation",
            account.uuid().as_bytes(),
            gateway.uuid().as_bytes(),
            number.as_str().as_bytes(),
        ])
    }

    /// A conversation without any message yet.
    pub fn start(start: Start) -> Self {
        Self {
            id: Self::id_for(start.account, start.gateway, &start.contact_number),
            account: start.account,
            gateway: start.gateway,
            contact: start.contact,
            contact_number: start.contact_number,
            contact_name: start.contact_name,
            state: State::Open,
            snooze: None,
            unread: 0,
            reopened_unanswered: false,
            assignees: BTreeSet::new(),
            tags: BTreeSet::new(),
            muted_by: BTreeSet::new(),
            blocked: false,
            last_activity_at: start.at,
            preview: String::new(),
            preview_direction: Direction::Inbound,
            last_message: None,
            last_inbound: None,
            waiting_since: None,
            round_began_at: start.at,
            created_at: start.at,
            next_sequence: 1,
            version: 0,
        }
    }

    /// Takes the next place in the timeline.
    pub fn take_sequence(&mut self) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.saturating_add(1);
        sequence
    }

    /// Takes the next place in the timeline for a message, which is then the newest of the thread.
    pub fn take_place(&mut self, message: MessageId) -> u64 {
        self.last_message = Some(message);
        self.take_sequence()
    }

    /// The folder the conversation lies in.
    pub fn folder(&self) -> Folder {
        match (self.state, self.snooze) {
            (State::Open, None) => Folder::Inbox,
            (State::Open, Some(_)) => Folder::Snoozed,
            (State::Completed, _) => Folder::Completed,
            (State::Archived, _) => Folder::Archived,
        }
    }

    /// Whether the conversation belongs to `view` (X01).
    pub fn is_in(&self, view: View) -> bool {
        match view {
            View::Inbox => self.folder() == Folder::Inbox,
            View::Unread => self.folder() == Folder::Inbox && self.unread > 0,
            View::Snoozed => self.folder() == Folder::Snoozed,
            View::Completed => self.folder() == Folder::Completed,
            View::Archived => self.folder() == Folder::Archived,
            View::All => true,
        }
    }

    /// The lists the conversation stands in.
    pub fn audiences(&self) -> BTreeSet<Audience> {
        Audience::of(&self.assignees)
    }

    /// What a step that may be the first of a conversation begins with (D12).
    fn started(&self) -> Vec<ConversationEvent> {
        if self.version == 0 { vec![ConversationEvent::Started] } else { Vec::new() }
    }

    /// An inbound message arrived (X02, X03, X05). One from a blocked contact is only kept.
    pub fn receive(&mut self, at: Timestamp, text: &str) -> Vec<ConversationEvent> {
        let mut events = self.started();
        // A webhook that was kept comes later than others that arrived after it.
        let latest = self.last_inbound.map_or(at, |it| it.at.max(at));
        self.last_inbound = Some(LastInbound { at: latest, place: self.next_sequence });
        if self.blocked {
            self.close(State::Archived);
            self.show(at, text, Direction::Inbound);
            return events;
        }
        if self.state != State::Open {
            self.reopened_unanswered = self.state == State::Completed;
            self.open(at);
            events.push(ConversationEvent::Reopened);
        }
        self.waiting_since.get_or_insert(at);
        if self.snooze.is_some_and(|snooze| snooze.wakes_on_reply) {
            self.snooze = None;
            events.push(ConversationEvent::Unsnoozed);
        }
        self.unread = self.unread.saturating_add(1);
        self.show(at, text, Direction::Inbound);
        events
    }

    /// An outbound message was accepted (C16, X02, X04). `sender` is `None` when no person sent it.
    pub fn send(&mut self, at: Timestamp, text: &str, sender: Option<UserId>) -> Vec<ConversationEvent> {
        let mut events = self.started();
        if self.state != State::Open {
            self.open(at);
            self.unread = 0;
            events.push(ConversationEvent::Reopened);
        }
        self.reopened_unanswered = false;
        self.waiting_since = None;
        if let Some(user) = sender
            && self.assignees.len() < MAX_ASSIGNEES
            && self.assignees.insert(user)
        {
            events.push(ConversationEvent::Assigned { user });
        }
        self.show(at, text, Direction::Outbound);
        events
    }

    /// The product itself answered (X02, X18): the conversation shows it, and stands where it stood. It is neither opened,
    /// read nor assigned, and a customer who waits for somebody still waits.
    pub fn send_automatically(&mut self, at: Timestamp, text: &str) {
        self.show(at, text, Direction::Outbound);
    }

    fn open(&mut self, at: Timestamp) {
        self.state = State::Open;
        self.round_began_at = at;
    }

    fn show(&mut self, at: Timestamp, text: &str, direction: Direction) {
        self.last_activity_at = self.last_activity_at.max(at);
        self.preview = text.chars().take(PREVIEW_CHARACTERS).collect();
        self.preview_direction = direction;
    }

    /// What everybody who may act on it can do now.
    pub fn available_actions(&self) -> BTreeSet<Action> {
        Action::ALL.into_iter().filter(|action| self.allows(*action)).collect()
    }

    /// What one person can do now, beside others what concerns only them.
    pub fn available_to(&self, person: &Personal) -> BTreeSet<Action> {
        let muted = self.muted_by.contains(&person.user);
        let mut own = Self { unread: person.unread, ..self.clone() }.available_actions();
        own.extend([
            if muted { Action::Unmute } else { Action::Mute },
            if person.pinned { Action::Unpin } else { Action::Pin },
        ]);
        if !muted && self.muted_by.len() >= MAX_MUTED_BY {
            own.remove(&Action::Mute);
        }
        own
    }

    /// Whether `action` is possible now. Doing again what is already so is possible where it changes nothing (see each
    /// step), but it is not offered.
    fn allows(&self, action: Action) -> bool {
        match action {
            Action::Assign => self.assignees.len() < MAX_ASSIGNEES,
            Action::Unassign => !self.assignees.is_empty(),
            Action::Snooze => self.state == State::Open,
            Action::Unsnooze => self.snooze.is_some(),
            Action::Complete => self.state == State::Open && !self.reopened_unanswered,
            Action::Reopen => self.state == State::Completed,
            Action::Archive => self.state != State::Archived,
            Action::Unarchive => self.state == State::Archived,
            Action::Read => self.unread > 0,
            Action::Unread => self.unread == 0 && self.state == State::Open,
            Action::Tag => self.tags.len() < MAX_TAGS,
            Action::Untag => !self.tags.is_empty(),
            // Matters of one person, see `available_to`.
            Action::Mute | Action::Unmute | Action::Pin | Action::Unpin => false,
        }
    }

    fn require(&self, action: Action) -> Result<(), NotAvailable> {
        if self.allows(action) {
            Ok(())
        } else {
            Err(NotAvailable { action, available: self.available_actions() })
        }
    }

    /// Assigns `user`. Assigning again changes nothing.
    pub fn assign(&mut self, user: UserId) -> Result<Vec<ConversationEvent>, NotAvailable> {
        if self.assignees.contains(&user) {
            return Ok(Vec::new());
        }
        self.require(Action::Assign)?;
        self.assignees.insert(user);
        Ok(vec![ConversationEvent::Assigned { user }])
    }

    /// Removes the assignment of `user`. Removing again changes nothing.
    pub fn unassign(&mut self, user: UserId) -> Vec<ConversationEvent> {
        if self.assignees.remove(&user) { vec![ConversationEvent::Unassigned { user }] } else { Vec::new() }
    }

    /// Assigns these people and nobody else (X10).
    pub fn assign_only(&mut self, users: &BTreeSet<UserId>) -> Result<Vec<ConversationEvent>, NotAvailable> {
        if users.len() > MAX_ASSIGNEES {
            return Err(NotAvailable { action: Action::Assign, available: self.available_actions() });
        }
        let gone = self.assignees.difference(users).map(|user| ConversationEvent::Unassigned { user: *user });
        let come = users.difference(&self.assignees).map(|user| ConversationEvent::Assigned { user: *user });
        let events = gone.chain(come).collect();
        self.assignees.clone_from(users);
        Ok(events)
    }

    /// Puts a tag on it (D14). Doing it again changes nothing.
    pub fn tag(&mut self, tag: TagId) -> Result<Vec<ConversationEvent>, NotAvailable> {
        if self.tags.contains(&tag) {
            return Ok(Vec::new());
        }
        self.require(Action::Tag)?;
        self.tags.insert(tag);
        Ok(vec![ConversationEvent::Tagged { tag }])
    }

    /// Takes a tag off (D14). Doing it again changes nothing.
    pub fn untag(&mut self, tag: TagId) -> Vec<ConversationEvent> {
        if self.tags.remove(&tag) { vec![ConversationEvent::Untagged { tag }] } else { Vec::new() }
    }

    /// Has a person get no more alerts of it (E11). Nobody else is concerned, so the timeline does not tell of it.
    pub fn mute(&mut self, user: UserId) -> Result<(), NotAvailable> {
        if !self.muted_by.contains(&user) && self.muted_by.len() >= MAX_MUTED_BY {
            return Err(NotAvailable { action: Action::Mute, available: self.available_actions() });
        }
        self.muted_by.insert(user);
        Ok(())
    }

    /// Has a person get alerts of it again (E11).
    pub fn unmute(&mut self, user: UserId) {
        self.muted_by.remove(&user);
    }

    /// The contact was blocked, or is no longer. What stands in the inbox of a blocked contact is put away.
    pub fn set_blocked(&mut self, blocked: bool) -> Vec<ConversationEvent> {
        self.blocked = blocked;
        if blocked { self.archive() } else { Vec::new() }
    }

    /// Puts the conversation to sleep, or sets another time for one that sleeps (D17).
    pub fn snooze(&mut self, snooze: Snooze) -> Result<Vec<ConversationEvent>, NotAvailable> {
        self.require(Action::Snooze)?;
        if self.snooze == Some(snooze) {
            return Ok(Vec::new());
        }
        self.snooze = Some(snooze);
        Ok(vec![ConversationEvent::Snoozed { until: snooze.until }])
    }

    /// Wakes the conversation on a person's wish. Waking an awake one changes nothing.
    pub fn unsnooze(&mut self) -> Vec<ConversationEvent> {
        if self.snooze.take().is_some() { vec![ConversationEvent::Unsnoozed] } else { Vec::new() }
    }

    /// Wakes the conversation if its time has come: it reappears at the top of the inbox (D17).
    pub fn wake(&mut self, now: Timestamp) -> Vec<ConversationEvent> {
        if self.snooze.is_none_or(|snooze| now < snooze.until) {
            return Vec::new();
        }
        self.last_activity_at = self.last_activity_at.max(now);
        self.unsnooze()
    }

    /// Marks the conversation as complete (D19, D23). Completing again changes nothing. A completed conversation is read
    /// and awake: nothing in it is left to do.
    pub fn complete(&mut self) -> Result<Vec<ConversationEvent>, NotAvailable> {
        if self.state == State::Completed {
            return Ok(Vec::new());
        }
        self.require(Action::Complete)?;
        self.close(State::Completed);
        Ok(vec![ConversationEvent::Completed])
    }

    /// Puts the conversation away (D24, E12). Archiving again changes nothing.
    pub fn archive(&mut self) -> Vec<ConversationEvent> {
        if self.state == State::Archived {
            return Vec::new();
        }
        self.close(State::Archived);
        vec![ConversationEvent::Archived]
    }

    fn close(&mut self, state: State) {
        self.state = state;
        self.snooze = None;
        self.unread = 0;
        self.reopened_unanswered = false;
        self.waiting_since = None;
    }

    /// Takes a completed conversation back into the inbox. Reopening an open one changes nothing.
    pub fn reopen(&mut self, at: Timestamp) -> Result<Vec<ConversationEvent>, NotAvailable> {
        self.take_back(Action::Reopen, at)
    }

    /// Takes an archived conversation back into the inbox. Doing it to an open one changes nothing.
    pub fn unarchive(&mut self, at: Timestamp) -> Result<Vec<ConversationEvent>, NotAvailable> {
        self.take_back(Action::Unarchive, at)
    }

    fn take_back(&mut self, action: Action, at: Timestamp) -> Result<Vec<ConversationEvent>, NotAvailable> {
        if self.state == State::Open {
            return Ok(Vec::new());
        }
        self.require(action)?;
        self.open(at);
        Ok(vec![ConversationEvent::Reopened])
    }

    /// Marks the conversation as read.
    pub fn read(&mut self) {
        self.unread = 0;
    }

    /// Marks the conversation as unread (D18). Only what stands in the inbox, or sleeps, can be unread.
    pub fn unread(&mut self) -> Result<(), NotAvailable> {
        if self.unread == 0 {
            self.require(Action::Unread)?;
            self.unread = 1;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
