//! The account a caller belongs to, and its sub accounts (A02).
//!
//! A sub account is an account like any other. What makes it one is its `parent`, which is set when it is opened and never
//! again. Only the parent itself manages it: to its parent's parent it is as foreign as to its siblings, and a foreign
//! account is one that does not exist (X19).

use domain::{account::Account, id::AccountId};
use storage::StoreError;

use crate::{App, Caller, Failure};

/// Why there is no sub account to do something with.
#[derive(Debug, thiserror::Error)]
pub enum NoSubAccount {
    /// The caller's account has no such sub account.
    #[error("there is no such sub account")]
    NotFound,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for NoSubAccount {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// The caller's account and its settings.
pub async fn settings(app: &App, caller: &Caller) -> Result<Account, Failure> {
    let settings = app.store.account(caller.account).settings().await?;
    settings.ok_or(Failure::Broken("the account has no settings"))
}

/// A sub account of the caller's account. What the caller may do to it is for the use case to ask first.
pub async fn sub_account(app: &App, caller: &Caller, id: AccountId) -> Result<Account, NoSubAccount> {
    let account = app.store.account(id).settings_now().await?;
    account.filter(|it| it.parent == Some(caller.account)).ok_or(NoSubAccount::NotFound)
}
