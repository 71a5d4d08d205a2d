//! A change of a conversation: everything that one step writes, in one transaction.
//!
//! Receiving, sending, assigning, snoozing and all the rest differ in what they decide, not in how it is written: the
//! conversation over the version that was read, its place in each list, the new timeline entries, its waking time, and
//! for a message its record, its price and the consent of the number it goes to.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    access::Audience,
    audit::By,
    consent::OptOut,
    conversation::Conversation,
    credits::{CreditMove, Credits},
    id::{ConversationId, LedgerEntryId, MessageId},
    phone::PhoneNumber,
    timeline::Entry,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Contact, KnownMessage,
    conversations::Listing,
    error::StoreError,
    item::{Item, NewItem, Stored, millis},
    keys,
    numbers::NumberUpdate,
    scheduled::known,
    transact::{Refused, Transaction, TransactionError},
    write::Expect,
};

/// Where a message lies and what it was accepted with. There is at most one for an id, which makes it the proof that a
/// message was accepted (I02, I12) and the line of the ledger that says what it cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place there.
    pub sequence: u64,
    /// What the request that made it looked like, in a hash; empty for inbound messages.
    pub fingerprint: String,
    /// What it cost; zero for inbound messages.
    pub credits: Credits,
    /// When it was accepted.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

impl Stored for MessageRecord {
    const KIND: &'static str = "message";
}

/// What a step does to the consent of the contact's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentChange {
    /// Nothing, whatever it is.
    Leave,
    /// Nothing, but the step is refused if the number has opted out (I07).
    Require,
    /// The number opts out.
    OptOut(OptOut),
    /// The number opts in again.
    OptIn,
}

/// What one step writes.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The conversation as it was read; `None`: it must not exist yet.
    pub before: Option<&'a Conversation>,
    /// The conversation as it shall be. Its version is set here.
    pub after: Conversation,
    /// The new timeline entries.
    pub entries: Vec<Entry>,
    /// Who is behind them, for the audit log; `None`: a customer, or the product itself.
    pub by: Option<By>,
    /// The records of the messages that the step accepts.
    pub records: Vec<MessageRecord>,
    /// The contact, if the conversation is with somebody new.
    pub new_contact: Option<Contact>,
    /// Consent.
    pub consent: ConsentChange,
    /// The contact's other numbers, to which an opt-out or an opt-in applies too.
    pub other_numbers: Vec<PhoneNumber>,
}

