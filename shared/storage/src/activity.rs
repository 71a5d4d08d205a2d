//! What was noted about a contact, and what happened to them elsewhere (D12, D33, D38).
//!
//! Each is an item in the contact's partition, ordered by its id, which orders by time. The timelines of their
//! conversations have copies, which are made from the table's stream: [`AccountStore::copy_activity`] makes each once.

use domain::{
    conversation::Conversation,
    happening::Happening,
    id::{AccountId, ContactId, ConversationId},
    note::Note,
    timeline::{Entry, EntryContent, EntryKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AccountStore, Traces,
    entry::{HappeningItem, NoteItem},
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, SK},
    query::{Index, Range, Read},
    timeline::TimelineFilter,
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// So many entries are read at once for a filter to pick from.
const FILTERED_STEP: u32 = 200;

/// A note about a contact, or something that happened to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What it is: a note or a happening.
    pub content: ActivityContent,
    /// When a note was last rewritten, if ever.
    pub edited_at: Option<Timestamp>,
    /// Whether it came with a contact who became one with this one: their conversations have seen it, others need not.
    pub moved: bool,
    /// Rises with every change. 0: never saved.
    pub version: u64,
}

/// What an activity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityContent {
    /// A note (D33).
    Note(Note),
    /// Something that happened elsewhere (D12).
    Happening(Happening),
}

impl Activity {
    /// A new note.
    pub fn note(note: Note) -> Self {
        Self { content: ActivityContent::Note(note), edited_at: None, moved: false, version: 0 }
    }

    /// A new happening.
    pub fn happening(happening: Happening) -> Self {
        Self { content: ActivityContent::Happening(happening), edited_at: None, moved: false, version: 0 }
    }

    /// The id inside the note's or happening's id.
    pub fn id(&self) -> Uuid {
        match &self.content {
            ActivityContent::Note(note) => note.id.uuid(),
            ActivityContent::Happening(happening) => happening.id.uuid(),
        }
    }

    /// When it was written down: its id says so.
    pub fn at(&self) -> Timestamp {
        time_of(self.id())
    }

    /// Its kind, as in timelines.
    pub fn kind(&self) -> EntryKind {
        match &self.content {
            ActivityContent::Note(_) => EntryKind::Note,
            ActivityContent::Happening(happening) => EntryKind::Happening(happening.kind.clone()),
        }
    }

    /// The same as a timeline shows it.
    pub fn entry_content(&self) -> EntryContent {
        match self.content.clone() {
            ActivityContent::Note(note) => EntryContent::Note(Box::new(note)),
            ActivityContent::Happening(happening) => EntryContent::Happening(Box::new(happening)),
        }
    }
}

/// When an id of version 7 was made; the beginning of time for any other.
fn time_of(id: Uuid) -> Timestamp {
    let made = id.get_timestamp().map(|it| it.to_unix());
    let made = made.and_then(|(seconds, nanos)| {
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    });
    made.unwrap_or(Timestamp::UNIX_EPOCH)
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ActivityItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<NoteItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    happening: Option<HappeningItem>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    edited_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) moved: bool,
    version: u64,
}

impl Stored for ActivityItem {
    const KIND: &'static str = "activity";
}

impl ActivityItem {
    fn into_activity(self) -> Result<Activity, StoreError> {
        let content = match (self.note, self.happening) {
            (Some(note), None) => ActivityContent::Note(note.into()),
            (None, Some(happening)) => ActivityContent::Happening(happening.into()),
            _ => return Err(StoreError::unreadable(Self::KIND, "neither a note nor a happening")),
        };
        Ok(Activity { content, edited_at: self.edited_at, moved: self.moved, version: self.version })
    }
}

/// Where a contact's activity lies in the timeline of a conversation.
#[derive(Serialize, Deserialize)]
pub(crate) struct CopiedItem {
    sequence: u64,
    /// The version of the activity that was copied.
    version: u64,
    #[serde(with = "millis")]
    at: Timestamp,
}

impl Stored for CopiedItem {
    const KIND: &'static str = "copied";
}

