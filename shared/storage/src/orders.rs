//! Orders of credits: in a partition of their own for each account, newest last.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    credits::{Credits, LedgerEntry},
    id::{CreditOrderId, LedgerEntryId, UserId},
    name::DisplayName,
    orders::{CreditOrder, OrderState},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Traces,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read},
    keys,
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// What became of taking an order back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOrder {
    /// It is cancelled.
    Cancelled(CreditOrder),
    /// It waited no more: this is how it stands.
    Ended(CreditOrder),
    /// There is no such order.
    NotFound,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OrderItem {
    id: CreditOrderId,
    amount: Credits,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<DisplayName>,
    ordered_by: UserId,
    #[serde(with = "millis")]
    at: Timestamp,
    order_state: OrderState,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millis::option")]
    ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fulfilled_by: Option<LedgerEntryId>,
}

impl Stored for OrderItem {
    const KIND: &'static str = "order";
}

impl From<OrderItem> for CreditOrder {
    fn from(it: OrderItem) -> Self {
        Self {
            id: it.id,
            amount: it.amount,
            reference: it.reference,
            by: it.ordered_by,
            at: it.at,
            state: it.order_state,
            ended_at: it.ended_at,
            entry: it.fulfilled_by,
        }
    }
}

pub(crate) fn read_order(item: Item) -> Result<CreditOrder, StoreError> {
    read::<OrderItem>(item).map(CreditOrder::from)
}

/// The condition that an order waits, and its value.
const IS_OPEN: &str = "order_state = :open";

fn open() -> (&'static str, AttributeValue) {
    (":open", AttributeValue::S("open".into()))
}

impl AccountStore {
    /// Adds an order with what it leaves behind. Adding the same again changes nothing.
    pub async fn add_order(&self, order: &CreditOrder, traces: &Traces) -> Result<(), StoreError> {
        let CreditOrder { id, amount, reference, by, at, state, ended_at, entry } = order.clone();
        let item = OrderItem {
            id,
            amount,
            reference,
            ordered_by: by,
            at,
            order_state: state,
            ended_at,
            fulfilled_by: entry,
        };
        let mut transaction = Transaction::new(&self.store);
        transaction.put((), NewItem::new(keys::order(self.account, id), &item)?, Some(Expect::absent()));
        self.leave(&mut transaction, (), traces)?;
        match transaction.run(&self.store).await {
            Ok(()) | Err(TransactionError::Refused(_)) => Ok(()),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// A page of the account's orders, newest first.
    pub async fn orders(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<CreditOrder>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::orders(self.account), page.limit).newest_first();
        self.page("orders", request, page, read_order).await
    }

    /// Takes an order back, unless it waits no more.
    pub async fn cancel_order(
        &self,
        id: CreditOrderId,
        at: Timestamp,
        traces: &Traces,
    ) -> Result<CancelOrder, StoreError> {
        #[derive(Clone, Copy, PartialEq)]
        enum Write {
            Order,
            Traces,
        }
        let mut transaction = Transaction::new(&self.store);
        let values = vec![
            open(),
            (":cancelled", AttributeValue::S("cancelled".into())),
            (":at", AttributeValue::N(at.as_millisecond().to_string())),
        ];
        let set = "SET order_state = :cancelled, ended_at = :at";
        transaction.update(Write::Order, keys::order(self.account, id), set, values, IS_OPEN);
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => {
                let item: Option<OrderItem> = self.store.get(keys::order(self.account, id)).await?;
                Ok(item.map_or(CancelOrder::NotFound, |it| CancelOrder::Cancelled(it.into())))
            }
            Err(TransactionError::Refused(refused)) => match refused.item(Write::Order) {
                Some(item) => Ok(CancelOrder::Ended(read_order(item.clone())?)),
                None => Ok(CancelOrder::NotFound),
            },
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Says in the transaction of a top-up that it fulfils an order, which has to wait for just this amount.
    pub(crate) fn write_fulfilled<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        order: CreditOrderId,
        by: &LedgerEntry,
        amount: Credits,
    ) {
        let values = vec![
            open(),
            (":fulfilled", AttributeValue::S("fulfilled".into())),
            (":at", AttributeValue::N(by.at.as_millisecond().to_string())),
            (":by", AttributeValue::S(by.id.to_string())),
            (":amount", AttributeValue::N(amount.to_string())),
        ];
        let set = "SET order_state = :fulfilled, ended_at = :at, fulfilled_by = :by";
        let condition = "order_state = :open AND amount = :amount";
        transaction.update(label, keys::order(self.account, order), set, values, condition);
    }
}
