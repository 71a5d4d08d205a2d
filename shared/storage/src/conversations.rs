//! Conversations and the lists they stand in; how these are read is in `conversation_lists`.
//!
//! A conversation stands in the list of everyone and in that of each assignee, or in the unassigned one. The list of
//! everyone is the conversation's own item; each other list has a copy of it, written in the same transaction. The index
//! `lists` orders each audience's folders by activity; the index `attention` holds, with nothing but keys and a number,
//! what is unread, so that a badge costs the same at any size. The index `groups` orders what has come to one gateway, and
//! holds a further copy for each tag.

use std::collections::BTreeSet;

use domain::{
    access::Audience,
    conversation::{Conversation, Direction, Folder, LastInbound, Snooze, State, View},
    id::{AccountId, ContactId, ConversationId, GatewayId, MessageId, TagId, UserId},
    name::DisplayName,
    phone::PhoneNumber,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    conversation_lists::Place,
    error::StoreError,
    item::{Item, NewItem, Stored, is_false, millis, read, text},
    keys::{self, PK},
};

/// One of the lists that a conversation stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Listing {
    /// That of an audience.
    Audience(Audience),
    /// That of a tag.
    Tag(TagId),
}

impl Listing {
    /// The lists of a conversation.
    pub(crate) fn of(it: &Conversation) -> BTreeSet<Self> {
        let audiences = it.audiences().into_iter().map(Self::Audience);
        audiences.chain(it.tags.iter().copied().map(Self::Tag)).collect()
    }
}

/// Conversations that have something in common besides who they are assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// The gateway.
    Mailbox(GatewayId),
    /// A tag.
    Tag(TagId),
}

/// A part of a group: a folder, where what is unread in the inbox has a place of its own, so that it can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    Unread,
    Read,
    Snoozed,
    Completed,
    Archived,
}

impl Shelf {
    fn of(it: &Conversation) -> Self {
        match it.folder() {
            Folder::Inbox if it.unread > 0 => Self::Unread,
            Folder::Inbox => Self::Read,
            Folder::Snoozed => Self::Snoozed,
            Folder::Completed => Self::Completed,
            Folder::Archived => Self::Archived,
        }
    }

    /// The shelves that a view consists of.
    pub(crate) fn of_view(view: View) -> &'static [Self] {
        match view {
            View::Inbox => &[Self::Unread, Self::Read],
            View::Unread => &[Self::Unread],
            View::Snoozed => &[Self::Snoozed],
            View::Completed => &[Self::Completed],
            View::Archived => &[Self::Archived],
            View::All => &[Self::Unread, Self::Read, Self::Snoozed, Self::Completed, Self::Archived],
        }
    }
}

/// A conversation without what its key says. It is kept below a kilobyte, the unit that each write of it is charged by:
/// it has one copy for each assignee, all are written with each message, and their copies in the index with them.
#[derive(Serialize, Deserialize)]
pub(crate) struct ConversationItem {
    gateway: GatewayId,
    contact: ContactId,
    contact_number: PhoneNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact_name: Option<DisplayName>,
    state: State,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    snoozed_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_false")]
    wakes_on_reply: bool,
    unread: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    reopened_unanswered: bool,
    assignees: BTreeSet<UserId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    tags: BTreeSet<TagId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    muted_by: BTreeSet<UserId>,
    #[serde(default, skip_serializing_if = "is_false")]
    blocked: bool,
    #[serde(with = "millis")]
    last_activity_at: Timestamp,
    preview: String,
    preview_direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_message: Option<MessageId>,
    // Short names: a list of conversations reads them a hundred times.
    #[serde(rename = "ia", default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    inbound_at: Option<Timestamp>,
    #[serde(rename = "ip", default, skip_serializing_if = "Option::is_none")]
    inbound_place: Option<u64>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    waiting_since: Option<Timestamp>,
    #[serde(with = "millis")]
    round_began_at: Timestamp,
    #[serde(with = "millis")]
    created_at: Timestamp,
    next_sequence: u64,
    version: u64,
}

impl Stored for ConversationItem {
    const KIND: &'static str = "conversation";
}

/// The copy of a conversation in the list of an assignee, or in the unassigned one.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ListEntryItem(ConversationItem);

impl Stored for ListEntryItem {
    const KIND: &'static str = "list_entry";
}

