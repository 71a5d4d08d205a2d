//! Message templates: making, changing and removing them, at home and for sub accounts (A07).
//!
//! Most are everybody's; some are a team's, and whoever may compose has templates of their own. How a message is made from one is a matter of [`crate::send`].

use domain::{
    access::Permission,
    audit::AuditAction,
    id::TemplateId,
    managed::ManagedBy,
    name::DisplayName,
    scope::{IN_SCOPE_MAX, Scope},
    template::{Template, TemplateText},
};
use std::collections::BTreeSet;

use serde_json::{Value, json};
use storage::{Page, PageRequest, StoreError, TemplateRecord};

use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied, Place, Whose, place},
    conversations::ATTEMPTS_MAX,
    scopes::{Reach, ScopeError, may_change, scope_for, scopes_of},
};

/// Why a template was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A keyword is answered with it.
    #[error("a keyword is answered with this template, or an automation sends it")]
    InUse,
    /// There is no such team.
    #[error("there is no such team")]
    NoSuchTeam,
    /// The team or the person has as many as they can have.
    #[error("a team, and everybody for themselves, has at most {IN_SCOPE_MAX} templates")]
    TooMany,
}

/// What a person has for themselves they have composed.
const OWN: Permission = Permission::MessagesCompose;
/// What everybody and teams have.
const MANAGE: Permission = Permission::TemplatesManage;

impl From<StoreError> for TemplateError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

impl From<ScopeError> for TemplateError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Forbidden(forbidden) => Self::Denied(forbidden.into()),
            ScopeError::NoSuchTeam => Self::NoSuchTeam,
        }
    }
}

/// A template to make.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// Its name.
    pub name: DisplayName,
    /// Its text.
    pub text: TemplateText,
    /// Who has it at hand. In a sub account, everybody.
    pub reach: Reach,
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
    let Template { name, text, managed_by, scope, .. } = template;
    json!({"name": name, "text": text, "managed_by": managed_by, "scope": scope})
}

/// The scopes in which templates are found: of a sub account only what everybody has.
pub(crate) fn scopes(caller: &Caller, whose: Whose) -> BTreeSet<Scope> {
    match whose {
        Whose::Own => scopes_of(caller, MANAGE),
        Whose::SubAccount(_) => BTreeSet::from([Scope::Account]),
    }
}

/// A page of templates: at home all that the caller has at hand, in a sub account those that the master has made for it.
pub async fn list(
    app: &App,
    caller: &Caller,
    whose: Whose,
    page: PageRequest<'_>,
) -> Result<Page<Template>, TemplateError> {
    let place = place(app, caller, whose, Permission::TemplatesRead).await?;
    let mut found = place.store.templates(&scopes(caller, whose), page).await?.map_err(Denied::from)?;
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
    Ok(read(&place, &scopes(caller, Whose::Own), id).await?.template)
}

async fn read(
    place: &Place<'_>,
    scopes: &BTreeSet<Scope>,
    id: TemplateId,
) -> Result<TemplateRecord, TemplateError> {
    let found = place.store.template_in(scopes, id).await?;
    Ok(found.filter(|it| concerns(place, &it.template)).ok_or(Denied::NotFound)?)
}

/// Makes a template.
pub async fn create(
    app: &App,
    caller: &Caller,
    whose: Whose,
    new: NewTemplate,
) -> Result<Template, TemplateError> {
    let needed = if new.reach == Reach::Personal { OWN } else { MANAGE };
    let place = place(app, caller, whose, needed).await?;
    let scope = match whose {
        Whose::Own => scope_for(caller, new.reach, OWN, MANAGE)?,
        Whose::SubAccount(_) => Scope::Account,
    };
    if scope != Scope::Account && place.store.count_templates(scope, IN_SCOPE_MAX).await? >= IN_SCOPE_MAX {
        return Err(TemplateError::TooMany);
    }
    let NewTemplate { name, text, .. } = new;
    let (managed_by, created_at) = (place.managed_by, app.now());
    let template = Template { id: app.new_id(), name, text, managed_by, scope, created_at };
    let deed = Deed::made(AuditAction::TemplateCreated, &template.id, shown(&template));
    let record = TemplateRecord { template: template.clone(), version: 0 };
    if place.store.save_template(&record, &place.traces(&deed)).await? {
        Ok(template)
    } else {
        Err(Denied::from(Failure::Broken("a new id was not new")).into())
    }
}

/// Where the caller may change some templates, and in which scopes they find them. Without any right to manage, only what
/// is their own may be theirs to change.
async fn changeable<'a>(
    app: &'a App,
    caller: &'a Caller,
    whose: Whose,
) -> Result<(Place<'a>, BTreeSet<Scope>), TemplateError> {
    let needed = if caller.require(MANAGE).is_err() && caller.require(OWN).is_ok() { OWN } else { MANAGE };
    Ok((place(app, caller, whose, needed).await?, scopes(caller, whose)))
}

/// Insists that the caller may change this template.
fn may(place: &Place<'_>, caller: &Caller, whose: Whose, template: &Template) -> Result<(), Denied> {
    if whose == Whose::Own {
        may_change(caller, template.scope, OWN, MANAGE)?;
    }
    place.may_change(template.managed_by)
}

/// Whether the product itself sends it.
async fn is_in_use(place: &Place<'_>, id: TemplateId) -> Result<bool, StoreError> {
    let answers = place.store.all_keywords().await?;
    if answers.iter().any(|keyword| keyword.answer == Some(id)) {
        return Ok(true);
    }
    Ok(place.store.all_automations().await?.iter().any(|automation| automation.template == Some(id)))
}

/// Changes a template. Messages that were made from it stay as they are.
pub async fn change(
    app: &App,
    caller: &Caller,
    whose: Whose,
    id: TemplateId,
    wanted: TemplateChange,
) -> Result<Template, TemplateError> {
    let (place, scopes) = changeable(app, caller, whose).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = read(&place, &scopes, id).await?;
        may(&place, caller, whose, &record.template)?;
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
    let (place, scopes) = changeable(app, caller, whose).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = read(&place, &scopes, id).await?;
        may(&place, caller, whose, &record.template)?;
        if record.template.scope == Scope::Account && is_in_use(&place, id).await? {
            return Err(TemplateError::InUse);
        }
        let deed = Deed::removed(AuditAction::TemplateRemoved, &id, shown(&record.template));
        if place.store.remove_template(&record, &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
