//! Files of messages (B01, D28): uploading them, looking at them, and links to them.
//!
//! Nobody sends a file through the API. A client is given a link for one upload of one type and length, says when it is done,
//! and the file is looked at: what it is by its content, and smaller if it is a large image. Only then may a message name it.
//! Whoever may see a message may have a link to its files, for some minutes.

mod copying;
mod fit;

use domain::{
    access::Permission,
    id::{AccountId, MediaId, MessageId, UserId},
    media::{FileType, KeptFile, UPLOAD_BYTES_MAX},
    message::Message,
};
use jiff::{SignedDuration, Timestamp};
use storage::{StoreError, Upload};
use url::Url;

pub use self::copying::{Copied, copy};
use crate::{
    App, Caller, Failure,
    caller::Forbidden,
    ports::{MediaLink, SignedUpload, Unreachable},
    send::SendError,
};

/// For how long an upload may take.
const UPLOAD_SECONDS: u32 = 900;
/// For how long a link leads to its file.
const LINK_SECONDS: u32 = 300;
/// For how long the link of a carrier leads there: it may fetch when it comes to the message.
const CARRIER_LINK_SECONDS: u32 = 3_600;

/// Why something was not done with a file.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is none, it was not uploaded yet or too long ago, or the caller may not see it.
    #[error("there is no such file")]
    NotFound,
    /// It is larger than what may be uploaded, or empty.
    #[error("a file has 1 to {UPLOAD_BYTES_MAX} bytes")]
    Size,
    /// By its content it is none of the types that messages carry, or a broken one.
    #[error("the file is none that messages carry")]
    Content,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for MediaError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Unreachable> for MediaError {
    fn from(error: Unreachable) -> Self {
        Self::Failure(error.into())
    }
}

/// An upload that may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The file's id from now on.
    pub id: MediaId,
    /// How to upload it.
    pub upload: SignedUpload,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A link to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// What it leads to.
    pub file: KeptFile,
    /// Where to.
    pub url: Url,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Lets somebody who may compose upload a file. Nothing is written: what is never uploaded leaves no trace.
pub fn begin(app: &App, caller: &Caller, file_type: FileType, bytes: u64) -> Result<Begun, MediaError> {
    may_upload(caller)?;
    if !(1..=UPLOAD_BYTES_MAX).contains(&bytes) {
        return Err(MediaError::Size);
    }
    let id = app.new_id();
    let key = upload_key(caller.account, caller.user, id);
    let upload = app.media.upload(&key, file_type, bytes, UPLOAD_SECONDS)?;
    Ok(Begun { id, upload, expires_at: later(app.now(), UPLOAD_SECONDS) })
}

/// Looks at what was uploaded and keeps it. Again is the same: what was kept first stays.
pub async fn finish(app: &App, caller: &Caller, id: MediaId) -> Result<KeptFile, MediaError> {
    may_upload(caller)?;
    let account = app.store.account(caller.account);
    if let Some(found) = account.upload(id).await? {
        return if found.user == caller.user { Ok(found.file) } else { Err(MediaError::NotFound) };
    }
    let uploaded = app.media.get(&upload_key(caller.account, caller.user, id)).await?;
    let content = uploaded.ok_or(MediaError::NotFound)?;
    let file_type = FileType::of_content(&content).ok_or(MediaError::Content)?;
    let (file_type, content) = fit::fit(file_type, content).ok_or(MediaError::Content)?;
    let file = KeptFile { id, file_type, bytes: u64::try_from(content.len()).unwrap_or(u64::MAX) };
    app.media.put(&file_key(caller.account, id), file_type, content).await?;
    if !account.put_upload(&Upload { file, user: caller.user, at: app.now() }).await? {
        let first = account.upload(id).await?.ok_or(Failure::Broken("an upload is gone"))?;
        return Ok(first.file);
    }
    Ok(file)
}

/// A link to a file of a message, for who may see the message (I10).
pub async fn link(
    app: &App,
    caller: &Caller,
    message: MessageId,
    media: MediaId,
) -> Result<Linked, MediaError> {
    let message = crate::send::get(app, caller, message).await.map_err(|error| match error {
        SendError::Forbidden(forbidden) => MediaError::Forbidden(forbidden),
        SendError::Failure(failure) => MediaError::Failure(failure),
        _ => MediaError::NotFound,
    })?;
    let mut files = message.media.iter().filter_map(domain::message::Media::file);
    let file = files.find(|file| file.id == media).ok_or(MediaError::NotFound)?;
    let link = MediaLink { file_type: file.file_type, seconds: LINK_SECONDS };
    let url = app.media.link(&file_key(caller.account, file.id), link)?;
    Ok(Linked { file, url, expires_at: later(app.now(), LINK_SECONDS) })
}

/// Where the carrier fetches the files of a message.
pub(crate) fn for_carrier(app: &App, account: AccountId, message: &Message) -> Result<Vec<Url>, Failure> {
    let mut urls = Vec::new();
    for media in &message.media {
        match media.file() {
            Some(file) => {
                let link = MediaLink { file_type: file.file_type, seconds: CARRIER_LINK_SECONDS };
                urls.push(app.media.link(&file_key(account, file.id), link)?);
            }
            None => urls.extend(Url::parse(&media.url).ok()),
        }
    }
    Ok(urls)
}

fn may_upload(caller: &Caller) -> Result<(), Forbidden> {
    caller.require(Permission::MessagesManage)?;
    caller.require(Permission::MessagesCompose)
}

/// Where a client uploads: what nobody has looked at yet. It is removed after a day.
fn upload_key(account: AccountId, user: UserId, id: MediaId) -> String {
    format!("uploads/{account}/{user}/{id}")
}

/// Where a file is kept.
fn file_key(account: AccountId, id: MediaId) -> String {
    format!("files/{account}/{id}")
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now)
}
