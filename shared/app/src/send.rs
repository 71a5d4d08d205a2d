//! A message goes out: the one way.
//!
//! Whoever asks, a text leaves only through here: [`send`] for people and programs, [`send_automatically`] for the product
//! itself. Both check permission, visibility, consent and credits, and accept the message in one transaction. Handing it to
//! the carrier follows from the table's stream (see [`crate::deliver`]).

mod accept;
mod automatic;
mod carried;
mod content;
mod due;
mod identity;
mod preview;
mod quiet;
mod scheduled;
mod sender;
mod target;
mod testing;

use domain::{
    access::Permission,
    credits::Credits,
    gateway::Unsuitable,
    id::{ContactId, ConversationId, GatewayId, MessageId},
    message::Message,
    phone::PhoneNumberError,
    quiet_hours::Heed,
    scheduled::{Scheduled, SendTimeError, Standing},
    segments::Encoding,
    template::FillError,
};
use jiff::Timestamp;
use storage::{AccountStore, Change, ChangeError, InvalidCursor, KnownMessage, MessageRecord, StoreError};

use crate::{App, Caller, Failure, caller::Forbidden, conversations::ATTEMPTS_MAX};
use accept::{Leaving, accept};
pub(crate) use automatic::{Automatic, people, send_automatically};
pub use carried::NotCarried;
pub(crate) use carried::carries;
use content::Prepared;
pub use content::{Attached, Content, InvalidContent, MEDIA_MAX};
pub use due::send_due;
use identity::{fingerprint, message_id};
pub use preview::{Preview, preview};
pub(crate) use quiet::verdict;
pub use scheduled::{Later, cancel, edit, list, schedule};
use sender::{Scopes, Sender};
use target::target;
pub use testing::{Tested, send_test};

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// To a number, as a person writes it, from this gateway or the account's default.
    Number {
        /// The number.
        number: String,
        /// From which gateway.
        gateway: Option<GatewayId>,
    },
    /// To a contact, from this gateway or the account's default (D07, E06).
    Contact {
        /// Who.
        contact: ContactId,
        /// To which of their numbers, as a person writes it; their first if none is named.
        number: Option<String>,
        /// From which gateway.
        gateway: Option<GatewayId>,
    },
    /// In a conversation, from its gateway.
    Conversation(ConversationId),
    /// To the customer of a conversation, from another gateway (D25): in the conversation that this one has with them.
    CustomerOf {
        /// The conversation.
        conversation: ConversationId,
        /// From which gateway.
        gateway: GatewayId,
    },
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Request {
    /// To whom.
    pub to: Recipient,
    /// What.
    pub content: Content,
    /// The request's idempotency key. One that is a message id of ours made by the client becomes the message's id.
    pub key: Option<String>,
    /// Which message of the conversation the sender believes to be the newest; `Some(None)`: that there is none yet. `None`:
    /// whatever is the newest.
    pub seen: Option<Option<MessageId>>,
    /// Whether it leaves in the customer's quiet hours too. Takes a permission.
    pub overrides_quiet_hours: bool,
}

/// An accepted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The alphabet it travels in.
    pub encoding: Encoding,
    /// In how many segments.
    pub segments: u32,
    /// What it costs.
    pub credits: Credits,
    /// When it was accepted.
    pub at: Timestamp,
    /// When it is sent, if not at once.
    pub send_at: Option<Timestamp>,
    /// Whether it is quiet hours that it waits for.
    pub is_deferred: bool,
}

