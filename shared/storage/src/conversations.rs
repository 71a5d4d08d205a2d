//! Conversations and the lists they stand in.
//!
//! A conversation stands in the list of everyone and in that of each assignee, or in the unassigned one. The list of
//! everyone is the conversation's own item; each other list has a copy of it, written in the same transaction. The index
//! `lists` orders each audience's folders by activity; the index `attention` holds, with nothing but keys and a number,
//! what is unread, so that a badge costs the same at any size.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    str::FromStr,
};

use domain::{
    access::Audience,
    conversation::{Conversation, Direction, Folder, Snooze, State, View},
    id::{AccountId, ContactId, ConversationId, GatewayId, UserId},
    name::DisplayName,
    phone::PhoneNumber,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, ATTENTION_PK, ATTENTION_SK, PK, SK},
    query::{Index, Page, PageRequest, Range, Read},
};

/// A list of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose list.
    pub audience: Audience,
    /// Which of its conversations.
    pub view: View,
}

/// How much is unread, up to a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Unread conversations in the inbox.
    pub conversations: u32,
    /// Unread messages in them (D04).
    pub messages: u32,
    /// Whether counting stopped at the limit: there are more.
    pub capped: bool,
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
    #[serde(with = "millis")]
    last_activity_at: Timestamp,
    preview: String,
    preview_direction: Direction,
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
            last_activity_at: it.last_activity_at,
            preview: it.preview.clone(),
            preview_direction: it.preview_direction,
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
            last_activity_at: self.last_activity_at,
            preview: self.preview,
            preview_direction: self.preview_direction,
            created_at: self.created_at,
            next_sequence: self.next_sequence,
            version: self.version,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Reads a conversation from its own item or from a list entry.
fn read_listed(item: Item) -> Result<Conversation, StoreError> {
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

/// Newest first, each once: while a conversation moves, the index may show it at its old and at its new place, and its
/// newest copy counts.
fn in_order(mut items: Vec<Conversation>) -> Vec<Conversation> {
    items.sort_by_key(|it| std::cmp::Reverse((Place::of(it).key(), it.version)));
    let mut seen = HashSet::new();
    items.retain(|it| seen.insert(it.id));
    items
}

/// Where a list goes on: behind this conversation.
#[derive(Clone, Copy)]
struct Place {
    at: Timestamp,
    conversation: ConversationId,
}

impl Place {
    fn of(conversation: &Conversation) -> Self {
        Self { at: conversation.last_activity_at, conversation: conversation.id }
    }

    fn key(self) -> String {
        keys::list_place(self.at, self.conversation)
    }
}

impl FromStr for Place {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (at, conversation) = text.split_once('#').ok_or(InvalidCursor)?;
        let millis = at.parse().map_err(|_| InvalidCursor)?;
        Ok(Self {
            at: Timestamp::from_millisecond(millis).map_err(|_| InvalidCursor)?,
            conversation: conversation.parse().map_err(|_| InvalidCursor)?,
        })
    }
}

/// The place of an entry of the lean index.
fn unread_place(item: &Item) -> Option<Place> {
    let (_, conversation) = keys::parse_in_conversation(text(item, PK)?)?;
    let millis = text(item, ATTENTION_SK)?.parse().ok()?;
    Some(Place { at: Timestamp::from_millisecond(millis).ok()?, conversation })
}

