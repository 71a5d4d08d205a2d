//! Two contacts become one.
//!
//! Numbers, addresses, fields and the stop list go over in one transaction, in which the other contact ceases to be: from
//! then on everything finds the survivor. Notes, happenings, memberships and the conversations' references follow in bounded
//! steps (see [`super::leaving`]).

use domain::{audit::AuditAction, contact::Contact, happening::HappeningKind, id::ContactId};
use serde_json::json;
use storage::{ContactSave, ContactSaved, StoreError};

use super::{ContactError, happening, leaving, logged, managing, read, shown};
use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied},
    conversations::ATTEMPTS_MAX,
};

/// Why two contacts did not become one.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// One of them cannot be shown or changed, or together they have too much.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// There is no such other contact.
    #[error("there is no such other contact")]
    NoSuchOther,
    /// They are the same already.
    #[error("a contact cannot be merged with itself")]
    Same,
}

impl From<StoreError> for MergeError {
    fn from(error: StoreError) -> Self {
        Self::Contact(error.into())
    }
}

/// Makes `other` one with `survivor`, who keeps what both have. Doing it again changes nothing.
pub async fn merge(
    app: &App,
    caller: &Caller,
    survivor: ContactId,
    other: ContactId,
) -> Result<Contact, MergeError> {
    let place = managing(app, caller).await.map_err(ContactError::from)?;
    if survivor == other {
        return Err(MergeError::Same);
    }
    let defined = place.store.contact_fields().await?;
    for _ in 0..ATTEMPTS_MAX {
        let before = read(&place.store, survivor).await?;
        let Some(absorbed) = place.store.contact(other).await? else {
            // The answer to the first request may have got lost.
            return match place.store.leaving(other).await? {
                Some(Some(into)) if into == survivor => Ok(shown(before, &defined)),
                _ => Err(MergeError::NoSuchOther),
            };
        };
        let mut after = shown(before.clone(), &defined);
        after.absorb(&shown(absorbed.clone(), &defined)).map_err(ContactError::from)?;
        after.updated_at = app.now();
        let mut told = logged(&after);
        if let Some(told) = told.as_object_mut() {
            told.insert("merged_contact_id".into(), json!(other));
        }
        let deed = Deed::changed(AuditAction::ContactMerged, &survivor, logged(&before), told);
        let activity = happening(app, HappeningKind::contact_updated(), caller.timeline_actor());
        let traces = place.traces(&deed);
        let save = ContactSave {
            before: Some(&before),
            after,
            absorbed: Some(&absorbed),
            activity,
            traces: &traces,
        };
        match place.store.save_contact(save).await? {
            ContactSaved::Done(contact) => {
                leaving::begin(app, caller.account, other).await;
                return Ok(*contact);
            }
            ContactSaved::Changed => {}
            ContactSaved::NumberTaken(..) | ContactSaved::EmailTaken(..) => {
                let broken = Failure::Broken("a number that was a contact's is another's");
                return Err(ContactError::from(Denied::from(broken)).into());
            }
        }
    }
    Err(StoreError::Contention.into())
}
