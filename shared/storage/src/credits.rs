//! The balance and the ledger.
//!
//! The balance is one item; every step is an update that states what must be there, inside the transaction that gives the
//! reason for it. The ledger's lines are top-ups and returns, which are items of their own, and the records of outbound
//! messages, which say what each cost.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    credits::{Balance, CreditMove, Credits, LedgerEntry, LedgerKind, Transfer},
    id::{AccountId, CreditOrderId, LedgerEntryId, MessageId},
    orders::CreditOrder,
    usage::Month,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, MessageRecord, Traces,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, KIND, NewItem, Stored, millis, read, text},
    keys,
    orders::read_order,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    usage::count_used,
    write::Expect,
};

/// Credits to add.
#[derive(Clone, Debug)]
pub struct TopUp {
    /// The id of its line in the ledger.
    pub id: LedgerEntryId,
    /// When.
    pub at: Timestamp,
    /// How many.
    pub amount: Credits,
    /// The operator's own reference.
    pub reference: Option<String>,
    /// The order that it fulfils.
    pub order: Option<CreditOrderId>,
}

/// Why a top-up was not made.
#[derive(Debug, thiserror::Error)]
pub enum TopUpError {
    /// There is no such account.
    #[error("there is no such account")]
    NoAccount,
    /// The same top-up was made before: this is its entry.
    #[error("the top-up was made before")]
    Made(Box<LedgerEntry>),
    /// The balance would become larger than an amount of credits can be.
    #[error("the balance would become too large")]
    TooMany,
    /// The account has no such order.
    #[error("the account has no such order")]
    NoSuchOrder,
    /// The order is over another amount, or waits no more.
    #[error("the order is another")]
    OtherOrder(Box<CreditOrder>),
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct BalanceItem {
    pub(crate) available: Credits,
    held: Credits,
    spent: Credits,
    /// All three together (I05). A condition cannot add, and it is their sum that must stay an amount of credits.
    granted: Credits,
}

impl Stored for BalanceItem {
    const KIND: &'static str = "balance";
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LedgerKindItem {
    TopUp {
        amount: Credits,
        reference: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<CreditOrderId>,
    },
    Return {
        amount: Credits,
        message: MessageId,
    },
    Transfer {
        amount: Credits,
        transfer: Transfer,
        account: AccountId,
    },
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LedgerItem {
    id: LedgerEntryId,
    #[serde(with = "millis")]
    at: Timestamp,
    entry: LedgerKindItem,
}

impl Stored for LedgerItem {
    const KIND: &'static str = "ledger_entry";
}

impl From<LedgerItem> for LedgerEntry {
    fn from(item: LedgerItem) -> Self {
        let kind = match item.entry {
            LedgerKindItem::TopUp { amount, reference, order } => {
                LedgerKind::TopUp { amount, reference, order }
            }
            LedgerKindItem::Return { amount, message } => LedgerKind::Return { amount, message },
            LedgerKindItem::Transfer { amount, transfer, account } => {
                LedgerKind::Transfer { amount, transfer, account }
            }
        };
        Self { id: item.id, at: item.at, kind }
    }
}

/// Reads a line of the ledger: an entry of its own, or the record of a message.
pub(crate) fn read_line(item: Item) -> Result<LedgerEntry, StoreError> {
    if text(&item, KIND) == Some(MessageRecord::KIND) {
        let record: MessageRecord = read(item)?;
        let kind = LedgerKind::Message { amount: record.credits, message: record.message };
        return Ok(LedgerEntry { id: LedgerEntryId::from_uuid(record.message.uuid()), at: record.at, kind });
    }
    read::<LedgerItem>(item).map(LedgerEntry::from)
}

impl AccountStore {
    /// The balance.
    pub async fn balance(&self) -> Result<Balance, StoreError> {
        let item: BalanceItem = self.store.get(keys::balance(self.account)).await?.unwrap_or_default();
        Ok(Balance { available: item.available, held: item.held, spent: item.spent })
    }

    /// A page of the ledger, newest first.
    pub async fn ledger(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<LedgerEntry>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Lists, keys::ledger(self.account), page.limit).newest_first();
        self.page("ledger", request, page, read_line).await
    }

    /// Adds credits; with the first of them the account is a paying customer (B02). Making the same top-up again, by its id,
    /// changes nothing. A top-up for an order fulfils it, if it waits for just this amount.
    pub async fn top_up(&self, top_up: TopUp, traces: &Traces) -> Result<LedgerEntry, TopUpError> {
        #[derive(Clone, Copy, PartialEq)]
        enum Write {
            Account,
            Entry,
            Order,
            Balance,
            Policy,
            Traces,
        }
        let TopUp { id, at, amount, reference, order } = top_up;
        let entry = LedgerEntry { id, at, kind: LedgerKind::TopUp { amount, reference, order } };
        let mut transaction = Transaction::new(&self.store);
        transaction.check(Write::Account, keys::account(self.account), "attribute_exists(pk)");
        transaction.put(Write::Entry, self.ledger_item(&entry)?, Some(Expect::absent()));
        if let Some(order) = order {
            self.write_fulfilled(&mut transaction, Write::Order, order, &entry, amount);
        }
        self.move_credits(&mut transaction, Write::Balance, CreditMove::Grant(amount), at);
        self.write_paying(&mut transaction, Write::Policy, at);
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(entry),
            Err(TransactionError::Refused(refused)) => Err(match refused.item(Write::Entry) {
                Some(made) => TopUpError::Made(Box::new(read_line(made.clone())?)),
                _ if refused.names(Write::Account) => TopUpError::NoAccount,
                _ if refused.names(Write::Order) => match refused.item(Write::Order) {
                    Some(other) => TopUpError::OtherOrder(Box::new(read_order(other.clone())?)),
                    None => TopUpError::NoSuchOrder,
                },
                _ => TopUpError::TooMany,
            }),
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }

    pub(crate) fn ledger_item(&self, entry: &LedgerEntry) -> Result<NewItem, StoreError> {
        let kind = match entry.kind.clone() {
            LedgerKind::TopUp { amount, reference, order } => {
                LedgerKindItem::TopUp { amount, reference, order }
            }
            LedgerKind::Return { amount, message } => LedgerKindItem::Return { amount, message },
            LedgerKind::Transfer { amount, transfer, account } => {
                LedgerKindItem::Transfer { amount, transfer, account }
            }
            LedgerKind::Message { .. } => {
                return Err(StoreError::unreadable(LedgerItem::KIND, "a message's line is its record"));
            }
        };
        let item = LedgerItem { id: entry.id, at: entry.at, entry: kind };
        let item = NewItem::new(keys::ledger_entry(self.account, entry.id), &item)?;
        Ok(item.listed(keys::ledger(self.account), keys::ledger_place(entry.at, entry.id)))
    }

    /// Adds a step of the balance to a transaction. The condition is [`Balance::after`]'s, stated where it holds for all
    /// writers at once. What is settled is counted in the month of `at` by the same update, so it is counted exactly once.
    pub(crate) fn move_credits<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        step: CreditMove,
        at: Timestamp,
    ) {
        let number = |amount: u64| AttributeValue::N(amount.to_string());
        let settle;
        let (expression, condition, amount) = match step {
            CreditMove::Grant(amount) => {
                ("SET available = available + :n, granted = granted + :n", "granted <= :room", amount)
            }
            CreditMove::Give(amount) => {
                ("SET available = available - :n, granted = granted - :n", "available >= :n", amount)
            }
            CreditMove::Hold(amount) => {
                ("SET available = available - :n, held = held + :n", "available >= :n", amount)
            }
            CreditMove::Settle(amount) => {
                settle = format!("SET held = held - :n, spent = spent + :n {}", count_used(Month::of(at)));
                (settle.as_str(), "held >= :n", amount)
            }
            CreditMove::Return(amount) => {
                ("SET held = held - :n, available = available + :n", "held >= :n", amount)
            }
        };
        let mut values = vec![(":n", number(amount.get()))];
        if matches!(step, CreditMove::Grant(_)) {
            values.push((":room", number(Credits::MAX.saturating_sub(amount.get()))));
        }
        if matches!(step, CreditMove::Settle(_)) {
            values.push((":one", number(1)));
        }
        transaction.update(label, keys::balance(self.account), expression, values, condition);
    }

    pub(crate) fn empty_balance_item(&self) -> Result<NewItem, StoreError> {
        NewItem::new(keys::balance(self.account), &BalanceItem::default())
    }
}
