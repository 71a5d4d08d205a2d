//! The account a caller belongs to.

use domain::account::Account;

use crate::{App, Caller, Failure};

/// The caller's account and its settings.
pub async fn settings(app: &App, caller: &Caller) -> Result<Account, Failure> {
    let settings = app.store.account(caller.account).settings().await?;
    settings.ok_or(Failure::Broken("the account has no settings"))
}
