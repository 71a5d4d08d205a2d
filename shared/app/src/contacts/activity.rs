//! What happened with a contact: their notes and happenings together with the timelines of their conversations, newest first
//! (D33, D38, E04).
//!
//! Each list is read down from its own place, and one cursor holds all the places. What lies in a timeline only as a copy of a
//! note or happening of the contact is shown once, as the contact's own.

use std::cmp::Reverse;

use domain::{
    access::Permission,
    contact::Contact,
    id::{ContactId, ConversationId},
    timeline::{Entry, EntryContent, EntryKind},
};
use jiff::Timestamp;
use storage::{
    AccountStore, Activity, Before, FeedPlace, FeedRead, Page, PageRequest, StoreError, TimelineFilter,
};
use uuid::Uuid;

use super::{ContactError, read, reading};
pub use storage::ActivityContent;

use crate::{App, Caller, administered::Denied};

/// The timelines of at most this many conversations are part of a contact's activity: those that were active last.
const CONVERSATIONS_MAX: usize = 25;
/// Among at most this many.
const CONVERSATIONS_CONSIDERED: u32 = 100;

/// Something that happened with a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A note about them, or something that happened to them elsewhere.
    Own(Box<Activity>),
    /// Something in a conversation of theirs.
    In(ConversationId, Box<Entry>),
}

impl Happened {
    fn at(&self) -> Timestamp {
        match self {
            Self::Own(activity) => activity.at(),
            Self::In(_, entry) => entry.at,
        }
    }
}

/// Part of a list, newest first, and how far the list is read once the part is used up.
struct Source<P> {
    items: std::iter::Peekable<std::vec::IntoIter<(P, Happened)>>,
    place: FeedRead<P>,
    at_end: FeedRead<P>,
}

impl<P: Copy> Source<P> {
    fn new(place: FeedRead<P>, found: Option<Before<Happened, P>>) -> Self {
        let Some(found) = found else {
            return Self { items: Vec::new().into_iter().peekable(), place, at_end: FeedRead::All };
        };
        let at_end = match found.seen.filter(|_| found.more) {
            Some(seen) => FeedRead::To(seen),
            None => FeedRead::All,
        };
        Self { items: found.picked.into_iter().peekable(), place, at_end }
    }

    /// The time of what comes next; `None`: this part is used up.
    fn next_at(&mut self) -> Option<Timestamp> {
        self.items.peek().map(|(_, it)| it.at())
    }

    /// Whether the part is used up although the list goes on.
    fn is_short(&mut self) -> bool {
        self.items.peek().is_none() && matches!(self.at_end, FeedRead::To(_))
    }

    fn take(&mut self) -> Option<Happened> {
        let (place, it) = self.items.next()?;
        self.place = FeedRead::To(place);
        Some(it)
    }

    fn reached(mut self) -> FeedRead<P> {
        if self.items.peek().is_none() { self.at_end } else { self.place }
    }
}

/// A page of what happened with a contact, newest first, as far as the caller may read it.
pub async fn list(
    app: &App,
    caller: &Caller,
    id: ContactId,
    kinds: &[EntryKind],
    page: PageRequest<'_>,
) -> Result<Page<Happened>, ContactError> {
    let place = reading(app, caller).await?;
    let store = &place.store;
    let contact = read(store, id).await?;
    let places = match page.cursor {
        Some(cursor) => store.open_feed(id, kinds, cursor).map_err(Denied::from)?,
        None => beginning(store, caller, &contact).await?,
    };
    let readable = still_readable(store, caller, &places).await?;
    let mut own = own(store, id, kinds, places.own, page.limit).await?;
    let mut theirs = Vec::new();
    for (conversation, place) in places.conversations.into_iter().filter(|(id, _)| readable.contains(id)) {
        theirs.push((conversation, timeline(store, conversation, kinds, place, page.limit).await?));
    }
    without_copies(store, id, &mut theirs).await?;
    let items = merged(&mut own, &mut theirs, page.limit);
    let place = FeedPlace {
        own: own.reached(),
        conversations: theirs.into_iter().map(|(id, source)| (id, source.reached())).collect(),
    };
    let done = place.own == FeedRead::All && place.conversations.iter().all(|(_, it)| *it == FeedRead::All);
    let next_cursor = if done { None } else { store.seal_feed(id, kinds, &place) };
    Ok(Page { items, next_cursor })
}

