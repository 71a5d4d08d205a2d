//! The account's security settings, and what those who look after them do for others (B04, B10): end a session, remove
//! the second factor of somebody who has lost their telephone.

use std::{collections::BTreeSet, net::IpAddr};

use domain::{
    access::{Permission, RoleRef},
    audit::AuditAction,
    id::{SessionId, UserId},
    mail::{Letter, Mail, SecurityChange},
    second_factor::SecondFactor,
    security::{SecondFactorRule, SecuritySettings},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{SaveSecurity, SecurityUpdate, Session, SignInChange, StoreError, Traces, UserRecord};

use crate::{App, Caller, Failure, caller::Forbidden, conversations::ATTEMPTS_MAX};

/// Why settings or somebody's security were not changed.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user in the account.
    #[error("there is no such user")]
    NotFound,
    /// With these ranges the caller could not undo what they do.
    #[error("the ranges leave out the address that you use")]
    ExcludesCaller,
    /// There is no such role.
    #[error("there is no such role in the account")]
    NoSuchRole,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SecurityError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

/// A session as people see it.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// From where it was begun, where that is known.
    pub address: Option<IpAddr>,
    /// What the program that began it called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The account's security settings.
pub fn settings(caller: &Caller) -> Result<SecuritySettings, SecurityError> {
    caller.require(Permission::SecurityManage)?;
    Ok(caller.policy.security.clone())
}

/// Replaces the account's security settings. They count from the next request on, for everybody.
pub async fn change_settings(
    app: &App,
    caller: &Caller,
    wanted: SecuritySettings,
) -> Result<SecuritySettings, SecurityError> {
    caller.require(Permission::SecurityManage)?;
    if !wanted.allowed_addresses.allow(caller.address) {
        return Err(SecurityError::ExcludesCaller);
    }
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let mut record = account.policy().await?;
        let exists = |role: &RoleRef| match role {
            RoleRef::BuiltIn(_) => true,
            RoleRef::Custom(id) => record.policy.roles.contains_key(id),
        };
        if let SecondFactorRule::Roles(named) = &wanted.second_factor
            && !named.iter().all(exists)
        {
            return Err(SecurityError::NoSuchRole);
        }
        if record.policy.security == wanted {
            return Ok(wanted);
        }
        let before = std::mem::replace(&mut record.policy.security, wanted.clone());
        let changed = caller.audit(app, AuditAction::SecurityChanged, caller.account, &before, &wanted);
        if account.save_policy(&record, &Traces::from(changed)).await? {
            return Ok(wanted);
        }
    }
    Err(StoreError::Contention.into())
}

/// The caller's own sessions, latest first.
pub async fn own_sessions(app: &App, caller: &Caller) -> Result<Vec<SessionView>, Failure> {
    let found = app.store.account(caller.account).user(caller.user).await?;
    Ok(found.map(|record| views(app, caller, &record)).unwrap_or_default())
}

/// Ends one of the caller's own sessions.
pub async fn end_own_session(app: &App, caller: &Caller, session: SessionId) -> Result<(), SecurityError> {
    end(app, caller, caller.user, Some(session)).await
}

/// The sessions of somebody of the account, latest first.
pub async fn sessions_of(
    app: &App,
    caller: &Caller,
    user: UserId,
) -> Result<Vec<SessionView>, SecurityError> {
    caller.require(Permission::SecurityManage)?;
    Ok(views(app, caller, &person(app, caller, user).await?))
}

/// Ends a session of somebody of the account; without an id, all of them.
pub async fn end_sessions_of(
    app: &App,
    caller: &Caller,
    user: UserId,
    session: Option<SessionId>,
) -> Result<(), SecurityError> {
    caller.require(Permission::SecurityManage)?;
    end(app, caller, user, session).await
}

/// Removes the second factor of somebody who cannot do it themselves. They are told.
pub async fn remove_second_factor_of(app: &App, caller: &Caller, user: UserId) -> Result<(), SecurityError> {
    caller.require(Permission::SecurityManage)?;
    change(app, caller, user, |record| {
        if record.security.second_factor == SecondFactor::Off {
            return Ok(None);
        }
        record.security.second_factor = SecondFactor::Off;
        let by = Some(caller.profile.name.clone());
        let letter = Letter::SecurityChanged { change: SecurityChange::SecondFactorOff, by };
        let mail = Mail { id: app.new_id(), to: record.user.email.clone(), at: app.now(), letter };
        let (before, after) = (json!({"second_factor": true}), json!({"second_factor": false}));
        Ok(Some(Effect { action: AuditAction::SecondFactorOff, shown: (before, after), mail: Some(mail) }))
    })
    .await
}

fn views(app: &App, caller: &Caller, record: &UserRecord) -> Vec<SessionView> {
    let (now, settings) = (app.now(), &caller.policy.security);
    let view = |it: &Session| SessionView {
        id: it.id,
        address: it.address,
        user_agent: it.user_agent.clone(),
        created_at: it.created_at,
        expires_at: settings.session_ends_at(it.created_at).min(it.expires_at),
        current: Some(it.id) == caller.session(),
    };
    record.sessions.iter().rev().map(view).filter(|it| it.expires_at > now).collect()
}

async fn person(app: &App, caller: &Caller, user: UserId) -> Result<UserRecord, SecurityError> {
    let found = app.store.account(caller.account).user(user).await?;
    found.filter(|record| record.user.is_staff()).ok_or(SecurityError::NotFound)
}

/// Ends a session, which has to be there; without an id all of them, if there are any.
async fn end(
    app: &App,
    caller: &Caller,
    user: UserId,
    session: Option<SessionId>,
) -> Result<(), SecurityError> {
    change(app, caller, user, |record| {
        let named = |it: &SessionId| session.is_none_or(|session| *it == session);
        let ended: BTreeSet<SessionId> = record.sessions.iter().map(|it| it.id).filter(named).collect();
        if ended.is_empty() {
            return if session.is_some() { Err(SecurityError::NotFound) } else { Ok(None) };
        }
        record.sessions.retain(|it| !ended.contains(&it.id));
        let shown = (json!({"sessions": ended}), Value::Null);
        Ok(Some(Effect { action: AuditAction::SignedOut, shown, mail: None }))
    })
    .await
}

/// What a step does besides changing the user.
struct Effect {
    action: AuditAction,
    shown: (Value, Value),
    mail: Option<Mail>,
}

/// Reads a user, lets `step` change them and writes them with its traces, again and again until nobody else came in
/// between. Writes nothing if there is nothing to change.
async fn change(
    app: &App,
    caller: &Caller,
    user: UserId,
    step: impl Fn(&mut UserRecord) -> Result<Option<Effect>, SecurityError>,
) -> Result<(), SecurityError> {
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let found = account.user(user).await?;
        // Whoever calls may be a visitor and has sessions of their own.
        let found = found.filter(|record| record.user.is_staff() || user == caller.user);
        let before = found.ok_or(SecurityError::NotFound)?;
        let mut after = before.clone();
        let Some(Effect { action, shown, mail }) = step(&mut after)? else { return Ok(()) };
        let audit = vec![caller.audit(app, action, user, &shown.0, &shown.1)];
        let traces = Traces { audit, mails: mail.into_iter().collect() };
        let update = SecurityUpdate { before: &before, after, sign_in: SignInChange::Keep, traces };
        if account.save_security(update).await? == SaveSecurity::Saved {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
