//! The table's stream as `project` reads it: what something is derived from, before and after.

use domain::{
    conversation::Conversation,
    id::{AccountId, ContactId, ConversationId},
    timeline::Entry,
};

use crate::{
    activity::{Activity, ActivityItem, streamed_activity},
    contacts::{Contact, ContactItem, streamed_contact},
    conversations::{self, ConversationItem},
    entry::{self, EntryItem},
    error::StoreError,
    item::{KIND, Stored},
    keys::{self, PK},
    stream::Image,
};

/// A change of something that other things are derived from.
#[derive(Clone, Debug)]
pub enum Projected {
    /// A conversation began or changed.
    Conversation(Box<ConversationChange>),
    /// A timeline entry was added or changed.
    Entry(Box<EntryChange>),
    /// A contact was added, changed or removed.
    Contact(Box<ContactChange>),
    /// A contact's note or happening was added, changed or removed.
    Activity(Box<ActivityChange>),
}

/// A conversation before and after.
#[derive(Clone, Debug)]
pub struct ConversationChange {
    /// Whose.
    pub account: AccountId,
    /// Before; `None`: it has begun.
    pub before: Option<Conversation>,
    /// After; `None`: it was removed.
    pub after: Option<Conversation>,
}

/// A timeline entry before and after.
#[derive(Clone, Debug)]
pub struct EntryChange {
    /// Whose.
    pub account: AccountId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Before; `None`: it was added.
    pub before: Option<Entry>,
    /// After; `None`: it was removed.
    pub after: Option<Entry>,
}

/// A contact before and after.
#[derive(Clone, Debug)]
pub struct ContactChange {
    /// Whose.
    pub account: AccountId,
    /// Before; `None`: it was added.
    pub before: Option<Contact>,
    /// After; `None`: it was removed.
    pub after: Option<Contact>,
}

/// A contact's note or happening before and after.
#[derive(Clone, Debug)]
pub struct ActivityChange {
    /// Whose account.
    pub account: AccountId,
    /// Whose.
    pub contact: ContactId,
    /// Before; `None`: it was added.
    pub before: Option<Activity>,
    /// After; `None`: it was removed.
    pub after: Option<Activity>,
}

/// The kinds of items that something is derived from, for the event filter.
pub(crate) const KINDS: [&str; 4] =
    [ConversationItem::KIND, EntryItem::KIND, ContactItem::KIND, ActivityItem::KIND];

/// Reads both images of a record; the one that is not there is empty. `None`: nothing is derived from items of its kind.
pub fn projected(before: Image, after: Image) -> Result<Option<Projected>, StoreError> {
    let kind = text(&after, KIND).or_else(|| text(&before, KIND)).unwrap_or_default().to_owned();
    let pk = text(&after, PK).or_else(|| text(&before, PK)).unwrap_or_default().to_owned();
    Ok(match kind.as_str() {
        ConversationItem::KIND => {
            let (account, _) = keys::parse_in_conversation(&pk)
                .ok_or_else(|| StoreError::unreadable(ConversationItem::KIND, "the partition key is none"))?;
            let before = image(before).map(conversations::read_listed).transpose()?;
            let after = image(after).map(conversations::read_listed).transpose()?;
            Some(Projected::Conversation(Box::new(ConversationChange { account, before, after })))
        }
        EntryItem::KIND => {
            let (before, after) = (entry::streamed(before)?, entry::streamed(after)?);
            let place = after
                .as_ref()
                .or(before.as_ref())
                .map(|(account, conversation, ..)| (*account, *conversation));
            let entry = |streamed: Option<entry::Streamed>| streamed.map(|(_, _, entry, _)| entry);
            place.map(|(account, conversation)| {
                let (before, after) = (entry(before), entry(after));
                Projected::Entry(Box::new(EntryChange { account, conversation, before, after }))
            })
        }
        ContactItem::KIND => {
            let (before, after) = (streamed_contact(before)?, streamed_contact(after)?);
            let account = after.as_ref().or(before.as_ref()).map(|(account, _)| *account);
            let contact = |streamed: Option<(AccountId, Contact)>| streamed.map(|(_, contact)| contact);
            account.map(|account| {
                let (before, after) = (contact(before), contact(after));
                Projected::Contact(Box::new(ContactChange { account, before, after }))
            })
        }
        ActivityItem::KIND => {
            let (before, after) = (streamed_activity(before)?, streamed_activity(after)?);
            let whose = after.as_ref().or(before.as_ref()).map(|(account, contact, _)| (*account, *contact));
            let activity = |streamed: Option<(AccountId, ContactId, Activity)>| streamed.map(|(_, _, it)| it);
            whose.map(|(account, contact)| {
                let (before, after) = (activity(before), activity(after));
                Projected::Activity(Box::new(ActivityChange { account, contact, before, after }))
            })
        }
        _ => None,
    })
}

/// An image as the table's own item; `None`: there is none.
fn image(image: Image) -> Option<crate::item::Item> {
    (!image.is_empty()).then(|| image.into())
}

fn text<'a>(image: &'a Image, name: &str) -> Option<&'a str> {
    match image.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}
