//! What an account and its people want to be told of (B03), and what they have been told lately.
//!
//! An alert that would be given again and again, while credits hover around a threshold or a gateway stays refused, is given
//! once for a while. Its item says when it began and whether everybody has been told, so who is interrupted goes on with the
//! same alert. The ids of notifications and mails follow from the alert's name and that time.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    alerts::{AlertChannels, AlertSettings},
    id::{MessageId, NotificationId, UserId},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces,
    error::StoreError,
    item::{NewItem, Stored, millis, read},
    keys::{self, Key},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// How long it is remembered that an alert was given, and which messages failed.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How often an alert that others begin at the same moment is tried to begin.
const ATTEMPTS_MAX: u32 = 5;

/// What an account wants to be told of, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertSettingsRecord {
    /// The settings.
    pub settings: AlertSettings,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

/// Where somebody wants to be told, as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertPreferencesRecord {
    /// Where each kind goes.
    pub channels: AlertChannels,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AlertSettingsItem {
    settings: AlertSettings,
    version: u64,
}

impl Stored for AlertSettingsItem {
    const KIND: &'static str = "alert_settings";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AlertPreferencesItem {
    user: UserId,
    channels: AlertChannels,
    version: u64,
}

impl Stored for AlertPreferencesItem {
    const KIND: &'static str = "alert_preferences";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AlertItem {
    #[serde(with = "millis")]
    begun_at: Timestamp,
    given: bool,
}

impl Stored for AlertItem {
    const KIND: &'static str = "alert";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct FailuresItem {
    #[serde(with = "serde_dynamo::string_set")]
    failed: BTreeSet<String>,
}

impl Stored for FailuresItem {
    const KIND: &'static str = "failures";
}

impl AccountStore {
    /// What the account wants to be told of.
    pub async fn alert_settings(&self) -> Result<AlertSettingsRecord, StoreError> {
        let item: Option<AlertSettingsItem> = self.store.get(keys::alert_settings(self.account)).await?;
        Ok(item
            .map(|it| AlertSettingsRecord { settings: it.settings, version: it.version })
            .unwrap_or_default())
    }

    /// Saves the settings over the version that was read; `false`: somebody else has changed them.
    pub async fn save_alert_settings(
        &self,
        record: &AlertSettingsRecord,
        traces: &Traces,
    ) -> Result<bool, StoreError> {
        let version = record.version.saturating_add(1);
        let item = AlertSettingsItem { settings: record.settings.clone(), version };
        self.save_over(NewItem::new(keys::alert_settings(self.account), &item)?, record.version, traces).await
    }

    /// Where somebody wants to be told.
    pub async fn alert_preferences(&self, user: UserId) -> Result<AlertPreferencesRecord, StoreError> {
        let item: Option<AlertPreferencesItem> =
            self.store.get(keys::alert_preferences(self.account, user)).await?;
        let record = item.map(|it| AlertPreferencesRecord { channels: it.channels, version: it.version });
        Ok(record.unwrap_or_default())
    }

    /// Where several people want to be told; who has said nothing is left out.
    pub async fn alert_preferences_of(
        &self,
        users: &[UserId],
    ) -> Result<BTreeMap<UserId, AlertChannels>, StoreError> {
        let wanted: Vec<Key> =
            users.iter().map(|user| keys::alert_preferences(self.account, *user)).collect();
        let found = self.store.get_many(wanted, false).await?;
        found
            .into_iter()
            .map(|item| read::<AlertPreferencesItem>(item).map(|it| (it.user, it.channels)))
            .collect()
    }

    /// Saves where somebody wants to be told over the version that was read; `false`: it was changed meanwhile.
    pub async fn save_alert_preferences(
        &self,
        user: UserId,
        record: &AlertPreferencesRecord,
        traces: &Traces,
    ) -> Result<bool, StoreError> {
        let version = record.version.saturating_add(1);
        let item = AlertPreferencesItem { user, channels: record.channels, version };
        let item = NewItem::new(keys::alert_preferences(self.account, user), &item)?;
        self.save_over(item, record.version, traces).await
    }

    async fn save_over(&self, item: NewItem, version: u64, traces: &Traces) -> Result<bool, StoreError> {
        let expect = if version == 0 { Expect::absent() } else { Expect::version(version) };
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), item, Some(expect));
        self.leave(&mut transaction, (), traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// The name of an alert: the same for the same `about`.
    pub fn alert_name(&self, about: &[&[u8]]) -> NotificationId {
        let account = *self.account.uuid().as_bytes();
        let mut parts: Vec<&[u8]> = vec![b"alert", &account];
        parts.extend(about);
        NotificationId::derive(&parts)
    }

    /// Begins an alert, or goes on with one that was begun and not given to everybody yet: since when it is. `None`: it was
    /// given less than `pause` ago.
    pub async fn begin_alert(
        &self,
        name: NotificationId,
        now: Timestamp,
        pause: SignedDuration,
    ) -> Result<Option<Timestamp>, StoreError> {
        let key = keys::alert(self.account, name);
        for _ in 0..ATTEMPTS_MAX {
            let expect = match self.store.get::<AlertItem>(key.clone()).await? {
                None => Expect::absent(),
                Some(it) if !it.given => return Ok(Some(it.begun_at)),
                Some(it) if now.duration_since(it.begun_at) < pause => return Ok(None),
                Some(it) => {
                    Expect { expression: "begun_at = :then", values: vec![(":then", number(it.begun_at))] }
                }
            };
            let mut item = NewItem::new(key.clone(), &AlertItem { begun_at: now, given: false })?;
            if let Ok(end) = now.checked_add(KEPT_FOR) {
                item = item.expiring(end);
            }
            if self.store.put_if(item, expect).await? {
                return Ok(Some(now));
            }
        }
        Err(StoreError::Contention)
    }

    /// Notes that everybody has been given the alert that began then.
    pub async fn alert_given(&self, name: NotificationId, begun_at: Timestamp) -> Result<(), StoreError> {
        let values = vec![(":yes", AttributeValue::Bool(true)), (":then", number(begun_at))];
        let key = keys::alert(self.account, name);
        self.store.update_if(key, "SET given = :yes", values, "begun_at = :then").await.map(drop)
    }

    /// Counts a failed message among those of its hour, once; answers how many there are, as far as `max`.
    pub async fn count_failure(
        &self,
        hour: Timestamp,
        message: MessageId,
        max: u16,
    ) -> Result<usize, StoreError> {
        let key = keys::failures(self.account, hour);
        let first = FailuresItem { failed: BTreeSet::from([message.to_string()]) };
        let mut item = NewItem::new(key.clone(), &first)?;
        if let Ok(end) = hour.checked_add(KEPT_FOR) {
            item = item.expiring(end);
        }
        if !self.store.put_if(item, Expect::absent()).await? {
            let values = vec![
                (":set", AttributeValue::Ss(vec![message.to_string()])),
                (":one", AttributeValue::S(message.to_string())),
                (":max", AttributeValue::N(max.to_string())),
            ];
            let condition = "attribute_exists(pk) AND size(failed) < :max AND NOT contains(failed, :one)";
            self.store.update_if(key.clone(), "ADD failed :set", values, condition).await?;
        }
        let item: Option<FailuresItem> = self.store.get(key).await?;
        Ok(item.map_or(0, |it| it.failed.len()))
    }
}

fn number(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_millisecond().to_string())
}
