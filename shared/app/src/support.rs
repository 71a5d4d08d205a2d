//! A master that helps its sub account from inside (A09), when the sub account has allowed it.
//!
//! Somebody of the master who enters has a record of their own in the sub account, with an address at which no mail arrives
//! and nobody signs in. They may do the daily work, but neither manage the account nor its money. The sub account sees in
//! its audit log that they came and what they did, and ends it by taking its permission back: each request asks for it.

use domain::{
    access::{ConversationAccess, Grants, MessageAccess, Permission, Role},
    account::{Supporter, User, UserStatus},
    audit::AuditAction,
    id::{AccountId, UserId},
    mail::{Letter, Mail, SecurityChange},
    name::DisplayName,
    policy::Policy,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::json;
use storage::{StoreError, SupportEntry, Traces, UserRecord, UserSecurity};

use crate::{
    App, Caller, Failure,
    accounts::{NoSubAccount, settings, sub_account},
    audit::NOTHING,
    caller::Forbidden,
    conversations::ATTEMPTS_MAX,
    sessions::{Origin, new_session},
    teams,
};

/// A sub account allows its master in for at most so long at a time.
pub const ALLOWED_FOR_MAX: SignedDuration = SignedDuration::from_hours(24 * 30);
/// So long does a session of a visitor last.
const SESSION_FOR: SignedDuration = SignedDuration::from_hours(1);
/// At most so many sessions has a visitor at the same time; one more ends the oldest.
const SESSIONS_MAX: usize = 3;
/// At most so many account managers are told by e-mail.
const TOLD_MAX: usize = 20;

/// What a visitor may do: the daily work.
const ROLES: [Role; 4] =
    [Role::AnalyzeManager, Role::CommunicationManager, Role::IntegrationsManager, Role::PeopleManager];

/// Why support was not allowed, or nobody entered.
#[derive(Debug, thiserror::Error)]
pub enum SupportError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A program cannot enter.
    #[error("only for members of staff who have signed in")]
    NotAPerson,
    /// The caller's account has no such sub account.
    #[error("there is no such sub account")]
    NotFound,
    /// The caller's account has no master that could enter.
    #[error("the account has no master account")]
    NoMaster,
    /// The time is over, or too far away.
    #[error("a time within the next 30 days")]
    TooLong,
    /// The sub account does not allow it now.
    #[error("the sub account does not allow support now")]
    NotAllowed,
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for SupportError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<NoSubAccount> for SupportError {
    fn from(error: NoSubAccount) -> Self {
        match error {
            NoSubAccount::NotFound => Self::NotFound,
            NoSubAccount::Failure(failure) => Self::Failure(failure),
        }
    }
}

/// A visitor's session.
pub struct Entered {
    /// The visitor's id in the sub account.
    pub user: UserId,
    /// The token, which is shown this once.
    pub token: SecretString,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

/// Allows the master to enter the caller's account until then. Its account managers are told by e-mail.
pub async fn allow(app: &App, caller: &Caller, until: Timestamp) -> Result<Timestamp, SupportError> {
    caller.require(Permission::SecurityManage)?;
    settings(app, caller).await?.parent.ok_or(SupportError::NoMaster)?;
    let now = app.now();
    if until <= now || until.duration_since(now) > ALLOWED_FOR_MAX {
        return Err(SupportError::TooLong);
    }
    let mails = letters(app, caller.account, SecurityChange::SupportAllowed, &caller.profile.name).await?;
    teams::change_policy(app, caller.account, |policy| {
        let before = json!({"support_until": policy.support_until});
        policy.support_until = Some(until);
        let after = json!({"support_until": until});
        let allowed = caller.audit(app, AuditAction::SupportAllowed, caller.account, &before, &after);
        Ok::<_, SupportError>(Traces { audit: vec![allowed], mails: mails.clone() })
    })
    .await?;
    Ok(until)
}

/// Takes it back, at once: who is in is out with their next request. Taking it back again changes nothing.
pub async fn end(app: &App, caller: &Caller) -> Result<(), SupportError> {
    caller.require(Permission::SecurityManage)?;
    teams::change_policy(app, caller.account, |policy| {
        let before = json!({"support_until": policy.support_until});
        policy.support_until = None;
        let ended = caller.audit(app, AuditAction::SupportEnded, caller.account, &before, &NOTHING);
        Ok::<_, SupportError>(Traces::from(ended))
    })
    .await
    .map(drop)
}

/// Enters a sub account of the caller's, for an hour at most. It is in the audit logs of both, and told to the account
/// managers of the sub account.
pub async fn enter(app: &App, caller: &Caller, id: AccountId) -> Result<Entered, SupportError> {
    caller.require(Permission::AccountsEnter)?;
    caller.session().ok_or(SupportError::NotAPerson)?;
    let sub = sub_account(app, caller, id).await?;
    let store = app.store.account(sub.id);
    let mails = letters(app, sub.id, SecurityChange::SupportEntered, &caller.profile.name).await?;
    for _ in 0..ATTEMPTS_MAX {
        let (now, policy) = (app.now(), store.policy().await?.policy);
        let until = allowed_until(&policy, now).ok_or(SupportError::NotAllowed)?;
        let known = store.user(visitor_id(caller, sub.id)).await?;
        let mut record = known.unwrap_or_else(|| never_here(visitor(caller, sub.id, now)));
        record.user = User { created_at: record.user.created_at, ..visitor(caller, sub.id, now) };
        let (session, token) = {
            let origin = Origin { address: caller.address, user_agent: None };
            let (mut session, token) = new_session(app, &record.user, &policy.security, &origin);
            let ends = now.checked_add(SESSION_FOR).unwrap_or(now).min(until);
            session.expires_at = session.expires_at.min(ends);
            (session, token)
        };
        let expires_at = session.expires_at;
        record.sessions.retain(|it| it.expires_at > now);
        let excess = (record.sessions.len() + 1).saturating_sub(SESSIONS_MAX);
        record.sessions.drain(..excess);
        record.sessions.push(session);
        let shown = json!({"account_id": sub.id, "visitor": record.user.id, "until": expires_at});
        let entered = caller.audit_in(app, sub.id, AuditAction::SupportEntered, sub.id, &NOTHING, &shown);
        let of_sub = Traces { audit: vec![entered], mails: mails.clone() };
        let of_master = caller.audit(app, AuditAction::SupportEntered, sub.id, &NOTHING, &shown);
        let user = record.user.id;
        let traces = vec![(sub.id, of_sub), (caller.account, of_master.into())];
        if store.enter(&SupportEntry { visitor: record, traces }).await? {
            return Ok(Entered { user, token, expires_at });
        }
    }
    Err(StoreError::Contention.into())
}

/// The same visitor each time, so that what they did keeps its name.
fn visitor_id(caller: &Caller, sub: AccountId) -> UserId {
    let (sub, account, user) = (sub.uuid(), caller.account.uuid(), caller.user.uuid());
    UserId::derive(&[b"support", sub.as_bytes(), account.as_bytes(), user.as_bytes()])
}

fn visitor(caller: &Caller, sub: AccountId, now: Timestamp) -> User {
    let id = visitor_id(caller, sub);
    // RFC 2606 keeps this domain from being anybody's.
    let address = format!("{}@support.invalid", id.uuid().as_simple());
    User {
        id,
        account: sub,
        email: address.parse().unwrap_or_else(|_| caller.profile.email.clone()),
        name: caller.profile.name.clone(),
        status: UserStatus::Active,
        roles: ROLES.into_iter().map(Into::into).collect(),
        teams: std::collections::BTreeSet::new(),
        conversation_access: ConversationAccess::All,
        message_access: MessageAccess::Write,
        overrides: Grants::default(),
        support_of: Some(Supporter { account: caller.account, user: caller.user }),
        created_at: now,
    }
}

fn never_here(user: User) -> UserRecord {
    UserRecord { user, sessions: Vec::new(), invitation: None, security: UserSecurity::default(), version: 0 }
}

/// What the account managers are told.
async fn letters(
    app: &App,
    account: AccountId,
    change: SecurityChange,
    by: &DisplayName,
) -> Result<Vec<Mail>, StoreError> {
    let managers = app.store.account(account).all_users().await?.into_iter().filter(User::manages_account);
    let letter = |to| {
        let letter = Letter::SecurityChanged { change, by: Some(by.clone()) };
        Mail { id: app.new_id(), to, at: app.now(), letter }
    };
    Ok(managers.take(TOLD_MAX).map(|user| letter(user.email)).collect())
}

/// Until when the master may enter; `None`: it may not.
pub fn allowed_until(policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    policy.support_until.filter(|until| *until > now)
}
