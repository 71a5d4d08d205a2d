//! Credits between a master account and its sub accounts (A04, A05, X15), as the master decides.

use domain::{
    access::Permission,
    audit::AuditAction,
    credits::{Balance, Credits, LedgerEntry, LedgerKind, Transfer},
    id::{AccountId, LedgerEntryId},
};
use serde_json::json;
use storage::{CreditTransfer, InvalidCursor, Page, PageRequest, StoreError, TransferError};

use crate::{
    App, Caller, Failure,
    accounts::{NoSubAccount, sub_account},
    audit::NOTHING,
    caller::Forbidden,
};

/// Why no credits were moved or shown.
#[derive(Debug, thiserror::Error)]
pub enum AllocationError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller's account has no such sub account.
    #[error("there is no such sub account")]
    NotFound,
    /// No credits at all.
    #[error("expected a whole number, one or more")]
    Nothing,
    /// There are less, where they should come from.
    #[error("{needed} credits are needed, {available} are available")]
    NotEnough {
        /// How many were to be moved.
        needed: Credits,
        /// How many can be.
        available: Credits,
    },
    /// The balance that gets them would become too large.
    #[error("the balance would become too large")]
    TooMany,
    /// The key was used to move other credits.
    #[error("the idempotency key was used to move other credits")]
    KeyReused,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for AllocationError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<NoSubAccount> for AllocationError {
    fn from(error: NoSubAccount) -> Self {
        match error {
            NoSubAccount::NotFound => Self::NotFound,
            NoSubAccount::Failure(failure) => Self::Failure(failure),
        }
    }
}

/// Which way credits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the master to the sub account.
    Allocate,
    /// Back from the sub account to the master.
    Reclaim,
}

/// Moves credits between the caller's account and its sub account: whole, or not at all. The same `key` never moves any
/// twice. Returns the line of the ledger of the caller's account.
pub async fn transfer(
    app: &App,
    caller: &Caller,
    id: AccountId,
    direction: Direction,
    amount: Credits,
    key: &str,
) -> Result<LedgerEntry, AllocationError> {
    caller.require(Permission::CreditsAllocate)?;
    let sub = sub_account(app, caller, id).await?;
    if amount.is_zero() {
        return Err(AllocationError::Nothing);
    }
    let (out, into, action) = match direction {
        Direction::Allocate => {
            (Transfer::AllocationOut, Transfer::AllocationIn, AuditAction::CreditsAllocated)
        }
        Direction::Reclaim => (Transfer::ReclaimOut, Transfer::ReclaimIn, AuditAction::CreditsReclaimed),
    };
    let (master, at) = (caller.account, app.now());
    let (master_bytes, sub_bytes) = (master.uuid(), sub.id.uuid());
    // The master's id names the key alone, so a key that was used for one sub account cannot be used for another.
    let masters = LedgerEntryId::derive(&[b"transfer", master_bytes.as_bytes(), key.as_bytes()]);
    let subs =
        LedgerEntryId::derive(&[b"transfer", sub_bytes.as_bytes(), master_bytes.as_bytes(), key.as_bytes()]);
    let line = |id, transfer, account| LedgerEntry {
        id,
        at,
        kind: LedgerKind::Transfer { amount, transfer, account },
    };
    let moved = json!({"account_id": sub.id, "amount": amount});
    let traces = vec![
        (sub.id, caller.audit_in(app, sub.id, action, sub.id, &NOTHING, &moved).into()),
        (master, caller.audit(app, action, sub.id, &NOTHING, &moved).into()),
    ];
    let (of_master, of_sub) = (app.store.account(master), app.store.account(sub.id));
    let (from, to, out, into) = match direction {
        Direction::Allocate => (&of_master, &of_sub, line(masters, out, sub.id), line(subs, into, master)),
        Direction::Reclaim => (&of_sub, &of_master, line(subs, out, master), line(masters, into, sub.id)),
    };
    let own = if direction == Direction::Allocate { out.clone() } else { into.clone() };
    match from.give(to, CreditTransfer { amount, out, into, traces }).await {
        Ok(()) => Ok(own),
        Err(TransferError::Made { out, into }) => {
            let made = if direction == Direction::Allocate { out } else { into };
            made.filter(|made| made.kind == own.kind).map(|made| *made).ok_or(AllocationError::KeyReused)
        }
        Err(TransferError::NotEnough { available }) => {
            Err(AllocationError::NotEnough { needed: amount, available })
        }
        Err(TransferError::TooMany) => Err(AllocationError::TooMany),
        Err(TransferError::Store(error)) => Err(error.into()),
    }
}

/// The balance of a sub account.
pub async fn balance(app: &App, caller: &Caller, id: AccountId) -> Result<Balance, AllocationError> {
    caller.require(Permission::AccountsRead)?;
    let sub = sub_account(app, caller, id).await?;
    Ok(app.store.account(sub.id).balance().await?)
}

/// A page of the ledger of a sub account, newest first.
pub async fn ledger(
    app: &App,
    caller: &Caller,
    id: AccountId,
    page: PageRequest<'_>,
) -> Result<Page<LedgerEntry>, AllocationError> {
    caller.require(Permission::AccountsRead)?;
    let sub = sub_account(app, caller, id).await?;
    Ok(app.store.account(sub.id).ledger(page).await??)
}
