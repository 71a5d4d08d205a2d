//! Automations: making, changing and removing them (C14, C19, C20, D20).
//!
//! What follows when one is started is a matter of [`crate::automatic`].

use domain::{
    access::{ConversationAccess, Permission},
    account::{User, UserStatus},
    audit::AuditAction,
    automation::{ASSIGNED_MAX, AUTOMATIONS_MAX, Assign, Automation, Trigger},
    id::{AutomationId, TemplateId, UserId},
    name::DisplayName,
    policy::Policy,
    template::FieldName,
};
use serde_json::{Value, json};
use storage::{AccountStore, AutomationRecord, Page, PageRequest, SaveAutomation, StoreError};

use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied, Whose, place},
    conversations::ATTEMPTS_MAX,
};

/// Why an automation was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum AutomationError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It cannot do what it says.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// It does nothing.
    #[error("an automation sends a template, assigns somebody, or both")]
    DoesNothing,
    /// The account has as many as it can have.
    #[error("an account has at most {AUTOMATIONS_MAX} automations")]
    TooMany,
}

/// Why the product itself cannot do what it is told to.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// There is no template of this id that everybody has.
    #[error("there is no such template that everybody has")]
    NoSuchTemplate,
    /// The template has a field that nobody is there to fill.
    #[error(
        "nobody is asked for fields: this template has one that is neither the customer's name nor the business's, and says \
         nothing in its place"
    )]
    AsksForMore(FieldName),
    /// There is no such user to assign.
    #[error("there is no such user to assign")]
    NoSuchUser,
    /// Too many people are named.
    #[error("at most {ASSIGNED_MAX} people are named")]
    TooManyPeople,
    /// Whoever is assigned is assigned when something is sent.
    #[error("people are assigned when the answer is sent: name a template as well")]
    AssignsWithoutTemplate,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StoreError> for AutomationError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

/// An automation to make.
#[derive(Clone, Debug)]
pub struct NewAutomation {
    /// What people call it.
    pub name: DisplayName,
    /// What starts it.
    pub trigger: Trigger,
    /// The template that it sends.
    pub template: Option<TemplateId>,
    /// Whom it assigns.
    pub assign: Assign,
    /// Whether it is switched on.
    pub enabled: bool,
}

/// What to change of an automation; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct AutomationChange {
    /// Its name.
    pub name: Option<DisplayName>,
    /// What starts it.
    pub trigger: Option<Trigger>,
    /// The template that it sends; `Some(None)`: none any more.
    pub template: Option<Option<TemplateId>>,
    /// Whom it assigns.
    pub assign: Option<Assign>,
    /// Whether it is switched on.
    pub enabled: Option<bool>,
}

/// What the audit log shows of an automation.
fn shown(it: &Automation) -> Value {
    let Automation { name, trigger, template, assign, enabled, .. } = it;
    json!({
        "name": name, "trigger": trigger, "template_id": template, "assign": assign, "enabled": enabled,
    })
}

/// Whether somebody can be assigned: a colleague who could never see a conversation would hide it from everybody's
/// attention (C12).
pub(crate) fn can_be_assigned(policy: &Policy, user: &User) -> bool {
    let able = policy.rights(user).conversation_access() > ConversationAccess::None;
    user.status == UserStatus::Active && user.is_staff() && able
}

/// Insists that the product itself can do this: fill the template without asking anybody, and assign these people.
pub(crate) async fn check_effect(
    store: &AccountStore,
    policy: &Policy,
    template: Option<TemplateId>,
    assign: &Assign,
) -> Result<(), EffectError> {
    if let Some(id) = template {
        let record = store.template(id).await?.ok_or(EffectError::NoSuchTemplate)?;
        record.template.text.asks_for().map_or(Ok(()), |field| Err(EffectError::AsksForMore(field)))?;
    }
    if assign.users.len() > ASSIGNED_MAX {
        return Err(EffectError::TooManyPeople);
    }
    for user in &assign.users {
        let found: Option<User> = store.user(*user).await?.map(|record| record.user);
        if !found.is_some_and(|user| can_be_assigned(policy, &user)) {
            return Err(EffectError::NoSuchUser);
        }
    }
    Ok(())
}

