//! The table's stream as `dispatch` reads it.

use domain::{
    audit::{AuditEntry, By},
    credits::Credits,
    id::{AccountId, ContactId, ConversationId, MailId},
    message::{Delivery, Message, Status, Way},
    note::Note,
    timeline::{Entry, EntryContent},
};
use jiff::Timestamp;

use crate::{
    activity::{ActivityContent, ActivityItem, streamed_activity},
    credits::BalanceItem,
    error::StoreError,
    item::{KIND, Stored},
    keys,
};

/// An item as the stream shows it.
pub type Image = serde_dynamo::Item;

/// What was added to the table and has consequences.
#[derive(Clone, Debug)]
pub enum Added {
    /// A timeline entry.
    Entry(NewEntry),
    /// A mail on its way.
    Mail(NewMail),
    /// An entry of an account's audit log.
    Audit(AccountId, AuditEntry),
    /// A note about a customer.
    ContactNote(NewContactNote),
}

/// What changed in the table and has consequences.
#[derive(Clone, Debug)]
pub enum Changed {
    /// Credits of an account left its balance or came into it.
    Balance(BalanceChange),
    /// A message has failed, or was not delivered.
    Failed(AccountId, Box<Message>),
}

/// How many credits an account had to spend before, and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceChange {
    /// Whose.
    pub account: AccountId,
    /// Before.
    pub before: Credits,
    /// After.
    pub after: Credits,
}

/// A timeline entry that was added to the table.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Whose.
    pub account: AccountId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The entry.
    pub entry: Entry,
    /// Who is behind it, for the audit log.
    pub by: Option<By>,
}

/// A note about a customer that was added to the table.
#[derive(Clone, Debug)]
pub struct NewContactNote {
    /// Whose account.
    pub account: AccountId,
    /// About whom.
    pub contact: ContactId,
    /// When.
    pub at: Timestamp,
    /// The note.
    pub note: Note,
}

/// A mail that was added to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub mail: MailId,
}

/// Reads the new image of an inserted item. `None`: nothing follows from items of its kind.
pub fn added(image: Image) -> Result<Option<Added>, StoreError> {
    if let Some((account, mail)) = crate::mails::streamed(&image)? {
        return Ok(Some(Added::Mail(NewMail { account, mail })));
    }
    if let Some((account, entry)) = crate::audit::streamed(&image)? {
        return Ok(Some(Added::Audit(account, entry)));
    }
    if text(&image, KIND) == Some(ActivityItem::KIND) {
        return contact_note(image);
    }
    let found = crate::entry::streamed(image)?;
    Ok(found.map(|(account, conversation, entry, by)| {
        Added::Entry(NewEntry { account, conversation, entry, by })
    }))
}

/// A customer's note, if the activity is one and is new. One that came with another customer's record has been told of.
fn contact_note(image: Image) -> Result<Option<Added>, StoreError> {
    let Some((account, contact, activity)) = streamed_activity(image)? else { return Ok(None) };
    let at = activity.at();
    Ok(match activity.content {
        ActivityContent::Note(note) if !activity.moved => {
            Some(Added::ContactNote(NewContactNote { account, contact, at, note }))
        }
        ActivityContent::Note(_) | ActivityContent::Happening(_) => None,
    })
}

/// Reads both images of a changed item. `None`: nothing follows from this change.
pub fn changed(before: Image, after: Image) -> Result<Option<Changed>, StoreError> {
    if text(&after, KIND) == Some(BalanceItem::KIND) {
        let account = text(&after, keys::PK).and_then(keys::parse_balance);
        let account = account.ok_or_else(|| StoreError::unreadable("balance", "the key is no balance's"))?;
        let available = |item| serde_dynamo::from_item::<_, BalanceItem>(item).map(|it| it.available);
        let pair = available(before).and_then(|before| Ok((before, available(after)?)));
        let (before, after) = pair.map_err(|error| StoreError::unreadable_item(BalanceItem::KIND, &error))?;
        return Ok(Some(Changed::Balance(BalanceChange { account, before, after })));
    }
    let (before, after) = (crate::entry::streamed(before)?, crate::entry::streamed(after)?);
    let had_failed = before.is_some_and(|(_, _, entry, _)| failed(&entry).is_some());
    let message = after.filter(|_| !had_failed).and_then(|(account, _, entry, _)| {
        failed(&entry)?;
        match entry.content {
            EntryContent::Message(message) => Some(Changed::Failed(account, message)),
            EntryContent::Event { .. } | EntryContent::Note(_) | EntryContent::Happening(_) => None,
        }
    });
    Ok(message)
}

/// The delivery of a message that has failed, if the entry is one.
fn failed(entry: &Entry) -> Option<&Delivery> {
    let EntryContent::Message(message) = &entry.content else { return None };
    let Way::Outbound(delivery) = &message.way else { return None };
    matches!(delivery.status, Status::Failed | Status::Undelivered).then_some(delivery)
}

fn text<'a>(item: &'a serde_dynamo::Item, name: &str) -> Option<&'a str> {
    match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}
