//! Contacts: who an account's customers are.
//!
//! A contact is an item with a version. Each of their numbers and e-mail addresses has an item of its own, written in the
//! same transaction, so that each belongs to one contact of the account whatever happens at once. What hangs on a contact
//! (their conversations, their notes) lies in their partition; what is left there when they are gone is cleared up in
//! bounded steps (see [`crate::contact_leavings`]).

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    contact::{CustomFields, Imported},
    conversation::Conversation,
    email::EmailAddress,
    id::{AccountId, ContactId, ConversationId, UserId},
    name::DisplayName,
    phone::PhoneNumber,
    quiet_hours::Location,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use domain::contact::Contact;

use crate::{
    AccountStore,
    conversations::read_listed,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, NewItem, Stored, millis, read, text},
    keys::{self, SK},
    query::{Index, Page, PageRequest, Range, Read},
    transact::Transaction,
    users::email_hash,
    write::Expect,
};

#[derive(Serialize, Deserialize)]
pub(crate) struct ContactItem {
    id: ContactId,
    #[serde(default)]
    name: Option<DisplayName>,
    /// The one number of contacts that were written before there were several.
    #[serde(default, skip_serializing)]
    number: Option<PhoneNumber>,
    #[serde(default)]
    numbers: Vec<PhoneNumber>,
    #[serde(default)]
    emails: Vec<EmailAddress>,
    #[serde(default)]
    fields: CustomFields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked_after_by: Option<UserId>,
    #[serde(default, skip_serializing_if = "Location::is_unknown")]
    location: Location,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    blocked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    imported: Option<Imported>,
    #[serde(with = "millis")]
    created_at: Timestamp,
    #[serde(default, with = "millis::option")]
    updated_at: Option<Timestamp>,
    #[serde(default = "first_version")]
    version: u64,
}

/// The version of contacts that were written before they had one.
fn first_version() -> u64 {
    1
}

impl Stored for ContactItem {
    const KIND: &'static str = "contact";
}

impl From<ContactItem> for Contact {
    fn from(it: ContactItem) -> Self {
        let numbers = if it.numbers.is_empty() { it.number.into_iter().collect() } else { it.numbers };
        Self {
            id: it.id,
            name: it.name,
            numbers,
            emails: it.emails,
            fields: it.fields,
            owner: it.looked_after_by,
            location: it.location,
            blocked_since: it.blocked_at,
            imported: it.imported,
            created_at: it.created_at,
            updated_at: it.updated_at.unwrap_or(it.created_at),
            version: it.version,
        }
    }
}

impl From<&Contact> for ContactItem {
    fn from(it: &Contact) -> Self {
        Self {
            id: it.id,
            name: it.name.clone(),
            number: None,
            numbers: it.numbers.clone(),
            emails: it.emails.clone(),
            fields: it.fields.clone(),
            looked_after_by: it.owner,
            location: it.location.clone(),
            blocked_at: it.blocked_since,
            imported: it.imported,
            created_at: it.created_at,
            updated_at: Some(it.updated_at),
            version: it.version,
        }
    }
}

/// An e-mail address of a contact.
#[derive(Serialize, Deserialize)]
pub(crate) struct ContactEmailItem {
    pub(crate) contact: ContactId,
}

impl Stored for ContactEmailItem {
    const KIND: &'static str = "contact_email";
}

/// One of a contact's conversations.
#[derive(Serialize, Deserialize)]
pub(crate) struct ConversationOfItem {
    conversation: ConversationId,
    #[serde(with = "millis")]
    since: Timestamp,
}

impl Stored for ConversationOfItem {
    const KIND: &'static str = "conversation_of";
}

/// The version that a contact has to have, or none if they are older than versions.
pub(crate) fn at_version(contact: &Contact) -> Expect {
    Expect {
        expression: "attribute_exists(pk) AND (version = :version OR attribute_not_exists(version))",
        values: vec![(":version", AttributeValue::N(contact.version.to_string()))],
    }
}

/// Reads a contact as the stream shows them; `None`: the item is something else.
pub(crate) fn streamed_contact(item: serde_dynamo::Item) -> Result<Option<(AccountId, Contact)>, StoreError> {
    let text = |name: &str| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    if text(crate::item::KIND).as_deref() != Some(ContactItem::KIND) {
        return Ok(None);
    }
    let account = text(keys::PK).as_deref().and_then(keys::parse_of_contact).map(|(account, _)| account);
    let not_theirs = || StoreError::unreadable(ContactItem::KIND, "the partition key is not a contact's");
    let account = account.ok_or_else(not_theirs)?;
    let contact: ContactItem = serde_dynamo::from_item(item)
        .map_err(|error| StoreError::unreadable_item(ContactItem::KIND, &error))?;
    Ok(Some((account, contact.into())))
}

