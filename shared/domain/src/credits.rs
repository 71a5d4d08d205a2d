//! Credits: what messages are paid with.
//!
//! Amounts are whole and never negative (X14, X15). A [`Balance`] moves in two phases, as card payments do: an accepted
//! message *holds* its price, the carrier's acceptance *settles* it and a refusal *returns* it. Each step is a function
//! from a balance to a balance that refuses what would go below zero, so no sequence of steps can create or lose credits.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A whole number of credits, at most [`Credits::MAX`].
///
/// One credit is the price of one SMS segment to the cheapest destination (X14).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Credits(u64);

/// The amount is above [`Credits::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount of credits is at most 1000000000000")]
pub struct TooManyCredits;

impl Credits {
    /// No credits.
    pub const ZERO: Self = Self(0);
    /// The largest amount: far above any real balance, far below what JSON and DynamoDB numbers hold exactly.
    pub const MAX: u64 = 1_000_000_000_000;

    /// An amount of credits.
    pub const fn new(amount: u64) -> Result<Self, TooManyCredits> {
        if amount > Self::MAX { Err(TooManyCredits) } else { Ok(Self(amount)) }
    }

    /// The amount as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether this is no credits at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` above [`Credits::MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, or `None` above [`Credits::MAX`].
    pub fn checked_mul(self, factor: u32) -> Option<Self> {
        self.0.checked_mul(u64::from(factor)).and_then(|product| Self::new(product).ok())
    }
}

impl TryFrom<u64> for Credits {
    type Error = TooManyCredits;
    fn try_from(amount: u64) -> Result<Self, TooManyCredits> {
        Self::new(amount)
    }
}

impl From<Credits> for u64 {
    fn from(credits: Credits) -> Self {
        credits.0
    }
}

impl From<u32> for Credits {
    fn from(amount: u32) -> Self {
        Self(u64::from(amount))
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an account has: free to spend, promised to messages on their way, and gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Free to spend.
    pub available: Credits,
    /// Promised to accepted messages that no carrier has taken yet.
    pub held: Credits,
    /// Paid for messages that a carrier took.
    pub spent: Credits,
}

/// One step of a [`Balance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditMove {
    /// Credits are bought or allocated.
    Grant(Credits),
    /// A message is accepted.
    Hold(Credits),
    /// The carrier took the message.
    Settle(Credits),
    /// The carrier did not take the message.
    Return(Credits),
    /// Credits leave for another account: the other side of its [`Grant`](Self::Grant).
    Give(Credits),
}

/// Why a [`CreditMove`] cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    /// More is needed than is free.
    #[error("{needed} credits are needed, {available} are available")]
    NotEnough {
        /// What the step takes.
        needed: Credits,
        /// What is free.
        available: Credits,
    },
    /// More is settled or returned than is held: a defect, never a consequence of input.
    #[error("{moved} credits were to be released, {held} are held")]
    NotHeld {
        /// What the step releases.
        moved: Credits,
        /// What is held.
        held: Credits,
    },
    /// The sum would pass [`Credits::MAX`].
    #[error(transparent)]
    TooMany(#[from] TooManyCredits),
}

impl Balance {
    /// Everything that was ever granted and not given to another account: available, held and spent together (I05).
    pub fn granted(&self) -> u64 {
        self.available.0.saturating_add(self.held.0).saturating_add(self.spent.0)
    }

    /// The balance after `step`.
    pub fn after(self, step: CreditMove) -> Result<Self, CreditError> {
        let not_held = |moved| CreditError::NotHeld { moved, held: self.held };
        match step {
            CreditMove::Grant(amount) => {
                Credits::new(self.granted().saturating_add(amount.0))?;
                Ok(Self { available: self.available.checked_add(amount).ok_or(TooManyCredits)?, ..self })
            }
            CreditMove::Hold(amount) => {
                let refused = CreditError::NotEnough { needed: amount, available: self.available };
                let available = self.available.checked_sub(amount).ok_or(refused)?;
                Ok(Self { available, held: self.held.checked_add(amount).ok_or(TooManyCredits)?, ..self })
            }
            CreditMove::Give(amount) => {
                let refused = CreditError::NotEnough { needed: amount, available: self.available };
                Ok(Self { available: self.available.checked_sub(amount).ok_or(refused)?, ..self })
            }
            CreditMove::Settle(amount) => {
                let held = self.held.checked_sub(amount).ok_or_else(|| not_held(amount))?;
                Ok(Self { held, spent: self.spent.checked_add(amount).ok_or(TooManyCredits)?, ..self })
            }
            CreditMove::Return(amount) => {
                let held = self.held.checked_sub(amount).ok_or_else(|| not_held(amount))?;
                Ok(Self {
                    held,
                    available: self.available.checked_add(amount).ok_or(TooManyCredits)?,
                    ..self
                })
            }
        }
    }
}

/// The balances of two accounts after credits went from the first to the second: an allocation, or its reclaim (A04, A05,
/// X15). What both have together stays the same. Only what is available can go: what is held or spent stays where it is.
pub fn transfer(from: Balance, to: Balance, amount: Credits) -> Result<(Balance, Balance), CreditError> {
    Ok((from.after(CreditMove::Give(amount))?, to.after(CreditMove::Grant(amount))?))
}

/// One line of an account's ledger. Lines are only ever added; their sum is the available balance (I05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The entry's id. A message's charge has the message's own id as its `uuid`.
    pub id: crate::id::LedgerEntryId,
    /// When the credits moved.
    pub at: jiff::Timestamp,
    /// Why, and how many.
    pub kind: LedgerKind,
}

