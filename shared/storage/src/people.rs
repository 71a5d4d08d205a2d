//! Contacts and their numbers.
//!
//! A number has an item of its own: it says whose it is, and whether it has opted out. A send checks that item inside its
//! transaction, so an opt-out that arrives at the same moment wins or loses as a whole (I07).

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    consent::{OptOut, OptOutSource},
    id::ContactId,
    name::DisplayName,
    phone::PhoneNumber,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{NewItem, Stored, millis},
    keys,
};

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The contact's id.
    pub id: ContactId,
    /// Their name, as far as known.
    pub name: Option<DisplayName>,
    /// The number they were first seen with.
    pub number: PhoneNumber,
    /// When they were first seen.
    pub created_at: Timestamp,
}

/// What is known about a customer's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNumber {
    /// Whose it is.
    pub contact: ContactId,
    /// Whether it has opted out.
    pub opt_out: Option<OptOut>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ContactItem {
    id: ContactId,
    name: Option<DisplayName>,
    number: PhoneNumber,
    #[serde(with = "millis")]
    created_at: Timestamp,
}

impl Stored for ContactItem {
    const KIND: &'static str = "contact";
}

impl From<ContactItem> for Contact {
    fn from(ContactItem { id, name, number, created_at }: ContactItem) -> Self {
        Self { id, name, number, created_at }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct NumberItem {
    contact: ContactId,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    opted_out_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opt_out_source: Option<OptOutSource>,
}

impl Stored for NumberItem {
    const KIND: &'static str = "number";
}

impl From<NumberItem> for KnownNumber {
    fn from(item: NumberItem) -> Self {
        let opt_out =
            item.opted_out_at.zip(item.opt_out_source).map(|(since, source)| OptOut { since, source });
        Self { contact: item.contact, opt_out }
    }
}

impl AccountStore {
    /// What is known about a number.
    pub async fn number(&self, number: &PhoneNumber) -> Result<Option<KnownNumber>, StoreError> {
        let item: Option<NumberItem> = self.store.get(keys::number(self.account, number)).await?;
        Ok(item.map(KnownNumber::from))
    }

    /// A contact.
    pub async fn contact(&self, contact: ContactId) -> Result<Option<Contact>, StoreError> {
        let item: Option<ContactItem> = self.store.get(keys::contact(self.account, contact)).await?;
        Ok(item.map(Contact::from))
    }

    /// Records that a known number has opted out. Recording it again keeps the first time.
    pub async fn opt_out(&self, number: &PhoneNumber, opt_out: OptOut) -> Result<(), StoreError> {
        let (expression, values) = opt_out_update(opt_out);
        let key = keys::number(self.account, number);
        // A number without an item is in no conversation: there is nothing to opt out of.
        self.store.update_if(key, expression, values, "attribute_exists(pk)").await.map(drop)
    }

    pub(crate) fn contact_item(&self, contact: &Contact) -> Result<NewItem, StoreError> {
        let item = ContactItem {
            id: contact.id,
            name: contact.name.clone(),
            number: contact.number.clone(),
            created_at: contact.created_at,
        };
        NewItem::new(keys::contact(self.account, contact.id), &item)
    }

    pub(crate) fn number_item(
        &self,
        number: &PhoneNumber,
        contact: ContactId,
        opt_out: Option<OptOut>,
    ) -> Result<NewItem, StoreError> {
        let item = NumberItem {
            contact,
            opted_out_at: opt_out.map(|it| it.since),
            opt_out_source: opt_out.map(|it| it.source),
        };
        NewItem::new(keys::number(self.account, number), &item)
    }
}

/// The update that records an opt-out, keeping the first.
pub(crate) fn opt_out_update(opt_out: OptOut) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
    let source = match opt_out.source {
        OptOutSource::Keyword => "keyword",
        OptOutSource::Carrier => "carrier",
    };
    (
        "SET opted_out_at = if_not_exists(opted_out_at, :at), opt_out_source = if_not_exists(opt_out_source, :source)",
        vec![
            (":at", AttributeValue::N(opt_out.since.as_millisecond().to_string())),
            (":source", AttributeValue::S(source.into())),
        ],
    )
}
