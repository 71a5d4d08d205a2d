//! Where the merged activity of a contact goes on: one cursor for several lists.

use domain::{
    id::{ContactId, ConversationId},
    timeline::EntryKind,
};
use uuid::Uuid;

use crate::{AccountStore, cursor::InvalidCursor};

/// How far a list has been read, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<P> {
    /// Nothing yet.
    Nothing,
    /// Down to this place.
    To(P),
    /// All of it.
    All,
}

/// How far each list of a contact's activity has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPlace {
    /// The contact's own notes and happenings.
    pub own: Read<Uuid>,
    /// The timelines of their conversations.
    pub conversations: Vec<(ConversationId, Read<u64>)>,
}

fn write<P: ToString>(read: Read<P>) -> String {
    match read {
        Read::Nothing => "-".to_owned(),
        Read::To(place) => place.to_string(),
        Read::All => ".".to_owned(),
    }
}

fn read<P: std::str::FromStr>(text: &str) -> Option<Read<P>> {
    match text {
        "-" => Some(Read::Nothing),
        "." => Some(Read::All),
        place => place.parse().ok().map(Read::To),
    }
}

impl FeedPlace {
    fn to_text(&self) -> String {
        let conversations = self.conversations.iter().map(|(id, place)| format!(";{id}={}", write(*place)));
        write(self.own) + &conversations.collect::<String>()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let own = read(parts.next()?)?;
        let conversation = |part: &str| {
            let (id, place) = part.split_once('=')?;
            Some((id.parse().ok()?, read(place)?))
        };
        Some(Self { own, conversations: parts.map(conversation).collect::<Option<_>>()? })
    }
}

fn query(contact: ContactId, kinds: &[EntryKind]) -> String {
    format!("activity {contact} {kinds:?}")
}

impl AccountStore {
    /// The cursor for going on with a contact's activity from `place`.
    pub fn seal_feed(&self, contact: ContactId, kinds: &[EntryKind], place: &FeedPlace) -> Option<String> {
        self.seal_cursor(&query(contact, kinds), &place.to_text())
    }

    /// Reads back what [`AccountStore::seal_feed`] wrote for the same question.
    pub fn open_feed(
        &self,
        contact: ContactId,
        kinds: &[EntryKind],
        cursor: &str,
    ) -> Result<FeedPlace, InvalidCursor> {
        let place = self.open_cursor(&query(contact, kinds), Some(cursor))?;
        place.as_deref().and_then(FeedPlace::parse).ok_or(InvalidCursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        let id = |n| ConversationId::from_uuid(Uuid::from_u128(n));
        for own in [Read::Nothing, Read::All, Read::To(Uuid::from_u128(7))] {
            let conversations = vec![(id(1), Read::Nothing), (id(2), Read::To(3)), (id(4), Read::All)];
            let place = FeedPlace { own, conversations };
            assert_eq!(FeedPlace::parse(&place.to_text()), Some(place));
        }
        assert_eq!(FeedPlace::parse("x;y"), None);
    }
}
