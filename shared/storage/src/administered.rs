//! Things that people administer one by one: templates, lists of contacts, keywords.
//!
//! Each is an item with a version. It is made if it is not there yet, changed and removed over the version that was read,
//! and what the change leaves behind (see [`crate::Traces`]) is written with it, in the logs of all accounts concerned.

use domain::id::AccountId;

use crate::{
    AccountStore, Traces,
    error::StoreError,
    item::NewItem,
    keys::Key,
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// What became of a thing that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is written.
    Done,
    /// It is not as it was expected: somebody else has made, changed or removed it.
    Changed,
    /// Something that it refers to does not exist: which, by its place among what was named.
    Lacks(usize),
}

/// The writes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Thing,
    Needed(usize),
    Traces,
}

impl AccountStore {
    /// Writes a thing if it is as expected, and if everything in `needed` exists.
    pub(crate) async fn administer(
        &self,
        item: NewItem,
        expect: Expect,
        needed: Vec<Key>,
        traces: &[(AccountId, Traces)],
    ) -> Result<Written, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::Thing, item, Some(expect));
        let count = needed.len();
        for (index, key) in needed.into_iter().enumerate() {
            transaction.check(Write::Needed(index), key, "attribute_exists(pk)");
        }
        self.store.leave_in(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(Written::Done),
            Err(TransactionError::Refused(refused)) => {
                let lacking = (0..count).find(|index| refused.names(Write::Needed(*index)));
                Ok(lacking.map_or(Written::Changed, Written::Lacks))
            }
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Removes a thing over the version that was read, and writes `beside` with it; `false`: somebody else has changed or
    /// removed it.
    pub(crate) async fn discard(
        &self,
        key: Key,
        version: u64,
        beside: Option<NewItem>,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        transaction.delete_expecting(Write::Thing, key, Expect::version(version));
        if let Some(item) = beside {
            transaction.put(Write::Traces, item, None);
        }
        self.store.leave_in(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}

/// What a thing is written over: nothing, if it was never written.
pub(crate) fn over(version: u64) -> Expect {
    if version == 0 { Expect::absent() } else { Expect::version(version) }
}