/// Why credits moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerKind {
    /// Credits were bought.
    TopUp {
        /// How many.
        amount: Credits,
        /// The buyer's or operator's own reference, such as an invoice number.
        reference: Option<String>,
        /// The order that it fulfilled.
        order: Option<crate::id::CreditOrderId>,
    },
    /// Credits went to another account or came from it (A04, X15).
    Transfer {
        /// How many.
        amount: Credits,
        /// Which way, and why.
        transfer: Transfer,
        /// The other account.
        account: crate::id::AccountId,
    },
    /// A message was accepted; its price left the available credits.
    Message {
        /// How many.
        amount: Credits,
        /// The message.
        message: crate::id::MessageId,
    },
    /// A message was not taken by the carrier; its price came back.
    Return {
        /// How many.
        amount: Credits,
        /// The message.
        message: crate::id::MessageId,
    },
}

/// Which way credits go between a master account and its sub account, as each of the two sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// The master's line: allocated to the sub account.
    AllocationOut,
    /// The sub account's line: allocated by the master.
    AllocationIn,
    /// The sub account's line: taken back by the master.
    ReclaimOut,
    /// The master's line: taken back from the sub account.
    ReclaimIn,
}

impl Transfer {
    /// Whether the credits left the account whose line this is.
    pub const fn is_out(self) -> bool {
        matches!(self, Self::AllocationOut | Self::ReclaimOut)
    }
}

impl LedgerEntry {
    /// What the entry adds to the available credits; negative when it takes.
    pub fn effect(&self) -> i64 {
        let signed = |amount: Credits| i64::try_from(amount.0).unwrap_or(i64::MAX);
        match &self.kind {
            LedgerKind::Transfer { amount, transfer, .. } if transfer.is_out() => -signed(*amount),
            LedgerKind::Message { amount, .. } => -signed(*amount),
            LedgerKind::TopUp { amount, .. }
            | LedgerKind::Return { amount, .. }
            | LedgerKind::Transfer { amount, .. } => signed(*amount),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_move() -> impl Strategy<Value = CreditMove> {
        let amount = || (0..50_u32).prop_map(Credits::from);
        prop_oneof![
            amount().prop_map(CreditMove::Grant),
            amount().prop_map(CreditMove::Hold),
            amount().prop_map(CreditMove::Settle),
            amount().prop_map(CreditMove::Return),
            amount().prop_map(CreditMove::Give),
        ]
    }

    /// A balance as large as there are, with what is available anywhere in it.
    fn any_balance() -> impl Strategy<Value = Balance> {
        (0..=Credits::MAX, 0..1_000_u64, 0..1_000_u64).prop_map(|(available, held, spent)| {
            let available = available.saturating_sub(held + spent);
            Balance { available: Credits(available), held: Credits(held), spent: Credits(spent) }
        })
    }

    proptest! {
        /// I05: whatever happens in whatever order, what was granted is available, held or spent.
        #[test]
        fn credits_are_conserved(steps in prop::collection::vec(any_move(), 0..60)) {
            let (mut balance, mut granted) = (Balance::default(), 0);
            for step in steps {
                if let Ok(next) = balance.after(step) {
                    match step {
                        CreditMove::Grant(amount) => granted += amount.get(),
                        CreditMove::Give(amount) => granted -= amount.get(),
                        _ => {}
                    }
                    balance = next;
                }
                prop_assert_eq!(balance.granted(), granted);
            }
        }

        /// I05, X15: credits go from one account to another whole, or not at all, and never those that are held or spent.
        #[test]
        fn a_transfer_conserves_the_sum_and_touches_only_what_is_available(
            from in any_balance(), to in any_balance(), amount in 0..=Credits::MAX,
        ) {
            let amount = Credits(amount);
            match transfer(from, to, amount) {
                Ok((less, more)) => {
                    prop_assert_eq!(less.granted() + more.granted(), from.granted() + to.granted());
                    prop_assert_eq!(less.available.get() + amount.get(), from.available.get());
                    prop_assert_eq!(more.available.get(), to.available.get() + amount.get());
                    prop_assert_eq!((less.held, less.spent, more.held, more.spent), (from.held, from.spent, to.held, to.spent));
                    prop_assert_eq!(transfer(more, less, amount), Ok((to, from)), "a reclaim undoes it");
                }
                Err(CreditError::NotEnough { needed, available }) => {
                    prop_assert_eq!((needed, available), (amount, from.available));
                    prop_assert!(amount > from.available);
                }
                Err(error) => {
                    prop_assert_eq!(error, CreditError::TooMany(TooManyCredits));
                    prop_assert!(to.granted() + amount.get() > Credits::MAX);
                }
            }
        }
    }

    #[test]
    fn the_last_credit_can_be_spent_and_not_one_more() {
        let balance = Balance { available: Credits(2), ..Balance::default() };
        let empty = balance.after(CreditMove::Hold(Credits(2))).unwrap();
        assert_eq!(empty.available, Credits::ZERO);
        assert_eq!(
            empty.after(CreditMove::Hold(Credits(1))),
            Err(CreditError::NotEnough { needed: Credits(1), available: Credits::ZERO })
        );
    }

    #[test]
    fn an_amount_above_the_limit_is_refused() {
        assert!(Credits::new(Credits::MAX).is_ok());
        assert_eq!(Credits::new(Credits::MAX + 1), Err(TooManyCredits));
        let full = Balance { available: Credits(Credits::MAX), ..Balance::default() };
        assert_eq!(full.after(CreditMove::Grant(Credits(1))), Err(CreditError::TooMany(TooManyCredits)));
    }
}
