//! Accounts: opening one, reading its settings.

use domain::{
    account::{Account, User, ZoneName},
    branding::Branding,
    id::{AccountId, GatewayId},
    name::DisplayName,
    phone::Region,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, AddUserError, NewUserRecord, PolicyRecord, Session, Store, Traces,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
    transact::{Transaction, TransactionError},
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
}

impl Stored for AccountItem {
    const KIND: &'static str = "account";
}

impl AccountItem {
    fn new(it: &Account, account_managers: u32) -> Self {
        Self {
            id: it.id,
            name: it.name.clone(),
            time_zone: it.time_zone.clone(),
            region: it.region,
            wake_on_reply: it.wake_on_reply,
            default_gateway: it.default_gateway,
            parent: it.parent,
            branding: it.branding.clone(),
            sub_account_branding: it.sub_account_branding.clone(),
            created_at: it.created_at,
            account_managers,
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
            default_gateway: it.default_gateway,
            parent: it.parent,
            branding: it.branding,
            sub_account_branding: it.sub_account_branding,
            created_at: it.created_at,
        }
    }
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

    /// The same as they are now, and not perhaps as they were some milliseconds ago.
    pub async fn settings_now(&self) -> Result<Option<Account>, StoreError> {
        let item: Option<AccountItem> = self.store.get(keys::account(self.account)).await?;
        Ok(item.map(Account::from))
    }
}