/// Why a change was not written. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The conversation, or the number's contact, has changed since it was read. Read again and decide again.
    #[error("the conversation has changed")]
    Changed,
    /// The message has been accepted before: this is its record.
    #[error("the message has been accepted before")]
    Accepted(MessageRecord),
    /// A message is scheduled under this id; if it was that message's turn, it has changed since it was read.
    #[error("a message is scheduled under this id")]
    Scheduled,
    /// There are not enough credits.
    #[error("there are not enough credits")]
    NotEnoughCredits {
        /// What the message costs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
    /// The contact is on the stop list (B15).
    #[error("the contact is blocked")]
    Blocked {
        /// Since when.
        since: Timestamp,
    },
    /// The number has opted out.
    #[error("the number has opted out")]
    OptedOut {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The writes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Conversation,
    Record,
    Credits,
    Consent,
    Contact,
    Other,
}

impl AccountStore {
    /// Writes a change and returns the conversation as it now is.
    pub async fn change(&self, change: Change<'_>) -> Result<Conversation, ChangeError> {
        self.change_over(change, &BTreeMap::new()).await
    }

    /// The same; records whose message is in `scheduled` are written over the scheduled message of this version.
    pub(crate) async fn change_over(
        &self,
        change: Change<'_>,
        scheduled: &BTreeMap<MessageId, u64>,
    ) -> Result<Conversation, ChangeError> {
        let Change { before, mut after, entries, by, records, new_contact, consent, other_numbers } = change;
        after.version = before.map_or(0, |it| it.version).saturating_add(1);
        let mut transaction = Transaction::new(&self.store);
        self.write_lists(&mut transaction, before, &after, (Write::Conversation, Write::Other))?;
        self.write_whose(&mut transaction, Write::Other, before, &after)?;
        self.write_wake(&mut transaction, before, &after)?;
        for entry in &entries {
            let item = self.entry_item(after.id, entry, by)?;
            transaction.put(Write::Other, item, Some(Expect::absent()));
        }
        let cost = records.iter().try_fold(Credits::ZERO, |sum, record| sum.checked_add(record.credits));
        let cost =
            cost.ok_or_else(|| StoreError::unreadable("message", "it costs more than there can be"))?;
        for record in &records {
            let expect =
                scheduled.get(&record.message).map_or_else(Expect::absent, |it| Expect::version(*it));
            transaction.put(Write::Record, self.record_item(record)?, Some(expect));
        }
        if !cost.is_zero() {
            self.move_credits(
                &mut transaction,
                Write::Credits,
                CreditMove::Hold(cost),
                after.last_activity_at,
            );
        }
        self.write_contact(&mut transaction, before, &after, new_contact.as_ref(), consent)?;
        for number in &other_numbers {
            let update = match consent {
                ConsentChange::OptOut(opt_out) => NumberUpdate::default().opt_out(opt_out),
                ConsentChange::OptIn => NumberUpdate::default().opt_in(),
                ConsentChange::Leave | ConsentChange::Require => continue,
            };
            let key = keys::number(self.account, number);
            update.of(after.contact).write(&mut transaction, Write::Contact, key);
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(after),
            Err(TransactionError::Refused(refused)) => Err(why_refused(&refused, cost)),
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }

    /// The conversation over the version that was read, under the label `own`, and its copies in further lists.
    pub(crate) fn write_lists<L: Copy + PartialEq>(
        &self,
        transaction: &mut Transaction<L>,
        before: Option<&Conversation>,
        after: &Conversation,
        (own, other): (L, L),
    ) -> Result<(), StoreError> {
        for (listing, item) in self.list_items(after)? {
            if listing == Listing::Audience(Audience::Everyone) {
                let expect = before.map_or_else(Expect::absent, |it| Expect::version(it.version));
                transaction.put(own, item, Some(expect));
            } else {
                transaction.put(other, item, None);
            }
        }
        let now = Listing::of(after);
        for listing in before.map(Listing::of).unwrap_or_default() {
            if !now.contains(&listing) {
                transaction.delete(other, keys::list_entry(self.account, after.id, listing));
            }
        }
        Ok(())
    }

    fn write_wake(
        &self,
        transaction: &mut Transaction<Write>,
        before: Option<&Conversation>,
        after: &Conversation,
    ) -> Result<(), StoreError> {
        let until = |it: &Conversation| it.snooze.map(|snooze| snooze.until);
        match (before.and_then(until), until(after)) {
            (old, Some(new)) if old != Some(new) => {
                transaction.put(Write::Other, self.wake_item(after.id, new)?, None);
            }
            (Some(_), None) => transaction.delete(Write::Other, keys::wake(self.account, after.id)),
            _ => {}
        }
        Ok(())
    }

    fn write_contact(
        &self,
        transaction: &mut Transaction<Write>,
        before: Option<&Conversation>,
        after: &Conversation,
        new_contact: Option<&Contact>,
        consent: ConsentChange,
    ) -> Result<(), StoreError> {
        let update = match (new_contact, before) {
            (Some(contact), _) => {
                transaction.put(Write::Contact, self.contact_item(contact)?, Some(Expect::absent()));
                NumberUpdate::default().free().give_to(contact.id).converse()
            }
            // The contact must not have lost the number since it was read.
            (None, None) => NumberUpdate::default().of(after.contact).converse(),
            (None, Some(_)) if consent == ConsentChange::Leave => return Ok(()),
            (None, Some(_)) => NumberUpdate::default().present(),
        };
        let (label, update) = match consent {
            ConsentChange::Leave => (Write::Contact, update),
            ConsentChange::Require => (Write::Consent, update.willing()),
            ConsentChange::OptOut(opt_out) => (Write::Contact, update.opt_out(opt_out)),
            ConsentChange::OptIn => (Write::Contact, update.opt_in()),
        };
        update.write(transaction, label, keys::number(self.account, &after.contact_number));
        Ok(())
    }

    fn record_item(&self, record: &MessageRecord) -> Result<NewItem, StoreError> {
        let item = NewItem::new(keys::message(self.account, record.message), record)?;
        Ok(if record.credits.is_zero() {
            item
        } else {
            let entry = LedgerEntryId::from_uuid(record.message.uuid());
            item.listed(keys::ledger(self.account), keys::ledger_place(record.at, entry))
        })
    }
}

/// Which refusal the caller should hear of, the one that decides most first.
fn why_refused(refused: &Refused<Write>, needed: Credits) -> ChangeError {
    if let Some(item) = refused.item(Write::Record) {
        return match known(item.clone()) {
            Ok(KnownMessage::Accepted(record)) => ChangeError::Accepted(record),
            Ok(KnownMessage::Scheduled(_)) => ChangeError::Scheduled,
            Err(error) => ChangeError::Store(error),
        };
    }
    if refused.names(Write::Conversation) || refused.names(Write::Contact) {
        return ChangeError::Changed;
    }
    // A number that is not as it was read has not opted out, but is not what the step was decided for either.
    if let Some(item) = refused.item(Write::Consent) {
        let since = |name| number(item, name).and_then(|at| Timestamp::from_millisecond(at).ok());
        if let Some(since) = since("blocked_at") {
            return ChangeError::Blocked { since };
        }
        return since("opted_out_at")
            .map_or(ChangeError::Changed, |since| ChangeError::OptedOut { since: Some(since) });
    }
    if refused.names(Write::Consent) {
        return ChangeError::Changed;
    }
    if refused.names(Write::Credits) {
        let item = refused.item(Write::Credits);
        let available = item.and_then(|item| number(item, "available")).and_then(|n| u64::try_from(n).ok());
        let available = available.and_then(|n| Credits::new(n).ok()).unwrap_or_default();
        return ChangeError::NotEnoughCredits { needed, available };
    }
    ChangeError::Changed
}

fn number(item: &Item, name: &str) -> Option<i64> {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}