impl AccountStore {
    /// A contact.
    pub async fn contact(&self, contact: ContactId) -> Result<Option<Contact>, StoreError> {
        let item: Option<ContactItem> = self.store.get(keys::contact(self.account, contact)).await?;
        Ok(item.map(Contact::from))
    }

    /// Several contacts by their ids, in no particular order; those that do not exist are left out.
    pub async fn contacts_by_id(&self, ids: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
        let ids = domain::contact::distinct(ids);
        let keys = ids.into_iter().map(|id| keys::contact(self.account, id)).collect();
        let items = self.store.get_many(keys, false).await?.into_iter();
        items.map(|item| Ok(read::<ContactItem>(item)?.into())).collect()
    }

    /// A page of the account's contacts, in the order in which the account came to know them.
    pub async fn contacts(
        &self,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Contact>, InvalidCursor>, StoreError> {
        let request = Read::new(Index::Lists, keys::contacts(self.account), page.limit);
        let decode = |item: Item| Ok(Contact::from(read::<ContactItem>(item)?));
        self.page("contacts", request, page, decode).await
    }

    /// The contact that a number belongs to.
    pub async fn contact_by_number(&self, number: &PhoneNumber) -> Result<Option<Contact>, StoreError> {
        match self.number(number).await?.filter(|known| !known.released) {
            Some(known) => self.contact(known.contact).await,
            None => Ok(None),
        }
    }

    /// Whose an e-mail address is.
    pub async fn email_of(&self, email: &EmailAddress) -> Result<Option<ContactId>, StoreError> {
        let key = keys::contact_email(self.account, &email_hash(email));
        let item: Option<ContactEmailItem> = self.store.get(key).await?;
        Ok(item.map(|item| item.contact))
    }

    /// The contact that an e-mail address belongs to.
    pub async fn contact_by_email(&self, email: &EmailAddress) -> Result<Option<Contact>, StoreError> {
        match self.email_of(email).await? {
            Some(contact) => self.contact(contact).await,
            None => Ok(None),
        }
    }

    /// A page of the ids of a contact's conversations, over all gateways and numbers (E04).
    pub async fn conversation_ids_of(
        &self,
        contact: ContactId,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<ConversationId>, InvalidCursor>, StoreError> {
        let query = format!("conversations of {contact}");
        let place = match self.open_cursor(&query, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        // A place of the same length, with something behind it, is greater than the place and less than the next.
        let from = place.map_or_else(|| keys::CONVERSATION_OF.to_owned(), |place| format!("{place}~"));
        let range = Range::Between(from, format!("{}~", keys::CONVERSATION_OF));
        let pk = keys::of_contact(self.account, contact);
        let found = self.store.query(Read::new(Index::Table, pk, page.limit).range(range)).await?;
        let last = found.items.last().filter(|_| found.more).and_then(|item| text(item, SK));
        let next_cursor = last.and_then(|place| self.seal_cursor(&query, place));
        let read = |item| Ok(read::<ConversationOfItem>(item)?.conversation);
        let items = found.items.into_iter().map(read).collect::<Result<_, StoreError>>()?;
        Ok(Ok(Page { items, next_cursor }))
    }

    /// A page of a contact's conversations, over all gateways and numbers (E04); those of the page that were active last
    /// come first.
    pub async fn conversations_of(
        &self,
        contact: ContactId,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Conversation>, InvalidCursor>, StoreError> {
        let found = match self.conversation_ids_of(contact, page).await? {
            Ok(found) => found,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let keys = found.items.iter().map(|id| keys::conversation(self.account, *id)).collect();
        let items = self.store.get_many(keys, true).await?.into_iter();
        let mut items = items.map(read_listed).collect::<Result<Vec<_>, _>>()?;
        items.sort_by_key(|it| std::cmp::Reverse((it.last_activity_at, it.id)));
        Ok(Ok(Page { items, next_cursor: found.next_cursor }))
    }

    pub(crate) fn contact_item(&self, contact: &Contact) -> Result<NewItem, StoreError> {
        let item = NewItem::new(keys::contact(self.account, contact.id), &ContactItem::from(contact))?;
        let place = keys::contact_place(contact.created_at, contact.id);
        Ok(item.listed(keys::contacts(self.account), place))
    }

    /// Notes with whom a conversation is that begins, or that goes over to another contact.
    pub(crate) fn write_whose<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        label: L,
        before: Option<&Conversation>,
        after: &Conversation,
    ) -> Result<(), StoreError> {
        if before.is_some_and(|it| it.contact == after.contact) {
            return Ok(());
        }
        let item = ConversationOfItem { conversation: after.id, since: after.created_at };
        let key = |contact| keys::conversation_of(self.account, contact, after.id);
        transaction.put(label, NewItem::new(key(after.contact), &item)?, None);
        if let Some(before) = before {
            transaction.delete(label, key(before.contact));
        }
        Ok(())
    }
}
