//! Repairing the lists of conversations: a copy or a place in an index that disagrees with the conversation itself.
//!
//! Copies are written in the transaction of their conversation, so none should ever disagree. Should it happen all the same
//! (a defect, a restored backup, a hand in the table), the conversation is what is true.

use std::collections::{HashMap, HashSet};

use domain::id::ConversationId;

use crate::{
    AccountStore,
    conversations::read_listed,
    error::StoreError,
    item::{NewItem, text},
    keys::{self, Key, SK},
    query::{Index, Range, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// More copies than a conversation can have.
const COPIES_MAX: u32 = 90;
/// How often a repair is tried while the conversation keeps changing.
const ATTEMPTS_MAX: u32 = 4;

/// The writes of a repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Conversation,
    Copy,
}

impl AccountStore {
    /// Compares what lies in the table of a conversation's lists with the conversation, and repairs what disagrees; says how
    /// many items that were. Copies of a conversation that does not exist are removed.
    pub async fn repair_lists(&self, id: ConversationId) -> Result<u32, StoreError> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(repaired) = self.try_to_repair(id).await? {
                return Ok(repaired);
            }
        }
        Err(StoreError::Contention)
    }

    /// `None`: the conversation has changed meanwhile.
    async fn try_to_repair(&self, id: ConversationId) -> Result<Option<u32>, StoreError> {
        let own = keys::conversation(self.account, id);
        let range = Range::Between(keys::LIST_ENTRY.to_owned(), format!("{}~", keys::LIST_ENTRY));
        let copies = Read::new(Index::Table, own.pk.clone(), COPIES_MAX).range(range);
        let mut present = HashSet::new();
        let mut found = self.store.query(copies).await?.items;
        let conversation = self.store.get_many(vec![own.clone()], true).await?.pop();
        let mut expected: HashMap<String, NewItem> = HashMap::new();
        let mut version = None;
        if let Some(item) = conversation {
            let conversation = read_listed(item.clone())?;
            version = Some(conversation.version);
            for (_, listed) in self.list_items(&conversation)? {
                expected.insert(listed.place().to_owned(), listed);
            }
            found.push(item);
        }
        let mut transaction = Transaction::new(&self.store);
        let mut wrong = 0_u32;
        for item in found {
            let place = text(&item, SK).unwrap_or_default().to_owned();
            match expected.get(&place) {
                // What is right need not be written, but the conversation, whose version guards the rest.
                Some(right) if right.is(&item) && place != own.sk => drop(expected.remove(&place)),
                Some(right) if right.is(&item) => {}
                Some(_) => wrong = wrong.saturating_add(1),
                None => {
                    wrong = wrong.saturating_add(1);
                    transaction.delete(Write::Copy, Key { pk: own.pk.clone(), sk: place.clone() });
                }
            }
            present.insert(place);
        }
        let missing = expected.keys().filter(|place| !present.contains(*place)).count();
        wrong = wrong.saturating_add(u32::try_from(missing).unwrap_or(u32::MAX));
        if wrong == 0 {
            return Ok(Some(0));
        }
        for (place, item) in expected {
            if place == own.sk {
                transaction.put(Write::Conversation, item, version.map(Expect::version));
            } else {
                transaction.put(Write::Copy, item, None);
            }
        }
        if version.is_none() {
            transaction.check(Write::Conversation, own, "attribute_not_exists(pk)");
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(Some(wrong)),
            Err(TransactionError::Refused(_)) => Ok(None),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}
