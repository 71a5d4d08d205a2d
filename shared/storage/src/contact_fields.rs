//! The custom fields that an account has for its contacts (B15): one item, because there are few and they are read together.

use domain::{
    contact::{FieldDefinition, FieldKey},
    id::AccountId,
    name::DisplayName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces,
    administered::{Written, over},
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
};

/// An account's custom fields as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactFieldsRecord {
    /// The fields, in the order in which they were made.
    pub fields: Vec<FieldDefinition>,
    /// Rises with every change; a save is made over the version that was read. 0: never saved.
    pub version: u64,
}

impl ContactFieldsRecord {
    /// Whether there is a field with this key.
    pub fn has(&self, key: &FieldKey) -> bool {
        self.fields.iter().any(|field| field.key == *key)
    }
}

#[derive(Serialize, Deserialize)]
struct FieldItem {
    key: FieldKey,
    label: DisplayName,
    #[serde(with = "millis")]
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ContactFieldsItem {
    custom: Vec<FieldItem>,
    version: u64,
}

impl Stored for ContactFieldsItem {
    const KIND: &'static str = "contact_fields";
}

impl From<ContactFieldsItem> for ContactFieldsRecord {
    fn from(it: ContactFieldsItem) -> Self {
        let field =
            |FieldItem { key, label, created_at }: FieldItem| FieldDefinition { key, label, created_at };
        Self { fields: it.custom.into_iter().map(field).collect(), version: it.version }
    }
}

impl AccountStore {
    /// The account's custom fields.
    pub async fn contact_fields(&self) -> Result<ContactFieldsRecord, StoreError> {
        let item: Option<ContactFieldsItem> = self.store.get(keys::contact_fields(self.account)).await?;
        Ok(item.map(ContactFieldsRecord::from).unwrap_or_default())
    }

    /// Saves them over the version that was read, with the traces; `false`: somebody else has changed them.
    pub async fn save_contact_fields(
        &self,
        record: &ContactFieldsRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let field = |it: &FieldDefinition| FieldItem {
            key: it.key.clone(),
            label: it.label.clone(),
            created_at: it.created_at,
        };
        let custom = record.fields.iter().map(field).collect();
        let item = ContactFieldsItem { custom, version: record.version.saturating_add(1) };
        let item = NewItem::new(keys::contact_fields(self.account), &item)?;
        Ok(self.administer(item, over(record.version), Vec::new(), traces).await? == Written::Done)
    }
}
