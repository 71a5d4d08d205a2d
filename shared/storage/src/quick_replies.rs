//! Quick replies.

use std::collections::BTreeSet;

use domain::{
    id::{AccountId, QuickReplyId},
    name::DisplayName,
    quick_reply::QuickReply,
    scope::Scope,
    template::TemplateText,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces,
    administered::{Written, over},
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Page, PageRequest},
    scoped::partitions,
};

/// A quick reply as it was read.
#[derive(Clone, Debug)]
pub struct QuickReplyRecord {
    /// The quick reply.
    pub quick_reply: QuickReply,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct QuickReplyItem {
    id: QuickReplyId,
    title: DisplayName,
    text: TemplateText,
    scope: Scope,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for QuickReplyItem {
    const KIND: &'static str = "quick_reply";
}

impl From<QuickReplyItem> for QuickReplyRecord {
    fn from(QuickReplyItem { id, title, text, scope, created_at, version }: QuickReplyItem) -> Self {
        Self { quick_reply: QuickReply { id, title, text, scope, created_at }, version }
    }
}

impl AccountStore {
    /// A quick reply, if it lies in one of these scopes.
    pub async fn quick_reply(
        &self,
        scopes: &BTreeSet<Scope>,
        id: QuickReplyId,
    ) -> Result<Option<QuickReplyRecord>, StoreError> {
        let keys = scopes.iter().map(|scope| keys::quick_reply(self.account, *scope, id)).collect();
        Ok(self.one_of::<QuickReplyItem>(keys).await?.map(QuickReplyRecord::from))
    }

    /// A page of the quick replies of these scopes.
    pub async fn quick_replies(
        &self,
        scopes: &BTreeSet<Scope>,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<QuickReply>, InvalidCursor>, StoreError> {
        let partitions = partitions(scopes, |scope| keys::quick_replies(self.account, scope));
        let read = |item| Ok(QuickReplyRecord::from(read::<QuickReplyItem>(item)?).quick_reply);
        self.page_of_scopes("quick replies", partitions, page, read).await
    }

    /// How many quick replies a scope has, counted up to `max`.
    pub async fn count_quick_replies(&self, scope: Scope, max: u32) -> Result<u32, StoreError> {
        self.count_up_to(keys::quick_replies(self.account, scope), max).await
    }

    /// Saves a quick reply over the version that was read, with the traces of the change; `false`: somebody else has changed
    /// it.
    pub async fn save_quick_reply(
        &self,
        record: &QuickReplyRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let QuickReply { id, title, text, scope, created_at } = record.quick_reply.clone();
        let version = record.version.saturating_add(1);
        let item = QuickReplyItem { id, title, text, scope, created_at, version };
        let item = NewItem::new(keys::quick_reply(self.account, scope, id), &item)?;
        Ok(self.administer(item, over(record.version), Vec::new(), traces).await? == Written::Done)
    }

    /// Removes a quick reply; `false`: somebody else has changed or removed it.
    pub async fn remove_quick_reply(
        &self,
        record: &QuickReplyRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let QuickReply { id, scope, .. } = record.quick_reply;
        self.discard(keys::quick_reply(self.account, scope, id), record.version, None, traces).await
    }
}
