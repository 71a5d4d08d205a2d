//! What was asked of an engine and what it cost.
//!
//! Budgets (how many table calls a use case makes, how many units they consume) are asserted in tests. The log
//! is written by the connector, so production code need not ask for `ReturnConsumedCapacity` to be measured.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use crate::connector::Response;
use crate::faults::Fault;
use crate::lock;

/// How many calls the log keeps: enough for any test, bounded because the local run lives for days.
pub const CALLS_MAX: usize = 10_000;

/// Capacity units that one call consumed, as `DynamoDB` reports them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// Read units, table and indexes together.
    pub read_units: f64,
    /// Write units, table and indexes together.
    pub write_units: f64,
    /// Units of either kind on tables alone.
    pub table_units: f64,
    /// Units of either kind by index name.
    pub index_units: BTreeMap<String, f64>,
}

impl Capacity {
    /// Adds another call's units.
    pub fn add(&mut self, other: &Self) {
        self.read_units += other.read_units;
        self.write_units += other.write_units;
        self.table_units += other.table_units;
        for (index, units) in &other.index_units {
            *self.index_units.entry(index.clone()).or_default() += units;
        }
    }
}

/// One call, in the order in which it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The operation, for example `TransactWriteItems`.
    pub operation: String,
    /// The fault that was injected, if any.
    pub fault: Option<Fault>,
    /// The engine's HTTP status; `None` when the request did not reach it.
    pub status: Option<u16>,
    /// The service's error, for example `ConditionalCheckFailedException`; `None` for a success.
    pub error: Option<String>,
    /// Whether the caller got the answer.
    pub answered: bool,
    /// Units consumed. Zero for a failed call: the engine does not report what a failed condition cost,
    /// although AWS charges for it.
    pub capacity: Capacity,
}

impl Call {
    pub(crate) fn of(operation: &str, fault: Option<Fault>) -> Self {
        let capacity = Capacity::default();
        Self { operation: operation.to_owned(), fault, status: None, error: None, answered: false, capacity }
    }

    pub(crate) fn record(&mut self, response: &Response) {
        self.status = Some(response.status);
        self.error.clone_from(&response.error);
        self.capacity = response.capacity.clone().unwrap_or_default();
    }
}

/// The latest calls of one engine, at most [`CALLS_MAX`]; clones share it.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<VecDeque<Call>>>);

impl CallLog {
    /// The calls since the last [`CallLog::take`], oldest first.
    pub fn list(&self) -> Vec<Call> {
        lock(&self.0).iter().cloned().collect()
    }

    /// The same, and forgets them.
    pub fn take(&self) -> Vec<Call> {
        lock(&self.0).drain(..).collect()
    }

    pub(crate) fn push(&self, call: Call) {
        let mut calls = lock(&self.0);
        if calls.len() == CALLS_MAX {
            calls.pop_front();
        }
        calls.push_back(call);
    }
}

/// The sum over some calls, for budgets like "at most 12 write units".
pub fn total<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Capacity {
    let mut sum = Capacity::default();
    for call in calls {
        sum.add(&call.capacity);
    }
    sum
}
