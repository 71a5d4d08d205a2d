//! Transactions: several writes, all or none, each with what it expects.
//!
//! Every write in a transaction has a label, and a refused transaction answers with the labels that were not as expected
//! and the item that stood in the way. Conflicts with other transactions are retried here, with the same request: they
//! say nothing about the expectations.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};

use crate::{
    Store,
    error::{StoreError, unavailable},
    item::{Item, NewItem, key_attributes},
    keys::Key,
};

/// How often a transaction that collides with another is tried.
const ATTEMPTS_MAX: u32 = 8;
/// The pause before the second attempt; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// An expectation on the item that is written, as a condition expression with its values.
pub(crate) struct Expect {
    expression: &'static str,
    values: Vec<(&'static str, AttributeValue)>,
}

impl Expect {
    /// There is no such item yet.
    pub(crate) fn absent() -> Self {
        Self { expression: "attribute_not_exists(pk)", values: Vec::new() }
    }

    /// The item fulfils `expression`.
    pub(crate) fn that(expression: &'static str, values: Vec<(&'static str, AttributeValue)>) -> Self {
        Self { expression, values }
    }

    pub(crate) fn into_parts(self) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
        (self.expression, self.values)
    }

    /// The item has this version.
    pub(crate) fn version(version: u64) -> Self {
        Self::that("version = :version", vec![(":version", AttributeValue::N(version.to_string()))])
    }
}

/// The writes of one transaction. `L` names them.
pub(crate) struct Transaction<L> {
    table: String,
    writes: Vec<(L, Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError>)>,
}

/// A transaction was refused: these writes did not find what they expected.
#[derive(Debug)]
pub(crate) struct Refused<L> {
    pub(crate) by: Vec<(L, Option<Item>)>,
}

/// Why a transaction was not carried out.
#[derive(Debug)]
pub(crate) enum TransactionError<L> {
    Refused(Refused<L>),
    Store(StoreError),
}

impl<L> From<StoreError> for TransactionError<L> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<L: Copy + PartialEq> Refused<L> {
    /// The item that stood in the way of the write `label`, if that write was refused.
    pub(crate) fn found(&self, label: L) -> Option<Option<&Item>> {
        self.by.iter().find(|(name, _)| *name == label).map(|(_, item)| item.as_ref())
    }
}

impl<L: Copy + PartialEq> Transaction<L> {
    pub(crate) fn new(store: &Store) -> Self {
        Self { table: store.table.to_string(), writes: Vec::new() }
    }

    pub(crate) fn put(&mut self, label: L, item: NewItem, expect: Option<Expect>) {
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item.into_inner()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(expect) = expect {
            put = put.condition_expression(expect.expression);
            for (name, value) in expect.values {
                put = put.expression_attribute_values(name, value);
            }
        }
        self.writes.push((label, put.build().map(|put| TransactWriteItem::builder().put(put).build())));
    }

    pub(crate) fn update(
        &mut self,
        label: L,
        key: Key,
        expression: &str,
        values: Vec<(&'static str, AttributeValue)>,
        condition: Option<&str>,
    ) {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .update_expression(expression)
            .set_condition_expression(condition.map(str::to_owned))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in values {
            update = update.expression_attribute_values(name, value);
        }
        self.writes
            .push((label, update.build().map(|update| TransactWriteItem::builder().update(update).build())));
    }

    pub(crate) fn delete(&mut self, label: L, key: Key) {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key_attributes(key))).build();
        self.writes.push((label, delete.map(|delete| TransactWriteItem::builder().delete(delete).build())));
    }

    pub(crate) fn check(&mut self, label: L, key: Key, condition: &str) {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        self.writes
            .push((label, check.map(|check| TransactWriteItem::builder().condition_check(check).build())));
    }

    /// Carries the transaction out.
    pub(crate) async fn run(self, store: &Store) -> Result<(), TransactionError<L>> {
        let (labels, writes): (Vec<L>, Vec<_>) = self.writes.into_iter().unzip();
        let items = writes
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| StoreError::unreadable("transaction", error))?;
        let mut pause = FIRST_PAUSE;
        for _ in 0..ATTEMPTS_MAX {
            let request = store.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = request.send().await else { return Ok(()) };
            let Some(reasons) = cancellation_reasons(&error) else {
                return Err(unavailable("TransactWriteItems")(error).into());
            };
            let by: Vec<_> = labels
                .iter()
                .zip(reasons)
                .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                .map(|(label, reason)| (*label, reason.item().cloned()))
                .collect();
            if !by.is_empty() {
                return Err(TransactionError::Refused(Refused { by }));
            }
            if !reasons.iter().any(|reason| reason.code().is_some_and(passes_by_itself)) {
                return Err(unavailable("TransactWriteItems")(error).into());
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
        Err(StoreError::Contention.into())
    }
}

/// Whether a reason for cancelling says only that the moment was bad.
fn passes_by_itself(code: &str) -> bool {
    matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}

fn cancellation_reasons(error: &SdkError<TransactWriteItemsError>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(cancelled.cancellation_reasons())
        }
        _ => None,
    }
}
