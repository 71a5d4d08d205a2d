//! Teams and roles of the account's own: what they give and take (A14, A15, B06).
//!
//! Both lie in the account's policy, which each request reads, so a change counts at once for all who are concerned.

use domain::{
    access::{CustomRole, Grants, Permission},
    audit::AuditAction,
    id::{AccountId, RoleId, TeamId},
    name::DisplayName,
    policy::{LocksOut, Policy, ROLES_MAX, TEAMS_MAX, Team},
};
use serde::Serialize;
use storage::{StoreError, Traces};

use crate::{App, Caller, Failure, audit::NOTHING, caller::Forbidden, conversations::ATTEMPTS_MAX};

/// Why a team or a role was not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such team or role in the account.
    #[error("there is no such team or role")]
    NotFound,
    /// Another has this name; upper and lower case are the same.
    #[error("the name is taken")]
    NameTaken,
    /// The account has as many as it can have.
    #[error("the account has as many as it can have")]
    TooMany,
    /// It would lock the account out.
    #[error(transparent)]
    LocksOut(#[from] LocksOut),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for TeamError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// What to change of a team or a role; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct TeamChange {
    /// Its name.
    pub name: Option<DisplayName>,
    /// What it gives and takes.
    pub grants: Option<Grants>,
}

/// Creates a team.
pub async fn create_team(
    app: &App,
    caller: &Caller,
    name: DisplayName,
    grants: Grants,
) -> Result<(TeamId, Team), TeamError> {
    caller.require(Permission::TeamsManage)?;
    Policy::check_grants(&grants)?;
    let (id, team) = (app.new_id(), Team { name, grants });
    change_policy(app, caller.account, |policy| {
        if policy.teams.len() >= TEAMS_MAX {
            return Err(TeamError::TooMany);
        }
        free(&team.name, policy.teams.values().map(|it| &it.name))?;
        policy.teams.insert(id, team.clone());
        Ok(caller.audit(app, AuditAction::TeamCreated, id, &NOTHING, &team).into())
    })
    .await?;
    Ok((id, team))
}

/// Changes a team.
pub async fn change_team(
    app: &App,
    caller: &Caller,
    id: TeamId,
    wanted: TeamChange,
) -> Result<Team, TeamError> {
    caller.require(Permission::TeamsManage)?;
    wanted.grants.as_ref().map(Policy::check_grants).transpose()?;
    let policy = change_policy(app, caller.account, |policy| {
        let others = policy.teams.iter().filter(|(other, _)| **other != id).map(|(_, it)| &it.name);
        wanted.name.as_ref().map(|name| free(name, others)).transpose()?;
        let team = policy.teams.get_mut(&id).ok_or(TeamError::NotFound)?;
        let before = team.clone();
        team.name = wanted.name.clone().unwrap_or_else(|| team.name.clone());
        team.grants = wanted.grants.clone().unwrap_or_else(|| team.grants.clone());
        Ok::<_, TeamError>(traces(app, caller, AuditAction::TeamChanged, id, &before, team))
    })
    .await?;
    policy.teams.get(&id).cloned().ok_or(TeamError::NotFound)
}

/// Removes a team. What it gave and took counts no more; its members stay.
pub async fn remove_team(app: &App, caller: &Caller, id: TeamId) -> Result<(), TeamError> {
    caller.require(Permission::TeamsManage)?;
    change_policy(app, caller.account, |policy| {
        let team = policy.teams.remove(&id).ok_or(TeamError::NotFound)?;
        Ok(caller.audit(app, AuditAction::TeamRemoved, id, &team, &NOTHING).into())
    })
    .await
    .map(drop)
}

