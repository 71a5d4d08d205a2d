//! The policy of an account, and what each request begins with.

use std::collections::HashMap;

use domain::{id::UserId, policy::Policy};
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
        let wanted = vec![keys::user(self.account, user), keys::policy(self.account)];
        let items = self.store.get_many(wanted, consistent).await?;
        let kind = |item: &Item| text(item, KIND).unwrap_or_default().to_owned();
        let mut by_kind: HashMap<String, Item> = items.into_iter().map(|item| (kind(&item), item)).collect();
        let user = by_kind.remove(UserItem::KIND).map(read::<UserItem>).transpose()?;
        let policy = by_kind.remove(PolicyItem::KIND).map(read::<PolicyItem>).transpose()?;
        let policy = policy.map(|item| item.policy).unwrap_or_default();
        Ok(Asking { user: user.map(UserRecord::from), policy })
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
