//! Lists of contacts, and who is on them.
//!
//! Being on a list is an item of its own, in the partition of the list: a list grows without any item growing, and being
//! added twice is being added once. A list that is removed leaves its members behind, to be cleared away in bounded steps.

use domain::{
    id::{AccountId, ContactId, ContactListId},
    name::DisplayName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Contact, Store, Traces,
    administered::{Written, over},
    contacts::ContactItem,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, PK},
    query::{Index, Page, PageRequest, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// At most this many lists of one contact are read.
const LISTS_OF_ONE_MAX: u32 = 1_000;

/// A list of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactList {
    /// Its id.
    pub id: ContactListId,
    /// What people call it.
    pub name: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A list as it was read.
#[derive(Clone, Debug)]
pub struct ContactListRecord {
    /// The list.
    pub list: ContactList,
    /// Rises with every change; a save is made over the version that was read. 0: it was never saved.
    pub version: u64,
}

/// What became of a contact that was to be put on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListAddition {
    /// They are on it now.
    Added,
    /// They have been on it all along.
    Already,
    /// There is no such list.
    NoSuchList,
    /// There is no such contact.
    NoSuchContact,
}

/// Somebody on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub contact: Contact,
    /// Since when.
    pub added_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ContactListItem {
    id: ContactListId,
    name: DisplayName,
    #[serde(with = "millis")]
    created_at: Timestamp,
    version: u64,
}

impl Stored for ContactListItem {
    const KIND: &'static str = "contact_list";
}

