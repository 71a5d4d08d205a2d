//! Accounts: opening one, reading its settings.

use domain::{
    account::{Account, User, ZoneName},
    branding::Branding,
    id::{AccountId, GatewayId},
    name::DisplayName,
    phone::Region,
    quiet_hours::QuietHours,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, AddUserError, NewUserRecord, PolicyRecord, Session, Store, Traces, TracesOfAll,
    error::StoreError,
    item::{Item, NewItem, Stored, millis},
    keys,
    transact::{SetAttributes, Transaction, TransactionError},
    write::Expect,
};

/// A new business with its first user, who is signed in at once.
pub struct SignUp {
    /// The account.
    pub account: Account,
    /// The first user.
    pub user: User,
    /// The argon2id hash of their password.
    pub password_hash: String,
    /// Their first session.
    pub session: Session,
    /// What it leaves behind.
    pub traces: Traces,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AccountItem {
    id: AccountId,
    name: DisplayName,
    time_zone: ZoneName,
    region: Region,
    wake_on_reply: bool,
    #[serde(default)]
    quiet_hours: QuietHours,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_gateway: Option<GatewayId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<AccountId>,
    #[serde(default)]
    branding: Branding,
    #[serde(default)]
    sub_account_branding: Branding,
    #[serde(with = "millis")]
    created_at: Timestamp,
    /// How many users can manage users: never none (X16).
    account_managers: u32,
    /// Rises with every change of the settings, but not with the number above.
    #[serde(default)]
    version: u64,
}

impl Stored for AccountItem {
    const KIND: &'static str = "account";
}

/// An account as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// The account and its settings.
    pub account: Account,
    /// Rises with every change; a change is made over the version that was read. 0: it is older than versions.
    pub version: u64,
    account_managers: u32,
}

/// A change of whose matter it is what is unread (E20, X08). The policy says it, too; this is what has to follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadStateChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// Each has a read state of their own since then: the shared one is to be taken over.
    Individual(Timestamp),
    /// There is one shared state.
    Shared,
}

/// A change of an account's settings, and perhaps of its policy, over the versions that were read.
pub struct AccountUpdate<'a> {
    /// The account as it was read.
    pub before: &'a AccountRecord,
    /// The account as it shall be.
    pub after: Account,
    /// Its policy as it shall be.
    pub policy: Option<PolicyRecord>,
    /// Whose matter it is what is unread (X08).
    pub read_state: ReadStateChange,
    /// What it leaves behind, in the account itself and elsewhere.
    pub traces: TracesOfAll,
}

impl From<AccountItem> for AccountRecord {
    fn from(it: AccountItem) -> Self {
        let AccountItem { version, account_managers, .. } = it;
        Self { account: it.into(), version, account_managers }
    }
}

impl AccountItem {
    pub(crate) fn new(it: &Account, account_managers: u32) -> Self {
        Self {
            id: it.id,
            name: it.name.clone(),
            time_zone: it.time_zone.clone(),
            region: it.region,
            wake_on_reply: it.wake_on_reply,
            quiet_hours: it.quiet_hours,
            default_gateway: it.default_gateway,
            parent: it.parent,
            branding: it.branding.clone(),
            sub_account_branding: it.sub_account_branding.clone(),
            created_at: it.created_at,
            account_managers,
            version: 1,
        }
    }
}

impl From<AccountItem> for Account {
    fn from(it: AccountItem) -> Self {
        Self {
            id: it.id,
            name: it.name,
            time_zone: it.time_zone,
            region: it.region,
            wake_on_reply: it.wake_on_reply,
            quiet_hours: it.quiet_hours,
            default_gateway: it.default_gateway,
            parent: it.parent,
            branding: it.branding,
            sub_account_branding: it.sub_account_branding,
            created_at: it.created_at,
        }
    }
}

