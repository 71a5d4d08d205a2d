//! What people want to be told of the inbox, and how; and when their next e-mail digest is due.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    id::{AccountId, UserId},
    news::NewsPreferences,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, PushEndpointsRecord, Store, UserRecord,
    error::StoreError,
    item::{Item, KIND, NewItem, Stored, millis, read, text},
    keys::{self, Key, PK},
    push_endpoints::PushEndpointsItem,
    transact::{Transaction, TransactionError},
    users::UserItem,
    write::Expect,
};

/// What a person wants to be told of, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewsRecord {
    /// What they want.
    pub preferences: NewsPreferences,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

/// The next digest of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueDigest {
    /// When it is due.
    pub due: Timestamp,
    /// Since when what happened has been in no digest.
    pub since: Timestamp,
}

/// How a person is told of something.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// What they want to be told of.
    pub preferences: NewsPreferences,
    /// Their devices.
    pub endpoints: PushEndpointsRecord,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct NewsItem {
    #[serde(rename = "person")]
    user: UserId,
    preferences: NewsPreferences,
    version: u64,
}

impl Stored for NewsItem {
    const KIND: &'static str = "news";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DigestItem {
    #[serde(with = "millis")]
    due: Timestamp,
    #[serde(with = "millis")]
    since: Timestamp,
}

impl Stored for DigestItem {
    const KIND: &'static str = "digest";
}

impl Store {
    /// Digests that are due at `now`, longest due first, at most `limit` of each shard.
    pub async fn due_digests(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, UserId)>, StoreError> {
        let items = self.due(keys::due_digests, now, limit).await?;
        Ok(items.iter().filter_map(|item: &Item| keys::parse_digest(text(item, PK)?)).collect())
    }
}

impl AccountStore {
    /// What a person wants to be told of.
    pub async fn news(&self, user: UserId) -> Result<NewsRecord, StoreError> {
        let item: Option<NewsItem> = self.store.get(keys::news(self.account, user)).await?;
        Ok(item.map(|it| NewsRecord { preferences: it.preferences, version: it.version }).unwrap_or_default())
    }

    /// Saves what a person wants to be told of, over the version that was read, and when their next digest is due; `false`: it
    /// was changed meanwhile.
    pub async fn save_news(
        &self,
        user: UserId,
        record: &NewsRecord,
        digest: Option<DueDigest>,
    ) -> Result<bool, StoreError> {
        let expect = if record.version == 0 { Expect::absent() } else { Expect::version(record.version) };
        let version = record.version.saturating_add(1);
        let item = NewsItem { user, preferences: record.preferences.clone(), version };
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), NewItem::new(keys::news(self.account, user), &item)?, Some(expect));
        match digest {
            Some(digest) => transaction.put((), self.digest_item(user, digest)?, None),
            None => transaction.delete((), keys::digest(self.account, user)),
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    fn digest_item(&self, user: UserId, digest: DueDigest) -> Result<NewItem, StoreError> {
        let DueDigest { due, since } = digest;
        let item = NewItem::new(keys::digest(self.account, user), &DigestItem { due, since })?;
        Ok(item.wanting_attention(keys::due_digests(keys::departure_shard(user)), due))
    }

    /// The next digest of a person; `None`: they want none.
    pub async fn digest(&self, user: UserId) -> Result<Option<DueDigest>, StoreError> {
        let item: Option<DigestItem> = self.store.get(keys::digest(self.account, user)).await?;
        Ok(item.map(|DigestItem { due, since }| DueDigest { due, since }))
    }

    /// Goes on to the next digest after the one that was due then, or ends them; nothing if somebody else has.
    pub async fn digest_done(
        &self,
        user: UserId,
        due: Timestamp,
        next: Option<DueDigest>,
    ) -> Result<(), StoreError> {
        let values = vec![(":due", AttributeValue::N(due.as_millisecond().to_string()))];
        let expect = Expect { expression: "due = :due", values };
        match next {
            Some(next) => self.store.put_if(self.digest_item(user, next)?, expect).await.map(drop),
            None => self.store.delete_if(keys::digest(self.account, user), expect).await.map(drop),
        }
    }

    /// How several people are told, in as few calls as possible; who has said nothing and has no device is left out.
    pub async fn reach_of(
        &self,
        users: impl Iterator<Item = UserId>,
    ) -> Result<BTreeMap<UserId, Reach>, StoreError> {
        let wanted: Vec<Key> = users
            .flat_map(|user| [keys::news(self.account, user), keys::push_endpoints(self.account, user)])
            .collect();
        let mut reach: BTreeMap<UserId, Reach> = BTreeMap::new();
        for item in self.store.get_many(wanted, true).await? {
            if text(&item, KIND) == Some(NewsItem::KIND) {
                let NewsItem { user, preferences, .. } = read(item)?;
                reach.entry(user).or_default().preferences = preferences;
            } else {
                let item: PushEndpointsItem = read(item)?;
                let user = item.user;
                reach.entry(user).or_default().endpoints = item.into();
            }
        }
        Ok(reach)
    }

    /// Several users with their sessions; those that do not exist are left out.
    pub async fn users_by_id(
        &self,
        users: impl Iterator<Item = UserId>,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let wanted = users.map(|user| keys::user(self.account, user)).collect();
        let found = self.store.get_many(wanted, true).await?;
        found.into_iter().map(|item| read::<UserItem>(item).map(UserRecord::from)).collect()
    }
}
