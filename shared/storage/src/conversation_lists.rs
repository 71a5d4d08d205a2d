//! Reading the lists of conversations: pages of views, and how much is in them.
//!
//! A plain view is one bounded query of one partition. Where a view consists of several partitions their pages are merged;
//! where a second filter has no partition of its own, the narrowest list is read and filtered, a bounded part at a time.

use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
};

use domain::{
    access::Audience,
    conversation::{Conversation, Folder, View},
    id::{ConversationId, GatewayId, TagId},
};
use futures::future::try_join_all;
use jiff::Timestamp;

use crate::{
    AccountStore,
    conversations::{Group, Listing, Shelf, read_listed},
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, text},
    keys::{self, ATTENTION_PK, ATTENTION_SK, PK, SK},
    query::{Index, Page, PageRequest, Range, Read},
};

/// So many conversations are read at once for a second filter to pick from.
const FILTERED_STEP: u32 = 200;
/// At most this many times that many in one request; who has not found enough by then goes on with the cursor.
const FILTERED_STEPS_MAX: u32 = 5;

/// A list of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose list.
    pub audience: Audience,
    /// Which of its conversations.
    pub view: View,
    /// Only those with this gateway: a mailbox (D05).
    pub gateway: Option<GatewayId>,
    /// Only those with this tag (D05).
    pub tag: Option<TagId>,
}

impl ListQuery {
    /// A view without further filters.
    pub fn of(audience: Audience, view: View) -> Self {
        Self { audience, view, gateway: None, tag: None }
    }

    /// Whether a conversation belongs to the list: the predicate behind every list and count (I10).
    pub fn picks(&self, it: &Conversation) -> bool {
        it.is_in(self.view)
            && it.audiences().contains(&self.audience)
            && self.gateway.is_none_or(|gateway| it.gateway == gateway)
            && self.tag.is_none_or(|tag| it.tags.contains(&tag))
    }

    /// The list that is read for it, and whether some of what is read has to be left out.
    fn source(&self) -> (Source, bool) {
        match (self.audience, self.tag, self.gateway) {
            (Audience::Everyone, Some(tag), gateway) => (Source::Group(Group::Tag(tag)), gateway.is_some()),
            (Audience::Unassigned, Some(tag), _) => (Source::Group(Group::Tag(tag)), true),
            (Audience::Everyone, None, Some(gateway)) => (Source::Group(Group::Mailbox(gateway)), false),
            (_, tag, gateway) => (Source::Audience, tag.is_some() || gateway.is_some()),
        }
    }
}

/// Where a list is read.
#[derive(Clone, Copy)]
enum Source {
    /// In the folders of its audience.
    Audience,
    /// On the shelves of a group.
    Group(Group),
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

impl Unread {
    /// Counts one more conversation with so many unread messages.
    pub fn add(&mut self, messages: u32) {
        self.conversations = self.conversations.saturating_add(1);
        self.messages = self.messages.saturating_add(messages);
    }
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
pub(crate) struct Place {
    at: Timestamp,
    conversation: ConversationId,
}

impl Place {
    pub(crate) fn of(conversation: &Conversation) -> Self {
        Self { at: conversation.last_activity_at, conversation: conversation.id }
    }

