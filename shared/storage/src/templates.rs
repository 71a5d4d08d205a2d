//! Message templates.

use domain::{
    id::{AccountId, TemplateId},
    managed::ManagedBy,
    name::DisplayName,
    template::{Template, TemplateText},
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
    query::{Index, Page, PageRequest, Read},
};

/// A template as it was read.
#[derive(Clone, Debug)]
pub struct TemplateRecord {
    /// The template.
    pub template: Template,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TemplateItem {
    id: TemplateId,
    name: DisplayName,
    text: TemplateText,
    #[serde(default)]
    managed_by: ManagedBy,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for TemplateItem {
    const KIND: &'static str = "template";
}

impl From<TemplateItem> for TemplateRecord {
    fn from(TemplateItem { id, name, text, managed_by, created_at, version }: TemplateItem) -> Self {
        Self { template: Template { id, name, text, managed_by, created_at }, version }
    }
}

impl AccountStore {
    /// A template of the account.
    pub async fn template(&self, id: TemplateId) -> Result<Option<TemplateRecord>, StoreError> {
        let item: Option<TemplateItem> = self.store.get(keys::template(self.account, id)).await?;
        Ok(item.map(TemplateRecord::from))
    }

    /// A page of the account's templates, in the order in which they were made.
    pub async fn templates(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Template>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::templates(self.account), page.limit);
        let read = |item| Ok(TemplateRecord::from(read::<TemplateItem>(item)?).template);
        self.page("templates", request, page, read).await
    }

    /// Saves a template over the version that was read, with the traces of the change; `false`: somebody else has changed it.
    pub async fn save_template(
        &self,
        record: &TemplateRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let Template { id, name, text, managed_by, created_at } = record.template.clone();
        let version = record.version.saturating_add(1);
        let item = TemplateItem { id, name, text, managed_by, created_at, version };
        let item = NewItem::new(keys::template(self.account, id), &item)?;
        Ok(self.administer(item, over(record.version), Vec::new(), traces).await? == Written::Done)
    }

    /// Removes a template; `false`: somebody else has changed or removed it.
    pub async fn remove_template(
        &self,
        record: &TemplateRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        self.discard(keys::template(self.account, record.template.id), record.version, None, traces).await
    }
}
