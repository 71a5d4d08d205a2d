//! The custom fields that an account has for its contacts (B15).
//!
//! A contact has values of the account's fields only, so that a slip of a key does not make a field. Removing a field hides its
//! values at once, in all contacts; each contact's value is dropped with the next change of that contact. A field that is made
//! again with the same key before that shows them again.

use domain::{
    audit::AuditAction,
    contact::{FIELDS_MAX, FieldDefinition, FieldKey},
    name::DisplayName,
};
use serde_json::json;
use storage::{ContactFieldsRecord, StoreError};

use super::{managing, reading};
use crate::{
    App, Caller,
    administered::{Deed, Denied},
    conversations::ATTEMPTS_MAX,
};

/// Why a custom field was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum FieldsError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is a field with this key already.
    #[error("there is a custom field with this key already")]
    Taken,
    /// There are as many fields as there can be.
    #[error("an account has at most {FIELDS_MAX} custom fields")]
    TooMany,
}

impl From<StoreError> for FieldsError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

/// The account's custom fields, in the order in which they were made.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<FieldDefinition>, FieldsError> {
    let place = reading(app, caller).await?;
    Ok(place.store.contact_fields().await?.fields)
}

/// Makes a custom field.
pub async fn create(
    app: &App,
    caller: &Caller,
    key: FieldKey,
    label: DisplayName,
) -> Result<FieldDefinition, FieldsError> {
    let made = FieldDefinition { key, label, created_at: app.now() };
    let after = json!({"label": made.label});
    let deed = Deed::made(AuditAction::ContactFieldCreated, &made.key, after);
    let step = |record: &mut ContactFieldsRecord| {
        if record.has(&made.key) {
            return Err(FieldsError::Taken);
        }
        if record.fields.len() >= FIELDS_MAX {
            return Err(FieldsError::TooMany);
        }
        record.fields.push(made.clone());
        Ok(Some(()))
    };
    change(app, caller, step, |()| deed.clone()).await?;
    Ok(made.clone())
}

/// Gives a custom field another label. Its key stays.
pub async fn rename(
    app: &App,
    caller: &Caller,
    key: &FieldKey,
    label: Option<DisplayName>,
) -> Result<FieldDefinition, FieldsError> {
    let step = |record: &mut ContactFieldsRecord| {
        let field = record.fields.iter_mut().find(|it| it.key == *key).ok_or(Denied::NotFound)?;
        let before = field.label.clone();
        field.label = label.clone().unwrap_or_else(|| before.clone());
        Ok((field.label != before).then(|| (before, field.label.clone())))
    };
    let deed = |(before, after): (DisplayName, DisplayName)| {
        let (before, after) = (json!({"label": before}), json!({"label": after}));
        Deed::changed(AuditAction::ContactFieldChanged, key, before, after)
    };
    let record = change(app, caller, step, deed).await?;
    Ok(record.fields.into_iter().find(|it| it.key == *key).ok_or(Denied::NotFound)?)
}

/// Removes a custom field.
pub async fn remove(app: &App, caller: &Caller, key: &FieldKey) -> Result<(), FieldsError> {
    let step = |record: &mut ContactFieldsRecord| {
        let place = record.fields.iter().position(|it| it.key == *key).ok_or(Denied::NotFound)?;
        Ok(Some(record.fields.remove(place).label))
    };
    let deed =
        |label: DisplayName| Deed::removed(AuditAction::ContactFieldRemoved, key, json!({"label": label}));
    change(app, caller, step, deed).await.map(drop)
}

/// Reads the fields, lets `step` change them and writes them, again and again until nobody else came in between. Writes
/// nothing if `step` says that nothing changed.
async fn change<T>(
    app: &App,
    caller: &Caller,
    step: impl Fn(&mut ContactFieldsRecord) -> Result<Option<T>, FieldsError>,
    deed: impl Fn(T) -> Deed,
) -> Result<ContactFieldsRecord, FieldsError> {
    let place = managing(app, caller).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = place.store.contact_fields().await?;
        let Some(done) = step(&mut record)? else { return Ok(record) };
        if place.store.save_contact_fields(&record, &place.traces(&deed(done))).await? {
            return Ok(record);
        }
    }
    Err(StoreError::Contention.into())
}