impl From<ContactListItem> for ContactListRecord {
    fn from(ContactListItem { id, name, created_at, version }: ContactListItem) -> Self {
        Self { list: ContactList { id, name, created_at }, version }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MemberItem {
    contact: ContactId,
    #[serde(with = "millis")]
    pub(crate) added_at: Timestamp,
}

impl Stored for MemberItem {
    const KIND: &'static str = "member";
}

/// A list that was removed while somebody may still be on it.
#[derive(Serialize, Deserialize)]
pub(crate) struct ClearingItem {
    list: ContactListId,
}

impl Stored for ClearingItem {
    const KIND: &'static str = "clearing";
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Member,
    List,
    Contact,
    Traces,
}

impl Store {
    /// Removed lists that are not cleared yet, at most `limit` of each shard.
    pub async fn due_clearings(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(AccountId, ContactListId)>, StoreError> {
        let items = self.due(keys::due_clearings, now, limit).await?;
        Ok(items.iter().filter_map(|item: &Item| keys::parse_clearing(text(item, PK)?)).collect())
    }
}

impl AccountStore {
    /// A list of the account.
    pub async fn contact_list(&self, id: ContactListId) -> Result<Option<ContactListRecord>, StoreError> {
        let item: Option<ContactListItem> = self.store.get(keys::contact_list(self.account, id)).await?;
        Ok(item.map(ContactListRecord::from))
    }

    /// A page of the account's lists, in the order in which they were made.
    pub async fn contact_lists(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<ContactList>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Table, keys::contact_lists(self.account), page.limit);
        let read = |item| Ok(ContactListRecord::from(read::<ContactListItem>(item)?).list);
        self.page("contact lists", request, page, read).await
    }

    /// Saves a list over the version that was read, with its traces; `false`: somebody else has changed it.
    pub async fn save_contact_list(
        &self,
        record: &ContactListRecord,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let ContactList { id, name, created_at } = record.list.clone();
        let item = ContactListItem { id, name, created_at, version: record.version.saturating_add(1) };
        let item = NewItem::new(keys::contact_list(self.account, id), &item)?;
        Ok(self.administer(item, over(record.version), Vec::new(), traces).await? == Written::Done)
    }

    /// Removes a list; `false`: somebody else has changed or removed it. Who is on it is cleared away afterwards.
    pub async fn remove_contact_list(
        &self,
        record: &ContactListRecord,
        at: Timestamp,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let id = record.list.id;
        let clearing = NewItem::new(keys::clearing(self.account, id), &ClearingItem { list: id })?;
        let clearing = clearing.wanting_attention(keys::due_clearings(keys::clearing_shard(id)), at);
        self.discard(keys::contact_list(self.account, id), record.version, Some(clearing), traces).await
    }

    /// Clears away at most `limit` of those who were on a removed list; `true`: nobody is left.
    pub async fn clear_contact_list(&self, list: ContactListId, limit: u32) -> Result<bool, StoreError> {
        let found = self.store.query(self.members_of(list, limit)).await?;
        for item in found.items {
            let member: MemberItem = read(item)?;
            let key = keys::member(self.account, list, member.contact);
            self.store.delete_if(key, Expect::present()).await?;
        }
        if !found.more {
            self.store.delete_if(keys::clearing(self.account, list), Expect::present()).await?;
        }
        Ok(!found.more)
    }

    /// Puts a contact on a list, with its traces.
    pub async fn add_member(
        &self,
        list: ContactListId,
        contact: ContactId,
        at: Timestamp,
        traces: &Traces,
    ) -> Result<ListAddition, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        let item = self.member_item(list, contact, at)?;
        transaction.put(Write::Member, item, Some(Expect::absent()));
        let exists = "attribute_exists(pk)";
        transaction.check(Write::List, keys::contact_list(self.account, list), exists);
        transaction.check(Write::Contact, keys::contact(self.account, contact), exists);
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(ListAddition::Added),
            Err(TransactionError::Refused(refused)) if refused.names(Write::List) => {
                Ok(ListAddition::NoSuchList)
            }
            Err(TransactionError::Refused(refused)) if refused.names(Write::Contact) => {
                Ok(ListAddition::NoSuchContact)
            }
            Err(TransactionError::Refused(_)) => Ok(ListAddition::Already),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// The lists that a contact is on, at most [`LISTS_OF_ONE_MAX`], perhaps as they were some milliseconds ago.
    pub async fn lists_of(&self, contact: ContactId) -> Result<Vec<ContactListId>, StoreError> {
        let pk = keys::memberships(self.account, contact);
        let found = self.store.query(Read::new(Index::Attention, pk, LISTS_OF_ONE_MAX)).await?;
        let list = |item: &Item| text(item, keys::ATTENTION_SK)?.parse().ok();
        Ok(found.items.iter().filter_map(list).collect())
    }

    /// Takes a contact off a list, with its traces; `false`: they were not on it.
    pub async fn remove_member(
        &self,
        list: ContactListId,
        contact: ContactId,
        traces: &Traces,
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        transaction.delete_existing(Write::Member, keys::member(self.account, list, contact));
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// A page of those who are on a list, in the order in which the account came to know them.
    pub async fn members(
        &self,
        list: ContactListId,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Member>, InvalidCursor>, StoreError> {
        let request = self.members_of(list, page.limit);
        let found = match self.page(&format!("members {list}"), request, page, read::<MemberItem>).await? {
            Ok(found) => found,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let keys = found.items.iter().map(|it| keys::contact(self.account, it.contact)).collect();
        let contacts = self.store.get_many(keys, false).await?.into_iter();
        let contacts: Vec<Contact> =
            contacts.map(|item| Ok(read::<ContactItem>(item)?.into())).collect::<Result<_, StoreError>>()?;
        let with_contact = |it: MemberItem| {
            let contact = contacts.iter().find(|contact| contact.id == it.contact)?.clone();
            Some(Member { contact, added_at: it.added_at })
        };
        let items = found.items.into_iter().filter_map(with_contact).collect();
        Ok(Ok(Page { items, next_cursor: found.next_cursor }))
    }

    fn members_of(&self, list: ContactListId, limit: u32) -> Read {
        Read::new(Index::Table, keys::members(self.account, list), limit)
    }

    pub(crate) fn member_item(
        &self,
        list: ContactListId,
        contact: ContactId,
        added_at: Timestamp,
    ) -> Result<NewItem, StoreError> {
        let item =
            NewItem::new(keys::member(self.account, list, contact), &MemberItem { contact, added_at })?;
        Ok(item.concerning(keys::memberships(self.account, contact), list.to_string()))
    }
}
