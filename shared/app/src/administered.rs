//! Where templates, lists and keywords are administered: in one's own account, or in a sub account (A06, A07).
//!
//! Each use case says which permission it takes at home; in a sub account all of them take `accounts:manage`. What a master
//! does there is in the audit logs of both.

use domain::{access::Permission, audit::AuditAction, id::AccountId, managed::ManagedBy};
use serde_json::{Value, json};
use storage::{AccountStore, InvalidCursor, StoreError, Traces, TracesOfAll};

use crate::{
    App, Caller, Failure,
    accounts::{NoSubAccount, sub_account},
    audit::NOTHING,
    caller::Forbidden,
};

/// In whose account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// A sub account of it.
    SubAccount(AccountId),
}

/// Why something was not shown or changed, whatever it was.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such thing, or no such sub account.
    #[error("there is no such thing")]
    NotFound,
    /// It is the master's, who alone can change it.
    #[error("only the master account can change this")]
    ManagedByMaster,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<NoSubAccount> for Denied {
    fn from(error: NoSubAccount) -> Self {
        match error {
            NoSubAccount::NotFound => Self::NotFound,
            NoSubAccount::Failure(failure) => Self::Failure(failure),
        }
    }
}

/// An account in which the caller may do what they are about to do.
pub(crate) struct Place<'a> {
    app: &'a App,
    caller: &'a Caller,
    /// Its data.
    pub(crate) store: AccountStore,
    /// Whose everything is that is made from here.
    pub(crate) managed_by: ManagedBy,
}

/// The account, if the caller may: at home with `own`, in a sub account with `accounts:manage`.
pub(crate) async fn place<'a>(
    app: &'a App,
    caller: &'a Caller,
    whose: Whose,
    own: Permission,
) -> Result<Place<'a>, Denied> {
    let (account, managed_by) = match whose {
        Whose::Own => {
            caller.require(own)?;
            (caller.account, ManagedBy::Account)
        }
        Whose::SubAccount(id) => {
            caller.require(Permission::AccountsManage)?;
            (sub_account(app, caller, id).await?.id, ManagedBy::Master)
        }
    };
    Ok(Place { app, caller, store: app.store.account(account), managed_by })
}

/// What was done to something, for the audit log.
#[derive(Clone)]
pub(crate) struct Deed {
    pub(crate) action: AuditAction,
    pub(crate) object: String,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

impl Deed {
    /// Something was made.
    pub(crate) fn made(action: AuditAction, object: &impl ToString, after: Value) -> Self {
        Self { action, object: object.to_string(), before: None, after: Some(after) }
    }

    /// Something was changed.
    pub(crate) fn changed(action: AuditAction, object: &impl ToString, before: Value, after: Value) -> Self {
        Self { action, object: object.to_string(), before: Some(before), after: Some(after) }
    }

    /// Something was removed.
    pub(crate) fn removed(action: AuditAction, object: &impl ToString, before: Value) -> Self {
        Self { action, object: object.to_string(), before: Some(before), after: None }
    }
}

impl Place<'_> {
    /// Refuses the account itself what is its master's. A master may do what is to be done in its sub account.
    pub(crate) fn may_change(&self, managed_by: ManagedBy) -> Result<(), Denied> {
        match (self.managed_by, managed_by) {
            (ManagedBy::Account, ManagedBy::Master) => Err(Denied::ManagedByMaster),
            _ => Ok(()),
        }
    }

    /// What the deed leaves in the log of the account, and in that of the master if it was the master's.
    pub(crate) fn traces(&self, deed: &Deed) -> TracesOfAll {
        let Deed { action, object, before, after } = deed;
        let (account, caller) = (self.store.id(), self.caller);
        let here = caller.audit_in(self.app, account, *action, object, before, after);
        let mut all = vec![(account, Traces::from(here))];
        if account != caller.account {
            let there = json!({"account_id": account});
            all.push((caller.account, caller.audit(self.app, *action, object, &NOTHING, &there).into()));
        }
        all
    }
}