/// Reads an activity as the stream shows it; `None`: the item is something else.
pub(crate) fn streamed_activity(
    item: serde_dynamo::Item,
) -> Result<Option<(AccountId, ContactId, Activity)>, StoreError> {
    let text = |name: &str| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    if text(crate::item::KIND).as_deref() != Some(ActivityItem::KIND) {
        return Ok(None);
    }
    let whose = text(keys::PK).as_deref().and_then(keys::parse_of_contact);
    let not_theirs = || StoreError::unreadable(ActivityItem::KIND, "the partition key is not a contact's");
    let (account, contact) = whose.ok_or_else(not_theirs)?;
    let item: ActivityItem = serde_dynamo::from_item(item)
        .map_err(|error| StoreError::unreadable_item(ActivityItem::KIND, &error))?;
    Ok(Some((account, contact, item.into_activity()?)))
}

/// What came of writing an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivitySaved {
    /// It is written.
    Done,
    /// Somebody else has changed or removed it.
    Changed,
    /// The contact is gone.
    NoSuchContact,
}

/// The newest of something before a place, as far as a filter picks it.
#[derive(Clone, Debug)]
pub struct Before<T, P> {
    /// What was picked, newest first, each with its place.
    pub picked: Vec<(P, T)>,
    /// Everything from here on has been looked at.
    pub seen: Option<P>,
    /// Whether there is more before that.
    pub more: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Activity,
    Contact,
    Copy,
    Other,
}

impl AccountStore {
    pub(crate) fn activity_item(&self, contact: ContactId, it: &Activity) -> Result<NewItem, StoreError> {
        let (note, happening) = match &it.content {
            ActivityContent::Note(note) => (Some(note.into()), None),
            ActivityContent::Happening(happening) => (None, Some(happening.into())),
        };
        let version = it.version.saturating_add(1);
        let item = ActivityItem { note, happening, edited_at: it.edited_at, moved: it.moved, version };
        NewItem::new(keys::activity(self.account, contact, it.id()), &item)
    }

    /// A note or happening of a contact, by the id inside its id.
    pub async fn activity(&self, contact: ContactId, id: Uuid) -> Result<Option<Activity>, StoreError> {
        let item: Option<ActivityItem> = self.store.get(keys::activity(self.account, contact, id)).await?;
        item.map(ActivityItem::into_activity).transpose()
    }

    /// Those of these notes and happenings that are a contact's own.
    pub async fn activities(&self, contact: ContactId, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let ids = domain::contact::distinct(ids);
        let keys = ids.into_iter().map(|id| keys::activity(self.account, contact, id)).collect();
        let items = self.store.get_many(keys, false).await?;
        Ok(items.iter().filter_map(place).collect())
    }

