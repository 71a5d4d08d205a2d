//! Scheduling a message, and what one can do with it until its time.
//!
//! Everything is decided here that can be said to whoever schedules: what the message says and costs, where it goes, whether
//! it may be sent at all. It is all asked again when its time comes (see [`super::due`]). Nothing is held for it meanwhile.
//! Whoever may see its conversation may see it (I10); of one that has not begun, whoever would begin it.

use std::collections::BTreeSet;

use domain::{
    access::Permission,
    audit::AuditAction,
    conversation::Conversation,
    id::{AccountId, ConversationId, MessageId, UserId},
    message::Message,
    quiet_hours::Heed,
    scheduled::{Edit, Scheduled, Standing, send_time},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{AccountStore, KnownMessage, Page, PageRequest, StoreError};

use super::{
    Accepted, Order, Request, SendError, Sender, as_accepted,
    content::Finished,
    identity::{fingerprint, message_id},
    quiet, target,
};
use crate::{
    App, Caller, audit::NOTHING, caller::Forbidden, conversations::ATTEMPTS_MAX, deliver::unwilling_error,
};

/// When a message is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// When.
    pub send_at: Timestamp,
    /// Whether it is not sent if the customer writes before.
    pub stop_if_answered: bool,
}

/// Schedules a message, or finds that it was scheduled before (I12).
pub async fn schedule(
    app: &App,
    caller: &Caller,
    request: &Request,
    later: Later,
) -> Result<Accepted, SendError> {
    caller.require(Permission::MessagesManage)?;
    quiet::may_override(caller, request)?;
    let kind = format!("scheduled {} {}", later.send_at, later.stop_if_answered);
    let order = Order {
        id: message_id(app, caller, request.key.as_deref()),
        fingerprint: fingerprint(caller, request, kind.as_bytes()),
        to: &request.to,
        content: &request.content,
        seen: request.seen,
        is_test: false,
        due: None,
        overrides_quiet_hours: request.overrides_quiet_hours,
    };
    let heed = if request.overrides_quiet_hours { Heed::Override } else { Heed::Keep };
    put_off(app, caller, &order, later, heed).await
}

/// Keeps an order for its time, or finds that it was kept before.
pub(super) async fn put_off(
    app: &App,
    caller: &Caller,
    order: &Order<'_>,
    later: Later,
    quiet_hours: Heed,
) -> Result<Accepted, SendError> {
    let sender = Sender::of(caller);
    sender.may_send(order.content.is_composed())?;
    let (id, fingerprint) = (order.id, order.fingerprint.clone());
    let account = app.store.account(caller.account);
    if let Some(known) = account.known_message(id).await? {
        return repeated(&account, known, &fingerprint).await;
    }
    // Quiet hours may be over in a moment; what people choose is further ahead.
    let send_at = match quiet_hours {
        Heed::Deferred => later.send_at,
        Heed::Keep | Heed::Override => send_time(later.send_at, app.now())?,
    };
    let later = Later { send_at, ..later };
    let prepared = prepare(app, caller, &sender, order, later).await?;
    let new = Scheduled { id, fingerprint, quiet_hours, ..prepared };
    let after = told(&new);
    let entry = caller.audit(app, AuditAction::MessageScheduled, id, &NOTHING, &after);
    match account.schedule(&new, &entry.into()).await? {
        None => Ok(accepted(&new)),
        Some(known) => repeated(&account, known, &new.fingerprint).await,
    }
}

/// The answer to an order whose id is known already: the same order was put off, or the id was used for another.
pub(super) async fn repeated_by(
    app: &App,
    account: AccountId,
    order: &Order<'_>,
) -> Result<Accepted, SendError> {
    let account = app.store.account(account);
    let known = account.known_message(order.id).await?.ok_or(SendError::KeyReused)?;
    repeated(&account, known, &order.fingerprint).await
}

