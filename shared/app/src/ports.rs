//! What the use cases need from outside, as traits.
//!
//! Everything that is not deterministic enters here, and only here.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use carriers::HttpExecutor;
use domain::email::EmailAddress;
use domain::id::{
    AccountId, ContactId, ConversationId, Id, JobId, Kind, MailId, MessageId, NotificationId, UserId,
};
use domain::live::ConnectionId;
use domain::media::FileType;
use domain::name::DisplayName;
use domain::push::{PushPlatform, PushToken};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use storage::Store;
use url::Url;

/// What every use case is called with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn IdSource>,
    /// The queues.
    pub queues: Arc<dyn Queues>,
    /// Push notifications.
    pub notifier: Arc<dyn Notifier>,
    /// E-mails to the people who work with the product.
    pub mailer: Arc<dyn Mailer>,
    /// Secrets.
    pub secrets: Arc<dyn Secrets>,
    /// The way to the carriers.
    pub http: Arc<dyn HttpExecutor>,
    /// Where files of messages are kept.
    pub media: Arc<dyn MediaStore>,
    /// The way to files that others name.
    pub downloads: Arc<dyn carriers::Downloads>,
    /// Configuration.
    pub config: Arc<Config>,
    /// Connections of people who are told of changes while they look.
    pub live: Arc<dyn Live>,
    /// Gateways and their credentials, remembered for a short while.
    pub gateways: Arc<crate::gateways::Directory>,
}

impl App {
    /// Now, in whole milliseconds: the precision that the table keeps.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// A new id, ordered by time (`UUIDv7`).
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        let mut random = [0; 10];
        self.ids.fill(&mut random);
        Id::new_v7(u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default(), random)
    }
}

/// What is configured once per environment.
pub struct Config {
    /// The address under which carriers reach us. Webhook signatures are computed over it, never over `Host`.
    pub public_url: Url,
    /// The name under which each gateway's credentials lie in the secret store begins with this.
    pub secret_prefix: String,
    /// The name of the secret that holds the operator's key; `None`: this function has no business with it.
    pub operator_key_secret: Option<String>,
    /// The name of the secret that the links in e-mails are signed with; `None`: this function has no business with it.
    pub link_key_secret: Option<String>,
    /// The address of live connections, as `http` or `https`; `None`: this function has no business with them.
    pub live_url: Option<Url>,
    /// Whether businesses may add gateways of the simulated carrier. Not in production: such a gateway's address is chosen
    /// by whoever adds it, so it would let them send requests into our network.
    pub simulated_carrier: bool,
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for secrets.
pub trait IdSource: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// A queue, a topic or a secret store did not take a request. Try again.
#[derive(Debug, thiserror::Error)]
#[error("{service} did not answer as expected")]
pub struct Unreachable {
    /// Which service.
    pub service: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A message that is to be handed to its carrier. Ids only: texts and numbers stay in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendJob {
    /// Whose.
    pub account: AccountId,
    /// The conversation: also the queue's message group, so that messages leave in order (I08).
    pub conversation: ConversationId,
    /// The message's place in the conversation.
    pub sequence: u64,
    /// The message.
    pub message: MessageId,
}

/// A mail that is to be sent. Ids only: addresses, names and links stay in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailJob {
    /// Whose.
    pub account: AccountId,
    /// The mail.
    pub mail: MailId,
}

/// A job that is to be worked on. Ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobTask {
    /// Whose.
    pub account: AccountId,
    /// The job.
    pub job: JobId,
}

/// A message whose files are to be copied from the carrier. Ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaTask {
    /// Whose.
    pub account: AccountId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The message's place in it.
    pub sequence: u64,
    /// The message.
    pub message: MessageId,
}

/// What lies on the queue of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Task {
    /// Files to be copied.
    Media(MediaTask),
    /// A job to be worked on.
    Job(JobTask),
}

/// A webhook that the table could not take when it arrived. It is verified when it is applied.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawWebhook {
    /// The method it came by. What was kept before GET was taken does not say, and came by POST.
    #[serde(default = "post")]
    pub method: String,
    /// The path and query it came to.
    pub path: String,
    /// Its headers, as received.
    pub headers: Vec<(String, String)>,
    /// Its body, in base64.
    pub body: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

fn post() -> String {
    http::Method::POST.to_string()
}

impl std::fmt::Debug for RawWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawWebhook").field("received_at", &self.received_at).finish_non_exhaustive()
    }
}

/// The queues.
#[async_trait]
pub trait Queues: Send + Sync {
    /// Puts a message on the FIFO queue of its conversation. Two jobs with the same `deduplication` within five minutes
    /// are one.
    async fn enqueue_send(&self, job: &SendJob, deduplication: &str) -> Result<(), Unreachable>;
    /// Has a job on the queue come back after this many seconds. `receipt_handle` is what the queue handed out with it.
    async fn delay_send(&self, receipt_handle: &str, seconds: u32) -> Result<(), Unreachable>;
    /// Keeps a webhook that the table could not take.
    async fn enqueue_ingest(&self, webhook: &RawWebhook) -> Result<(), Unreachable>;
    /// Has a mail sent. Twice is harmless: the mail itself says whether it was sent.
    async fn enqueue_mail(&self, job: &MailJob) -> Result<(), Unreachable>;
    /// Has a job worked on. Twice is harmless: the job itself says who works on it.
    async fn enqueue_job(&self, task: &JobTask) -> Result<(), Unreachable>;
    /// Has the files of a message copied. Twice is harmless: the message says what became of them.
    async fn enqueue_media(&self, task: &MediaTask) -> Result<(), Unreachable>;
}

