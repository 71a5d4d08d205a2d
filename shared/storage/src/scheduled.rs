//! Scheduled messages.
//!
//! A scheduled message lies where the record of the message will lie: when its time comes, the record is written over the
//! version that was read. So whatever races (an edit, a cancellation, another worker, the same work again), one of them has
//! the item, and a message is accepted once (I02, I12).

use std::collections::BTreeMap;

use domain::{
    conversation::Conversation,
    id::{AccountId, ApiKeyId, ConversationId, GatewayId, MessageId, TemplateId, UserId},
    job::Starter,
    message::Media,
    phone::PhoneNumber,
    quiet_hours::Heed,
    scheduled::{Scheduled, Standing},
    timeline::Actor,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountStore, Change, ChangeError, MessageRecord, Store, Traces,
    cursor::InvalidCursor,
    error::StoreError,
    item::{Item, KIND, NewItem, Stored, is_false, millis, read, text},
    keys::{self, PK},
    query::{Index, Page, PageRequest, Range, Read},
    transact::{Transaction, TransactionError},
    write::Expect,
};

/// A scheduled message whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueScheduled {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub message: MessageId,
}

/// What is known of a message by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownMessage {
    /// It was accepted, or refused when its time had come.
    Accepted(MessageRecord),
    /// It is scheduled, or was and was taken back.
    Scheduled(Box<Scheduled>),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ScheduledItem {
    id: MessageId,
    conversation: ConversationId,
    gateway: GatewayId,
    to: PhoneNumber,
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    media: Vec<Media>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<TemplateId>,
    #[serde(default, skip_serializing_if = "is_false")]
    is_composed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    author: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    author_key: Option<ApiKeyId>,
    sender: Starter,
    #[serde(with = "millis")]
    send_at: Timestamp,
    #[serde(default)]
    quiet_hours: Heed,
    #[serde(default, skip_serializing_if = "is_false")]
    stop_if_answered: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watched_from: Option<u64>,
    standing: Standing,
    fingerprint: String,
    #[serde(with = "millis")]
    created_at: Timestamp,
    #[serde(with = "millis")]
    updated_at: Timestamp,
    version: u64,
}

impl Stored for ScheduledItem {
    const KIND: &'static str = "scheduled_message";
}

impl From<&Scheduled> for ScheduledItem {
    fn from(it: &Scheduled) -> Self {
        Self {
            id: it.id,
            conversation: it.conversation,
            gateway: it.gateway,
            to: it.to.clone(),
            text: it.text.clone(),
            media: it.media.clone(),
            template: it.template,
            is_composed: it.is_composed,
            author: it.author.user(),
            author_key: it.author.api_key(),
            sender: it.sender,
            send_at: it.send_at,
            quiet_hours: it.quiet_hours,
            stop_if_answered: it.stop_if_answered,
            watched_from: it.watched_from,
            standing: it.standing,
            fingerprint: it.fingerprint.clone(),
            created_at: it.created_at,
            updated_at: it.updated_at,
            version: it.version,
        }
    }
}

impl From<ScheduledItem> for Scheduled {
    fn from(it: ScheduledItem) -> Self {
        Self {
            id: it.id,
            conversation: it.conversation,
            gateway: it.gateway,
            to: it.to,
            text: it.text,
            media: it.media,
            template: it.template,
            is_composed: it.is_composed,
            author: match (it.author, it.author_key) {
                (_, Some(key)) => Actor::ApiKey(key),
                (Some(user), None) => Actor::User(user),
                (None, None) => Actor::System,
            },
            sender: it.sender,
            send_at: it.send_at,
            quiet_hours: it.quiet_hours,
            stop_if_answered: it.stop_if_answered,
            watched_from: it.watched_from,
            standing: it.standing,
            fingerprint: it.fingerprint,
            created_at: it.created_at,
            updated_at: it.updated_at,
            version: it.version,
        }
    }
}

