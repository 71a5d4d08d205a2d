//! The policy of an account, and what each request begins with.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{id::UserId, policy::Policy};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces, UserRecord,
    error::StoreError,
    item::{Item, KIND, NewItem, Stored, read, text},
    keys,
    transact::{Transaction, TransactionError},
    users::UserItem,
    write::Expect,
};

/// A policy as it was read.
#[derive(Clone, Debug, Default)]
pub struct PolicyRecord {
    /// The policy.
    pub policy: Policy,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PolicyItem {
    policy: Policy,
    version: u64,
}

impl Stored for PolicyItem {
    const KIND: &'static str = "policy";
}

impl From<PolicyItem> for PolicyRecord {
    fn from(PolicyItem { policy, version }: PolicyItem) -> Self {
        Self { policy, version }
    }
}

/// Somebody who asks for something, with what decides whether they get it.
#[derive(Clone)]
pub struct Asking {
    /// The user; `None`: there is none.
    pub user: Option<UserRecord>,
    /// The account's policy.
    pub policy: Policy,
}

impl AccountStore {
    /// The account's policy.
    pub async fn policy(&self) -> Result<PolicyRecord, StoreError> {
        let item: Option<PolicyItem> = self.store.get(keys::policy(self.account)).await?;
        Ok(item.map(PolicyRecord::from).unwrap_or_default())
    }

    /// A user and the account's policy in one call: what each request begins with. `consistent`: as they are now, and not
    /// perhaps as they were some milliseconds ago.
    pub async fn asking(&self, user: UserId, consistent: bool) -> Result<Asking, StoreError> {
        self.asking_and(user, None, consistent).await.map(|(asking, _)| asking)
    }

    /// The same with a third item, as it lies in the table.
    pub(crate) async fn asking_and(
        &self,
        user: UserId,
        third: Option<keys::Key>,
        consistent: bool,
    ) -> Result<(Asking, Option<Item>), StoreError> {
        let mut wanted = vec![keys::user(self.account, user), keys::policy(self.account)];
        wanted.extend(third);
        let (mut user, mut policy, mut third) = (None, Policy::default(), None);
        for item in self.store.get_many(wanted, consistent).await? {
            match text(&item, KIND) {
                Some(UserItem::KIND) => user = Some(read::<UserItem>(item)?.into()),
                Some(PolicyItem::KIND) => policy = read::<PolicyItem>(item)?.policy,
                _ => third = Some(item),
            }
        }
        Ok((Asking { user, policy }, third))
    }

    /// Saves a policy over the version that was read, with its traces; `false`: somebody else has changed it.
    pub async fn save_policy(&self, record: &PolicyRecord, traces: &Traces) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        self.write_policy(&mut transaction, (), record)?;
        self.leave(&mut transaction, (), traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Notes in a transaction that the account is a paying customer, unless it was one before.
    pub(crate) fn write_paying<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        at: Timestamp,
    ) {
        let set =
            "SET policy.paying_since = if_not_exists(policy.paying_since, :at), version = version + :one";
        let values =
            vec![(":at", AttributeValue::S(at.to_string())), (":one", AttributeValue::N("1".to_owned()))];
        transaction.update(label, keys::policy(self.account), set, values, "attribute_exists(pk)");
    }

    /// Adds the next version of a policy to a transaction.
    pub(crate) fn write_policy<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        record: &PolicyRecord,
    ) -> Result<(), StoreError> {
        let item = PolicyItem { policy: record.policy.clone(), version: record.version.saturating_add(1) };
        let item = NewItem::new(keys::policy(self.account), &item)?;
        let expect = if record.version == 0 { Expect::absent() } else { Expect::version(record.version) };
        transaction.put(label, item, Some(expect));
        Ok(())
    }
}