    /// Writes a note or happening over the version that was read, with the traces of the change.
    pub async fn save_activity(
        &self,
        contact: ContactId,
        activity: &Activity,
        traces: &Traces,
    ) -> Result<ActivitySaved, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        let expect = match activity.version {
            0 => Expect::absent(),
            version => Expect::version(version),
        };
        transaction.put(Write::Activity, self.activity_item(contact, activity)?, Some(expect));
        transaction.check(Write::Contact, keys::contact(self.account, contact), "attribute_exists(pk)");
        self.leave(&mut transaction, Write::Other, traces)?;
        self.saved(transaction).await
    }

    /// Removes a note over the version that was read, with the traces of it.
    pub async fn remove_activity(
        &self,
        contact: ContactId,
        activity: &Activity,
        traces: &Traces,
    ) -> Result<ActivitySaved, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        let key = keys::activity(self.account, contact, activity.id());
        transaction.delete_expecting(Write::Activity, key, Expect::version(activity.version));
        self.leave(&mut transaction, Write::Other, traces)?;
        self.saved(transaction).await
    }

    async fn saved(&self, transaction: Transaction<Write>) -> Result<ActivitySaved, StoreError> {
        match transaction.run(&self.store).await {
            Ok(()) => Ok(ActivitySaved::Done),
            Err(TransactionError::Refused(refused)) if refused.names(Write::Contact) => {
                Ok(ActivitySaved::NoSuchContact)
            }
            Err(TransactionError::Refused(_)) => Ok(ActivitySaved::Changed),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// A contact's own activity of these kinds (all, if none is named) before a place, newest first.
    pub async fn activity_before(
        &self,
        contact: ContactId,
        before: Option<Uuid>,
        kinds: &[EntryKind],
        limit: u32,
    ) -> Result<Before<Activity, Uuid>, StoreError> {
        let to = before.map_or_else(|| format!("{}~", keys::ACTIVITY), keys::activity_place);
        let range = Range::Between(keys::ACTIVITY.to_owned(), keys::just_below(&to));
        let range = if before.is_some() { range } else { Range::Between(keys::ACTIVITY.to_owned(), to) };
        let limit = if kinds.is_empty() { limit } else { limit.max(FILTERED_STEP) };
        let read_page = Read::new(Index::Table, keys::of_contact(self.account, contact), limit);
        let found = self.store.query(read_page.newest_first().range(range)).await?;
        let seen = found.items.last().and_then(place);
        let mut picked = Vec::new();
        for item in found.items {
            let activity = read::<ActivityItem>(item)?.into_activity()?;
            if kinds.is_empty() || kinds.contains(&activity.kind()) {
                picked.push((activity.id(), activity));
            }
        }
        Ok(Before { picked, seen, more: found.more })
    }

    /// A conversation's entries that a filter picks, before a place, newest first.
    pub async fn timeline_before(
        &self,
        conversation: ConversationId,
        before: Option<u64>,
        filter: &TimelineFilter,
        limit: u32,
    ) -> Result<Before<Entry, u64>, StoreError> {
        let limit = if *filter == TimelineFilter::default() { limit } else { limit.max(FILTERED_STEP) };
        let found = self.entries_below(conversation, before.unwrap_or(u64::MAX), limit).await?;
        let seen = found.entries.last().map(|entry| entry.sequence);
        let entries = found.entries.into_iter().filter(|it| filter.picks(it));
        Ok(Before { picked: entries.map(|it| (it.sequence, it)).collect(), seen, more: found.more })
    }

    /// Copies a contact's activity into the timeline of a conversation, once, or brings its copy up to date. `false`:
    /// somebody else has changed the conversation, or the copy, since it was read.
    pub async fn copy_activity(
        &self,
        before: &Conversation,
        activity: &Activity,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = keys::copied(self.account, before.id, activity.id());
        let copied: Option<CopiedItem> = self.store.get(key.clone()).await?;
        let mut after = before.clone();
        let mut transaction = Transaction::new(&self.store);
        let (sequence, since, expect) = match &copied {
            Some(it) if it.version >= activity.version => return Ok(true),
            Some(it) => (it.sequence, it.at, Expect::version(it.version)),
            None if activity.moved => return Ok(true),
            None => {
                let sequence = after.take_sequence();
                after.version = after.version.saturating_add(1);
                self.write_lists(&mut transaction, Some(before), &after, (Write::Activity, Write::Other))?;
                (sequence, at, Expect::absent())
            }
        };
        let item = CopiedItem { sequence, version: activity.version, at: since };
        transaction.put(Write::Copy, NewItem::new(key, &item)?, Some(expect));
        let entry = Entry { sequence, at: since, content: activity.entry_content() };
        transaction.put(Write::Other, self.entry_item(before.id, &entry, None)?, None);
        self.copied(transaction).await
    }

    /// Takes the copy of a contact's activity out of the timeline of a conversation. `false`: it has changed meanwhile.
    pub async fn uncopy_activity(&self, conversation: ConversationId, id: Uuid) -> Result<bool, StoreError> {
        let key = keys::copied(self.account, conversation, id);
        let copied: Option<CopiedItem> = self.store.get(key.clone()).await?;
        let Some(copied) = copied else { return Ok(true) };
        let mut transaction = Transaction::new(&self.store);
        transaction.delete_expecting(Write::Copy, key, Expect::version(copied.version));
        transaction.delete(Write::Other, keys::entry(self.account, conversation, copied.sequence));
        self.copied(transaction).await
    }

    async fn copied(&self, transaction: Transaction<Write>) -> Result<bool, StoreError> {
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}

/// The id inside the id of an activity, by its place.
pub(crate) fn place(item: &Item) -> Option<Uuid> {
    Uuid::try_parse(text(item, SK)?.strip_prefix(keys::ACTIVITY)?).ok()
}