/// Creates a role.
pub async fn create_role(
    app: &App,
    caller: &Caller,
    name: DisplayName,
    grants: Grants,
) -> Result<(RoleId, CustomRole), TeamError> {
    caller.require(Permission::RolesManage)?;
    Policy::check_grants(&grants)?;
    let (id, role) = (app.new_id(), CustomRole { name, grants });
    change_policy(app, caller.account, |policy| {
        if policy.roles.len() >= ROLES_MAX {
            return Err(TeamError::TooMany);
        }
        free(&role.name, policy.roles.values().map(|it| &it.name))?;
        free_of_built_in(&role.name)?;
        policy.roles.insert(id, role.clone());
        Ok(caller.audit(app, AuditAction::RoleCreated, id, &NOTHING, &role).into())
    })
    .await?;
    Ok((id, role))
}

/// Changes a role.
pub async fn change_role(
    app: &App,
    caller: &Caller,
    id: RoleId,
    wanted: TeamChange,
) -> Result<CustomRole, TeamError> {
    caller.require(Permission::RolesManage)?;
    wanted.grants.as_ref().map(Policy::check_grants).transpose()?;
    let policy = change_policy(app, caller.account, |policy| {
        let others = policy.roles.iter().filter(|(other, _)| **other != id).map(|(_, it)| &it.name);
        wanted.name.as_ref().map(|name| free(name, others)).transpose()?;
        wanted.name.as_ref().map(free_of_built_in).transpose()?;
        let role = policy.roles.get_mut(&id).ok_or(TeamError::NotFound)?;
        let before = role.clone();
        role.name = wanted.name.clone().unwrap_or_else(|| role.name.clone());
        role.grants = wanted.grants.clone().unwrap_or_else(|| role.grants.clone());
        Ok::<_, TeamError>(traces(app, caller, AuditAction::RoleChanged, id, &before, role))
    })
    .await?;
    policy.roles.get(&id).cloned().ok_or(TeamError::NotFound)
}

/// Removes a role. Its holders lose what it gave.
pub async fn remove_role(app: &App, caller: &Caller, id: RoleId) -> Result<(), TeamError> {
    caller.require(Permission::RolesManage)?;
    change_policy(app, caller.account, |policy| {
        let role = policy.roles.remove(&id).ok_or(TeamError::NotFound)?;
        Ok(caller.audit(app, AuditAction::RoleRemoved, id, &role, &NOTHING).into())
    })
    .await
    .map(drop)
}

fn traces<T: Serialize + PartialEq>(
    app: &App,
    caller: &Caller,
    action: AuditAction,
    object: impl ToString + Copy,
    before: &T,
    after: &T,
) -> Traces {
    if before == after { Traces::default() } else { caller.audit(app, action, object, before, after).into() }
}

/// Two teams that differ by case or spaces at most could not be told apart.
fn free<'a>(name: &DisplayName, taken: impl Iterator<Item = &'a DisplayName>) -> Result<(), TeamError> {
    let folded = |name: &DisplayName| name.as_str().to_lowercase();
    let mut taken = taken.map(folded);
    if taken.any(|other| other == folded(name)) { Err(TeamError::NameTaken) } else { Ok(()) }
}

/// Nor could a role of the account's own from a built-in one.
fn free_of_built_in(name: &DisplayName) -> Result<(), TeamError> {
    let spelled = name.as_str().to_lowercase().replace([' ', '-'], "_");
    let taken = domain::access::Role::ALL.into_iter().any(|role| role.name() == spelled);
    if taken { Err(TeamError::NameTaken) } else { Ok(()) }
}

/// Reads an account's policy, lets `step` change it and writes it with its traces, again and again until nobody else came
/// in between. Writes nothing if nothing changed.
pub(crate) async fn change_policy<E: From<StoreError>>(
    app: &App,
    account: AccountId,
    step: impl Fn(&mut Policy) -> Result<Traces, E>,
) -> Result<Policy, E> {
    let account = app.store.account(account);
    for _ in 0..ATTEMPTS_MAX {
        let mut record = account.policy().await?;
        let before = record.policy.clone();
        let traces = step(&mut record.policy)?;
        if record.policy == before || account.save_policy(&record, &traces).await? {
            return Ok(record.policy);
        }
    }
    Err(StoreError::Contention.into())
}
