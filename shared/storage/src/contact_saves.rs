//! Writing contacts: with their numbers and e-mail addresses, all or nothing.

use domain::{
    consent::OptOut,
    email::EmailAddress,
    id::{AccountId, ContactId},
    phone::PhoneNumber,
};
use futures::future::try_join_all;
use jiff::Timestamp;

use crate::{
    AccountStore, Traces,
    activity::Activity,
    contact_leavings::LeavingItem,
    contacts::{Contact, ContactEmailItem, at_version},
    error::StoreError,
    item::{NewItem, read},
    keys,
    numbers::{NumberUpdate, known},
    transact::{Refused, Transaction, TransactionError},
    users::email_hash,
    write::Expect,
};

/// What a change of a contact writes.
#[derive(Clone, Debug)]
pub struct ContactSave<'a> {
    /// The contact as they were read; `None`: they must not exist yet.
    pub before: Option<&'a Contact>,
    /// The contact as they shall be. Their version is set here.
    pub after: Contact,
    /// The contact who becomes one with them, and is gone after that.
    pub absorbed: Option<&'a Contact>,
    /// What their activity tells of it.
    pub activity: Vec<Activity>,
    /// What else it leaves behind.
    pub traces: &'a [(AccountId, Traces)],
}

/// What became of a contact that was to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactSaved {
    /// They are written; this is how they are now.
    Done(Box<Contact>),
    /// They, or a number of theirs, are not as they were read. Read again and decide again.
    Changed,
    /// A number belongs to somebody else.
    NumberTaken(PhoneNumber, ContactId),
    /// An e-mail address belongs to somebody else.
    EmailTaken(EmailAddress, ContactId),
}

/// The writes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Contact,
    Number(usize),
    Email(usize),
    Other,
}

/// What is had by whom before a change.
fn had<T: PartialEq>(it: &T, by: Option<&Contact>, what: impl Fn(&Contact) -> &Vec<T>) -> bool {
    by.is_some_and(|contact| what(contact).contains(it))
}

fn numbers(contact: &Contact) -> &Vec<PhoneNumber> {
    &contact.numbers
}

fn emails(contact: &Contact) -> &Vec<EmailAddress> {
    &contact.emails
}