/// Why a message was not accepted. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The caller may not send, or the account may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The account is suspended. People of such an account are told so before they come here.
    #[error("the account is suspended")]
    Suspended,
    /// There is no such conversation, gateway or message that the caller may see (X09, X19).
    #[error("there is no such conversation")]
    NotFound,
    /// There is no such gateway.
    #[error("there is no such gateway")]
    NoSuchGateway,
    /// The gateway cannot be used for this message (D25, D26).
    #[error(transparent)]
    Gateway(#[from] Unsuitable),
    /// One of its files was not uploaded, or not finished.
    #[error("there is no such file: upload and finish it first")]
    NoSuchMedia {
        /// Which.
        index: usize,
    },
    /// The gateway's carrier does not carry one of its files (D28).
    #[error("{why}")]
    NotCarried {
        /// Which.
        index: usize,
        /// Why.
        why: NotCarried,
    },
    /// There is no such template.
    #[error("there is no such template")]
    NoSuchTemplate,
    /// There is no such quick reply.
    #[error("there is no such quick reply")]
    NoSuchQuickReply,
    /// Somebody has written since the sender looked; nothing was sent.
    #[error("the conversation has moved on")]
    MovedOn {
        /// The newest message.
        newest: Option<MessageId>,
    },
    /// The product itself has sent enough here for now (I15).
    #[error("the product itself has sent enough here for now")]
    TooManyAnswers,
    /// It cannot be scheduled for that time.
    #[error(transparent)]
    SendTime(#[from] SendTimeError),
    /// The customer's quiet hours are not over.
    #[error("the customer has quiet hours until {until}: send it then, or with \"override_quiet_hours\"")]
    QuietHours {
        /// When they are.
        until: Timestamp,
    },
    /// It does not wait for its time any more: it was sent, or taken back.
    #[error("the message does not wait for its time any more")]
    NotScheduled,
    /// The customer has written before its time (`stop_if_answered`).
    #[error("the customer has answered before")]
    Answered,
    /// The template could not be filled.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// No gateway was named and the account has none.
    #[error("the account has no gateway")]
    NoGateway,
    /// The number is none.
    #[error(transparent)]
    Number(#[from] PhoneNumberError),
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// The contact has no number, or not this one.
    #[error("the contact has no such number")]
    NotTheirNumber,
    /// The number is one of our own.
    #[error("the number is the gateway's own")]
    OwnNumber,
    /// The number has opted out (I07).
    #[error("the recipient has opted out")]
    OptedOut {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// The contact is on the stop list (B15, I07).
    #[error("the contact is blocked")]
    Blocked,
    /// There are not enough credits.
    #[error("{needed} credits are needed, {available} are available")]
    NotEnoughCredits {
        /// What the message costs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// A message to accept under its id, by whatever way the id was found.
#[expect(clippy::option_option, reason = "no belief and the belief that there is none are two things")]
struct Order<'a> {
    id: MessageId,
    fingerprint: String,
    to: &'a Recipient,
    content: &'a Content,
    /// See [`Request::seen`].
    seen: Option<Option<MessageId>>,
    /// Whether a disclaimer goes before it (D36).
    is_test: bool,
    /// The scheduled message whose turn it is, if it is one's.
    due: Option<&'a Scheduled>,
    /// See [`Request::overrides_quiet_hours`].
    overrides_quiet_hours: bool,
}

impl Order<'_> {
    /// The messages that it makes, in the order in which they leave: the one that the sender means is the last.
    fn ids(&self) -> Vec<MessageId> {
        let disclaimer = self.is_test.then(|| testing::disclaimer_id(self.id));
        disclaimer.into_iter().chain([self.id]).collect()
    }
}

/// Accepts a message: credits held, message queued, conversation changed, sender assigned (C16), all or nothing. Who may
/// send templates only is held to them in [`Sender::may_send`] and nowhere else (A17, X12). In the customer's quiet hours it
/// is scheduled for when they are over, unless it is an answer.
pub async fn send(app: &App, caller: &Caller, request: &Request) -> Result<Accepted, SendError> {
    caller.require(Permission::MessagesManage)?;
    quiet::may_override(caller, request)?;
    let order = Order {
        id: message_id(app, caller, request.key.as_deref()),
        fingerprint: fingerprint(caller, request, b"message"),
        to: &request.to,
        content: &request.content,
        seen: request.seen,
        is_test: false,
        due: None,
        overrides_quiet_hours: request.overrides_quiet_hours,
    };
    let sender = Sender::of(caller);
    match take(app, &sender, &order).await {
        Err(SendError::QuietHours { until }) => {
            let later = Later { send_at: until, stop_if_answered: false };
            scheduled::put_off(app, caller, &order, later, Heed::Deferred).await
        }
        // It may have been deferred when it was asked for first.
        Err(SendError::KeyReused) => scheduled::repeated_by(app, caller.account, &order).await,
        taken => taken,
    }
}

/// Accepts a message, or finds that it was accepted before.
async fn take(app: &App, sender: &Sender, order: &Order<'_>) -> Result<Accepted, SendError> {
    let all = take_all(app, sender, order).await?;
    Ok(all.into_iter().next_back().ok_or(Failure::Broken("an order without a message"))?)
}

/// Accepts all messages of an order, or finds that they were accepted before.
async fn take_all(app: &App, sender: &Sender, order: &Order<'_>) -> Result<Vec<Accepted>, SendError> {
    sender.may_send(order.content.is_composed())?;
    let account = app.store.account(sender.account);
    let taken = match order.content.prepare(&account, &sender.scopes).await {
        Ok(content) => {
            sender.may_send(content.is_composed())?;
            // Boxed: whatever sends would otherwise carry its whole state.
            Box::pin(attempt(app, sender, &account, order, &content)).await
        }
        Err(error) => Err(error),
    };
    match taken {
        // What was accepted stays accepted, whatever has become of its template, its conversation or the sender's rights to
        // a text since (I12).
        Err(
            error @ (SendError::NoSuchTemplate
            | SendError::NoSuchQuickReply
            | SendError::Gateway(_)
            | SendError::NoSuchMedia { .. }
            | SendError::NotCarried { .. }
            | SendError::Fill(_)
            | SendError::MovedOn { .. }),
        ) => match account.message_record(order.id).await? {
            Some(record) if record.fingerprint == order.fingerprint => again(&account, order).await,
            Some(_) if matches!(error, SendError::MovedOn { .. }) => Err(SendError::KeyReused),
            _ => Err(error),
        },
        taken => taken,
    }
}

async fn attempt(
    app: &App,
    sender: &Sender,
    account: &AccountStore,
    order: &Order<'_>,
    content: &Prepared<'_>,
) -> Result<Vec<Accepted>, SendError> {
    for _ in 0..ATTEMPTS_MAX {
        let target = target(app, sender, account, order.to).await?;
        let newest = target.conversation.as_ref().and_then(|it| it.last_message);
        // Decided on the very version that is written over: whoever writes in between makes this begin anew.
        if order.seen.is_some_and(|seen| seen != newest) {
            return Err(SendError::MovedOn { newest });
        }
        if order.due.is_some_and(|it| it.standing(target.conversation.as_ref()) == Standing::Answered) {
            return Err(SendError::Answered);
        }
        let at = app.now();
        let (conversation, new_contact) = target.conversation(app, account, at).await?;
        let leave_before =
            quiet::leave_before(sender, account, order, (&conversation, new_contact.as_ref()), at).await?;
        if sender.viewer.is_none() {
            automatic::not_too_many(account, order.id, &conversation, at).await?;
        }
        let known = content.known(account, sender, Some((&conversation, new_contact.as_ref()))).await?;
        let mut messages = Vec::new();
        if order.is_test {
            messages.push(testing::disclaimer(account, order).await?);
        }
        messages.push(Leaving { id: order.id, content: content.finish(&known)? });
        let has_media = messages.iter().any(|it| !it.content.media.is_empty());
        let gateway = app.gateways.gateway_in(app, sender.account, target.gateway).await?;
        let gateway = gateway.ok_or(SendError::NoSuchGateway)?;
        gateway.suits(has_media)?;
        for it in &messages {
            carries(carriers::carrier(gateway.carrier), &it.content.media)
                .map_err(|(index, why)| SendError::NotCarried { index, why })?;
        }
        let (change, accepted) =
            accept(app, sender, order, &target, conversation, messages, (at, leave_before));
        let change = Change { before: target.conversation.as_ref(), new_contact, ..change };
        let written = match order.due {
            Some(scheduled) => account.change_due(change, scheduled).await,
            None => account.change(change).await,
        };
        match written {
            Ok(_) => return Ok(accepted),
            Err(ChangeError::Changed) => {}
            Err(ChangeError::Accepted(record)) if record.fingerprint == order.fingerprint => {
                return again(account, order).await;
            }
            Err(ChangeError::Scheduled) if order.due.is_some() => return Err(SendError::NotScheduled),
            Err(ChangeError::Accepted(_) | ChangeError::Scheduled) => return Err(SendError::KeyReused),
            Err(ChangeError::NotEnoughCredits { needed, available }) => {
                return Err(SendError::NotEnoughCredits { needed, available });
            }
            Err(ChangeError::OptedOut { since }) => return Err(SendError::OptedOut { since }),
            Err(ChangeError::Blocked { .. }) => return Err(SendError::Blocked),
            Err(ChangeError::Store(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Contention.into())
}

/// The answer to a request that was carried out before.
async fn again(account: &AccountStore, order: &Order<'_>) -> Result<Vec<Accepted>, SendError> {
    let mut all = Vec::new();
    for id in order.ids() {
        let record = account.message_record(id).await?;
        let record = record.ok_or(Failure::Broken("only a part of an order was accepted"))?;
        all.push(as_accepted(account, &record).await?);
    }
    Ok(all)
}

async fn as_accepted(account: &AccountStore, record: &MessageRecord) -> Result<Accepted, SendError> {
    let message = account.message_at(record.conversation, record.sequence).await?;
    let delivery = message.as_ref().and_then(Message::delivery);
    let delivery = delivery.ok_or(Failure::Broken("a record of a message that is not there"))?;
    Ok(Accepted {
        message: record.message,
        conversation: record.conversation,
        encoding: delivery.encoding,
        segments: delivery.segments,
        credits: delivery.credits,
        // When it was scheduled, if it was.
        at: delivery.scheduled.map_or(record.at, |it| it.accepted_at),
        send_at: delivery.scheduled.map(|it| it.send_at),
        is_deferred: delivery.scheduled.is_some() && delivery.deferred_until.is_some(),
    })
}

/// A message that the caller may see: whoever may see its conversation may see it (I10).
pub async fn get(app: &App, caller: &Caller, id: MessageId) -> Result<Message, SendError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    let record = match account.known_message(id).await?.ok_or(SendError::NotFound)? {
        KnownMessage::Accepted(record) => record,
        KnownMessage::Scheduled(it) => return scheduled::shown(caller, &account, &it).await,
    };
    let conversation = account.conversation(record.conversation).await?.ok_or(SendError::NotFound)?;
    if !caller.viewer().may_read(&conversation.assignees) {
        return Err(SendError::NotFound);
    }
    account.message_at(record.conversation, record.sequence).await?.ok_or(SendError::NotFound)
}
