//! From what a row says to a contact.

use std::collections::BTreeSet;

use domain::{
    audit::AuditAction,
    contact::{Contact, Imported, distinct},
    happening::HappeningKind,
    id::{ContactId, ContactListId, JobId},
    job::Outcome,
};
use serde_json::json;
use storage::{ContactSave, ContactSaved, ListAddition, StoreError, Traces};

use super::{
    Duplicates, Import, Reason, RowResult,
    rows::{Known, Row, Wrong},
};
use crate::{
    Failure,
    audit::NOTHING,
    contacts::{happening, logged, on_stop_list},
    conversations::ATTEMPTS_MAX,
    jobs::Worker,
};

/// Who a row is about.
enum Found {
    Nobody,
    One(Box<Contact>),
    Several,
}

/// Does what a row says.
pub(super) async fn work_on_row(
    worker: &Worker<'_>,
    job: JobId,
    import: &Import,
    _known: &Known,
    row: u64,
    read: Result<Row, Wrong>,
) -> Result<RowResult, Failure> {
    let result = |outcome, contact, wrong: Option<Wrong>| {
        let (reason, field) = wrong.map_or((None, None), |it| (Some(it.reason), it.field));
        RowResult { row, outcome, contact, reason, field }
    };
    let said = match read {
        Ok(said) => said,
        Err(wrong) => return Ok(result(Outcome::Failed, None, Some(wrong))),
    };
    let at = Imported { job, row };
    for _ in 0..ATTEMPTS_MAX {
        let done = match find(worker, &said).await? {
            Found::Several => return Ok(result(Outcome::Failed, None, Some(Reason::SeveralContacts.into()))),
            // This very row has made them: it was worked on before.
            Found::One(contact) if contact.id == made_by(worker, at) => {
                Saved::Done(Outcome::Created, contact.id)
            }
            Found::One(contact) => update(worker, import.duplicates, &said, at, &contact).await?,
            Found::Nobody => create(worker, import.duplicates, &said, at).await?,
        };
        let (outcome, contact) = match done {
            Saved::Again => continue,
            Saved::Not(reason, contact) => {
                let outcome = if reason == Reason::Duplicate { Outcome::Skipped } else { Outcome::Failed };
                return Ok(result(outcome, contact, Some(reason.into())));
            }
            Saved::Done(outcome, contact) => (outcome, contact),
        };
        let replace = outcome == Outcome::Updated && import.duplicates.replace_lists;
        let lists_gone = put_on_lists(worker, contact, &said.lists, replace).await?;
        return Ok(result(outcome, Some(contact), lists_gone.then(|| Reason::NoSuchList.into())));
    }
    Err(StoreError::Contention.into())
}

/// The id of the contact that a row makes: the same however often it does.
fn made_by(worker: &Worker<'_>, at: Imported) -> ContactId {
    let account = worker.store.id();
    ContactId::derive(&[account.uuid().as_bytes(), at.job.uuid().as_bytes(), &at.row.to_be_bytes()])
}

async fn find(worker: &Worker<'_>, said: &Row) -> Result<Found, StoreError> {
    let mut ids = BTreeSet::new();
    for number in &said.numbers {
        let known = worker.store.number(number).await?.filter(|known| !known.released);
        ids.extend(known.map(|known| known.contact));
    }
    for email in &said.emails {
        ids.extend(worker.store.email_of(email).await?);
    }
    let mut ids = ids.into_iter();
    match (ids.next(), ids.next()) {
        (None, _) => Ok(Found::Nobody),
        (Some(_), Some(_)) => Ok(Found::Several),
        (Some(id), None) => {
            let contact = worker.store.contact(id).await?;
            Ok(contact.map_or(Found::Nobody, |contact| Found::One(Box::new(contact))))
        }
    }
}

/// What became of a contact that was to be written.
enum Saved {
    Done(Outcome, ContactId),
    Not(Reason, Option<ContactId>),
    /// Somebody else came in between.
    Again,
}

async fn create(
    worker: &Worker<'_>,
    duplicates: Duplicates,
    said: &Row,
    at: Imported,
) -> Result<Saved, Failure> {
    let after = Contact {
        name: said.name.clone(),
        numbers: said.numbers.clone(),
        emails: said.emails.clone(),
        fields: said.fields.clone(),
        owner: said.owner,
        imported: Some(at),
        blocked_since: on_stop_list(worker.store, &said.numbers).await?,
        ..Contact::new(made_by(worker, at), worker.app.now())
    };
    save(worker, duplicates, None, after).await
}