impl From<&Conversation> for ConversationItem {
    fn from(it: &Conversation) -> Self {
        Self {
            gateway: it.gateway,
            contact: it.contact,
            contact_number: it.contact_number.clone(),
            contact_name: it.contact_name.clone(),
            state: it.state,
            snoozed_until: it.snooze.map(|snooze| snooze.until),
            wakes_on_reply: it.snooze.is_some_and(|snooze| snooze.wakes_on_reply),
            unread: it.unread,
            reopened_unanswered: it.reopened_unanswered,
            assignees: it.assignees.clone(),
            tags: it.tags.clone(),
            muted_by: it.muted_by.clone(),
            blocked: it.blocked,
            last_activity_at: it.last_activity_at,
            preview: it.preview.clone(),
            preview_direction: it.preview_direction,
            last_message: it.last_message,
            inbound_at: it.last_inbound.map(|it| it.at),
            inbound_place: it.last_inbound.map(|it| it.place),
            waiting_since: it.waiting_since,
            round_began_at: it.round_began_at,
            created_at: it.created_at,
            next_sequence: it.next_sequence,
            version: it.version,
        }
    }
}

impl ConversationItem {
    fn into_conversation(self, account: AccountId, id: ConversationId) -> Conversation {
        Conversation {
            id,
            account,
            gateway: self.gateway,
            contact: self.contact,
            contact_number: self.contact_number,
            contact_name: self.contact_name,
            state: self.state,
            snooze: self.snoozed_until.map(|until| Snooze { until, wakes_on_reply: self.wakes_on_reply }),
            unread: self.unread,
            reopened_unanswered: self.reopened_unanswered,
            assignees: self.assignees,
            tags: self.tags,
            muted_by: self.muted_by,
            blocked: self.blocked,
            last_activity_at: self.last_activity_at,
            preview: self.preview,
            preview_direction: self.preview_direction,
            last_message: self.last_message,
            last_inbound: self
                .inbound_at
                .zip(self.inbound_place)
                .map(|(at, place)| LastInbound { at, place }),
            waiting_since: self.waiting_since,
            round_began_at: self.round_began_at,
            created_at: self.created_at,
            next_sequence: self.next_sequence,
            version: self.version,
        }
    }
}

/// Reads a conversation from its own item or from a list entry.
pub(crate) fn read_listed(item: Item) -> Result<Conversation, StoreError> {
    let Some((account, id)) = text(&item, PK).and_then(keys::parse_in_conversation) else {
        return Err(StoreError::unreadable(
            ConversationItem::KIND,
            "the partition key is not a conversation's",
        ));
    };
    let item = match text(&item, crate::item::KIND) {
        Some(ListEntryItem::KIND) => read::<ListEntryItem>(item)?.0,
        _ => read::<ConversationItem>(item)?,
    };
    Ok(item.into_conversation(account, id))
}

impl AccountStore {
    /// A conversation.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let item: Option<ConversationItem> = self.store.get(keys::conversation(self.account, id)).await?;
        Ok(item.map(|item| item.into_conversation(self.account, id)))
    }

    /// Several conversations, in no particular order; those that do not exist are left out.
    pub async fn conversations_by_id(
        &self,
        ids: &BTreeSet<ConversationId>,
    ) -> Result<Vec<Conversation>, StoreError> {
        let keys = ids.iter().map(|id| keys::conversation(self.account, *id)).collect();
        self.store.get_many(keys, true).await?.into_iter().map(read_listed).collect()
    }

    /// The items of a conversation: its own, and its copy in each further list.
    pub(crate) fn list_items(&self, it: &Conversation) -> Result<Vec<(Listing, NewItem)>, StoreError> {
        let group = |group| keys::group(self.account, group, Shelf::of(it));
        let place = Place::of(it).key();
        let item_for = |listing| {
            let key = keys::list_entry(self.account, it.id, listing);
            let item = match listing {
                Listing::Tag(tag) => {
                    let item = NewItem::new(key, &ListEntryItem(it.into()))?;
                    return Ok((listing, item.grouped(group(Group::Tag(tag)), place.clone())));
                }
                Listing::Audience(Audience::Everyone) => NewItem::new(key, &ConversationItem::from(it))?
                    .grouped(group(Group::Mailbox(it.gateway)), place.clone()),
                Listing::Audience(_) => NewItem::new(key, &ListEntryItem(it.into()))?,
            };
            let Listing::Audience(audience) = listing else { return Ok((listing, item)) };
            let item = item.listed(keys::list(self.account, audience, it.folder()), place.clone());
            Ok((
                listing,
                if it.is_in(View::Unread) {
                    item.wanting_attention(keys::unread(self.account, audience), it.last_activity_at)
                } else {
                    item
                },
            ))
        };
        Listing::of(it).into_iter().map(item_for).collect()
    }
}