/// Reads what lies in the place of a message's record.
pub(crate) fn known(item: Item) -> Result<KnownMessage, StoreError> {
    Ok(match text(&item, KIND) {
        Some(ScheduledItem::KIND) => KnownMessage::Scheduled(Box::new(read::<ScheduledItem>(item)?.into())),
        _ => KnownMessage::Accepted(read(item)?),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Write {
    Message,
    Traces,
}

impl Store {
    /// Scheduled messages whose time has come by `now`: a list for each shard, longest due first, of at most `limit`.
    /// Messages of one conversation are in one list, so whoever goes through it in order keeps theirs.
    pub async fn due_scheduled(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Vec<DueScheduled>>, StoreError> {
        let mut all = Vec::new();
        for shard in 0..keys::DUE_SHARDS {
            let range = Range::Between(keys::sortable(Timestamp::UNIX_EPOCH), keys::sortable(now));
            let request = Read::new(Index::Attention, keys::due_scheduled(shard), limit).range(range);
            let found = self.query(request).await?;
            let due = found.items.iter().filter_map(|item| {
                let (account, message) = keys::parse_message(text(item, PK)?)?;
                Some(DueScheduled { account, message })
            });
            all.push(due.collect());
        }
        Ok(all)
    }
}

impl AccountStore {
    /// What is known of a message by its id.
    pub async fn known_message(&self, message: MessageId) -> Result<Option<KnownMessage>, StoreError> {
        let found = self.store.get_item(keys::message(self.account, message)).await?;
        found.map(known).transpose()
    }

    /// Writes a new scheduled message with its traces, unless something is known under its id: then that is answered.
    pub async fn schedule(
        &self,
        message: &Scheduled,
        traces: &Traces,
    ) -> Result<Option<KnownMessage>, StoreError> {
        self.write_scheduled(message, Expect::absent(), traces).await?.map_or(Ok(None), |refused| {
            refused.map(known).transpose().and_then(|known| {
                let missing = || StoreError::unreadable("message", "it stood in the way and is not there");
                known.ok_or_else(missing).map(Some)
            })
        })
    }

    /// Saves a scheduled message over the version that it has, with the traces of the change; `false`: it has changed, or is
    /// none any more.
    pub async fn save_scheduled(&self, message: &Scheduled, traces: &Traces) -> Result<bool, StoreError> {
        let next = Scheduled { version: message.version.saturating_add(1), ..message.clone() };
        let refused = self.write_scheduled(&next, Expect::version(message.version), traces).await?;
        Ok(refused.is_none())
    }

    /// `Some`: it was not as expected, with what was there instead.
    async fn write_scheduled(
        &self,
        message: &Scheduled,
        expect: Expect,
        traces: &Traces,
    ) -> Result<Option<Option<Item>>, StoreError> {
        let mut transaction = Transaction::new(&self.store);
        transaction.put(Write::Message, self.scheduled_item(message)?, Some(expect));
        self.leave(&mut transaction, Write::Traces, traces)?;
        match transaction.run(&self.store).await {
            Ok(()) => Ok(None),
            Err(TransactionError::Refused(refused)) => Ok(Some(refused.item(Write::Message).cloned())),
            Err(TransactionError::Store(error)) => Err(error),
        }
    }

    /// In lists and timers only while it waits.
    fn scheduled_item(&self, it: &Scheduled) -> Result<NewItem, StoreError> {
        let item = NewItem::new(keys::message(self.account, it.id), &ScheduledItem::from(it))?;
        if it.standing != Standing::Waiting {
            return Ok(item);
        }
        let place = keys::scheduled_place(it.send_at, it.id);
        Ok(item
            .listed(keys::scheduled(self.account), place.clone())
            .grouped(keys::scheduled_in(self.account, it.conversation), place)
            .wanting_attention(keys::due_scheduled(keys::shard(it.conversation)), it.send_at))
    }

    /// A page of the messages that wait for their time, soonest first: of the account, or of one conversation.
    pub async fn scheduled_messages(
        &self,
        conversation: Option<ConversationId>,
        page: PageRequest<'_>,
    ) -> Result<Result<Page<Scheduled>, InvalidCursor>, StoreError> {
        let (query, request) = match conversation {
            None => {
                let pk = keys::scheduled(self.account);
                ("scheduled".to_owned(), Read::new(Index::Lists, pk, page.limit))
            }
            Some(conversation) => {
                let pk = keys::scheduled_in(self.account, conversation);
                (format!("scheduled {conversation}"), Read::new(Index::Groups, pk, page.limit))
            }
        };
        self.page(&query, request, page, |item| Ok(read::<ScheduledItem>(item)?.into())).await
    }

    /// Writes the change that makes a message of a scheduled one, over the version that was read. `Scheduled`: that
    /// has changed since; `Accepted`: its turn has come before.
    pub async fn change_due(
        &self,
        change: Change<'_>,
        scheduled: &Scheduled,
    ) -> Result<Conversation, ChangeError> {
        self.change_over(change, &BTreeMap::from([(scheduled.id, scheduled.version)])).await
    }
}
