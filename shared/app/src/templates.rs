//! Message templates: making, changing and removing them, at home and for sub accounts (A07).
//!
//! How a message is made from one is a matter of [`crate::send`].

use domain::{
    access::Permission,
    audit::AuditAction,
    id::TemplateId,
    managed::ManagedBy,
    name::DisplayName,
    template::{Template, TemplateText},
};
use serde_json::{Value, json};
use storage::{Page, PageRequest, StoreError, TemplateRecord};

use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied, Place, Whose, place},
    conversations::ATTEMPTS_MAX,
};

/// Why a template was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A keyword is answered with it.
    #[error("a keyword is answered with this template")]
    InUse,
}

impl From<StoreError> for TemplateError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

/// What to change of a template; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct TemplateChange {
    /// Its name.
    pub name: Option<DisplayName>,
    /// Its text.
    pub text: Option<TemplateText>,
}

/// What the audit log shows of a template.
fn shown(template: &Template) -> Value {
    json!({"name": template.name, "text": template.text, "managed_by": template.managed_by})
}

/// A page of templates: at home all of the account's, in a sub account those that the master has made for it.
pub async fn list(
    app: &App,
    caller: &Caller,
    whose: Whose,
    page: PageRequest<'_>,
) -> Result<Page<Template>, TemplateError> {
    let place = place(app, caller, whose, Permission::TemplatesRead).await?;
    let mut found = place.store.templates(page).await?.map_err(Denied::from)?;
    found.items.retain(|it| concerns(&place, it));
    Ok(found)
}

/// A master has no business with the templates that a sub account has made itself.
fn concerns(place: &Place<'_>, template: &Template) -> bool {
    place.managed_by == ManagedBy::Account || template.managed_by == ManagedBy::Master
}

/// A template of the caller's account.
pub async fn get(app: &App, caller: &Caller, id: TemplateId) -> Result<Template, TemplateError> {
    let place = place(app, caller, Whose::Own, Permission::TemplatesRead).await?;
    Ok(read(&place, id).await?.template)
}

async fn read(place: &Place<'_>, id: TemplateId) -> Result<TemplateRecord, TemplateError> {
    let found = place.store.template(id).await?;
    Ok(found.filter(|it| concerns(place, &it.template)).ok_or(Denied::NotFound)?)
}

/// Makes a template.
pub async fn create(
    app: &App,
    caller: &Caller,
    whose: Whose,
    name: DisplayName,
    text: TemplateText,
) -> Result<Template, TemplateError> {
    let place = place(app, caller, whose, Permission::TemplatesManage).await?;
    let template =
        Template { id: app.new_id(), name, text, managed_by: place.managed_by, created_at: app.now() };
    let deed = Deed::made(AuditAction::TemplateCreated, &template.id, shown(&template));
    let record = TemplateRecord { template: template.clone(), version: 0 };
    if place.store.save_template(&record, &place.traces(&deed)).await? {
        Ok(template)
    } else {
        Err(Denied::from(Failure::Broken("a new id was not new")).into())
    }
}

/// Changes a template. Messages that were made from it stay as they are.
pub async fn change(
    app: &App,
    caller: &Caller,
    whose: Whose,
    id: TemplateId,
    wanted: TemplateChange,
) -> Result<Template, TemplateError> {
    let place = place(app, caller, whose, Permission::TemplatesManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = read(&place, id).await?;
        place.may_change(record.template.managed_by)?;
        let before = record.template.clone();
        let template = &mut record.template;
        template.name = wanted.name.clone().unwrap_or_else(|| template.name.clone());
        template.text = wanted.text.clone().unwrap_or_else(|| template.text.clone());
        if *template == before {
            return Ok(before);
        }
        let deed = Deed::changed(AuditAction::TemplateChanged, &id, shown(&before), shown(template));
        if place.store.save_template(&record, &place.traces(&deed)).await? {
            return Ok(record.template);
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a template that no keyword is answered with.
pub async fn remove(app: &App, caller: &Caller, whose: Whose, id: TemplateId) -> Result<(), TemplateError> {
    let place = place(app, caller, whose, Permission::TemplatesManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = read(&place, id).await?;
        place.may_change(record.template.managed_by)?;
        if place.store.all_keywords().await?.iter().any(|keyword| keyword.answer == Some(id)) {
            return Err(TemplateError::InUse);
        }
        let deed = Deed::removed(AuditAction::TemplateRemoved, &id, shown(&record.template));
        if place.store.remove_template(&record, &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