async fn update(
    worker: &Worker<'_>,
    duplicates: Duplicates,
    said: &Row,
    at: Imported,
    before: &Contact,
) -> Result<Saved, Failure> {
    let Duplicates { replace, replace_lists, preserve, .. } = duplicates;
    if !(replace || replace_lists || preserve) {
        return Ok(Saved::Not(Reason::Duplicate, Some(before.id)));
    }
    let mut after = before.clone();
    if replace || preserve {
        brought_up_to_date(&mut after, said, replace);
    }
    if after == *before {
        return Ok(Saved::Done(Outcome::Updated, before.id));
    }
    let new: Vec<_> = after.numbers.iter().filter(|it| !before.numbers.contains(it)).cloned().collect();
    let listed = on_stop_list(worker.store, &new).await?;
    after.blocked_since = after.blocked_since.or(listed);
    after.imported = Some(at);
    after.updated_at = worker.app.now();
    save(worker, duplicates, Some(before), after).await
}

/// What the row says, over or under what is known. Numbers and addresses are never lost: those of the row come first where
/// they replace.
fn brought_up_to_date(contact: &mut Contact, said: &Row, replace: bool) {
    if replace {
        contact.name = said.name.clone().or_else(|| contact.name.clone());
        contact.owner = said.owner.or(contact.owner);
        contact.numbers = distinct(said.numbers.iter().chain(&contact.numbers));
        contact.emails = distinct(said.emails.iter().chain(&contact.emails));
        contact.fields.extend(said.fields.clone());
        return;
    }
    contact.name = contact.name.clone().or_else(|| said.name.clone());
    contact.owner = contact.owner.or(said.owner);
    contact.numbers = distinct(contact.numbers.iter().chain(&said.numbers));
    contact.emails = distinct(contact.emails.iter().chain(&said.emails));
    for (key, text) in &said.fields {
        contact.fields.entry(key.clone()).or_insert_with(|| text.clone());
    }
}

async fn save(
    worker: &Worker<'_>,
    duplicates: Duplicates,
    before: Option<&Contact>,
    after: Contact,
) -> Result<Saved, Failure> {
    if after.fits().is_err() {
        return Ok(Saved::Not(Reason::TooMuch, before.map(|it| it.id)));
    }
    let Worker { app, caller, store } = *worker;
    let (action, outcome, kind) = match before {
        None => (AuditAction::ContactCreated, Outcome::Created, HappeningKind::contact_created()),
        Some(_) => (AuditAction::ContactChanged, Outcome::Updated, HappeningKind::contact_updated()),
    };
    let entry = caller.audit(app, action, after.id, &before.map(logged), &logged(&after));
    let traces = [(store.id(), Traces::from(entry))];
    let activity =
        if duplicates.skip_automations { Vec::new() } else { happening(app, kind, caller.timeline_actor()) };
    let save = ContactSave { before, after, absorbed: None, activity, traces: &traces };
    Ok(match store.save_contact(save).await? {
        ContactSaved::Done(contact) => Saved::Done(outcome, contact.id),
        // Whose it is shows when it is looked up again.
        ContactSaved::Changed | ContactSaved::NumberTaken(..) | ContactSaved::EmailTaken(..) => Saved::Again,
    })
}

/// Puts a contact on lists, and takes them off all others if these are to be all; `true`: a list is not there any more.
async fn put_on_lists(
    worker: &Worker<'_>,
    contact: ContactId,
    lists: &[ContactListId],
    replace: bool,
) -> Result<bool, Failure> {
    let Worker { app, caller, store } = *worker;
    let traces = |list: ContactListId, change| {
        Traces::from(caller.audit(app, AuditAction::ContactListChanged, list, &NOTHING, &change))
    };
    if replace {
        for list in store.lists_of(contact).await?.into_iter().filter(|list| !lists.contains(list)) {
            let removed = json!({"contact_removed": contact});
            store.remove_member(list, contact, &traces(list, removed)).await?;
        }
    }
    let mut gone = false;
    for list in lists.iter().copied() {
        let added = traces(list, json!({"contact_added": contact}));
        let addition = store.add_member(list, contact, app.now(), &added).await?;
        gone |= addition == ListAddition::NoSuchList;
    }
    Ok(gone)
}
