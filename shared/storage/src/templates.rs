//! Message templates.

use std::collections::BTreeSet;

use domain::{
    id::{AccountId, TemplateId},
    managed::ManagedBy,
    name::DisplayName,
    scope::Scope,
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
    query::{Page, PageRequest},
    scoped::partitions,
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
    #[serde(default)]
    scope: Scope,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for TemplateItem {
    const KIND: &'static str = "template";
}

impl From<TemplateItem> for TemplateRecord {
    fn from(it: TemplateItem) -> Self {
        let TemplateItem { id, name, text, managed_by, scope, created_at, version } = it;
        Self { template: Template { id, name, text, managed_by, scope, created_at }, version }
    }
}

impl AccountStore {
    /// A template that everybody of the account has.
    pub async fn template(&self, id: TemplateId) -> Result<Option<TemplateRecord>, StoreError> {
        let item: Option<TemplateItem> = self.store.get(keys::template(self.account, id)).await?;
        Ok(item.map(TemplateRecord::from))
    }

    /// A template, if it lies in one of these scopes. Most are everybody's, so that is where it is looked for first.
    pub async fn template_in(
        &self,
        scopes: &BTreeSet<Scope>,
        id: TemplateId,
    ) -> Result<Option<TemplateRecord>, StoreError> {
        let found = self.template(id).await?;
        if found.is_some() {
            return Ok(found);
        }
        let others = scopes.iter().filter(|scope| **scope != Scope::Account);
        let keys: Vec<_> = others.map(|scope| keys::template_in(self.account, *scope, id)).collect();
        Ok(self.one_of::<TemplateItem>(keys).await?.map(TemplateRecord::from))
    }

    /// A page of the templates of these scopes, each in the order in which they were made.
    pub async fn templates(
        &self,
        scopes: &BTreeSet<Scope>,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Template>, InvalidCursor>, StoreError> {
        let partitions = partitions(scopes, |scope| keys::templates(self.account, scope));
        let read = |item| Ok(TemplateRecord::from(read::<TemplateItem>(item)?).template);
        self.page_of_scopes("templates", partitions, page, read).await
    }

    /// How many templates a scope has, counted up to `max`.
    pub async fn count_templates(&self, scope: Scope, max: u32) -> Result<u32, StoreError> {
        self.count_up_to(keys::templates(self.account, scope), max).await
    }

    /// Saves a template over the version that was read, with the traces of the change; `false`: somebody else has changed it.
    pub async fn save_template(
        &self,
        record: &TemplateRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let Template { id, name, text, managed_by, scope, created_at } = record.template.clone();
        let version = record.version.saturating_add(1);
        let item = TemplateItem { id, name, text, managed_by, scope, created_at, version };
        let item = NewItem::new(keys::template_in(self.account, scope, id), &item)?;
        Ok(self.administer(item, over(record.version), Vec::new(), traces).await? == Written::Done)
    }

    /// Removes a template; `false`: somebody else has changed or removed it.
    pub async fn remove_template(
        &self,
        record: &TemplateRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let Template { id, scope, .. } = record.template;
        self.discard(keys::template_in(self.account, scope, id), record.version, None, traces).await
    }
}
