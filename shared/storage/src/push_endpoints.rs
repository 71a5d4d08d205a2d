//! The devices that push notifications go to.
//!
//! All devices of a person lie in one item, which is read with every notification of theirs. A token belongs to one person at a
//! time: an item named by its hash says whose it is, and both are written in one transaction.

use domain::{
    id::{AccountId, PushEndpointId, UserId},
    push::PushEndpoint,
};
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store,
    error::StoreError,
    item::{NewItem, Stored},
    keys,
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// The devices of a person, as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushEndpointsRecord {
    /// The devices, oldest first.
    pub endpoints: Vec<PushEndpoint>,
    /// Rises with every change; a save is made over the version that was read. 0: they were never saved.
    pub version: u64,
}

/// Whose device it is that has a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenOwner {
    /// The account.
    pub account: AccountId,
    /// The person.
    pub user: UserId,
    /// The device.
    pub endpoint: PushEndpointId,
}

/// A change of who has which device.
#[derive(Clone, Debug)]
pub struct PushEndpointsChange {
    /// Whose devices.
    pub user: UserId,
    /// All of them, over the version that was read.
    pub after: PushEndpointsRecord,
    /// The hash of a token that is theirs from now on and was not before, and which device has it.
    pub taken: Option<(String, PushEndpointId)>,
    /// The hashes of tokens that are nobody's from now on.
    pub released: Vec<String>,
    /// Who had the token before, and their devices without it.
    pub loser: Option<(AccountId, UserId, PushEndpointsRecord)>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PushEndpointsItem {
    pub(crate) user: UserId,
    endpoints: Vec<PushEndpoint>,
    version: u64,
}

impl Stored for PushEndpointsItem {
    const KIND: &'static str = "push_endpoints";
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PushTokenItem(TokenOwner);

impl Stored for PushTokenItem {
    const KIND: &'static str = "push_token";
}

impl From<PushEndpointsItem> for PushEndpointsRecord {
    fn from(PushEndpointsItem { endpoints, version, .. }: PushEndpointsItem) -> Self {
        Self { endpoints, version }
    }
}

impl Store {
    /// Whose device it is that has a token.
    pub async fn token_owner(&self, token_sha256: &str) -> Result<Option<TokenOwner>, StoreError> {
        let item: Option<PushTokenItem> = self.get(keys::push_token(token_sha256)).await?;
        Ok(item.map(|it| it.0))
    }
}

impl AccountStore {
    /// The devices of a person.
    pub async fn push_endpoints(&self, user: UserId) -> Result<PushEndpointsRecord, StoreError> {
        let item: Option<PushEndpointsItem> =
            self.store.get(keys::push_endpoints(self.account, user)).await?;
        Ok(item.map(PushEndpointsRecord::from).unwrap_or_default())
    }

    /// Changes who has which device; `false`: it was changed meanwhile. Read again and decide again.
    pub async fn change_push_endpoints(&self, change: &PushEndpointsChange) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        put(&mut transaction, self.account, change.user, &change.after)?;
        if let Some((account, user, after)) = &change.loser {
            put(&mut transaction, *account, *user, after)?;
        }
        // Whoever loses a token loses it over the version of their devices: so nobody can have changed these meanwhile.
        for token in &change.released {
            transaction.delete((), keys::push_token(token));
        }
        if let Some((token, endpoint)) = &change.taken {
            let owner = TokenOwner { account: self.account, user: change.user, endpoint: *endpoint };
            let expect = if change.loser.is_some() { Expect::present() } else { Expect::absent() };
            transaction.put((), NewItem::new(keys::push_token(token), &PushTokenItem(owner))?, Some(expect));
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}

fn put(
    transaction: &mut Transaction<()>,
    account: AccountId,
    user: UserId,
    after: &PushEndpointsRecord,
) -> Result<(), StoreError> {
    let expect = if after.version == 0 { Expect::absent() } else { Expect::version(after.version) };
    let (endpoints, version) = (after.endpoints.clone(), after.version.saturating_add(1));
    let item =
        NewItem::new(keys::push_endpoints(account, user), &PushEndpointsItem { user, endpoints, version })?;
    transaction.put((), item, Some(expect));
    Ok(())
}