/// The message as it will be sent, if nothing changes.
async fn prepare(
    app: &App,
    caller: &Caller,
    sender: &Sender,
    order: &Order<'_>,
    later: Later,
) -> Result<Scheduled, SendError> {
    let account = app.store.account(caller.account);
    let now = app.now();
    let content = order.content.prepare(&account, &sender.scopes).await?;
    let is_composed = content.is_composed();
    sender.may_send(is_composed)?;
    let target = target(app, sender, &account, order.to).await?;
    let newest = target.conversation.as_ref().and_then(|it| it.last_message);
    if order.seen.is_some_and(|seen| seen != newest) {
        return Err(SendError::MovedOn { newest });
    }
    if let Some(refused) = unwilling_error(account.number(&target.number).await?) {
        return Err(refused);
    }
    let (conversation, new_contact) = target.conversation(app, &account, now).await?;
    let known = content.known(&account, sender, Some((&conversation, new_contact.as_ref()))).await?;
    let Finished { text, media, template, .. } = content.finish(&known)?;
    let mut new = Scheduled {
        id: MessageId::from_uuid(uuid::Uuid::nil()),
        conversation: conversation.id,
        gateway: target.gateway,
        to: target.number,
        text,
        media,
        template,
        is_composed,
        author: sender.actor,
        sender: caller.starter(),
        send_at: later.send_at,
        quiet_hours: Heed::Keep,
        stop_if_answered: later.stop_if_answered,
        watched_from: None,
        standing: Standing::Waiting,
        fingerprint: String::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    new.watch(target.conversation.as_ref());
    Ok(new)
}

/// What the audit log shows of it: no text and no number.
fn told(it: &Scheduled) -> Value {
    json!({
        "conversation_id": it.conversation, "send_at": it.send_at, "stop_if_answered": it.stop_if_answered,
        "quiet_hours": it.quiet_hours,
        "segments": it.segmentation().segments, "credits": it.price(),
    })
}

fn accepted(it: &Scheduled) -> Accepted {
    let segmentation = it.segmentation();
    Accepted {
        message: it.id,
        conversation: it.conversation,
        encoding: segmentation.encoding,
        segments: segmentation.segments,
        credits: it.price(),
        at: it.created_at,
        send_at: Some(it.send_at),
        is_deferred: it.is_deferred(),
    }
}

/// The answer to a request that was carried out before.
async fn repeated(
    account: &AccountStore,
    known: KnownMessage,
    fingerprint: &str,
) -> Result<Accepted, SendError> {
    match known {
        KnownMessage::Scheduled(it) if it.fingerprint == fingerprint => Ok(accepted(&it)),
        KnownMessage::Accepted(record) if record.fingerprint == fingerprint => {
            as_accepted(account, &record).await
        }
        KnownMessage::Scheduled(_) | KnownMessage::Accepted(_) => Err(SendError::KeyReused),
    }
}

/// Who counts as assigned: in a conversation that has not begun, whoever would begin it (C16, X09).
fn assignees(it: &Scheduled, conversation: Option<&Conversation>) -> BTreeSet<UserId> {
    conversation.map_or_else(|| BTreeSet::from([it.sender.user]), |it| it.assignees.clone())
}

/// A scheduled message as a message, if the caller may see it.
pub(super) async fn shown(
    caller: &Caller,
    account: &AccountStore,
    it: &Scheduled,
) -> Result<Message, SendError> {
    let conversation = account.conversation(it.conversation).await?;
    if !caller.viewer().may_read(&assignees(it, conversation.as_ref())) {
        return Err(SendError::NotFound);
    }
    Ok(it.as_message(conversation.as_ref()))
}

/// A page of the messages that wait for their time, soonest first: all whose conversation stands in the caller's inbox, or
/// those of one conversation. A page may show fewer than were asked for.
pub async fn list(
    app: &App,
    caller: &Caller,
    conversation: Option<ConversationId>,
    page: PageRequest<'_>,
) -> Result<Page<Message>, SendError> {
    caller.require(Permission::MessagesManage)?;
    let viewer = caller.viewer();
    if viewer.widest_audience().is_none() {
        return Err(Forbidden::Permission(Permission::MessagesManage).into());
    }
    let account = app.store.account(caller.account);
    if let Some(id) = conversation {
        let found = account.conversation(id).await?.ok_or(SendError::NotFound)?;
        if !viewer.may_read(&found.assignees) {
            return Err(SendError::NotFound);
        }
        let found_page = account.scheduled_messages(conversation, page).await??;
        return Ok(waiting(found_page, |_| Some(&found)));
    }
    let mut found = account.scheduled_messages(None, page).await??;
    let ids = found.items.iter().map(|it| it.conversation).collect();
    let conversations = account.conversations_by_id(&ids).await?;
    let of = |it: &Scheduled| conversations.iter().find(|conversation| conversation.id == it.conversation);
    found.items.retain(|it| viewer.may_see(&assignees(it, of(it))));
    Ok(waiting(found, of))
}

/// Those of a page that still wait.
fn waiting<'a>(page: Page<Scheduled>, of: impl Fn(&Scheduled) -> Option<&'a Conversation>) -> Page<Message> {
    let still = |it: &Scheduled| it.standing(of(it)) == Standing::Waiting;
    let items = page.items.iter().filter(|it| still(it)).map(|it| it.as_message(of(it))).collect();
    Page { items, next_cursor: page.next_cursor }
}