impl AccountStore {
    /// Writes a contact over what was read, with their numbers and e-mail addresses.
    pub async fn save_contact(&self, change: ContactSave<'_>) -> Result<ContactSaved, StoreError> {
        let mut after = change.after.clone();
        after.version = change.before.map_or(0, |it| it.version).saturating_add(1);
        let mut transaction = Transaction::new(&self.store);
        let expect = change.before.map_or_else(Expect::absent, at_version);
        transaction.put(Write::Contact, self.contact_item(&after)?, Some(expect));
        if let Some(other) = change.absorbed {
            self.write_leaving(&mut transaction, other, Some(after.id), after.updated_at)?;
        }
        let opt_out = self.opt_out_of(&change, &after).await?;
        self.write_numbers(&mut transaction, &change, &after, opt_out);
        self.write_emails(&mut transaction, &change, &after)?;
        for other in [change.before, change.absorbed].into_iter().flatten() {
            self.release(&mut transaction, other, &after).await?;
        }
        for activity in &change.activity {
            transaction.put(Write::Other, self.activity_item(after.id, activity)?, None);
        }
        self.store.leave_in(&mut transaction, Write::Other, change.traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(ContactSaved::Done(Box::new(after))),
            Err(TransactionError::Refused(refused)) => why(&refused, &after),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// Removes a contact: their profile is gone at once, what hangs on it soon after. `false`: they have changed since they
    /// were read. What their numbers have said about consent stays known (I07).
    pub async fn remove_contact(
        &self,
        contact: &Contact,
        at: Timestamp,
        traces: &[(AccountId, Traces)],
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        self.write_leaving(&mut transaction, contact, None, at)?;
        let nobody = Contact::new(contact.id, at);
        self.release(&mut transaction, contact, &nobody).await?;
        self.store.leave_in(&mut transaction, Write::Other, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Refused(_)) => Ok(false),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    fn write_leaving(
        &self,
        transaction: &mut Transaction<Write>,
        contact: &Contact,
        into: Option<ContactId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let key = keys::contact(self.account, contact.id);
        transaction.delete_expecting(Write::Contact, key, at_version(contact));
        let leaving = NewItem::new(keys::leaving(self.account, contact.id), &LeavingItem { into })?;
        let due = keys::due_leavings(keys::leaving_shard(contact.id));
        transaction.put(Write::Other, leaving.wanting_attention(due, at), None);
        Ok(())
    }

    /// The first opt-out that the contact, or whom they absorb, has said, if it is to hold for more numbers: it is about the
    /// contact with all their numbers (I07). What somebody else said who had a new number before them holds for that alone.
    async fn opt_out_of(
        &self,
        change: &ContactSave<'_>,
        after: &Contact,
    ) -> Result<Option<OptOut>, StoreError> {
        if after.numbers.iter().all(|it| had(it, change.before, numbers)) {
            return Ok(None);
        }
        let theirs = [change.before, change.absorbed].into_iter().flatten().flat_map(|it| &it.numbers);
        let known = try_join_all(theirs.map(|it| self.number(it))).await?;
        Ok(known.into_iter().flatten().filter_map(|it| it.opt_out).min_by_key(|it| it.since))
    }

    /// The numbers that the contact has afterwards: theirs before, of whom they absorb, or nobody's.
    fn write_numbers(
        &self,
        transaction: &mut Transaction<Write>,
        change: &ContactSave<'_>,
        after: &Contact,
        opt_out: Option<OptOut>,
    ) {
        let was_blocked = change.before.and_then(|it| it.blocked_since);
        for (index, number) in after.numbers.iter().enumerate() {
            let update = NumberUpdate::default();
            let update = if had(number, change.before, numbers) {
                if was_blocked == after.blocked_since && opt_out.is_none() {
                    continue;
                }
                update.of(after.id).block(after.blocked_since)
            } else if let Some(other) = change.absorbed.filter(|it| it.numbers.contains(number)) {
                update.of(other.id).give_to(after.id).block(after.blocked_since)
            } else if after.blocked_since.is_some() {
                update.free().give_to(after.id).block(after.blocked_since)
            } else {
                // Who takes over a number from the stop list has to know it.
                update.free().unblocked().give_to(after.id)
            };
            let update = match opt_out {
                Some(opt_out) => update.opt_out(opt_out),
                None => update,
            };
            update.write(transaction, Write::Number(index), keys::number(self.account, number));
        }
    }

    fn write_emails(
        &self,
        transaction: &mut Transaction<Write>,
        change: &ContactSave<'_>,
        after: &Contact,
    ) -> Result<(), StoreError> {
        for (index, email) in after.emails.iter().enumerate() {
            if had(email, change.before, emails) {
                continue;
            }
            let key = keys::contact_email(self.account, &email_hash(email));
            let item = NewItem::new(key, &ContactEmailItem { contact: after.id })?;
            let expect = match change.absorbed.filter(|it| it.emails.contains(email)) {
                Some(other) => of(other.id),
                None => Expect::absent(),
            };
            transaction.put(Write::Email(index), item, Some(expect));
        }
        Ok(())
    }

    /// Takes from `contact` what they do not have afterwards.
    async fn release(
        &self,
        transaction: &mut Transaction<Write>,
        contact: &Contact,
        after: &Contact,
    ) -> Result<(), StoreError> {
        for number in contact.numbers.iter().filter(|it| !after.numbers.contains(it)) {
            let key = keys::number(self.account, number);
            let update = NumberUpdate::default().of(contact.id);
            if self.number(number).await?.is_some_and(|known| known.means_nothing()) {
                update.unused().delete(transaction, Write::Contact, key);
            } else {
                update.release().write(transaction, Write::Contact, key);
            }
        }
        for email in contact.emails.iter().filter(|it| !after.emails.contains(it)) {
            let key = keys::contact_email(self.account, &email_hash(email));
            transaction.delete_expecting(Write::Contact, key, of(contact.id));
        }
        Ok(())
    }
}

/// An e-mail address of this contact.
fn of(contact: ContactId) -> Expect {
    use aws_sdk_dynamodb::types::AttributeValue;
    Expect {
        expression: "contact = :contact",
        values: vec![(":contact", AttributeValue::S(contact.to_string()))],
    }
}

/// Which refusal the caller should hear of.
fn why(refused: &Refused<Write>, after: &Contact) -> Result<ContactSaved, StoreError> {
    if refused.names(Write::Contact) {
        return Ok(ContactSaved::Changed);
    }
    for (index, number) in after.numbers.iter().enumerate() {
        let Some(item) = refused.item(Write::Number(index)) else { continue };
        let known = known(item)?;
        if !known.released && known.contact != after.id {
            return Ok(ContactSaved::NumberTaken(number.clone(), known.contact));
        }
    }
    for (index, email) in after.emails.iter().enumerate() {
        let Some(item) = refused.item(Write::Email(index)) else { continue };
        let whose = read::<ContactEmailItem>(item.clone())?.contact;
        if whose != after.id {
            return Ok(ContactSaved::EmailTaken(email.clone(), whose));
        }
    }
    Ok(ContactSaved::Changed)
}
