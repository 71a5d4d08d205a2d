//! What is noted about a contact (D33 to D35), and what happens to them elsewhere (D12).
//!
//! Both go into the contact's activity and, from the table's stream, into the timelines of their conversations. Nothing of it
//! ever leaves the product (D34). A note is changed and removed by who wrote it.

use std::collections::BTreeSet;

use domain::{
    audit::AuditAction,
    happening::{Happening, HappeningKind, HappeningTitle},
    id::{ContactId, NoteId, UserId},
    note::{MENTIONS_MAX, Note, NoteText},
    timeline::Actor,
};
use jiff::Timestamp;
use serde_json::json;
use storage::{AccountStore, Activity, ActivityContent, ActivitySaved, Before, StoreError, Traces};

use super::{managing, read, reading};
use crate::{App, Caller, Failure, administered::Denied, audit::NOTHING, contacts::ContactError};

/// Why a note or happening was not written.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Somebody else wrote it.
    #[error("somebody else wrote this note")]
    NotYours,
    /// A colleague it names does not exist, or it names too many.
    #[error("a note names at most {MENTIONS_MAX} colleagues, who exist")]
    Mentions,
    /// It has not happened yet.
    #[error("it has not happened yet")]
    InTheFuture,
}

impl From<StoreError> for NoteError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

impl From<ContactError> for NoteError {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::Denied(denied) => Self::Denied(denied),
            _ => Self::Denied(Denied::Failure(Failure::Broken("a contact could not be read"))),
        }
    }
}

/// A note of a contact, with when it was written and rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactNote {
    /// The note.
    pub note: Note,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last rewritten, if ever.
    pub edited_at: Option<Timestamp>,
}

impl ContactNote {
    fn of(activity: Activity) -> Option<Self> {
        let (created_at, edited_at) = (activity.at(), activity.edited_at);
        match activity.content {
            ActivityContent::Note(note) => Some(Self { note, created_at, edited_at }),
            ActivityContent::Happening(_) => None,
        }
    }
}

/// Whether everybody a note names is a member of staff.
async fn require_mentions(store: &AccountStore, mentions: &BTreeSet<UserId>) -> Result<(), NoteError> {
    if mentions.len() > MENTIONS_MAX {
        return Err(NoteError::Mentions);
    }
    for user in mentions {
        let found = store.user(*user).await?.map(|record| record.user);
        if !found.is_some_and(|user| user.is_staff()) {
            return Err(NoteError::Mentions);
        }
    }
    Ok(())
}

/// Notes something about a contact.
pub async fn add(
    app: &App,
    caller: &Caller,
    contact: ContactId,
    text: NoteText,
    mentions: BTreeSet<UserId>,
) -> Result<ContactNote, NoteError> {
    let place = managing(app, caller).await?;
    read(&place.store, contact).await?;
    require_mentions(&place.store, &mentions).await?;
    let note = Note { id: app.new_id(), text, author: caller.timeline_actor(), mentions };
    let after = json!({"note_id": note.id, "mentions": note.mentions});
    let entry = caller.audit(app, AuditAction::NoteAdded, contact, &NOTHING, &after);
    let activity = Activity::note(note);
    written(place.store.save_activity(contact, &activity, &entry.into()).await?)?;
    ContactNote::of(activity).ok_or_else(|| Denied::from(Failure::Broken("a note is none")).into())
}

/// The newest notes about a contact before one of them.
pub async fn list(
    app: &App,
    caller: &Caller,
    contact: ContactId,
    before: Option<NoteId>,
    limit: u32,
) -> Result<(Vec<ContactNote>, Option<NoteId>), NoteError> {
    let place = reading(app, caller).await?;
    read(&place.store, contact).await?;
    let kinds = [domain::timeline::EntryKind::Note];
    let before = before.map(|id| id.uuid());
    let found = place.store.activity_before(contact, before, &kinds, limit).await?;
    let Before { mut picked, mut seen, mut more } = found;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if picked.len() > limit {
        picked.truncate(limit);
        (seen, more) = (picked.last().map(|(place, _)| *place), true);
    }
    let next = seen.filter(|_| more).map(NoteId::from_uuid);
    Ok((picked.into_iter().filter_map(|(_, it)| ContactNote::of(it)).collect(), next))
}

/// Rewrites a note of the caller's own.
pub async fn rewrite(
    app: &App,
    caller: &Caller,
    contact: ContactId,
    id: NoteId,
    text: NoteText,
) -> Result<ContactNote, NoteError> {
    let place = managing(app, caller).await?;
    for _ in 0..super::ATTEMPTS_MAX {
        let (mut activity, mut note) = own(&place.store, caller.timeline_actor(), contact, id).await?;
        if note.text != text {
            note.text = text.clone();
            activity.content = ActivityContent::Note(note);
            activity.edited_at = Some(app.now());
            let entry =
                caller.audit(app, AuditAction::NoteChanged, contact, &NOTHING, &json!({"note_id": id}));
            let saved = place.store.save_activity(contact, &activity, &entry.into()).await?;
            if saved == ActivitySaved::Changed {
                continue;
            }
            written(saved)?;
        }
        return ContactNote::of(activity).ok_or(NoteError::Denied(Denied::NotFound));
    }
    Err(StoreError::Contention.into())
}

/// Removes a note of the caller's own.
pub async fn remove(app: &App, caller: &Caller, contact: ContactId, id: NoteId) -> Result<(), NoteError> {
    let place = managing(app, caller).await?;
    for _ in 0..super::ATTEMPTS_MAX {
        let (activity, _) = own(&place.store, caller.timeline_actor(), contact, id).await?;
        let entry = caller.audit(app, AuditAction::NoteRemoved, contact, &json!({"note_id": id}), &NOTHING);
        let saved = place.store.remove_activity(contact, &activity, &Traces::from(entry)).await?;
        if saved == ActivitySaved::Done {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

async fn own(
    store: &AccountStore,
    actor: Actor,
    contact: ContactId,
    id: NoteId,
) -> Result<(Activity, Note), NoteError> {
    read(store, contact).await?;
    let activity = store.activity(contact, id.uuid()).await?.ok_or(Denied::NotFound)?;
    let ActivityContent::Note(note) = activity.content.clone() else {
        return Err(Denied::NotFound.into());
    };
    if note.author == actor { Ok((activity, note)) } else { Err(NoteError::NotYours) }
}

/// Tells of something that happened to a contact elsewhere (D12).
pub async fn tell(
    app: &App,
    caller: &Caller,
    contact: ContactId,
    kind: HappeningKind,
    title: Option<HappeningTitle>,
    occurred_at: Option<Timestamp>,
) -> Result<(Happening, Timestamp), NoteError> {
    let place = managing(app, caller).await?;
    read(&place.store, contact).await?;
    if occurred_at.is_some_and(|at| at > app.now()) {
        return Err(NoteError::InTheFuture);
    }
    let it = Happening { id: app.new_id(), kind, title, occurred_at, actor: caller.timeline_actor() };
    let after = json!({"event_id": it.id, "kind": it.kind});
    let entry = caller.audit(app, AuditAction::ContactEventTold, contact, &NOTHING, &after);
    let activity = Activity::happening(it.clone());
    written(place.store.save_activity(contact, &activity, &entry.into()).await?)?;
    Ok((it, activity.at()))
}

fn written(saved: ActivitySaved) -> Result<(), NoteError> {
    match saved {
        ActivitySaved::Done => Ok(()),
        ActivitySaved::NoSuchContact => Err(Denied::NotFound.into()),
        ActivitySaved::Changed => Err(Denied::from(Failure::Broken("a new id was not new")).into()),
    }
}
