//! A message goes out: the one way.
//!
//! Whoever asks, a text leaves only through [`send`]: it checks permission, visibility, consent and credits, and accepts
//! the message in one transaction. Handing it to the carrier follows from the table's stream (see [`crate::deliver`]).

use domain::{
    access::Permission,
    body::MessageBody,
    conversation::Conversation,
    credits::{Credits, price},
    id::{ConversationId, GatewayId, MessageId},
    message::{Charge, Delivery, Media, Message, Origin, Status, Way},
    phone::{PhoneNumber, PhoneNumberError},
    segments::{Segmentation, segment},
    timeline::{Entry, EntryContent},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use storage::{AccountStore, Change, ChangeError, ConsentChange, MessageRecord, StoreError};
use url::Url;

use crate::{
    App, Caller, Failure,
    begin::begin,
    conversations::{ATTEMPTS_MAX, entries},
    caller::Forbidden,
};

/// At most this many media in one message: the smallest limit of the carriers (Twilio's).
pub const MEDIA_MAX: usize = 10;

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

/// What to send: a text, media, or both.
#[derive(Clone, Debug)]
pub struct Content {
    text: String,
    media: Vec<Media>,
}

/// There is nothing to send, or too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContent {
    /// Neither a text nor media.
    #[error("a message has a text, media, or both")]
    Empty,
    /// Too many media.
    #[error("a message has at most {MEDIA_MAX} media")]
    TooMuchMedia,
    /// A medium is not at a public HTTPS address, from where the carrier could fetch it.
    #[error("media lie at https addresses")]
    MediaAddress,
}

impl Content {
    /// A message's content.
    pub fn new(text: Option<&MessageBody>, media: &[Url]) -> Result<Self, InvalidContent> {
        if text.is_none() && media.is_empty() {
            return Err(InvalidContent::Empty);
        }
        if media.len() > MEDIA_MAX {
            return Err(InvalidContent::TooMuchMedia);
        }
        if media.iter().any(|url| url.scheme() != "https") {
            return Err(InvalidContent::MediaAddress);
        }
        let text = text.map(|text| text.as_str().to_owned()).unwrap_or_default();
        let media = media.iter().map(|url| Media { url: url.to_string(), content_type: None }).collect();
        Ok(Self { text, media })
    }

    /// How the text is encoded and in how many segments.
    pub fn segmentation(&self) -> Segmentation {
        segment(&self.text)
    }

    /// What it costs: exactly what is charged when it is sent (D30, X14).
    pub fn price(&self) -> Credits {
        price(self.segmentation().segments, !self.media.is_empty())
    }
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
    /// What it costs.
    pub credits: Credits,
    /// When it was accepted.
    pub at: Timestamp,
}

/// Why a message was not accepted. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The caller may not send.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such conversation, gateway or message that the caller may see (X09, X19).
    #[error("there is no such conversation")]
    NotFound,
    /// There is no such gateway.
    #[error("there is no such gateway")]
    NoSuchGateway,
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

/// Where a message goes, read before anything is decided.
struct Target {
    gateway: GatewayId,
    number: PhoneNumber,
    conversation: Option<Conversation>,
}

/// Accepts a message: credits held, message queued, conversation changed, sender assigned (C16), all or nothing.
pub async fn send(app: &App, caller: &Caller, request: &Request) -> Result<Accepted, SendError> {
    caller.require(Permission::MessagesManage)?;
    caller.require(Permission::MessagesCompose)?;
    let account = app.store.account(caller.account);
    let id = message_id(app, caller, request.key.as_deref());
    let fingerprint = fingerprint(caller, request);
    for _ in 0..ATTEMPTS_MAX {
        let target = target(app, caller, &account, &request.to).await?;
        let change = accept(app, caller, &account, request, &target, id, fingerprint.clone()).await?;
        let accepted =
            change.record.as_ref().map(accepted).ok_or(Failure::Broken("a send without a record"))?;
        match account.change(change).await {
            Ok(_) => return Ok(accepted),
            Err(ChangeError::Changed) => {}
            Err(ChangeError::Accepted(record)) if record.fingerprint == fingerprint => {
                return Ok(self::accepted(&record));
            }
            Err(ChangeError::Accepted(_)) => return Err(SendError::KeyReused),
            Err(ChangeError::NotEnoughCredits { needed, available }) => {
                return Err(SendError::NotEnoughCredits { needed, available });
            }
            Err(ChangeError::OptedOut { since }) => return Err(SendError::OptedOut { since }),
            Err(ChangeError::Store(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Contention.into())
}

fn accepted(record: &MessageRecord) -> Accepted {
    Accepted {
        message: record.message,
        conversation: record.conversation,
        credits: record.credits,
        at: record.at,
    }
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
    part(request.content.text.as_bytes());
    for media in &request.content.media {
        part(media.url.as_bytes());
    }
    hex::encode(hash.finalize())
}

async fn target(
    app: &App,
    caller: &Caller,
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
            let found = app.gateways.gateway_in(app, caller.account, gateway).await?;
            if found.ok_or(SendError::NoSuchGateway)?.number == number {
                return Err(SendError::OwnNumber);
            }
            let id = Conversation::id_for(caller.account, gateway, &number);
            Target { gateway, number, conversation: account.conversation(id).await? }
        }
    };
    let hidden = target.conversation.as_ref().is_some_and(|it| !caller.viewer().may_write(&it.assignees));
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

/// Everything that accepting the message writes.
async fn accept<'a>(
    app: &App,
    caller: &Caller,
    account: &AccountStore,
    request: &Request,
    target: &'a Target,
    id: MessageId,
    fingerprint: String,
) -> Result<Change<'a>, SendError> {
    let at = app.now();
    let (mut after, new_contact) = match target.conversation.clone() {
        Some(conversation) => (conversation, None),
        // Staff may write first (E06).
        None => begin(app, account, target.gateway, &target.number, at).await?,
    };
    let sequence = after.take_sequence();
    let events = after.send(at, &request.content.text, caller.assignee());
    let delivery = delivery(caller, request, target, at);
    let record = MessageRecord {
        message: id,
        conversation: after.id,
        sequence,
        fingerprint,
        credits: delivery.credits,
        at,
    };
    let message = Message {
        id,
        conversation: after.id,
        sequence,
        accepted_at: at,
        text: request.content.text.clone(),
        media: request.content.media.clone(),
        way: Way::Outbound(Box::new(delivery)),
    };
    let mut all = vec![Entry { sequence, at, content: EntryContent::Message(Box::new(message)) }];
    all.extend(entries(app, &mut after, caller.timeline_actor(), events, at));
    let consent = if new_contact.is_some() { ConsentChange::Leave } else { ConsentChange::Require };
    Ok(Change {
        before: target.conversation.as_ref(),
        after,
        entries: all,
        record: Some(record),
        new_contact,
        consent,
    })
}

fn delivery(caller: &Caller, request: &Request, target: &Target, at: Timestamp) -> Delivery {
    let segmentation = request.content.segmentation();
    Delivery {
        author: caller.assignee(),
        origin: Origin::Manual,
        gateway: target.gateway,
        to: target.number.clone(),
        encoding: segmentation.encoding,
        segments: segmentation.segments,
        credits: request.content.price(),
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