impl AccountStore {
    /// A conversation.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let item: Option<ConversationItem> = self.store.get(keys::conversation(self.account, id)).await?;
        Ok(item.map(|item| item.into_conversation(self.account, id)))
    }

    /// A page of a list, newest activity first. Each view is one query, but for [`View::All`], which merges the pages of
    /// the four folders, and [`View::Unread`], which fetches what the lean index names.
    pub async fn conversations(
        &self,
        list: ListQuery,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Conversation>, InvalidCursor>, StoreError> {
        let query = format!("conversations {} {:?}", list.audience, list.view);
        let place = match self
            .open_cursor(&query, page.cursor)
            .and_then(|place| place.map(|it| it.parse()).transpose())
        {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let (items, next) = match list.view {
            View::Inbox => self.folder(list.audience, Folder::Inbox, place, page.limit).await?,
            View::Snoozed => self.folder(list.audience, Folder::Snoozed, place, page.limit).await?,
            View::Completed => self.folder(list.audience, Folder::Completed, place, page.limit).await?,
            View::Archived => self.folder(list.audience, Folder::Archived, place, page.limit).await?,
            View::Unread => self.unread_page(list.audience, place, page.limit).await?,
            View::All => Box::pin(self.all(list.audience, place, page.limit)).await?,
        };
        let items = in_order(items);
        Ok(Ok(Page { items, next_cursor: next.and_then(|place| self.seal_cursor(&query, &place.key())) }))
    }

    /// One folder of an audience, and where its next page begins.
    async fn folder(
        &self,
        audience: Audience,
        folder: Folder,
        place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let mut request =
            Read::new(Index::Lists, keys::list(self.account, audience, folder), limit).newest_first();
        if let Some(place) = place {
            request = request.range(Range::Below(place.key()));
        }
        let found = self.store.query(request).await?;
        let items = found.items.into_iter().map(read_listed).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| found.more).map(Place::of);
        Ok((items, next))
    }

    async fn all(
        &self,
        audience: Audience,
        place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let [a, b, c, d] = Folder::ALL.map(|folder| self.folder(audience, folder, place, limit));
        let (a, b, c, d) = tokio::try_join!(a, b, c, d)?;
        let mut more = false;
        let mut items = Vec::new();
        for (page, next) in [a, b, c, d] {
            more |= next.is_some();
            items.extend(page);
        }
        // Between reading two folders a conversation may have moved from one to the other.
        let mut items = in_order(items);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        more |= items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(Place::of);
        Ok((items, next))
    }

    async fn unread_page(
        &self,
        audience: Audience,
        place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let mut request =
            Read::new(Index::Attention, keys::unread(self.account, audience), limit).newest_first();
        request.start = place.map(|place| self.unread_start(audience, place));
        let found = self.store.query(request).await?;
        let places: Vec<Place> = found.items.iter().filter_map(unread_place).collect();
        // A batch must not name a key twice, which the index may, while an entry moves.
        let conversations: HashSet<ConversationId> = places.iter().map(|it| it.conversation).collect();
        let keys = conversations.into_iter().map(|id| keys::conversation(self.account, id)).collect();
        let items = self
            .store
            .get_many(keys, false)
            .await?
            .into_iter()
            .map(read_listed)
            .collect::<Result<Vec<_>, _>>()?;
        // The index may lag behind: what has been read or taken from this audience since is not shown (I10).
        let shown = |it: &Conversation| it.is_in(View::Unread) && it.audiences().contains(&audience);
        let items = items.into_iter().filter(shown).collect();
        Ok((items, places.last().copied().filter(|_| found.more)))
    }

    /// The key at which the page of unread conversations after `place` begins.
    fn unread_start(&self, audience: Audience, place: Place) -> Item {
        let entry = keys::list_entry(self.account, place.conversation, audience);
        let text = aws_sdk_dynamodb::types::AttributeValue::S;
        HashMap::from([
            (PK.into(), text(entry.pk)),
            (SK.into(), text(entry.sk)),
            (ATTENTION_PK.into(), text(keys::unread(self.account, audience))),
            (ATTENTION_SK.into(), text(keys::sortable(place.at))),
        ])
    }

    /// How much is unread in the inbox of `audience`, counting at most `limit` conversations.
    pub async fn unread(&self, audience: Audience, limit: u32) -> Result<Unread, StoreError> {
        let request = Read::new(Index::Attention, keys::unread(self.account, audience), limit);
        let found = self.store.query(request).await?;
        let mut unread = Unread { capped: found.more, ..Unread::default() };
        for item in &found.items {
            let messages =
                item.get("unread").and_then(|value| value.as_n().ok()).and_then(|n| n.parse().ok());
            unread.conversations = unread.conversations.saturating_add(1);
            unread.messages = unread.messages.saturating_add(messages.unwrap_or(0));
        }
        Ok(unread)
    }

    /// How many conversations stand in a folder of `audience`, counting at most `limit`, and whether there are more.
    pub async fn count(
        &self,
        audience: Audience,
        folder: Folder,
        limit: u32,
    ) -> Result<(u32, bool), StoreError> {
        let request = Read::new(Index::Lists, keys::list(self.account, audience, folder), limit);
        let found = self.store.query(request).await?;
        Ok((u32::try_from(found.items.len()).unwrap_or(u32::MAX), found.more))
    }

    /// The items of a conversation: its own, and its copy in each further list.
    pub(crate) fn list_items(&self, it: &Conversation) -> Result<Vec<(Audience, NewItem)>, StoreError> {
        let item_for = |audience| {
            let key = keys::list_entry(self.account, it.id, audience);
            let item = match audience {
                Audience::Everyone => NewItem::new(key, &ConversationItem::from(it))?,
                _ => NewItem::new(key, &ListEntryItem(it.into()))?,
            };
            let item = item.listed(keys::list(self.account, audience, it.folder()), Place::of(it).key());
            Ok((
                audience,
                if it.is_in(View::Unread) {
                    item.wanting_attention(keys::unread(self.account, audience), it.last_activity_at)
                } else {
                    item
                },
            ))
        };
        it.audiences().into_iter().map(item_for).collect()
    }
}
