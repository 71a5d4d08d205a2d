//! Sub accounts: opening one, listing them (A02).
//!
//! A sub account is an account like any other, listed in the index `lists` by its parent. Nothing of it lies in a partition
//! of the parent, so nothing of it can be read with the parent's keys (A03, I09).

use std::collections::BTreeMap;

use domain::{account::Account, policy::Policy};

use crate::{
    AccountStore, AddUserError, NewUserRecord, PolicyRecord, TracesOfAll, UserRecord,
    accounts::AccountItem,
    cursor::InvalidCursor,
    error::StoreError,
    item::{NewItem, read, text},
    keys::{self, PK},
    policy::PolicyItem,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    users::UserItem,
    write::Expect,
};

/// A sub account to open.
pub struct NewSubAccount {
    /// The account. Its parent is the account whose store opens it.
    pub account: Account,
    /// What it may do.
    pub policy: Policy,
    /// Its first user.
    pub owner: NewUserRecord,
    /// What it leaves behind, in both accounts.
    pub traces: TracesOfAll,
}

/// Somebody of a master account in a sub account, over the version that was read.
pub struct SupportEntry {
    /// The record of the visitor in the sub account. Version 0: they have never been there.
    pub visitor: UserRecord,
    /// What it leaves behind, in both accounts.
    pub traces: TracesOfAll,
}

impl AccountStore {
    /// Opens a sub account of this account.
    pub async fn open_sub_account(&self, new: NewSubAccount) -> Result<(), AddUserError> {
        let NewSubAccount { account, policy, owner, traces } = new;
        let account = Account { parent: Some(self.account), ..account };
        let opened = self.store.account(account.id);
        let mut transaction = Transaction::new(&self.store);
        // Who is invited counts from when they come.
        let managers = u32::from(owner.user.manages_account());
        let item = NewItem::new(keys::account(account.id), &AccountItem::new(&account, managers))?;
        let item = item.listed(keys::sub_accounts(self.account), account.id.to_string());
        transaction.put((), item, Some(Expect::absent()));
        transaction.put((), opened.empty_balance_item()?, Some(Expect::absent()));
        opened.write_policy(&mut transaction, (), &PolicyRecord { policy, version: 0 })?;
        opened.write_new_user(&mut transaction, (), &owner)?;
        self.store.leave_in(&mut transaction, (), &traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Refused(_)) => Err(AddUserError::EmailTaken),
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }

    /// A page of this account's sub accounts with their policies, in the order in which they were opened.
    pub async fn sub_accounts(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<(Account, Policy)>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Lists, keys::sub_accounts(self.account), page.limit);
        let decode = |item| read::<AccountItem>(item).map(Account::from);
        let Page { items, next_cursor } = match self.page("accounts", request, page, decode).await? {
            Ok(found) => found,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let mut policies = BTreeMap::new();
        let wanted = items.iter().map(|account| keys::policy(account.id)).collect();
        for item in self.store.get_many(wanted, true).await? {
            let of = text(&item, PK).map(str::to_owned).unwrap_or_default();
            policies.insert(of, PolicyRecord::from(read::<PolicyItem>(item)?).policy);
        }
        let with_policy = |account: Account| {
            let policy = policies.remove(&keys::policy(account.id).pk).unwrap_or_default();
            (account, policy)
        };
        Ok(Ok(Page { items: items.into_iter().map(with_policy).collect(), next_cursor }))
    }

    /// Notes that somebody of the master account is in this account, with what tells of it in both; `false`: somebody else
    /// has changed the visitor's record.
    pub async fn enter(&self, entry: &SupportEntry) -> Result<bool, StoreError> {
        let before = entry.visitor.version;
        let mut visitor = entry.visitor.clone();
        visitor.version = before.saturating_add(1);
        let item = NewItem::new(keys::user(self.account, visitor.user.id), &UserItem::new(&visitor))?;
        let expect = if before == 0 { Expect::absent() } else { Expect::version(before) };
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), item, Some(expect));
        self.store.leave_in(&mut transaction, (), &entry.traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}
