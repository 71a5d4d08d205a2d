//! Transactions: several writes, all or none, each with what it expects.
//!
//! Every write in a transaction has a label, and a refused transaction answers with the labels that were not as expected
//! and the item that stood in the way. Conflicts with other transactions are retried here, with the same request: they
//! say nothing about the expectations. An answer that got lost is the SDK's business: it repeats the request with the
//! same token, and DynamoDB answers the same token within ten minutes without writing again.

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};

use crate::{
    Store,
    error::{StoreError, unavailable},
    item::{Item, KIND, NewItem, Stored, key_attributes, text},
    keys::{Key, PK},
    write::{Expect, Patience},
};

/// The writes of one transaction. `L` names them.
pub(crate) struct Transaction<L> {
    table: String,
    /// What the first write writes, for [`Patience`].
    what: Option<String>,
    writes: Vec<(L, Result<TransactWriteItem, BuildError>)>,
}

/// Attributes to set, or to remove where there is no value.
pub(crate) struct SetAttributes(pub(crate) Vec<(String, Option<AttributeValue>)>);

/// An update whose parts are put together at the time. Without an expression it only asks.
pub(crate) struct Updating {
    pub(crate) expression: String,
    pub(crate) condition: String,
    pub(crate) names: Vec<(&'static str, &'static str)>,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
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
    /// Whether the write `label` was refused.
    pub(crate) fn names(&self, label: L) -> bool {
        self.by.iter().any(|(name, _)| *name == label)
    }

    /// The item that stood in the way of the write `label`. `None`: there was none, or the write was not refused.
    pub(crate) fn item(&self, label: L) -> Option<&Item> {
        self.by.iter().find(|(name, _)| *name == label)?.1.as_ref()
    }
}

impl<L: Copy + PartialEq> Transaction<L> {
    pub(crate) fn new(store: &Store) -> Self {
        Self { table: store.table.to_string(), what: None, writes: Vec::new() }
    }

    pub(crate) fn put(&mut self, label: L, item: NewItem, expect: Option<Expect>) {
        let item = item.into_inner();
        self.what = self.what.take().or_else(|| text(&item, PK).map(str::to_owned));
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
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
        condition: &str,
    ) {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .update_expression(expression)
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in values {
            update = update.expression_attribute_values(name, value);
        }
        self.writes
            .push((label, update.build().map(|update| TransactWriteItem::builder().update(update).build())));
    }

    /// Changes an item as `change` says, or only asks whether it is as `change` wants it.
    pub(crate) fn update_with(&mut self, label: L, key: Key, change: Updating) {
        let (names, values) = (change.names.into_iter(), change.values.into_iter());
        let names = Some(names.map(|(name, is)| (name.into(), is.into())).collect()).filter(some);
        let values = Some(values.map(|(name, value)| (name.into(), value)).collect()).filter(some);
        let show = Some(ReturnValuesOnConditionCheckFailure::AllOld);
        let key = Some(key_attributes(key));
        let write = if change.expression.is_empty() {
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(key)
                .condition_expression(change.condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_return_values_on_condition_check_failure(show);
            check.build().map(|check| TransactWriteItem::builder().condition_check(check).build())
        } else {
            let update = Update::builder()
                .table_name(&self.table)
                .set_key(key)
                .update_expression(change.expression)
                .set_condition_expression(Some(change.condition).filter(|it| !it.is_empty()))
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_return_values_on_condition_check_failure(show);
            update.build().map(|update| TransactWriteItem::builder().update(update).build())
        };
        self.writes.push((label, write));
    }

    /// Removes an item if `condition` holds.
    pub(crate) fn delete_with(
        &mut self,
        label: L,
        key: Key,
        condition: String,
        values: Vec<(&'static str, AttributeValue)>,
    ) {
        let values = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values).filter(some))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        self.writes
            .push((label, delete.build().map(|delete| TransactWriteItem::builder().delete(delete).build())));
    }

    /// Sets and removes whole attributes of an item, whatever they are called: DynamoDB reserves hundreds of words.
    pub(crate) fn set(&mut self, label: L, key: Key, change: SetAttributes, expect: Expect) {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(expect.expression)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in expect.values {
            update = update.expression_attribute_values(name, value);
        }
        let (mut sets, mut removes) = (Vec::new(), Vec::new());
        for (number, (attribute, value)) in change.0.into_iter().enumerate() {
            update = update.expression_attribute_names(format!("#{number}"), attribute);
            match value {
                Some(value) => {
                    sets.push(format!("#{number} = :{number}"));
                    update = update.expression_attribute_values(format!(":{number}"), value);
                }
                None => removes.push(format!("#{number}")),
            }
        }
        let clause = |word: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        update = update.update_expression(clause("SET", &sets) + &clause("REMOVE", &removes));
        self.writes
            .push((label, update.build().map(|update| TransactWriteItem::builder().update(update).build())));
    }

    /// Adds to numbers of an item, which is made if it is not there.
    pub(crate) fn add<T: Stored>(&mut self, label: L, key: Key, numbers: Vec<(String, i64)>) {
        self.what = self.what.take().or_else(|| Some(key.pk.clone()));
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":kind", AttributeValue::S(T::KIND.into()));
        let mut adds = Vec::new();
        for (place, (attribute, number)) in numbers.into_iter().enumerate() {
            adds.push(format!("#{place} :{place}"));
            update = update
                .expression_attribute_names(format!("#{place}"), attribute)
                .expression_attribute_values(format!(":{place}"), AttributeValue::N(number.to_string()));
        }
        update = update.update_expression(format!("SET #kind = :kind ADD {}", adds.join(", ")));
        self.writes
            .push((label, update.build().map(|update| TransactWriteItem::builder().update(update).build())));
    }

    pub(crate) fn delete(&mut self, label: L, key: Key) {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key_attributes(key))).build();
        self.writes.push((label, delete.map(|delete| TransactWriteItem::builder().delete(delete).build())));
    }

    /// Removes an item that has to be as expected.
    pub(crate) fn delete_expecting(&mut self, label: L, key: Key, expect: Expect) {
        let mut delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(expect.expression);
        for (name, value) in expect.values {
            delete = delete.expression_attribute_values(name, value);
        }
        self.writes
            .push((label, delete.build().map(|delete| TransactWriteItem::builder().delete(delete).build())));
    }

    /// Removes an item that has to be there.
    pub(crate) fn delete_existing(&mut self, label: L, key: Key) {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression("attribute_exists(pk)")
            .build();
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
        let mut patience = Patience::new(self.what.as_deref().unwrap_or_default());
        loop {
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
            patience.pause().await?;
        }
    }
}

/// DynamoDB refuses maps without anything in them.
fn some<T>(map: &std::collections::HashMap<String, T>) -> bool {
    !map.is_empty()
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
