//! Files of inbound messages: copied from the carrier, which keeps them for hours only.
//!
//! The message itself never waits for its files. A task names a message; each of its files is fetched, looked at and kept
//! under a name that follows from the message and the place, and what became of it is written over what was read. So a task
//! that is done twice, at once or after it was cut off changes nothing that was done.

use bytes::Bytes;
use carriers::{Carrier, Credentials, DownloadError, HttpRequest};
use domain::{
    media::{
        FileType, INBOUND_BYTES_MAX, KeptFile, MediaCopy,
        fetch::{REDIRECTS_MAX, check},
    },
    message::{Message, Way},
};
use http::{StatusCode, header};
use jiff::SignedDuration;
use storage::AccountStore;
use url::Url;

use super::file_key;
use crate::{App, Failure, ports::MediaTask};

/// For how long after its message a file is tried to be fetched. Less than its task stays on the queue.
const TRIED_FOR: SignedDuration = SignedDuration::from_mins(45);

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Of each file is known what became of it.
    All,
    /// Something has to be tried again.
    NotYet,
}

/// A file that cannot be had now, but perhaps later.
struct NotNow;

/// Copies the files of a message.
pub async fn copy(app: &App, task: &MediaTask) -> Result<Copied, Failure> {
    let account = app.store.account(task.account);
    let Some(mut message) = message(&account, task).await? else { return Ok(Copied::All) };
    let Some(conversation) = account.conversation(task.conversation).await? else { return Ok(Copied::All) };
    let route = app.gateways.find_in(app, task.account, conversation.gateway).await?;
    let route = route.as_deref().map(|it| (carriers::carrier(it.gateway.carrier), it.credentials.as_ref()));
    let mut copied = Copied::All;
    for index in 0..message.media.len() {
        let Some(media) = message.media.get(index).filter(|it| it.copy.is_none()) else { continue };
        let found = match fetch(app, route, &media.url).await {
            Ok(found) => found,
            Err(NotNow) if is_late(app, &message) => Err(MediaCopy::Lost),
            Err(NotNow) => {
                copied = Copied::NotYet;
                continue;
            }
        };
        let copy = match found {
            Ok(content) => keep(app, task, &message, index, content).await?,
            Err(copy) => copy,
        };
        if copy.file().is_none() {
            tracing::warn!(message = %message.id, index, ?copy, metric = "media_not_kept", "a file of a message is not kept");
        }
        // Somebody else came first: what they have written is as good.
        match account.save_copy(&message, index, copy).await? {
            Some(saved) => message = saved,
            None => return Ok(Copied::NotYet),
        }
    }
    Ok(copied)
}

async fn message(account: &AccountStore, task: &MediaTask) -> Result<Option<Message>, Failure> {
    let found = account.message_at(task.conversation, task.sequence).await?;
    Ok(found.filter(|it| it.id == task.message && matches!(it.way, Way::Inbound { .. })))
}

fn is_late(app: &App, message: &Message) -> bool {
    app.now().duration_since(message.accepted_at) >= TRIED_FOR
}

/// Looks at a file and keeps it, if it is one that messages carry: a program or a page is not (B01).
async fn keep(
    app: &App,
    task: &MediaTask,
    message: &Message,
    index: usize,
    content: Bytes,
) -> Result<MediaCopy, Failure> {
    let Some(file_type) = FileType::of_content(&content) else { return Ok(MediaCopy::RefusedType) };
    let id = message.copy_id(index);
    let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
    app.media.put(&file_key(task.account, id), file_type, content).await?;
    Ok(MediaCopy::Kept(KeptFile { id, file_type, bytes }))
}

/// Fetches a file. `Ok(Err(..))`: it will never be had. Credentials go to the carrier's own host alone, whatever it redirects to.
async fn fetch(
    app: &App,
    route: Option<(&'static dyn Carrier, Option<&Credentials>)>,
    address: &str,
) -> Result<Result<Bytes, MediaCopy>, NotNow> {
    let Ok(mut url) = Url::parse(address) else { return Ok(Err(MediaCopy::Lost)) };
    for redirects in 0..=REDIRECTS_MAX {
        if check(&url, redirects).is_err() {
            return Ok(Err(MediaCopy::Lost));
        }
        let authorization = route.and_then(|(carrier, it)| carrier.media_authorization(&url, it?));
        let request = HttpRequest::get_file(url.clone(), authorization);
        let reply = match app.downloads.get(request, INBOUND_BYTES_MAX).await {
            Ok(reply) => reply,
            Err(DownloadError::Refused(_)) => return Ok(Err(MediaCopy::Lost)),
            Err(DownloadError::TooLarge) => return Ok(Err(MediaCopy::TooLarge)),
            Err(DownloadError::Unreachable) => return Err(NotNow),
        };
        if reply.status == StatusCode::OK {
            return Ok(Ok(reply.body));
        }
        let location = reply.headers.get(header::LOCATION).filter(|_| reply.status.is_redirection());
        let Some(location) = location.and_then(|it| it.to_str().ok()) else { return Err(NotNow) };
        let Ok(next) = url.join(location) else { return Ok(Err(MediaCopy::Lost)) };
        url = next;
    }
    Ok(Err(MediaCopy::Lost))
}