    pub(crate) fn key(self) -> String {
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

/// The folders that a view consists of.
fn folders(view: View) -> &'static [Folder] {
    match view {
        View::Inbox | View::Unread => &[Folder::Inbox],
        View::Snoozed => &[Folder::Snoozed],
        View::Completed => &[Folder::Completed],
        View::Archived => &[Folder::Archived],
        View::All => &Folder::ALL,
    }
}

impl AccountStore {
    /// A page of a list, newest activity first. [`View::Unread`] of an audience fetches what the lean index names.
    pub async fn conversations(
        &self,
        list: ListQuery,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Conversation>, InvalidCursor>, StoreError> {
        let query = format!("conversations {list:?}");
        let place = match self
            .open_cursor(&query, page.cursor)
            .and_then(|place| place.map(|it| it.parse()).transpose())
        {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let (items, next) = self.conversations_after(list, place, page.limit).await?;
        Ok(Ok(Page { items, next_cursor: next.and_then(|place| self.seal_cursor(&query, &place.key())) }))
    }

    async fn conversations_after(
        &self,
        list: ListQuery,
        place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let (source, filtered) = list.source();
        if filtered {
            return Box::pin(self.filtered(list, source, place, limit)).await;
        }
        match (source, list.view) {
            (Source::Audience, View::Unread) => self.unread_page(list.audience, place, limit).await,
            _ => self.merged(&self.partitions(list, source), place, limit).await,
        }
    }

    /// The partitions in which the conversations of a list lie, perhaps among others.
    fn partitions(&self, list: ListQuery, source: Source) -> Vec<(Index, String)> {
        match source {
            Source::Audience => folders(list.view)
                .iter()
                .map(|folder| (Index::Lists, keys::list(self.account, list.audience, *folder)))
                .collect(),
            Source::Group(group) => Shelf::of_view(list.view)
                .iter()
                .map(|shelf| (Index::Groups, keys::group(self.account, group, *shelf)))
                .collect(),
        }
    }

    /// Looks through a list that holds more than is wanted, a bounded part of it in one request.
    async fn filtered(
        &self,
        list: ListQuery,
        source: Source,
        mut place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let partitions = self.partitions(list, source);
        let wanted = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let mut picked = Vec::new();
        for _ in 0..FILTERED_STEPS_MAX {
            let (found, next) = self.merged(&partitions, place, limit.max(FILTERED_STEP)).await?;
            for it in found {
                let picks = list.picks(&it);
                // Only what would be shown on it makes another page.
                if picks && picked.len() == wanted {
                    return Ok((picked, place));
                }
                place = Some(Place::of(&it));
                if picks {
                    picked.push(it);
                }
            }
            match next {
                None => return Ok((picked, None)),
                more => place = more,
            }
        }
        Ok((picked, place))
    }

    /// A page of several partitions together, and where the next one begins.
    async fn merged(
        &self,
        partitions: &[(Index, String)],
        place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let pages = partitions.iter().map(|(index, pk)| self.partition(*index, pk.clone(), place, limit));
        let mut more = false;
        let mut items = Vec::new();
        for (page, next) in try_join_all(pages).await? {
            more |= next.is_some();
            items.extend(page);
        }
        // Between reading two partitions a conversation may have moved from one to the other.
        let mut items = in_order(items);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        more |= items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(Place::of);
        Ok((items, next))
    }

    async fn partition(
        &self,
        index: Index,
        pk: String,
        place: Option<Place>,
        limit: u32,
    ) -> Result<(Vec<Conversation>, Option<Place>), StoreError> {
        let mut request = Read::new(index, pk, limit).newest_first();
        if let Some(place) = place {
            request = request.range(Range::Below(place.key()));
        }
        let found = self.store.query(request).await?;
        let items = found.items.into_iter().map(read_listed).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| found.more).map(Place::of);
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
        // A batch comes in no order.
        let items = in_order(items.into_iter().filter(shown).collect());
        Ok((items, places.last().copied().filter(|_| found.more)))
    }

    /// The key at which the page of unread conversations after `place` begins.
    fn unread_start(&self, audience: Audience, place: Place) -> Item {
        let entry = keys::list_entry(self.account, place.conversation, Listing::Audience(audience));
        let text = aws_sdk_dynamodb::types::AttributeValue::S;
        HashMap::from([
            (PK.into(), text(entry.pk)),
            (SK.into(), text(entry.sk)),
            (ATTENTION_PK.into(), text(keys::unread(self.account, audience))),
            (ATTENTION_SK.into(), text(keys::sortable(place.at))),
        ])
    }

    /// How much is unread among what `list` picks, whatever its view, counting at most `limit` conversations.
    pub async fn unread(&self, list: ListQuery, limit: u32) -> Result<Unread, StoreError> {
        let list = ListQuery { view: View::Unread, ..list };
        if list.tag.is_none() && list.gateway.is_none() {
            return self.badge(list.audience, limit).await;
        }
        let (found, next) = self.conversations_after(list, None, limit).await?;
        let mut unread = Unread { capped: next.is_some(), ..Unread::default() };
        for it in &found {
            unread.add(it.unread);
        }
        Ok(unread)
    }

    /// How much is unread in the inbox of `audience`: lean entries only.
    async fn badge(&self, audience: Audience, limit: u32) -> Result<Unread, StoreError> {
        let request = Read::new(Index::Attention, keys::unread(self.account, audience), limit);
        let found = self.store.query(request).await?;
        let mut unread = Unread { capped: found.more, ..Unread::default() };
        for item in &found.items {
            let messages = item.get("unread").and_then(|it| it.as_n().ok()).and_then(|n| n.parse().ok());
            unread.add(messages.unwrap_or(0));
        }
        Ok(unread)
    }

    /// How many conversations a list has, counting at most `limit`, and whether there are more.
    pub async fn count(&self, list: ListQuery, limit: u32) -> Result<(u32, bool), StoreError> {
        let (found, next) = match list.view {
            View::Unread => {
                let unread = self.unread(list, limit).await?;
                return Ok((unread.conversations, unread.capped));
            }
            _ => self.conversations_after(list, None, limit).await?,
        };
        Ok((u32::try_from(found.len()).unwrap_or(u32::MAX), next.is_some()))
    }
}
