//! Saved views of the inbox.

use std::collections::BTreeSet;

use domain::{
    id::{AccountId, SavedViewId},
    name::DisplayName,
    saved_view::{Filter, SavedView},
    scope::Scope,
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

/// A saved view as it was read.
#[derive(Clone, Debug)]
pub struct SavedViewRecord {
    /// The view.
    pub view: SavedView,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct SavedViewItem {
    id: SavedViewId,
    name: DisplayName,
    filter: Filter,
    scope: Scope,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for SavedViewItem {
    const KIND: &'static str = "saved_view";
}

impl From<SavedViewItem> for SavedViewRecord {
    fn from(SavedViewItem { id, name, filter, scope, created_at, version }: SavedViewItem) -> Self {
        Self { view: SavedView { id, name, filter, scope, created_at }, version }
    }
}

impl AccountStore {
    /// A saved view, if it lies in one of these scopes.
    pub async fn saved_view(
        &self,
        scopes: &BTreeSet<Scope>,
        id: SavedViewId,
    ) -> Result<Option<SavedViewRecord>, StoreError> {
        let keys = scopes.iter().map(|scope| keys::saved_view(self.account, *scope, id)).collect();
        Ok(self.one_of::<SavedViewItem>(keys).await?.map(SavedViewRecord::from))
    }

    /// A page of the saved views of these scopes.
    pub async fn saved_views(
        &self,
        scopes: &BTreeSet<Scope>,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<SavedView>, InvalidCursor>, StoreError> {
        let partitions = partitions(scopes, |scope| keys::saved_views(self.account, scope));
        let read = |item| Ok(SavedViewRecord::from(read::<SavedViewItem>(item)?).view);
        self.page_of_scopes("saved views", partitions, page, read).await
    }

    /// How many saved views a scope has, counted up to `max`.
    pub async fn count_saved_views(&self, scope: Scope, max: u32) -> Result<u32, StoreError> {
        self.count_up_to(keys::saved_views(self.account, scope), max).await
    }

    /// Saves a view over the version that was read, with the traces of the change; `false`: somebody else has changed it.
    pub async fn save_saved_view(
        &self,
        record: &SavedViewRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let SavedView { id, name, filter, scope, created_at } = record.view.clone();
        let version = record.version.saturating_add(1);
        let item = SavedViewItem { id, name, filter, scope, created_at, version };
        let item = NewItem::new(keys::saved_view(self.account, scope, id), &item)?;
        Ok(self.administer(item, over(record.version), Vec::new(), traces).await? == Written::Done)
    }

    /// Removes a view; `false`: somebody else has changed or removed it.
    pub async fn remove_saved_view(
        &self,
        record: &SavedViewRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let SavedView { id, scope, .. } = record.view;
        self.discard(keys::saved_view(self.account, scope, id), record.version, None, traces).await
    }
}
