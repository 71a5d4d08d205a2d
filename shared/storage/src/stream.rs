//! The table's stream as `dispatch` reads it.

use domain::{
    id::{AccountId, ConversationId},
    timeline::Entry,
};

use crate::error::StoreError;

/// A timeline entry that was added to the table.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Whose.
    pub account: AccountId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The entry.
    pub entry: Entry,
}

/// Reads the new image of an inserted item. `None`: the item is no timeline entry.
pub fn new_entry(image: serde_dynamo::Item) -> Result<Option<NewEntry>, StoreError> {
    let found = crate::entry::streamed(image)?;
    Ok(found.map(|(account, conversation, entry)| NewEntry { account, conversation, entry }))
}
