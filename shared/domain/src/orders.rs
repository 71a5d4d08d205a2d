//! Orders of credits: what a business asks the operator to add to its balance (A16).
//!
//! ```text
//! open --(the operator tops up for it)--> fulfilled
//!   \---(somebody of the account)-------> cancelled
//! ```
//!
//! An order moves no credits by itself: the top-up that fulfils it does, in the transaction that says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    credits::Credits,
    id::{CreditOrderId, LedgerEntryId, UserId},
    name::DisplayName,
};

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It waits for the operator.
    Open,
    /// The credits were added.
    Fulfilled,
    /// It was taken back.
    Cancelled,
}

/// An order of credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditOrder {
    /// Its id.
    pub id: CreditOrderId,
    /// How many credits.
    pub amount: Credits,
    /// The buyer's own reference, such as the number of a purchase order.
    pub reference: Option<DisplayName>,
    /// Who ordered.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// How far it has come.
    pub state: OrderState,
    /// When it was fulfilled or cancelled.
    pub ended_at: Option<Timestamp>,
    /// The line of the ledger that fulfilled it.
    pub entry: Option<LedgerEntryId>,
}
