//! A message goes out: the one way.
//!
//! Whoever asks, a text leaves only through here: [`send`] for people and programs, [`send_automatically`] for the product
//! itself. Both check permission, visibility, consent and credits, and accept the message in one transaction. Handing it to
//! the carrier follows from the table's stream (see [`crate::deliver`]).

mod content;
mod preview;

use domain::{
    access::{Feature, Permission, Viewer},
    audit::By,
    conversation::Conversation,
    credits::Credits,
    id::{AccountId, ConversationId, GatewayId, MessageId, TemplateId, UserId},
    message::{Charge, Delivery, Message, Origin, Status, Way},
    phone::{PhoneNumber, PhoneNumberError},
    segments::Encoding,
    template::{Fields, FillError},
    timeline::{Actor, Entry, EntryContent},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use storage::{AccountStore, Change, ChangeError, ConsentChange, Contact, MessageRecord, StoreError};

use crate::{
    App, Caller, Failure,
    begin::begin,
    caller::Forbidden,
    conversations::{ATTEMPTS_MAX, entries},
};
pub use content::{Content, InvalidContent, MEDIA_MAX};
use content::{Finished, Prepared};
pub use preview::{Preview, preview};

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
    /// In a conversation, from its gateway.
    Conversation(ConversationId),
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
    /// There is no such template.
    #[error("there is no such template")]
    NoSuchTemplate,
    /// The template could not be filled.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// No gateway was named and the account has none.
    #[error("the account has no gateway")]
    NoGateway,
    /// The number is none.
    #[error(transparent)]
    Number(#[from] PhoneNumberError),
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
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// Who sends, as far as accepting a message is concerned.
struct Sender {
    account: AccountId,
    /// Who the timeline says it was.
    actor: Actor,
    /// Who the audit log says it was; `None`: nobody but the product itself.
    by: Option<By>,
    /// Who is assigned by it (C16).
    author: Option<UserId>,
    /// Which conversations the sender may write in; `None`: the product itself, which answers where it was asked.
    viewer: Option<Viewer>,
}

impl Sender {
    fn of(caller: &Caller) -> Self {
        let (actor, author) = (caller.timeline_actor(), caller.assignee());
        let by = Some(caller.by());
        Self { account: caller.account, actor, by, author, viewer: Some(caller.viewer()) }
    }

    fn may_write(&self, conversation: &Conversation) -> bool {
        self.viewer.as_ref().is_none_or(|viewer| viewer.may_write(&conversation.assignees))
    }

    fn origin(&self) -> Origin {
        if self.viewer.is_some() { Origin::Manual } else { Origin::Notification }
    }
}

/// Where a message goes, read before anything is decided.
struct Target {
    gateway: GatewayId,
    number: PhoneNumber,
    conversation: Option<Conversation>,
}

impl Target {
    /// The conversation, or the one that begins, with its contact if they are new.
    async fn conversation(
        &self,
        app: &App,
        account: &AccountStore,
        at: Timestamp,
    ) -> Result<(Conversation, Option<Contact>), StoreError> {
        match self.conversation.clone() {
            Some(conversation) => Ok((conversation, None)),
            // Staff may write first (E06).
            None => begin(app, account, self.gateway, &self.number, at).await,
        }
    }
}

/// A message to accept under its id, by whatever way the id was found.
struct Order<'a> {
    id: MessageId,
    fingerprint: String,
    to: &'a Recipient,
    content: &'a Content,
}

/// Accepts a message: credits held, message queued, conversation changed, sender assigned (C16), all or nothing. Who may
/// send templates only is held to them here and nowhere else (A17, X12).
pub async fn send(app: &App, caller: &Caller, request: &Request) -> Result<Accepted, SendError> {
    caller.require(Permission::MessagesManage)?;
    if request.content.is_composed() {
        caller.require(Permission::MessagesCompose)?;
    }
    let order = Order {
        id: message_id(app, caller, request.key.as_deref()),
        fingerprint: fingerprint(caller, request),
        to: &request.to,
        content: &request.content,
    };
    take(app, &Sender::of(caller), &order).await
}

/// What the product itself sends: an answer in a conversation, from a template of the account.
pub(crate) struct Automatic {
    /// Its id, which follows from what it answers: however often it is sent, it is accepted once.
    pub(crate) id: MessageId,
    /// Whose.
    pub(crate) account: AccountId,
    /// Where.
    pub(crate) conversation: ConversationId,
    /// What.
    pub(crate) template: TemplateId,
    /// A feature that the account must have for it, beside messaging.
    pub(crate) needs: Option<Feature>,
}

/// What the fingerprint of a message says that the product itself sends. Its id says the rest.
const AUTOMATIC: &str = "automatic";

/// Accepts a message of the product itself. Nobody is assigned by it, and the conversation stands where it stood.
pub(crate) async fn send_automatically(app: &App, it: &Automatic) -> Result<Accepted, SendError> {
    let policy = app.store.account(it.account).policy().await?.policy;
    if policy.suspended_since.is_some() {
        return Err(SendError::Suspended);
    }
    if let Some(missing) =
        [Some(Feature::Messaging), it.needs].into_iter().flatten().find(|it| !policy.has(*it))
    {
        return Err(Forbidden::Feature(missing).into());
    }
    let to = Recipient::Conversation(it.conversation);
    let content = Content::of_template(it.template, Fields::new());
    let order = Order { id: it.id, fingerprint: AUTOMATIC.to_owned(), to: &to, content: &content };
    let sender = Sender { account: it.account, actor: Actor::System, by: None, author: None, viewer: None };
    take(app, &sender, &order).await
}

/// Accepts a message, or finds that it was accepted before.
async fn take(app: &App, sender: &Sender, order: &Order<'_>) -> Result<Accepted, SendError> {
    let account = app.store.account(sender.account);
    let taken = match order.content.prepare(&account).await {
        Ok(content) => attempt(app, sender, &account, order, &content).await,
        Err(error) => Err(error),
    };
    match taken {
        // What was accepted stays accepted, whatever has become of its template since (I12).
        Err(error @ (SendError::NoSuchTemplate | SendError::Fill(_))) => {
            match account.message_record(order.id).await? {
                Some(record) if record.fingerprint == order.fingerprint => again(&account, &record).await,
                _ => Err(error),
            }
        }
        taken => taken,
    }
}

async fn attempt(
    app: &App,
    sender: &Sender,
    account: &AccountStore,
    order: &Order<'_>,
    content: &Prepared<'_>,
) -> Result<Accepted, SendError> {
    for _ in 0..ATTEMPTS_MAX {
        let target = target(app, sender, account, order.to).await?;
        let at = app.now();
        let (conversation, new_contact) = target.conversation(app, account, at).await?;
        let content = content.finish(conversation.contact_name.as_ref())?;
        let delivery = delivery(sender, &content, &target, at);
        let accepted = Accepted {
            message: order.id,
            conversation: conversation.id,
            encoding: delivery.encoding,
            segments: delivery.segments,
            credits: delivery.credits,
            at,
        };
        let change = Change {
            before: target.conversation.as_ref(),
            consent: ConsentChange::Require,
            new_contact,
            ..accept(app, sender, order, conversation, content, delivery, at)
        };
        match account.change(change).await {
            Ok(_) => return Ok(accepted),
            Err(ChangeError::Changed) => {}
            Err(ChangeError::Accepted(record)) if record.fingerprint == order.fingerprint => {
                return again(account, &record).await;
            }
            Err(ChangeError::Accepted(_)) => return Err(SendError::KeyReused),
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
async fn again(account: &AccountStore, record: &MessageRecord) -> Result<Accepted, SendError> {
    let message = account.message_at(record.conversation, record.sequence).await?;
    let delivery = message.as_ref().and_then(Message::delivery);
    let delivery = delivery.ok_or(Failure::Broken("a record of a message that is not there"))?;
    Ok(Accepted {
        message: record.message,
        conversation: record.conversation,
        encoding: delivery.encoding,
        segments: delivery.segments,
        credits: record.credits,
        at: record.at,
    })
}

/// The message's id: what the client made and keeps until it is answered, or what follows from its key, or a new one.
fn message_id(app: &App, caller: &Caller, key: Option<&str>) -> MessageId {
    let Some(key) = key else { return app.new_id() };
    match key.parse::<MessageId>() {
        Ok(id) if id.uuid().get_version_num() == 7 => id,
        _ => {
            let user = caller.user.uuid();
            MessageId::derive(&[
                b"outbound",
                caller.account.uuid().as_bytes(),
                user.as_bytes(),
                key.as_bytes(),
            ])
        }
    }
}

/// What makes two requests the same request.
fn fingerprint(caller: &Caller, request: &Request) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
        hash.update(bytes);
    };
    part(caller.user.uuid().as_bytes());
    match &request.to {
        Recipient::Number { number, gateway } => {
            part(number.as_bytes());
            part(gateway.map(|it| it.to_string()).unwrap_or_default().as_bytes());
        }
        Recipient::Conversation(conversation) => part(conversation.uuid().as_bytes()),
    }
    request.content.parts(part);
    hex::encode(hash.finalize())
}

async fn target(
    app: &App,
    sender: &Sender,
    account: &AccountStore,
    to: &Recipient,
) -> Result<Target, SendError> {
    let target = match to {
        Recipient::Conversation(id) => {
            let conversation = account.conversation(*id).await?.ok_or(SendError::NotFound)?;
            Target {
                gateway: conversation.gateway,
                number: conversation.contact_number.clone(),
                conversation: Some(conversation),
            }
        }
        Recipient::Number { number, gateway } => {
            let (number, gateway) = number_and_gateway(account, number, *gateway).await?;
            let found = app.gateways.gateway_in(app, sender.account, gateway).await?;
            if found.ok_or(SendError::NoSuchGateway)?.number == number {
                return Err(SendError::OwnNumber);
            }
            let id = Conversation::id_for(sender.account, gateway, &number);
            Target { gateway, number, conversation: account.conversation(id).await? }
        }
    };
    let hidden = target.conversation.as_ref().is_some_and(|it| !sender.may_write(it));
    if hidden { Err(SendError::NotFound) } else { Ok(target) }
}

/// Reads the account's settings only where the request leaves something to them.
async fn number_and_gateway(
    account: &AccountStore,
    number: &str,
    gateway: Option<GatewayId>,
) -> Result<(PhoneNumber, GatewayId), SendError> {
    if let (Some(gateway), true) = (gateway, number.trim_start().starts_with('+')) {
        return Ok((PhoneNumber::parse(number, None)?, gateway));
    }
    let settings = account.settings().await?.ok_or(Failure::Broken("the account has no settings"))?;
    let number = PhoneNumber::parse(number, Some(settings.region))?;
    Ok((number, gateway.or(settings.default_gateway).ok_or(SendError::NoGateway)?))
}

/// What accepting the message does to its conversation.
fn accept<'a>(
    app: &App,
    sender: &Sender,
    order: &Order<'_>,
    mut after: Conversation,
    content: Finished,
    delivery: Delivery,
    at: Timestamp,
) -> Change<'a> {
    let sequence = after.take_place(order.id);
    let events = if sender.viewer.is_some() {
        after.send(at, &content.text, sender.author)
    } else {
        after.send_automatically(at, &content.text);
        Vec::new()
    };
    let record = MessageRecord {
        message: order.id,
        conversation: after.id,
        sequence,
        fingerprint: order.fingerprint.clone(),
        credits: delivery.credits,
        at,
    };
    let message = Message {
        id: order.id,
        conversation: after.id,
        sequence,
        accepted_at: at,
        text: content.text,
        media: content.media,
        way: Way::Outbound(Box::new(delivery)),
    };
    let mut all = vec![Entry { sequence, at, content: EntryContent::Message(Box::new(message)) }];
    all.extend(entries(app, &mut after, sender.actor, events, at));
    Change {
        before: None,
        after,
        entries: all,
        by: sender.by,
        records: vec![record],
        new_contact: None,
        consent: ConsentChange::Require,
    }
}

fn delivery(sender: &Sender, content: &Finished, target: &Target, at: Timestamp) -> Delivery {
    let segmentation = content.segmentation();
    Delivery {
        author: sender.actor,
        origin: sender.origin(),
        template: content.template,
        gateway: target.gateway,
        to: target.number.clone(),
        encoding: segmentation.encoding,
        segments: segmentation.segments,
        credits: content.price(),
        charge: Charge::Held,
        status: Status::Queued,
        attempts: 0,
        lease: None,
        reference: None,
        failure: None,
        updated_at: at,
        version: 1,
    }
}

/// A message that the caller may see: whoever may see its conversation may see it (I10).
pub async fn get(app: &App, caller: &Caller, id: MessageId) -> Result<Message, SendError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    let record = account.message_record(id).await?.ok_or(SendError::NotFound)?;
    let conversation = account.conversation(record.conversation).await?.ok_or(SendError::NotFound)?;
    if !caller.viewer().may_read(&conversation.assignees) {
        return Err(SendError::NotFound);
    }
    account.message_at(record.conversation, record.sequence).await?.ok_or(SendError::NotFound)
}
