//! What conversations show of their contact: copies that follow the contact from the table's stream.
//!
//! A conversation holds its contact's name and whether they are blocked, so that a list of conversations needs nothing else; and
//! its timeline shows what was noted about the contact and what happened to them (D12, D33). Both follow soon, not at once.
//! A timeline shows what happened from the conversation's own beginning on; what was before is on the contact's record.
//! Copying moves no conversation within a list, makes none unread and leaves nothing in the audit log. A change that comes
//! twice, late, or after a later one copies what is there now.

use domain::{
    contact::Contact,
    id::{AccountId, ContactId, ConversationId},
    phone::PhoneNumber,
};
use storage::{
    AccountStore, Activity, PageRequest, StoreError,
    projected::{ActivityChange, ContactChange},
};

use crate::{App, Failure, contacts::change_quietly, conversations::ATTEMPTS_MAX, project::Projected};

/// So many conversations are read at once.
const PAGE: u32 = 100;
/// At most this many pages of conversations, or of gateways, are gone through for one change.
const PAGES_MAX: u32 = 20;

/// Follows a change of a contact or of their activity.
pub(crate) async fn follow(app: &App, change: &Projected) -> Result<(), Failure> {
    match change {
        Projected::Contact(change) => Box::pin(contact(app, change)).await,
        Projected::Activity(change) => Box::pin(activity(app, change)).await,
        Projected::Conversation(_) | Projected::Entry(_) => Ok(()),
    }
}

async fn contact(app: &App, change: &ContactChange) -> Result<(), Failure> {
    let account = app.store.account(change.account);
    let Some(id) = change.after.as_ref().or(change.before.as_ref()).map(|it| it.id) else { return Ok(()) };
    let seen = |it: &Contact| (it.name.clone(), it.blocked_since.is_some());
    let same = change.before.as_ref().map(seen) == change.after.as_ref().map(seen);
    let numbers = |it: &Option<Contact>| it.as_ref().map(|it| it.numbers.clone()).unwrap_or_default();
    let (had, has) = (numbers(&change.before), numbers(&change.after));
    let come: Vec<PhoneNumber> = has.into_iter().filter(|it| !had.contains(it)).collect();
    if same && come.is_empty() {
        return Ok(());
    }
    // What counts is what they are like now: an older change may come late.
    let now = account.contact(id).await?;
    if !same {
        let gone = Contact::new(id, app.now());
        for conversation in conversations_of(&account, id).await? {
            match &now {
                Some(now) => reflect(app, change.account, conversation, None, now).await?,
                // Who was removed is forgotten; who became one with another goes over to them.
                None if account.leaving(id).await?.flatten().is_none() => {
                    forget(app, change.account, conversation, &gone).await?;
                }
                None => {}
            }
        }
    }
    if let Some(now) = now {
        take_over(app, &account, &now, &come).await?;
    }
    Ok(())
}

/// The conversations that a contact's numbers have had before they were the contact's are the contact's as well.
async fn take_over(
    app: &App,
    account: &AccountStore,
    contact: &Contact,
    numbers: &[PhoneNumber],
) -> Result<(), Failure> {
    if numbers.is_empty() {
        return Ok(());
    }
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = PageRequest { limit: PAGE, cursor: cursor.as_deref() };
        let Ok(gateways) = account.gateways(page).await? else {
            return Err(Failure::Broken("a cursor of ours is invalid"));
        };
        for gateway in gateways.items {
            for number in numbers.iter().filter(|it| contact.numbers.contains(it)) {
                let id = domain::conversation::Conversation::id_for(account.id(), gateway.id, number);
                reflect(app, account.id(), id, None, contact).await?;
            }
        }
        cursor = gateways.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

/// Shows a contact as they are in a conversation of theirs. `from`: it was somebody else's, who is gone; otherwise it is theirs
/// if its number is.
pub(crate) async fn reflect(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    from: Option<ContactId>,
    contact: &Contact,
) -> Result<(), Failure> {
    change_quietly(app, account, conversation, |it| {
        let theirs = it.contact == contact.id
            || contact.numbers.contains(&it.contact_number)
            || from.is_some_and(|from| it.contact == from);
        if !theirs {
            return Vec::new();
        }
        it.contact = contact.id;
        it.contact_name.clone_from(&contact.name);
        if it.blocked != contact.blocked_since.is_some() {
            it.set_blocked(contact.blocked_since.is_some());
        }
        Vec::new()
    })
    .await
}

async fn forget(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    gone: &Contact,
) -> Result<(), Failure> {
    change_quietly(app, account, conversation, |it| {
        if it.contact == gone.id {
            it.contact_name = None;
        }
        Vec::new()
    })
    .await
}

/// A contact's conversations, as many as are followed.
async fn conversations_of(
    account: &AccountStore,
    contact: ContactId,
) -> Result<Vec<ConversationId>, StoreError> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = PageRequest { limit: PAGE, cursor: cursor.as_deref() };
        let Ok(found) = account.conversation_ids_of(contact, page).await? else { break };
        all.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(all)
}

async fn activity(app: &App, change: &ActivityChange) -> Result<(), Failure> {
    let account = app.store.account(change.account);
    let Some(id) = change.after.as_ref().or(change.before.as_ref()).map(Activity::id) else { return Ok(()) };
    // An older change may come late; and what was moved with its contact to another stays where it was copied to.
    let now = account.activity(change.contact, id).await?;
    let moved = now.is_none() && account.leaving(change.contact).await?.flatten().is_some();
    for conversation in conversations_of(&account, change.contact).await? {
        match &now {
            Some(now) => copy(&account, conversation, now).await?,
            None if moved => {}
            None => uncopy(&account, conversation, id).await?,
        }
    }
    Ok(())
}

async fn copy(account: &AccountStore, id: ConversationId, activity: &Activity) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS_MAX {
        let Some(conversation) = account.conversation(id).await? else { return Ok(()) };
        // Else it would depend on how late the stream is read, and on whether it is read again, what a conversation shows.
        if activity.at() < conversation.created_at {
            return Ok(());
        }
        // At the time of the original: whoever is told of a note by its name and time is told once.
        if account.copy_activity(&conversation, activity, activity.at()).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

async fn uncopy(account: &AccountStore, id: ConversationId, activity: uuid::Uuid) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS_MAX {
        if account.uncopy_activity(id, activity).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
