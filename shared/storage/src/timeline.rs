//! The timeline: messages and events of a conversation, each at its place.

use domain::{
    audit::By,
    credits::{CreditMove, LedgerEntry, LedgerKind},
    id::{ConversationId, LedgerEntryId, MessageId},
    message::{Delivery, Message, Origin, Status, UNCONFIRMED_FOR, Way},
    timeline::{Entry, EntryContent, EntryKind},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    AccountStore, KnownMessage,
    change::MessageRecord,
    cursor::InvalidCursor,
    entry::EntryItem,
    error::StoreError,
    item::{NewItem, read},
    keys,
    query::{Index, Page, PageRequest, Range, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// How long a send may take before `sweep` looks after it.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// The largest place in a timeline: what twelve digits hold.
const SEQUENCE_MAX: u64 = 999_999_999_999;
/// So many entries are read at once for a filter to pick from, and in one request at most [`FILTERED_STEPS_MAX`] times as
/// many. DynamoDB charges for what a filter reads, not for what it picks, so the picking is done here.
const FILTERED_STEP: u32 = 200;
/// See [`FILTERED_STEP`]; who has not found enough by then gets a short page and goes on with its cursor.
const FILTERED_STEPS_MAX: u32 = 5;
/// So many entries are read at once in search of messages that have not left.
const WAITING_STEP: u32 = 10;

/// Some entries of a timeline, and whether there are older ones.
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
    pub(crate) more: bool,
}

/// Which entries of a timeline (D12, E16 to E19). Empty lists pick everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineFilter {
    /// Only these kinds.
    pub kinds: Vec<EntryKind>,
    /// Only messages of these origins, where a customer's own are sent by hand (E16); what is no message is not concerned.
    pub origins: Vec<Origin>,
    /// Only failed messages.
    pub failed: bool,
}

/// Why a message could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum MessageSaveError {
    /// Somebody else has changed it since it was read. Read it again and decide again.
    #[error("the message has changed")]
    Changed,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The writes of a step that moves credits.
#[derive(Clone, Copy, PartialEq)]
enum Write {
    Message,
    Balance,
    Line,
}

/// When `sweep` has to look after a delivery; `None`: never again. The first attempt has its time from when the message
/// was accepted: so the entry stays in its place of the index when a worker claims it.
fn due(accepted_at: Timestamp, delivery: &Delivery) -> Option<Timestamp> {
    let (since, wait) = match delivery.status {
        // Asked for already; now only a receipt can tell, or time. Looked after sooner, those that wait for hours would
        // hide from `sweep` those that are stuck.
        Status::Unconfirmed => (delivery.updated_at, UNCONFIRMED_FOR),
        Status::Queued | Status::Sending if delivery.deferred_until > Some(delivery.updated_at) => {
            return delivery.deferred_until;
        }
        Status::Queued | Status::Sending if delivery.attempts <= 1 => (accepted_at, STUCK_AFTER),
        Status::Queued | Status::Sending => (delivery.updated_at, STUCK_AFTER),
        Status::Scheduled
        | Status::Sent
        | Status::Failed
        | Status::Cancelled
        | Status::Undelivered
        | Status::Delivered => return None,
    };
    since.checked_add(wait).ok()
}

impl AccountStore {
    pub(crate) fn entry_item(
        &self,
        conversation: ConversationId,
        entry: &Entry,
        by: Option<By>,
    ) -> Result<NewItem, StoreError> {
        let key = keys::entry(self.account, conversation, entry.sequence);
        let item = NewItem::new(key, &EntryItem::new(conversation, entry, by))?;
        let due = entry.message().and_then(Message::delivery).and_then(|it| due(entry.at, it));
        Ok(match due {
            Some(at) => item.wanting_attention(keys::due_sends(keys::shard(conversation)), at),
            None => item,
        })
    }

    /// A page of a timeline, newest first: one query, or as many as it takes to find enough that `filter` picks.
    pub async fn timeline(
        &self,
        conversation: ConversationId,
        filter: &TimelineFilter,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Entry>, InvalidCursor>, StoreError> {
        let query = format!("timeline {conversation} {filter:?}");
        let place = match self.open_cursor(&query, page.cursor) {
            Ok(place) => place,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let mut below = place.and_then(|place| place.parse().ok()).unwrap_or(u64::MAX);
        let wanted = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
        let (step, steps) = if *filter == TimelineFilter::default() {
            (page.limit, 1)
        } else {
            (page.limit.max(FILTERED_STEP), FILTERED_STEPS_MAX)
        };
        let mut picked = Vec::new();
        let mut more = true;
        for _ in 0..steps {
            let found = self.entries_below(conversation, below, step).await?;
            more = found.more;
            for entry in found.entries {
                if picked.len() == wanted {
                    more = true;
                    break;
                }
                below = entry.sequence;
                if filter.picks(&entry) {
                    picked.push(entry);
                }
            }
            if picked.len() == wanted || !more {
                break;
            }
        }
        let next_cursor = more.then(|| self.seal_cursor(&query, &below.to_string())).flatten();
        Ok(Ok(Page { items: picked, next_cursor }))
    }

    /// Entries before a place, newest first.
    pub(crate) async fn entries_below(
        &self,
        conversation: ConversationId,
        below: u64,
        limit: u32,
    ) -> Result<Entries, StoreError> {
        let last = below.saturating_sub(1).min(SEQUENCE_MAX);
        let range = Range::Between(keys::entry_place(0), keys::entry_place(last));
        let pk = keys::in_conversation(self.account, conversation);
        let found = self.store.query(Read::new(Index::Table, pk, limit).newest_first().range(range)).await?;
        let read = |item| read::<EntryItem>(item)?.into_entry();
        let entries = found.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Entries { entries, more: found.more })
    }

    /// The outbound messages before `sequence` that have not left yet, oldest first, looking back at most `back` entries.
    ///
    /// Messages leave in order, so the search ends at the newest that has left.
    pub async fn waiting_before(
        &self,
        conversation: ConversationId,
        sequence: u64,
        back: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut waiting = Vec::new();
        let (mut below, mut left) = (sequence, back);
        'search: while left > 0 {
            let found = self.entries_below(conversation, below, left.min(WAITING_STEP)).await?;
            left = left.saturating_sub(WAITING_STEP);
            for entry in found.entries {
                below = entry.sequence;
                let EntryContent::Message(message) = entry.content else { continue };
                match message.delivery().map(|delivery| delivery.status) {
                    Some(Status::Queued | Status::Sending) => waiting.push(*message),
                    Some(_) => break 'search,
                    None => {}
                }
            }
            if !found.more {
                break;
            }
        }
        waiting.reverse();
        Ok(waiting)
    }