/// Those who can be assigned at this moment; who has left or been locked out since is passed over.
pub(crate) async fn assignable(
    store: &AccountStore,
    policy: &Policy,
    people: impl IntoIterator<Item = UserId>,
) -> Result<Vec<UserId>, StoreError> {
    let mut able = Vec::new();
    for id in people {
        let found = store.user(id).await?.map(|record| record.user);
        able.extend(found.filter(|user| can_be_assigned(policy, user)).map(|_| id));
    }
    Ok(able)
}

/// A page of automations, in the order in which they were made.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: PageRequest<'_>,
) -> Result<Page<Automation>, AutomationError> {
    let place = place(app, caller, Whose::Own, Permission::AutomationsRead).await?;
    Ok(place.store.automations(page).await?.map_err(Denied::from)?)
}

/// An automation of the account.
pub async fn get(app: &App, caller: &Caller, id: AutomationId) -> Result<Automation, AutomationError> {
    let place = place(app, caller, Whose::Own, Permission::AutomationsRead).await?;
    Ok(place.store.automation(id).await?.ok_or(Denied::NotFound)?.automation)
}

/// Makes an automation.
pub async fn create(app: &App, caller: &Caller, new: NewAutomation) -> Result<Automation, AutomationError> {
    let place = place(app, caller, Whose::Own, Permission::AutomationsManage).await?;
    if place.store.all_automations().await?.len() >= AUTOMATIONS_MAX {
        return Err(AutomationError::TooMany);
    }
    let NewAutomation { name, trigger, template, assign, enabled } = new;
    let automation =
        Automation { id: app.new_id(), name, trigger, template, assign, enabled, created_at: app.now() };
    if !automation.does_something() {
        return Err(AutomationError::DoesNothing);
    }
    check_effect(&place.store, &caller.policy, automation.template, &automation.assign).await?;
    let deed = Deed::made(AuditAction::AutomationCreated, &automation.id, shown(&automation));
    let record = AutomationRecord { automation, version: 0 };
    match place.store.save_automation(&record, &place.traces(&deed)).await? {
        SaveAutomation::Saved => Ok(record.automation),
        SaveAutomation::Changed => Err(Denied::from(Failure::Broken("a new id was not new")).into()),
        SaveAutomation::NoSuchTemplate => Err(EffectError::NoSuchTemplate.into()),
    }
}

/// Changes an automation. What it was started for before goes on as it was then, or as it is now.
pub async fn change(
    app: &App,
    caller: &Caller,
    id: AutomationId,
    wanted: AutomationChange,
) -> Result<Automation, AutomationError> {
    let place = place(app, caller, Whose::Own, Permission::AutomationsManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = place.store.automation(id).await?.ok_or(Denied::NotFound)?;
        let before = record.automation.clone();
        let it = &mut record.automation;
        it.name = wanted.name.clone().unwrap_or_else(|| it.name.clone());
        it.trigger = wanted.trigger.unwrap_or(it.trigger);
        it.template = wanted.template.unwrap_or(it.template);
        it.assign = wanted.assign.clone().unwrap_or_else(|| it.assign.clone());
        it.enabled = wanted.enabled.unwrap_or(it.enabled);
        if *it == before {
            return Ok(before);
        }
        if !it.does_something() {
            return Err(AutomationError::DoesNothing);
        }
        // Switching one off must be possible even if somebody whom it assigns has left.
        if (it.template, &it.assign) != (before.template, &before.assign) {
            check_effect(&place.store, &caller.policy, it.template, &it.assign).await?;
        }
        let deed = Deed::changed(AuditAction::AutomationChanged, &id, shown(&before), shown(it));
        match place.store.save_automation(&record, &place.traces(&deed)).await? {
            SaveAutomation::Saved => return Ok(record.automation),
            SaveAutomation::Changed => {}
            SaveAutomation::NoSuchTemplate => return Err(EffectError::NoSuchTemplate.into()),
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes an automation. What it has sent and whom it has assigned stays.
pub async fn remove(app: &App, caller: &Caller, id: AutomationId) -> Result<(), AutomationError> {
    let place = place(app, caller, Whose::Own, Permission::AutomationsManage).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = place.store.automation(id).await?.ok_or(Denied::NotFound)?;
        let deed = Deed::removed(AuditAction::AutomationRemoved, &id, shown(&record.automation));
        if place.store.remove_automation(&record, &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