/// A scheduled message that the caller may change, with its conversation.
async fn own(
    caller: &Caller,
    account: &AccountStore,
    id: MessageId,
) -> Result<(Scheduled, Option<Conversation>), SendError> {
    match account.known_message(id).await?.ok_or(SendError::NotFound)? {
        KnownMessage::Scheduled(it) => {
            let conversation = account.conversation(it.conversation).await?;
            if !caller.viewer().may_write(&assignees(&it, conversation.as_ref())) {
                return Err(SendError::NotFound);
            }
            Ok((*it, conversation))
        }
        KnownMessage::Accepted(record) => {
            let conversation = account.conversation(record.conversation).await?;
            let seen = conversation.is_some_and(|it| caller.viewer().may_write(&it.assignees));
            Err(if seen { SendError::NotScheduled } else { SendError::NotFound })
        }
    }
}

/// Changes a scheduled message. From then on it is the caller's: it is sent in their name, if they may send it then.
pub async fn edit(app: &App, caller: &Caller, id: MessageId, edit: Edit) -> Result<Message, SendError> {
    caller.require(Permission::MessagesManage)?;
    let (sender, account, now) = (Sender::of(caller), app.store.account(caller.account), app.now());
    let send_at = edit.send_at.map(|wanted| send_time(wanted, now)).transpose()?;
    let edit = Edit { send_at, ..edit };
    for _ in 0..ATTEMPTS_MAX {
        let (before, conversation) = own(caller, &account, id).await?;
        if before.standing(conversation.as_ref()) != Standing::Waiting {
            return Err(SendError::NotScheduled);
        }
        let mut after = before.clone();
        after.edit(edit.clone(), conversation.as_ref(), now);
        sender.may_send(after.is_composed)?;
        (after.author, after.sender) = (sender.actor, caller.starter());
        let (was, is) = (told(&before), told(&after));
        let entry = caller.audit(app, AuditAction::MessageChanged, id, &was, &is);
        if account.save_scheduled(&after, &entry.into()).await? {
            return Ok(after.as_message(conversation.as_ref()));
        }
    }
    Err(StoreError::Contention.into())
}

/// Takes a scheduled message back. Doing it again changes nothing.
pub async fn cancel(app: &App, caller: &Caller, id: MessageId) -> Result<Message, SendError> {
    caller.require(Permission::MessagesManage)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let (mut it, conversation) = own(caller, &account, id).await?;
        if it.standing(conversation.as_ref()) != Standing::Waiting {
            return Ok(it.as_message(conversation.as_ref()));
        }
        let was = told(&it);
        it.end(Standing::Cancelled, app.now());
        let entry = caller.audit(app, AuditAction::MessageCancelled, id, &was, &NOTHING);
        if account.save_scheduled(&it, &entry.into()).await? {
            return Ok(it.as_message(conversation.as_ref()));
        }
    }
    Err(StoreError::Contention.into())
}
