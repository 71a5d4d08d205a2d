//! Contacts that are gone: removed, or become one with another.
//!
//! What hung on them (notes and happenings, being on lists) is removed or moved in bounded steps, each of which can be
//! carried out any number of times. An item that says so is there until everything is done.

use domain::id::{AccountId, ContactId, ContactListId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Store,
    activity::ActivityItem,
    contact_lists::MemberItem,
    error::StoreError,
    item::{Item, NewItem, Stored, read, text},
    keys::{self, ATTENTION_SK, PK},
    query::{Index, Range, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// A contact that is gone while something of theirs is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeavingItem {
    /// The contact that they have become one with.
    pub(crate) into: Option<ContactId>,
}

impl Stored for LeavingItem {
    const KIND: &'static str = "leaving";
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    All,
}

impl Store {
    /// Contacts that are gone and not cleared up after yet, at most `limit` of each shard.
    pub async fn due_leavings(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, ContactId)>, StoreError> {
        let items = self.due(keys::due_leavings, now, limit).await?;
        Ok(items.iter().filter_map(|item: &Item| keys::parse_of_contact(text(item, PK)?)).collect())
    }
}

impl AccountStore {
    /// Whether a contact is gone but not cleared up after, and with whom they have become one.
    pub async fn leaving(&self, contact: ContactId) -> Result<Option<Option<ContactId>>, StoreError> {
        let item: Option<LeavingItem> = self.store.get(keys::leaving(self.account, contact)).await?;
        Ok(item.map(|item| item.into))
    }

    /// Moves or removes at most `limit` of the notes and happenings, and of the memberships, of a contact who is gone;
    /// `true`: nothing was left.
    pub async fn clear_leaving(
        &self,
        contact: ContactId,
        into: Option<ContactId>,
        limit: u32,
    ) -> Result<bool, StoreError> {
        let activity = Box::pin(self.clear_activity(contact, into, limit)).await?;
        let lists = Box::pin(self.clear_memberships(contact, into, limit)).await?;
        Ok(activity && lists)
    }

    /// Everything is done for a contact who is gone.
    pub async fn left(&self, contact: ContactId) -> Result<(), StoreError> {
        self.store.delete_if(keys::leaving(self.account, contact), Expect::present()).await.map(drop)
    }

    async fn clear_activity(
        &self,
        contact: ContactId,
        into: Option<ContactId>,
        limit: u32,
    ) -> Result<bool, StoreError> {
        let range = Range::Between(keys::ACTIVITY.to_owned(), format!("{}~", keys::ACTIVITY));
        let pk = keys::of_contact(self.account, contact);
        let found = self.store.query(Read::new(Index::Table, pk, limit).range(range)).await?;
        let none = found.items.is_empty();
        for item in found.items {
            let Some(id) = crate::activity::place(&item) else { continue };
            let mut transaction = Transaction::new(&self.store);
            if let Some(into) = into {
                let mut moved: ActivityItem = read(item)?;
                moved.moved = true;
                let moved = NewItem::new(keys::activity(self.account, into, id), &moved)?;
                transaction.put(Write::All, moved, None);
            }
            transaction.delete_existing(Write::All, keys::activity(self.account, contact, id));
            self.cleared(transaction).await?;
        }
        Ok(none)
    }

    async fn clear_memberships(
        &self,
        contact: ContactId,
        into: Option<ContactId>,
        limit: u32,
    ) -> Result<bool, StoreError> {
        let pk = keys::memberships(self.account, contact);
        let found = self.store.query(Read::new(Index::Attention, pk, limit)).await?;
        let none = found.items.is_empty();
        let lists = found.items.iter().filter_map(|item| text(item, ATTENTION_SK)?.parse().ok());
        let lists: Vec<ContactListId> = lists.collect();
        for list in lists {
            let key = keys::member(self.account, list, contact);
            let Some(member) = self.store.get::<MemberItem>(key.clone()).await? else { continue };
            let mut transaction = Transaction::new(&self.store);
            if let Some(into) = into {
                let moved = self.member_item(list, into, member.added_at)?;
                transaction.put(Write::All, moved, None);
            }
            transaction.delete_existing(Write::All, key);
            self.cleared(transaction).await?;
        }
        Ok(none)
    }

    /// Somebody else may have done it just now.
    async fn cleared(&self, transaction: Transaction<Write>) -> Result<(), StoreError> {
        match transaction.run(&self.store).await {
            Ok(()) | Err(TransactionError::Refused(_)) => Ok(()),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }
}
