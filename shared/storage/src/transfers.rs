//! Credits that go between a master account and its sub account (A04, A05, X15).
//!
//! One transaction changes both balances, each under its own condition, and writes a line into both ledgers. The lines' ids
//! come from the request's idempotency key and are good for ever, so the same request never moves credits twice.

use domain::credits::{CreditMove, Credits, LedgerEntry};

use crate::{
    AccountStore, TracesOfAll,
    credits::{BalanceItem, read_line},
    error::StoreError,
    item::read,
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// Credits to move.
#[derive(Clone, Debug)]
pub struct CreditTransfer {
    /// How many.
    pub amount: Credits,
    /// The line in the ledger of the account that gives.
    pub out: LedgerEntry,
    /// The line in the ledger of the account that gets.
    pub into: LedgerEntry,
    /// What it leaves behind, in both accounts.
    pub traces: TracesOfAll,
}

/// Why no credits were moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The lines were written before.
    #[error("credits were moved under this id before")]
    Made {
        /// The line of the account that gives, if there is one.
        out: Option<Box<LedgerEntry>>,
        /// The line of the account that gets, if there is one.
        into: Option<Box<LedgerEntry>>,
    },
    /// The account that gives has less.
    #[error("{available} credits are available")]
    NotEnough {
        /// What it has.
        available: Credits,
    },
    /// The balance of the account that gets would become larger than an amount of credits can be.
    #[error("the balance would become too large")]
    TooMany,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Out,
    Into,
    From,
    To,
    Traces,
}

impl AccountStore {
    /// Moves credits from this account to another: everything of it, or nothing.
    pub async fn give(&self, to: &AccountStore, transfer: CreditTransfer) -> Result<(), TransferError> {
        let CreditTransfer { amount, out, into, traces } = transfer;
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::Out, self.ledger_item(&out)?, Some(Expect::absent()));
        transaction.put(Write::Into, to.ledger_item(&into)?, Some(Expect::absent()));
        self.move_credits(&mut transaction, Write::From, CreditMove::Give(amount), out.at);
        to.move_credits(&mut transaction, Write::To, CreditMove::Grant(amount), into.at);
        self.store.leave_in(&mut transaction, Write::Traces, &traces)?;
        let refused = match transaction.run(&self.store).await {
            Ok(()) => return Ok(()),
            Err(TransactionError::Refused(refused)) => refused,
            Err(TransactionError::Store(error)) => return Err(error.into()),
        };
        let line = |label| refused.item(label).cloned().map(read_line).transpose();
        let (out, into) = (line(Write::Out)?, line(Write::Into)?);
        if out.is_some() || into.is_some() {
            return Err(TransferError::Made { out: out.map(Box::new), into: into.map(Box::new) });
        }
        if refused.names(Write::From) {
            let balance = refused.item(Write::From).cloned().map(read::<BalanceItem>).transpose()?;
            return Err(TransferError::NotEnough { available: balance.unwrap_or_default().available });
        }
        Err(TransferError::TooMany)
    }
}
