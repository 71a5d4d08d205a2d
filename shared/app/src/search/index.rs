//! Keeping the search index to what has changed.

use std::collections::BTreeSet;

use domain::{
    id::{AccountId, ContactId},
    search::{contact_terms, message_words},
};
use storage::projected::{ContactChange, EntryChange, Projected};

use crate::{App, Failure};

/// How often a contact is looked at again that changes while it is put into the index.
const LOOKS_MAX: u32 = 5;

/// Keeps the index to what has changed. The same change may come again, and changes of one contact at the same time.
pub(crate) async fn follow(app: &App, change: &Projected) -> Result<(), Failure> {
    match change {
        Projected::Contact(change) => follow_contact(app, change).await,
        Projected::Entry(change) => follow_entry(app, change).await,
        _ => Ok(()),
    }
}

/// A message never changes its text, and nothing takes it away: it is put under its words once.
async fn follow_entry(app: &App, change: &EntryChange) -> Result<(), Failure> {
    let (None, Some(entry)) = (&change.before, &change.after) else { return Ok(()) };
    let Some(message) = entry.message() else { return Ok(()) };
    let words = message_words(&message.text);
    let store = app.store.account(change.account);
    Ok(store.index_message(change.conversation, entry.sequence, entry.at, &words).await?)
}

/// Puts a contact under the terms that they have now, and takes them away from those that they had. Whoever finds them changed
/// after taking something away looks again, so that a change that is followed late undoes nothing that came after it.
async fn follow_contact(app: &App, change: &ContactChange) -> Result<(), Failure> {
    let both = change.before.iter().chain(&change.after);
    let Some(id) = both.clone().map(|contact| contact.id).next() else { return Ok(()) };
    let mentioned: BTreeSet<String> = both.flat_map(contact_terms).collect();
    // What they had before is there already, since that change was followed before this one.
    let mut there = change.before.as_ref().map(contact_terms).unwrap_or_default();
    let mut look = now(app, change.account, id).await?;
    for _ in 0..LOOKS_MAX {
        let (terms, version) = look;
        let under: BTreeSet<String> = terms.difference(&there).cloned().collect();
        let not_under: BTreeSet<String> = mentioned.difference(&terms).cloned().collect();
        app.store.account(change.account).index_contact(id, &under, &not_under).await?;
        if not_under.is_empty() {
            return Ok(());
        }
        look = now(app, change.account, id).await?;
        if look.1 == version {
            return Ok(());
        }
        there = BTreeSet::new();
    }
    // Each of those changes is followed by itself.
    Ok(())
}

/// The terms of a contact as they are now, and their version.
async fn now(
    app: &App,
    account: AccountId,
    contact: ContactId,
) -> Result<(BTreeSet<String>, Option<u64>), Failure> {
    let contact = app.store.account(account).contact(contact).await?;
    let terms = contact.as_ref().map(contact_terms).unwrap_or_default();
    Ok((terms, contact.map(|contact| contact.version)))
}