/// A push notification. It says that there is something to see, not what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// The notification in the alert centre; devices show a repeated id once.
    pub notification: NotificationId,
    /// Whose account.
    pub account: AccountId,
    /// For whom.
    pub user: UserId,
    /// About which conversation, if about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// About which customer, if about one and no conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// Why, as in the alert centre.
    pub kind: storage::NotificationKind,
}

/// Why the push service did not do something for a device.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// It did not answer, or asked to try again. Perhaps it did it.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The device does not take anything any more: the app is gone, or has another token by now.
    #[error("the device takes nothing any more")]
    Disabled,
    /// The installation has no application of this platform, or its credentials have ended.
    #[error("there is no application of the platform")]
    NoApplication,
    /// The push service does not take the token.
    #[error("the token is none of the platform")]
    InvalidToken,
}

/// Push notifications to people's devices.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Makes a device known to the push service, or enables it again; answers by what name it is pushed to. Again with the
    /// same token is the same device.
    async fn register(&self, platform: PushPlatform, token: &PushToken) -> Result<String, PushError>;
    /// Makes the push service forget a device. One that it does not know is forgotten already.
    async fn forget(&self, address: &str) -> Result<(), PushError>;
    /// Pushes to a device.
    async fn push(&self, address: &str, push: &Push) -> Result<(), PushError>;
}

/// An e-mail in words, on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedMail {
    /// Which; the mail service keeps it as a tag, so that what it reports can be found again.
    pub id: MailId,
    /// To whom.
    pub to: EmailAddress,
    /// Its sender's name, subject and parts.
    pub content: mails::Rendered,
}

/// Why the mail service did not take a mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It did not answer, or asked to try again. Perhaps it took the mail.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// It will never take this mail: the address, or what the mail says. Trying again does not help.
    #[error("the mail service refused a mail ({code})")]
    Refused {
        /// The service's name of the reason.
        code: String,
    },
}

/// E-mails to the people who work with the product.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a mail.
    async fn send(&self, mail: &RenderedMail) -> Result<(), MailError>;
}

/// The secret store.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of that name; `None`: there is none.
    async fn get(&self, name: &str) -> Result<Option<SecretString>, Unreachable>;
    /// Creates or replaces a secret.
    async fn put(&self, name: &str, value: SecretString) -> Result<(), Unreachable>;
}

/// What a client is told over its connection: that there is something to see, not what. It gets that by asking, as it may see
/// it at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    /// A conversation, or entries of its timeline, changed.
    Change(ChangeFrame),
    /// Who looks at a conversation at this moment, and who writes in it.
    Presence(PresenceFrame),
    /// The answer to a ping.
    Pong {
        /// When the connection ends, unless its client says something again.
        expires_at: Timestamp,
    },
    /// What the client said was not taken.
    Error {
        /// Why, as a problem of the API is named.
        problem: &'static str,
        /// The same in words.
        detail: &'static str,
    },
}

/// A change, as a client is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeFrame {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Its version, if it changed itself: who has this or a later one knows it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The places of timeline entries that are new or changed.
    pub entries: Vec<u64>,
    /// Whether the client's person may not see the conversation any more.
    pub gone: bool,
}

/// Who is where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresenceFrame {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who looks at it, each person once.
    pub viewers: Vec<Present>,
    /// Who of them is writing.
    pub typing: Vec<Typing>,
}

/// Somebody who looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Present {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: DisplayName,
}

/// Somebody who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Typing {
    /// Who.
    pub user_id: UserId,
    /// Until when, unless they go on.
    pub until: Timestamp,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The client has it, or will.
    Client,
    /// The connection has ended.
    Nobody,
}

/// Connections of people who look.
#[async_trait]
pub trait Live: Send + Sync {
    /// Tells one client something.
    async fn tell(&self, connection: &ConnectionId, frame: &Frame) -> Result<Reached, Unreachable>;
    /// Ends a connection. Ending it again changes nothing.
    async fn close(&self, connection: &ConnectionId) -> Result<(), Unreachable>;
}

/// How a client uploads a file: one request, within its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUpload {
    /// Where to `PUT` it.
    pub url: Url,
    /// The headers that the request has to have, exactly so.
    pub headers: Vec<(&'static str, String)>,
}

/// A link to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaLink {
    /// What the file is.
    pub file_type: FileType,
    /// For how many seconds the link leads there.
    pub seconds: u32,
}

/// Where files of messages are kept. Nobody gets at them but by signed links.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// How a file of this type and size, and no other, is uploaded under a key within so many seconds.
    fn upload(
        &self,
        key: &str,
        file_type: FileType,
        bytes: u64,
        seconds: u32,
    ) -> Result<SignedUpload, Unreachable>;
    /// A link to a file.
    fn link(&self, key: &str, link: MediaLink) -> Result<Url, Unreachable>;
    /// A file; `None`: there is none.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, Unreachable>;
    /// Keeps a file. The same again changes nothing.
    async fn put(&self, key: &str, file_type: FileType, content: Bytes) -> Result<(), Unreachable>;
}