    /// Whether an outbound message after `sequence` has been handed to a carrier, looking at most `ahead` entries on.
    pub async fn has_left_after(
        &self,
        conversation: ConversationId,
        sequence: u64,
        ahead: u32,
    ) -> Result<bool, StoreError> {
        let from = keys::entry_place(sequence.saturating_add(1));
        let range = Range::Between(from, keys::entry_place(SEQUENCE_MAX));
        let pk = keys::in_conversation(self.account, conversation);
        let found = self.store.query(Read::new(Index::Table, pk, ahead).range(range)).await?;
        for item in found.items {
            if let EntryContent::Message(message) = read::<EntryItem>(item)?.into_entry()?.content
                && message.delivery().is_some_and(|delivery| delivery.attempts > 0)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where a message lies, and what it was accepted with.
    pub async fn message_record(&self, message: MessageId) -> Result<Option<MessageRecord>, StoreError> {
        Ok(match self.known_message(message).await? {
            Some(KnownMessage::Accepted(record)) => Some(record),
            Some(KnownMessage::Scheduled(_)) | None => None,
        })
    }

    /// The message at a place of a timeline.
    pub async fn message_at(
        &self,
        conversation: ConversationId,
        sequence: u64,
    ) -> Result<Option<Message>, StoreError> {
        let item: Option<EntryItem> =
            self.store.get(keys::entry(self.account, conversation, sequence)).await?;
        Ok(match item.map(EntryItem::into_entry).transpose()?.map(|entry| entry.content) {
            Some(EntryContent::Message(message)) => Some(*message),
            _ => None,
        })
    }

    /// Saves a step of a delivery over the version that `before` has, together with the move of credits that belongs to
    /// it.
    pub async fn save_delivery(
        &self,
        before: &Message,
        mut after: Delivery,
        credits: Option<CreditMove>,
    ) -> Result<Message, MessageSaveError> {
        let version = before.delivery().map_or(0, |delivery| delivery.version);
        after.version = version.saturating_add(1);
        let at = after.updated_at;
        let message = Message { way: Way::Outbound(Box::new(after)), ..before.clone() };
        let entry = Entry {
            sequence: message.sequence,
            at: message.accepted_at,
            content: EntryContent::Message(Box::new(message.clone())),
        };
        // Who sent it was told when it was accepted.
        let item = self.entry_item(message.conversation, &entry, None)?;
        let Some(credits) = credits else {
            let saved = self.store.put_if(item, Expect::version(version)).await?;
            return if saved { Ok(message) } else { Err(MessageSaveError::Changed) };
        };
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::Message, item, Some(Expect::version(version)));
        self.move_credits(&mut transaction, Write::Balance, credits, at);
        if let CreditMove::Return(amount) = credits {
            let id = LedgerEntryId::derive(&[b"return", message.id.uuid().as_bytes()]);
            let kind = LedgerKind::Return { amount, message: message.id };
            transaction.put(
                Write::Line,
                self.ledger_item(&LedgerEntry { id, at, kind })?,
                Some(Expect::absent()),
            );
        }
        match transaction.run(&self.store).await {
            Ok(()) => Ok(message),
            Err(TransactionError::Refused(refused)) if refused.names(Write::Message) => {
                Err(MessageSaveError::Changed)
            }
            // A defect: what is held for a message is moved with its last version that holds it, and only then.
            Err(TransactionError::Refused(_)) => {
                Err(StoreError::unreadable("balance", "the credits of a message are not held").into())
            }
            Err(TransactionError::Store(error)) => Err(error.into()),
        }
    }
}

impl TimelineFilter {
    /// Whether the filter picks `entry`. Its three parts are independent: an entry has to pass each.
    pub(crate) fn picks(&self, entry: &Entry) -> bool {
        let message = entry.message();
        let kind = self.kinds.is_empty() || self.kinds.contains(&entry.kind());
        let origin = self.origins.is_empty() || message.is_none_or(|it| self.origins.contains(&it.origin()));
        let delivery = message.and_then(Message::delivery);
        let failed = !self.failed || delivery.is_some_and(|delivery| delivery.failure.is_some());
        kind && origin && failed
    }
}
