//! Single writes, each with what it expects, and the patience of all writes.
//!
//! Transactions (see [`crate::transact`]) cost twice as much, so what concerns one item is written by itself. Either kind
//! may meet a transaction of somebody else on the same item: that says nothing about what it expects, so it is tried
//! again here, a little later.

use std::{
    error::Error,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};

use crate::{
    Store,
    error::{StoreError, unavailable},
    item::{NewItem, key_attributes, text},
    keys::{Key, PK},
};

/// How often a write that collides with others is tried.
const ATTEMPTS_MAX: u32 = 8;
/// The pause after the first attempt, on average; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// An expectation on the item that is written, as a condition expression with its values.
pub(crate) struct Expect {
    pub(crate) expression: &'static str,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

impl Expect {
    /// There is no such item yet.
    pub(crate) fn absent() -> Self {
        Self { expression: "attribute_not_exists(pk)", values: Vec::new() }
    }

    /// There is such an item.
    pub(crate) fn present() -> Self {
        Self { expression: "attribute_exists(pk)", values: Vec::new() }
    }

    /// The item has this version.
    pub(crate) fn version(version: u64) -> Self {
        Self {
            expression: "version = :version",
            values: vec![(":version", AttributeValue::N(version.to_string()))],
        }
    }
}

/// The pauses between the attempts of a write that collides with others.
pub(crate) struct Patience {
    attempts_left: u32,
    pause: Duration,
    spread: u64,
}

impl Patience {
    /// Pauses vary by half with `what` is written, so that writers who have met once do not meet again and again.
    pub(crate) fn new(what: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Self { attempts_left: ATTEMPTS_MAX, pause: FIRST_PAUSE, spread: hasher.finish() }
    }

    /// Waits before the next attempt; an error when there have been enough.
    pub(crate) async fn pause(&mut self) -> Result<(), StoreError> {
        self.attempts_left = self.attempts_left.saturating_sub(1);
        if self.attempts_left == 0 {
            return Err(StoreError::Contention);
        }
        let [percent, ..] = self.spread.to_le_bytes();
        tokio::time::sleep(self.pause / 2 + self.pause * u32::from(percent) / 255).await;
        self.pause = self.pause.saturating_mul(2);
        self.spread = self.spread.rotate_right(8);
        Ok(())
    }
}

impl Store {
    /// Writes an item if `expect` holds; `false`: it did not.
    pub(crate) async fn put_if(&self, item: NewItem, expect: Expect) -> Result<bool, StoreError> {
        let item = item.into_inner();
        let patience = Patience::new(text(&item, PK).unwrap_or_default());
        let mut put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item))
            .condition_expression(expect.expression);
        for (name, value) in expect.values {
            put = put.expression_attribute_values(name, value);
        }
        conditionally("PutItem", patience, || put.clone().send()).await
    }

    /// Changes an item if `condition` holds; `false`: it did not.
    pub(crate) async fn update_if(
        &self,
        key: Key,
        expression: &str,
        values: Vec<(&'static str, AttributeValue)>,
        condition: &str,
    ) -> Result<bool, StoreError> {
        let patience = Patience::new(&key.pk);
        let mut update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(key)))
            .update_expression(expression)
            .condition_expression(condition);
        for (name, value) in values {
            update = update.expression_attribute_values(name, value);
        }
        conditionally("UpdateItem", patience, || update.clone().send()).await
    }

    /// Removes an item if `expect` holds; `false`: it did not.
    pub(crate) async fn delete_if(&self, key: Key, expect: Expect) -> Result<bool, StoreError> {
        let patience = Patience::new(&key.pk);
        let mut delete = self
            .client
            .delete_item()
            .table_name(&*self.table)
            .set_key(Some(key_attributes(key)))
            .condition_expression(expect.expression);
        for (name, value) in expect.values {
            delete = delete.expression_attribute_values(name, value);
        }
        conditionally("DeleteItem", patience, || delete.clone().send()).await
    }
}

/// Sends a conditional write, again while a transaction holds the item; `false`: its condition did not hold.
async fn conditionally<T, E, F>(
    operation: &'static str,
    mut patience: Patience,
    send: impl Fn() -> F,
) -> Result<bool, StoreError>
where
    F: Future<Output = Result<T, SdkError<E>>>,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    loop {
        let Err(error) = send().await else { return Ok(true) };
        match error.code() {
            Some("ConditionalCheckFailedException") => return Ok(false),
            Some("TransactionConflictException") => patience.pause().await?,
            _ => return Err(unavailable(operation)(error)),
        }
    }
}
