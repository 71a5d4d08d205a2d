//! API keys: what programs call with.
//!
//! The token of a key names its account, its maker and itself, so one call reads the key, its maker and the account's policy
//! together. The table keeps the hash of the secret only.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::{ConversationAccess, MessageAccess, Permission, Rights},
    id::{ApiKeyId, UserId},
    name::DisplayName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Asking, Traces,
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// An API key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: DisplayName,
    /// Who made it. It can do no more than they can at that moment.
    pub made_by: UserId,
    /// What it may do, as far as its maker may.
    pub scopes: Rights,
    /// The SHA-256 of its secret, in hexadecimal.
    pub secret_sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the hour.
    pub last_used_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ApiKeyItem {
    id: ApiKeyId,
    name: DisplayName,
    made_by: UserId,
    permissions: BTreeSet<Permission>,
    conversation_access: ConversationAccess,
    message_access: MessageAccess,
    secret_sha256: String,
    #[serde(with = "millis")]
    created_at: Timestamp,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    ends_at: Option<Timestamp>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
}

impl Stored for ApiKeyItem {
    const KIND: &'static str = "api_key";
}

impl From<&ApiKey> for ApiKeyItem {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name.clone(),
            made_by: key.made_by,
            permissions: key.scopes.permissions().clone(),
            conversation_access: key.scopes.conversation_access(),
            message_access: key.scopes.message_access(),
            secret_sha256: key.secret_sha256.clone(),
            created_at: key.created_at,
            ends_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl From<ApiKeyItem> for ApiKey {
    fn from(it: ApiKeyItem) -> Self {
        Self {
            id: it.id,
            name: it.name,
            made_by: it.made_by,
            scopes: Rights::exactly(it.permissions, it.conversation_access, it.message_access),
            secret_sha256: it.secret_sha256,
            created_at: it.created_at,
            expires_at: it.ends_at,
            last_used_at: it.last_used_at,
        }
    }
}

impl AccountStore {
    /// Adds a key, with its traces.
    pub async fn add_api_key(&self, key: &ApiKey, traces: &Traces) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(&self.store);
        let item = NewItem::new(keys::api_key(self.account, key.id), &ApiKeyItem::from(key))?;
        transaction.put((), item, Some(Expect::absent()));
        self.leave(&mut transaction, (), traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Refused(_)) => Err(StoreError::unreadable("api_key", "its id is taken")),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// A key by its id.
    pub async fn api_key(&self, key: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let item: Option<ApiKeyItem> = self.store.get(keys::api_key(self.account, key)).await?;
        Ok(item.map(ApiKey::from))
    }

    /// A page of the account's keys, in the order in which they were made.
    pub async fn api_keys(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<ApiKey>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::api_keys(self.account), page.limit);
        self.page("api keys", request, page, |item| read::<ApiKeyItem>(item).map(ApiKey::from)).await
    }

    /// Ends a key, with its traces; `false`: there is none.
    pub async fn revoke_api_key(&self, key: ApiKeyId, traces: &Traces) -> Result<bool, StoreError> {
        #[derive(Clone, Copy, PartialEq)]
        enum Write {
            Key,
            Traces,
        }
        let mut transaction = Transaction::new(&self.store);
        transaction.delete_existing(Write::Key, keys::api_key(self.account, key));
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Notes that a key is in use.
    pub async fn api_key_used(&self, key: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        let values = vec![(":at", AttributeValue::N(at.as_millisecond().to_string()))];
        let key = keys::api_key(self.account, key);
        self.store.update_if(key, "SET last_used_at = :at", values, "attribute_exists(pk)").await.map(drop)
    }

    /// A key, its maker and the account's policy in one call.
    pub async fn asking_with_key(
        &self,
        maker: UserId,
        key: ApiKeyId,
        consistent: bool,
    ) -> Result<(Asking, Option<ApiKey>), StoreError> {
        let key = keys::api_key(self.account, key);
        let (asking, key) = self.asking_and(maker, Some(key), consistent).await?;
        let key = key.map(read::<ApiKeyItem>).transpose()?;
        Ok((asking, key.map(ApiKey::from)))
    }
}