/// The attributes that differ, and the next version; nothing if nothing differs.
fn difference(before: &AccountRecord, after: &Account) -> Result<SetAttributes, StoreError> {
    if before.account == *after {
        return Ok(SetAttributes(Vec::new()));
    }
    let item = |account, version| -> Result<Item, StoreError> {
        let item = AccountItem { version, ..AccountItem::new(account, before.account_managers) };
        serde_dynamo::to_item(item).map_err(|error| StoreError::unreadable_item(AccountItem::KIND, &error))
    };
    let old = item(&before.account, before.version)?;
    let mut new = item(after, before.version.saturating_add(1))?;
    let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.clone(), None));
    let gone: Vec<_> = gone.collect();
    new.retain(|name, value| old.get(name) != Some(value));
    let set = new.into_iter().map(|(name, value)| (name, Some(value)));
    Ok(SetAttributes(set.chain(gone).collect()))
}

impl Store {
    /// Opens an account.
    pub async fn sign_up(&self, sign_up: SignUp) -> Result<(), AddUserError> {
        let account = self.account(sign_up.account.id);
        let mut transaction = Transaction::new(self);
        let managers = u32::from(sign_up.user.manages_account());
        let item = AccountItem::new(&sign_up.account, managers);
        let item = NewItem::new(keys::account(sign_up.account.id), &item)?;
        transaction.put((), item, Some(Expect::absent()));
        transaction.put((), account.empty_balance_item()?, Some(Expect::absent()));
        account.write_policy(&mut transaction, (), &PolicyRecord::default())?;
        let owner = NewUserRecord {
            user: sign_up.user,
            password_hash: Some(sign_up.password_hash),
            invitation: None,
            sessions: vec![sign_up.session],
        };
        account.write_new_user(&mut transaction, (), &owner)?;
        account.leave(&mut transaction, (), &sign_up.traces)?;
        match transaction.run(self).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Refused(_)) => Err(AddUserError::EmailTaken),
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }
}

impl AccountStore {
    /// The account and its settings.
    pub async fn settings(&self) -> Result<Option<Account>, StoreError> {
        let item: Option<AccountItem> = self.store.get_eventually(keys::account(self.account)).await?;
        Ok(item.map(Account::from))
    }

    /// The account with its version, for changing it.
    pub async fn account_record(&self) -> Result<Option<AccountRecord>, StoreError> {
        let item: Option<AccountItem> = self.store.get(keys::account(self.account)).await?;
        Ok(item.map(AccountRecord::from))
    }

    /// Changes the account's settings; `false`: somebody else has changed them, or the policy. Only what differs is written,
    /// so that the number of account managers, which others count in the same item, is left alone.
    pub async fn change_settings(&self, update: AccountUpdate<'_>) -> Result<bool, StoreError> {
        let AccountUpdate { before, after, policy, read_state, traces } = update;
        let mut transaction = Transaction::new(&self.store);
        let change = difference(before, &after)?;
        if !change.0.is_empty() {
            let expect = if before.version == 0 {
                Expect {
                    expression: "attribute_exists(pk) AND attribute_not_exists(version)",
                    values: vec![],
                }
            } else {
                Expect::version(before.version)
            };
            transaction.set((), keys::account(self.account), change, expect);
        }
        if let Some(policy) = policy {
            self.write_policy(&mut transaction, (), &policy)?;
        }
        match read_state {
            ReadStateChange::Keep => {}
            ReadStateChange::Individual(since) => self.write_takeover(&mut transaction, (), Some(since))?,
            ReadStateChange::Shared => self.write_takeover(&mut transaction, (), None)?,
        }
        self.store.leave_in(&mut transaction, (), &traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// The same as they are now, and not perhaps as they were some milliseconds ago.
    pub async fn settings_now(&self) -> Result<Option<Account>, StoreError> {
        let item: Option<AccountItem> = self.store.get(keys::account(self.account)).await?;
        Ok(item.map(Account::from))
    }
}
