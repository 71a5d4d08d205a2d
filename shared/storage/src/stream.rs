//! The table's stream as `dispatch` reads it.

use domain::{
    audit::By,
    id::{AccountId, ConversationId, MailId},
    timeline::Entry,
};

use crate::error::StoreError;

/// What was added to the table and has consequences.
#[derive(Clone, Debug)]
pub enum Added {
    /// A timeline entry.
    Entry(NewEntry),
    /// A mail on its way.
    Mail(NewMail),
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

/// A mail that was added to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub mail: MailId,
}

/// Reads the new image of an inserted item. `None`: nothing follows from items of its kind.
pub fn added(image: serde_dynamo::Item) -> Result<Option<Added>, StoreError> {
    if let Some((account, mail)) = crate::mails::streamed(&image)? {
        return Ok(Some(Added::Mail(NewMail { account, mail })));
    }
    let found = crate::entry::streamed(image)?;
    Ok(found.map(|(account, conversation, entry, by)| {
        Added::Entry(NewEntry { account, conversation, entry, by })
    }))
}
