//! Files that were uploaded for messages, and what became of copying those that came in.
//!
//! The files themselves are elsewhere: here stands that one is there, what it is and whose.

use domain::{
    id::{MediaId, UserId},
    media::{FileType, KeptFile, MediaCopy},
    message::{Message, Way},
    timeline::{Entry, EntryContent},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    write::Expect,
};

/// A file that was uploaded and looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub file: KeptFile,
    /// Who uploaded it.
    pub user: UserId,
    /// When it was looked at.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UploadItem {
    id: MediaId,
    file_type: FileType,
    bytes: u64,
    user: UserId,
    #[serde(with = "millis")]
    at: Timestamp,
}

impl Stored for UploadItem {
    const KIND: &'static str = "upload";
}

impl AccountStore {
    /// A file that was uploaded.
    pub async fn upload(&self, id: MediaId) -> Result<Option<Upload>, StoreError> {
        let item: Option<UploadItem> = self.store.get(keys::upload(self.account, id)).await?;
        Ok(item.map(|UploadItem { id, file_type, bytes, user, at }| Upload {
            file: KeptFile { id, file_type, bytes },
            user,
            at,
        }))
    }

    /// Writes down a file that was uploaded; `false`: it was written down before.
    pub async fn put_upload(&self, upload: &Upload) -> Result<bool, StoreError> {
        let Upload { file: KeptFile { id, file_type, bytes }, user, at } = *upload;
        let item = UploadItem { id, file_type, bytes, user, at };
        self.store.put_if(NewItem::new(keys::upload(self.account, id), &item)?, Expect::absent()).await
    }

    /// Writes down what became of copying a file of an inbound message; `None`: the message was changed since it was read.
    pub async fn save_copy(
        &self,
        before: &Message,
        index: usize,
        copy: MediaCopy,
    ) -> Result<Option<Message>, StoreError> {
        let mut message = before.clone();
        let Some(media) = message.media.get_mut(index) else { return Ok(None) };
        if !matches!(before.way, Way::Inbound { .. }) || media.copy.is_some() {
            return Ok(None);
        }
        media.copy = Some(copy);
        let entry = Entry {
            sequence: message.sequence,
            at: message.accepted_at,
            content: EntryContent::Message(Box::new(message.clone())),
        };
        let item = self.entry_item(message.conversation, &entry, None)?;
        let saved = self.store.put_if(item, Expect::version(before.copies())).await?;
        Ok(saved.then_some(message))
    }
}