/// The newest of all lists, until there is enough, or one of them has to be read on.
fn merged(own: &mut Source<Uuid>, theirs: &mut [(ConversationId, Source<u64>)], limit: u32) -> Vec<Happened> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    while items.len() < limit && !own.is_short() && !theirs.iter_mut().any(|(_, it)| it.is_short()) {
        let newest = theirs.iter_mut().filter_map(|(_, it)| Some((it.next_at()?, it)));
        let newest = newest.min_by_key(|(at, _)| Reverse(*at));
        let taken = match (own.next_at(), newest) {
            (Some(at), Some((other, _))) if at >= other => own.take(),
            (_, Some((_, source))) => source.take(),
            (Some(_), None) => own.take(),
            (None, None) => None,
        };
        let Some(taken) = taken else { break };
        items.push(taken);
    }
    items
}

/// Which conversations belong to a contact's activity.
async fn beginning(
    store: &AccountStore,
    caller: &Caller,
    contact: &Contact,
) -> Result<FeedPlace, ContactError> {
    let mut conversations = Vec::new();
    if caller.require(Permission::MessagesManage).is_ok() {
        let page = PageRequest { limit: CONVERSATIONS_CONSIDERED, cursor: None };
        let found = store.conversations_of(contact.id, page).await?.map_err(Denied::from)?;
        let viewer = caller.viewer();
        let readable = found.items.into_iter().filter(|it| viewer.may_read(&it.assignees));
        conversations.extend(readable.take(CONVERSATIONS_MAX).map(|it| (it.id, FeedRead::Nothing)));
    }
    Ok(FeedPlace { own: FeedRead::Nothing, conversations })
}

/// Which of the conversations that a cursor names the caller may read at this moment.
async fn still_readable(
    store: &AccountStore,
    caller: &Caller,
    places: &FeedPlace,
) -> Result<Vec<ConversationId>, ContactError> {
    if places.conversations.is_empty() || caller.require(Permission::MessagesManage).is_err() {
        return Ok(Vec::new());
    }
    let ids = places.conversations.iter().map(|(id, _)| *id).collect();
    let viewer = caller.viewer();
    let found = store.conversations_by_id(&ids).await?.into_iter();
    Ok(found.filter(|it| viewer.may_read(&it.assignees)).map(|it| it.id).collect())
}

async fn own(
    store: &AccountStore,
    contact: ContactId,
    kinds: &[EntryKind],
    place: FeedRead<Uuid>,
    limit: u32,
) -> Result<Source<Uuid>, StoreError> {
    let before = match place {
        FeedRead::All => return Ok(Source::new(place, None)),
        FeedRead::Nothing => None,
        FeedRead::To(before) => Some(before),
    };
    let Before { picked, seen, more } = store.activity_before(contact, before, kinds, limit).await?;
    let picked = picked.into_iter().map(|(place, it)| (place, Happened::Own(Box::new(it)))).collect();
    Ok(Source::new(place, Some(Before { picked, seen, more })))
}

async fn timeline(
    store: &AccountStore,
    conversation: ConversationId,
    kinds: &[EntryKind],
    place: FeedRead<u64>,
    limit: u32,
) -> Result<Source<u64>, StoreError> {
    let before = match place {
        FeedRead::All => return Ok(Source::new(place, None)),
        FeedRead::Nothing => None,
        FeedRead::To(before) => Some(before),
    };
    let filter = TimelineFilter { kinds: kinds.to_vec(), ..TimelineFilter::default() };
    let Before { picked, seen, more } = store.timeline_before(conversation, before, &filter, limit).await?;
    let item = |(place, it)| (place, Happened::In(conversation, Box::new(it)));
    let picked = picked.into_iter().map(item).collect();
    Ok(Source::new(place, Some(Before { picked, seen, more })))
}

/// The id inside the id of an entry that may be a copy.
fn maybe_copied(it: &Happened) -> Option<Uuid> {
    let Happened::In(_, entry) = it else { return None };
    match &entry.content {
        EntryContent::Note(note) => Some(note.id.uuid()),
        EntryContent::Happening(happening) => Some(happening.id.uuid()),
        EntryContent::Message(_) | EntryContent::Event { .. } => None,
    }
}

async fn without_copies(
    store: &AccountStore,
    contact: ContactId,
    theirs: &mut [(ConversationId, Source<u64>)],
) -> Result<(), StoreError> {
    let candidates = theirs.iter().flat_map(|(_, source)| source.items.clone());
    let candidates: Vec<Uuid> = candidates.filter_map(|(_, it)| maybe_copied(&it)).collect();
    if candidates.is_empty() {
        return Ok(());
    }
    let own = store.activities(contact, &candidates).await?;
    for (_, source) in theirs {
        let items = source.items.clone();
        let kept = items.filter(|(_, it)| maybe_copied(it).is_none_or(|id| !own.contains(&id)));
        source.items = kept.collect::<Vec<_>>().into_iter().peekable();
    }
    Ok(())
}
