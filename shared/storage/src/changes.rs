//! What changed lately: a log of conversations and timeline entries, kept for a day, from which clients catch up (D06).
//!
//! `project` writes a line for each change that the table's stream shows it. A line's place begins with the time at which it
//! was written down, so a reader who goes on from a time misses nothing that was written later; what was written at the same
//! time and seen later is what the reader's overlap is for (`app::changes`). A line names what changed and who lost sight of
//! it, no content: readers get that from the conversation itself, as they may see it at that moment (I10).

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    id::{ConversationId, UserId},
    timeline::Entry,
};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    AccountStore,
    cursor::InvalidCursor,
    entry::EntryItem,
    error::StoreError,
    item::{Item, NewItem, Stored, read, text},
    keys::{self, CHANGE_SHARDS, Key, SK},
    query::{Index, Range, Read},
    write::Expect,
};

/// How long a line is kept: longer than readers may stay away.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(25);
/// At most this many lines that were given before are remembered in a cursor.
const SEEN_MAX: usize = 32;
/// How many bytes of its hash stand for a line in a cursor: two lines are never alike.
const SEEN_BYTES: usize = 8;
/// What the cursors of this log are bound to, beside account and reader.
const CHANGES: &str = "changes";

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its version, if it changed itself.
    pub version: Option<u64>,
    /// The places of timeline entries that are new or changed.
    pub entries: Vec<u64>,
    /// Who was assigned before and is not any more.
    pub lost: BTreeSet<UserId>,
    /// For whom alone this is; `None`: for everybody who may see the conversation.
    pub only_for: Option<UserId>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ChangeItem {
    conversation: ConversationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entries: Vec<u64>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    lost: BTreeSet<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only_for: Option<UserId>,
}

impl Stored for ChangeItem {
    const KIND: &'static str = "change";
}

impl LoggedChange {
    /// What tells the line from others of the same conversation and millisecond. The same line told twice in one
    /// millisecond is one.
    fn name(&self) -> String {
        let entries = self.entries.iter().max().copied().unwrap_or_default();
        let version = self.version.unwrap_or_default();
        let only_for = self.only_for.map(|user| format!("#{user}")).unwrap_or_default();
        format!("{version:012}#{entries:012}{only_for}")
    }
}

/// Where a reader of the log is. What is given again does no harm: readers compare versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesCursor {
    /// Lines behind this place are to be read.
    after: String,
    /// When the reader began to read up to the end, while that takes several pages.
    began: Option<Timestamp>,
    /// Lines behind `after` that were given before.
    seen: Vec<[u8; SEEN_BYTES]>,
}

impl ChangesCursor {
    /// The log from a time on.
    pub fn at(time: Timestamp) -> Self {
        Self { after: keys::sortable(time), began: None, seen: Vec::new() }
    }

    /// The time from which it reads.
    pub fn time(&self) -> Option<Timestamp> {
        place_time(&self.after)
    }

    fn encode(&self) -> String {
        let began = self.began.map(keys::sortable).unwrap_or_default();
        format!("{}|{began}|{}", self.after, BASE64_URL_SAFE_NO_PAD.encode(self.seen.concat()))
    }

    fn decode(place: &str) -> Option<Self> {
        let (after, rest) = place.split_once('|')?;
        let (began, seen) = rest.split_once('|')?;
        let began = if began.is_empty() { None } else { Some(place_time(began)?) };
        let seen = BASE64_URL_SAFE_NO_PAD.decode(seen).ok()?;
        let seen = seen.chunks_exact(SEEN_BYTES).filter_map(|bytes| bytes.try_into().ok()).collect();
        Some(Self { after: after.to_owned(), began, seen })
    }
}

/// The time at the beginning of a place.
fn place_time(place: &str) -> Option<Timestamp> {
    let millis = place.split('#').next()?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}

/// What stands for a line in a cursor.
fn fingerprint(place: &str) -> [u8; SEEN_BYTES] {
    let mut bytes = [0; SEEN_BYTES];
    for (byte, hashed) in bytes.iter_mut().zip(Sha256::digest(place.as_bytes())) {
        *byte = hashed;
    }
    bytes
}

/// A part of the log.
#[derive(Clone, Debug)]
pub struct ChangesPage {
    /// The lines, in the order in which they were written down.
    pub changes: Vec<LoggedChange>,
    /// Where to go on.
    pub next: ChangesCursor,
    /// Whether there is more already.
    pub more: bool,
}

impl AccountStore {
    /// Writes a line at this time, which has to be now: readers count on how long writing takes.
    pub async fn log_change(&self, change: &LoggedChange, now: Timestamp) -> Result<(), StoreError> {
        let LoggedChange { conversation, version, entries, lost, only_for } = change.clone();
        let key = Key {
            pk: keys::changes(self.account, keys::change_shard(conversation)),
            sk: keys::change_place(now, conversation, &change.name()),
        };
        let item = ChangeItem { conversation, version, entries, lost, only_for };
        let item = NewItem::new(key, &item)?.expiring(now.checked_add(KEPT_FOR).unwrap_or(now));
        // Not over another line of the same name: it is the same.
        self.store.put_if(item, Expect::absent()).await.map(drop)
    }

