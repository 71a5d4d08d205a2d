//! Clearing up after contacts who are gone: removed, or one with another.
//!
//! The first steps are taken with the request, the rest every minute by `sweep`. Each step can be taken again and again, by
//! several at once.

use domain::{
    contact::Contact,
    id::{AccountId, ContactId},
};
use storage::{AccountStore, PageRequest, StoreError};

use crate::{
    App, Failure,
    conversations::{ConversationError, Who, change},
};

/// At most this many notes, and memberships, of one contact are moved or removed in one step.
const CLEARED_AT_ONCE: u32 = 50;
/// At most this many conversations go over in one step.
const CONVERSATIONS_AT_ONCE: u32 = 50;
/// At most this many steps for one contact in one sweep.
const ROUNDS_MAX: u32 = 4;
/// At most this many contacts of each shard are worked on in one sweep.
const LEAVINGS: u32 = 5;

/// Takes the first step at once. What it does not do, `sweep` does.
pub(super) async fn begin(app: &App, account: AccountId, contact: ContactId) {
    if let Err(error) = Box::pin(step(app, account, contact)).await {
        tracing::warn!(%error, "clearing up after a contact is left to the sweep");
    }
}

/// Goes on with clearing up after contacts who are gone. Called every minute.
pub async fn clear(app: &App) -> Result<u32, Failure> {
    let mut worked = 0_u32;
    for (account, contact) in app.store.due_leavings(app.now(), LEAVINGS).await? {
        for _ in 0..ROUNDS_MAX {
            if Box::pin(step(app, account, contact)).await? {
                break;
            }
        }
        worked = worked.saturating_add(1);
    }
    Ok(worked)
}

/// One step; `true`: everything is done.
async fn step(app: &App, account: AccountId, contact: ContactId) -> Result<bool, Failure> {
    let store = app.store.account(account);
    let Some(into) = store.leaving(contact).await? else { return Ok(true) };
    // The survivor may have become one with somebody else in turn, or have been removed.
    let into = survivor(&store, into).await?;
    let cleared = store.clear_leaving(contact, into.as_ref().map(|it| it.id), CLEARED_AT_ONCE).await?;
    let moved = match &into {
        Some(into) => go_over(app, account, contact, into).await?,
        None => true,
    };
    if cleared && moved {
        store.left(contact).await?;
    }
    Ok(cleared && moved)
}

/// Who has what was a contact's now.
async fn survivor(store: &AccountStore, into: Option<ContactId>) -> Result<Option<Contact>, StoreError> {
    let mut into = into;
    for _ in 0..ROUNDS_MAX {
        let Some(id) = into else { return Ok(None) };
        if let Some(contact) = store.contact(id).await? {
            return Ok(Some(contact));
        }
        into = store.leaving(id).await?.flatten();
    }
    Ok(None)
}

/// Lets the conversations of a contact who is gone be those of another; `true`: none was left.
async fn go_over(app: &App, account: AccountId, from: ContactId, into: &Contact) -> Result<bool, Failure> {
    let page = PageRequest { limit: CONVERSATIONS_AT_ONCE, cursor: None };
    let Ok(found) = app.store.account(account).conversation_ids_of(from, page).await? else {
        return Err(Failure::Broken("no cursor is invalid"));
    };
    let none = found.items.is_empty();
    for id in found.items {
        crate::contact_copies::reflect(app, account, id, Some(from), into).await?;
    }
    Ok(none)
}

/// Changes a conversation as the product itself, as far as it is there.
pub(crate) async fn change_quietly(
    app: &App,
    account: AccountId,
    id: domain::id::ConversationId,
    step: impl Fn(&mut domain::conversation::Conversation) -> Vec<domain::timeline::ConversationEvent>,
) -> Result<(), Failure> {
    match change(app, account, id, Who::SYSTEM, |it| Ok(step(it))).await {
        Ok(_) | Err(ConversationError::NotFound) => Ok(()),
        Err(ConversationError::Failure(failure)) => Err(failure),
        Err(_) => Err(Failure::Broken("what cannot be refused was refused")),
    }
}
