//! The numbers of customers: whose each is, and whether it may be texted.
//!
//! A number has an item of its own: it says whose it is, and whether it has opted out or is on the stop list. A send checks
//! that item inside its transaction, so an opt-out or a block that arrives at the same moment wins or loses as a whole
//! (I07). A number that is taken from its contact is *released*: what it has said about consent stays known, and the next
//! contact may have it. Everything that changes such an item is put together by [`NumberUpdate`].

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    consent::{OptOut, OptOutSource},
    id::ContactId,
    phone::PhoneNumber,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore,
    error::StoreError,
    item::{Item, KIND, SHAPE, Stored, millis, read},
    keys,
    transact::{Transaction, Updating},
};

/// What is known about a customer's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNumber {
    /// Whose it is, or was.
    pub contact: ContactId,
    /// Whether it is nobody's any more.
    pub released: bool,
    /// Whether a conversation with it has ever begun.
    pub conversed: bool,
    /// Whether it has opted out.
    pub opt_out: Option<OptOut>,
    /// Since when it is on the stop list (B15).
    pub blocked_since: Option<Timestamp>,
}

impl KnownNumber {
    /// Whether it may be forgotten with its contact: it has no conversation, and has said nothing about consent.
    pub(crate) fn means_nothing(&self) -> bool {
        !self.conversed && self.opt_out.is_none() && self.blocked_since.is_none()
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct NumberItem {
    contact: ContactId,
    #[serde(default, skip_serializing_if = "not")]
    released: bool,
    #[serde(default, skip_serializing_if = "not")]
    conversed: bool,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    opted_out_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opt_out_source: Option<OptOutSource>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    blocked_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn not(flag: &bool) -> bool {
    !flag
}

impl Stored for NumberItem {
    const KIND: &'static str = "number";
}

impl From<NumberItem> for KnownNumber {
    fn from(item: NumberItem) -> Self {
        let opt_out =
            item.opted_out_at.zip(item.opt_out_source).map(|(since, source)| OptOut { since, source });
        Self {
            contact: item.contact,
            released: item.released,
            conversed: item.conversed,
            opt_out,
            blocked_since: item.blocked_at,
        }
    }
}

/// Reads what stood in the way of a write.
pub(crate) fn known(item: &Item) -> Result<KnownNumber, StoreError> {
    Ok(read::<NumberItem>(item.clone())?.into())
}

impl AccountStore {
    /// What is known about a number.
    pub async fn number(&self, number: &PhoneNumber) -> Result<Option<KnownNumber>, StoreError> {
        let item: Option<NumberItem> = self.store.get(keys::number(self.account, number)).await?;
        Ok(item.map(KnownNumber::from))
    }

    /// Records that a known number has opted out. Recording it again keeps the first time.
    pub async fn opt_out(&self, number: &PhoneNumber, opt_out: OptOut) -> Result<(), StoreError> {
        let update = NumberUpdate::default().opt_out(opt_out);
        let key = keys::number(self.account, number);
        // A number without an item is in no conversation: there is nothing to opt out of.
        let (expression, values) = (update.expression(), update.values);
        self.store.update_if(key, &expression, values, "attribute_exists(pk)").await.map(drop)
    }
}

/// What is to become of a number's item, and what it has to be like for that.
#[derive(Clone, Default)]
pub(crate) struct NumberUpdate {
    sets: Vec<&'static str>,
    removes: Vec<&'static str>,
    conditions: Vec<&'static str>,
    names: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, AttributeValue)>,
}

impl NumberUpdate {
    fn set(mut self, clause: &'static str) -> Self {
        self.sets.push(clause);
        self
    }

    fn only_if(mut self, condition: &'static str) -> Self {
        self.conditions.push(condition);
        self
    }

    fn value(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.values.push((name, value));
        self
    }

    /// If there is such an item.
    pub(crate) fn present(self) -> Self {
        self.only_if("attribute_exists(pk)")
    }

    /// If the number belongs to this contact.
    pub(crate) fn of(self, contact: ContactId) -> Self {
        self.only_if("contact = :of AND (attribute_not_exists(released) OR released = :no)")
            .value(":of", AttributeValue::S(contact.to_string()))
            .value(":no", AttributeValue::Bool(false))
    }

    /// If it is nobody's.
    pub(crate) fn free(self) -> Self {
        self.only_if("(attribute_not_exists(pk) OR released = :yes)")
            .value(":yes", AttributeValue::Bool(true))
    }

    /// If it may be texted (I07).
    pub(crate) fn willing(self) -> Self {
        self.only_if("attribute_not_exists(opted_out_at)").unblocked()
    }

    /// If it is not on the stop list.
    pub(crate) fn unblocked(self) -> Self {
        self.only_if("attribute_not_exists(blocked_at)")
    }

    /// If it has no conversation and has said nothing about consent.
    pub(crate) fn unused(self) -> Self {
        self.only_if("attribute_not_exists(conversed)").willing()
    }

    /// It belongs to this contact from now on.
    pub(crate) fn give_to(mut self, contact: ContactId) -> Self {
        self.removes.push("released");
        self.names = vec![("#kind", KIND), ("#shape", SHAPE)];
        self.set("contact = :contact")
            .set("#kind = :kind")
            .set("#shape = :shape")
            .value(":contact", AttributeValue::S(contact.to_string()))
            .value(":kind", AttributeValue::S(NumberItem::KIND.into()))
            .value(":shape", AttributeValue::N(NumberItem::SHAPE.to_string()))
    }

    /// It is nobody's from now on.
    pub(crate) fn release(self) -> Self {
        self.set("released = :released").value(":released", AttributeValue::Bool(true))
    }

    /// A conversation with it begins.
    pub(crate) fn converse(self) -> Self {
        self.set("conversed = :conversed").value(":conversed", AttributeValue::Bool(true))
    }

    /// It opts out; the first time counts.
    pub(crate) fn opt_out(self, opt_out: OptOut) -> Self {
        let source = match opt_out.source {
            OptOutSource::Keyword => "keyword",
            OptOutSource::Carrier => "carrier",
        };
        self.set("opted_out_at = if_not_exists(opted_out_at, :at)")
            .set("opt_out_source = if_not_exists(opt_out_source, :source)")
            .value(":at", AttributeValue::N(opt_out.since.as_millisecond().to_string()))
            .value(":source", AttributeValue::S(source.into()))
    }

    /// It opts in again.
    pub(crate) fn opt_in(mut self) -> Self {
        self.removes.extend(["opted_out_at", "opt_out_source"]);
        self
    }

    /// It is on the stop list since then, or not at all.
    pub(crate) fn block(mut self, since: Option<Timestamp>) -> Self {
        if let Some(since) = since {
            return self
                .set("blocked_at = :blocked")
                .value(":blocked", AttributeValue::N(since.as_millisecond().to_string()));
        }
        self.removes.push("blocked_at");
        self
    }

    fn expression(&self) -> String {
        let clause = |word: &str, parts: &[&str]| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        clause("SET", &self.sets) + &clause("REMOVE", &self.removes)
    }

    /// Adds it to a transaction: as an update, or as a check if it changes nothing.
    pub(crate) fn write<L: Copy + PartialEq>(
        self,
        transaction: &mut Transaction<L>,
        label: L,
        key: keys::Key,
    ) {
        let (expression, condition) = (self.expression(), self.conditions.join(" AND "));
        let Self { names, values, .. } = self;
        transaction.update_with(label, key, Updating { expression, condition, names, values });
    }

    /// Adds to a transaction that the item is removed, if the conditions hold.
    pub(crate) fn delete<L: Copy + PartialEq>(
        self,
        transaction: &mut Transaction<L>,
        label: L,
        key: keys::Key,
    ) {
        let condition = self.conditions.join(" AND ");
        transaction.delete_with(label, key, condition, self.values);
    }
}