    /// At most `limit` lines behind the cursor. `overlap`: longer than writing a line takes; when the end of the log is
    /// reached, the next cursor lies that far before the moment at which reading up to the end began.
    pub async fn changes(
        &self,
        cursor: &ChangesCursor,
        now: Timestamp,
        overlap: SignedDuration,
        limit: u32,
    ) -> Result<ChangesPage, StoreError> {
        let shards = (0..CHANGE_SHARDS).map(|shard| {
            let read = Read::new(Index::Table, keys::changes(self.account, shard), limit);
            self.store.query(read.range(Range::Above(cursor.after.clone())))
        });
        let (mut lines, mut horizon) = (Vec::new(), None::<String>);
        for found in try_join_all(shards).await? {
            if found.more {
                // Behind this place, the shard has lines that were not read.
                let last =
                    found.items.last().and_then(|item| text(item, SK)).unwrap_or(&cursor.after).to_owned();
                horizon = Some(horizon.map_or(last.clone(), |so_far| so_far.min(last)));
            }
            lines.extend(found.items.into_iter().map(read_line));
        }
        let mut lines = lines.into_iter().collect::<Result<Vec<_>, _>>()?;
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(horizon) = &horizon {
            lines.retain(|(place, _)| place <= horizon);
        }
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = horizon.is_some() || lines.len() > wanted;
        lines.truncate(wanted);
        let next = next_cursor(cursor, &lines, more, now, overlap);
        lines.retain(|(place, _)| !cursor.seen.contains(&fingerprint(place)));
        Ok(ChangesPage { changes: lines.into_iter().map(|(_, change)| change).collect(), next, more })
    }

    /// The cursor's text for a reader.
    pub fn seal_changes(&self, reader: &str, cursor: &ChangesCursor) -> Option<String> {
        self.seal_cursor(&format!("{CHANGES} {reader}"), &cursor.encode())
    }

    /// The cursor that [`AccountStore::seal_changes`] was given for the same reader.
    pub fn open_changes(&self, reader: &str, cursor: &str) -> Result<ChangesCursor, InvalidCursor> {
        let place = self.open_cursor(&format!("{CHANGES} {reader}"), Some(cursor))?;
        place.and_then(|place| ChangesCursor::decode(&place)).ok_or(InvalidCursor)
    }

    /// These entries of timelines as they are now, those that there are, in order.
    pub async fn entries_by_place(
        &self,
        places: &BTreeSet<(ConversationId, u64)>,
    ) -> Result<Vec<(ConversationId, Entry)>, StoreError> {
        let wanted = places.iter().map(|(conversation, at)| keys::entry(self.account, *conversation, *at));
        let found = self.store.get_many(wanted.collect(), true).await?;
        let mut entries = found.into_iter().map(read_entry).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|(conversation, entry)| (*conversation, entry.sequence));
        Ok(entries)
    }
}

/// Where reading goes on after these lines.
fn next_cursor(
    cursor: &ChangesCursor,
    lines: &[(String, LoggedChange)],
    more: bool,
    now: Timestamp,
    overlap: SignedDuration,
) -> ChangesCursor {
    let began = cursor.began.unwrap_or(now);
    if more {
        let last = lines.last().map_or(&cursor.after, |(place, _)| place);
        return ChangesCursor { after: last.clone(), began: Some(began), seen: cursor.seen.clone() };
    }
    // Whatever is written from now on has a place behind this one.
    let after = keys::sortable(began.checked_sub(overlap).unwrap_or(Timestamp::UNIX_EPOCH));
    let again = lines.iter().rev().take_while(|(place, _)| *place > after).take(SEEN_MAX);
    let seen = again.map(|(place, _)| fingerprint(place)).collect();
    ChangesCursor { after, began: None, seen }
}

fn read_line(item: Item) -> Result<(String, LoggedChange), StoreError> {
    let place = text(&item, SK).unwrap_or_default().to_owned();
    let ChangeItem { conversation, version, entries, lost, only_for } = read(item)?;
    Ok((place, LoggedChange { conversation, version, entries, lost, only_for }))
}

fn read_entry(item: Item) -> Result<(ConversationId, Entry), StoreError> {
    let conversation = text(&item, keys::PK).and_then(keys::parse_in_conversation);
    let (_, conversation) = conversation.ok_or_else(|| {
        StoreError::unreadable(EntryItem::KIND, "the partition key is not a conversation's")
    })?;
    Ok((conversation, read::<EntryItem>(item)?.into_entry()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(place: &str) -> (String, LoggedChange) {
        let conversation = ConversationId::derive(&[place.as_bytes()]);
        let change = LoggedChange {
            conversation,
            version: None,
            entries: vec![],
            lost: BTreeSet::new(),
            only_for: None,
        };
        (place.to_owned(), change)
    }

    fn time(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back(
            after in "[0-9]{13}(#[a-z_0-9]{1,40}){0,2}",
            began in prop::option::of(0_i64..4_000_000_000_000),
            seen in prop::collection::vec(any::<[u8; SEEN_BYTES]>(), 0..SEEN_MAX),
        ) {
            let cursor = ChangesCursor { after, began: began.map(time), seen };
            prop_assert_eq!(ChangesCursor::decode(&cursor.encode()), Some(cursor));
        }
    }

    #[test]
    fn the_next_cursor_lies_before_what_may_still_be_written() {
        let overlap = SignedDuration::from_secs(15);
        let cursor = ChangesCursor::at(time(50_000));
        let lines = [line("0000000060000#a#1"), line("0000000099000#b#1")];
        // In the middle: behind the last line, and the pass began when it began.
        let middle = next_cursor(&cursor, &lines, true, time(100_000), overlap);
        assert_eq!(middle.after, "0000000099000#b#1");
        assert_eq!(middle.began, Some(time(100_000)));
        // At the end, an hour later: before the beginning of the pass, with what lies behind that remembered.
        let end = next_cursor(&middle, &[line("0000000100500#c#1")], false, time(3_700_000), overlap);
        assert_eq!(end.after, "0000000085000");
        assert_eq!((end.began, end.seen.len()), (None, 1));
        assert_eq!(end.time(), Some(time(85_000)));
    }
}
