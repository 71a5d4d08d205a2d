//! The people of an account: inviting, changing, disabling, removing, and what is said about one of them alone.
//!
//! How somebody accepts their invitation is a matter of [`crate::invitations`]; who gets the conversations of somebody who
//! leaves, of [`crate::departures`].

use std::collections::BTreeSet;

use domain::{
    access::{ConversationAccess, Explanation, Grants, MessageAccess, Permission, RoleRef},
    account::{ROLES_OF_A_USER_MAX, TEAMS_OF_A_USER_MAX, User, UserStatus},
    audit::AuditAction,
    email::EmailAddress,
    id::{TeamId, UserId},
    name::DisplayName,
    policy::Policy,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use storage::{
    AddUserError, CredentialChange, Departure, InvalidCursor, NewUserRecord, Page, PageRequest, SaveUser,
    StoreError, Traces, UserRecord, UserUpdate,
};

use crate::{
    App, Caller, Failure,
    audit::NOTHING,
    caller::Forbidden,
    conversations::ATTEMPTS_MAX,
    invitations,
    passwords::{self, ChooseError, Flaw},
};

/// A user to add.
pub struct NewUser {
    /// Their name.
    pub name: DisplayName,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// Their first password; `None`: they are invited by e-mail and choose one.
    pub password: Option<SecretString>,
    /// What they may do.
    pub standing: Standing,
}

/// What a user may do: everything about them that only somebody who manages users can change.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Their roles.
    pub roles: BTreeSet<RoleRef>,
    /// Their teams.
    pub teams: BTreeSet<TeamId>,
    /// Which conversations they may see by themselves.
    pub conversation_access: ConversationAccess,
    /// What they may do by themselves with others' conversations.
    pub message_access: MessageAccess,
}

/// What to change of a user; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Their name.
    pub name: Option<DisplayName>,
    /// Whether they can sign in: `Active` or `Disabled`.
    pub enabled: Option<bool>,
    /// Their roles.
    pub roles: Option<BTreeSet<RoleRef>>,
    /// Their teams.
    pub teams: Option<BTreeSet<TeamId>>,
    /// Which conversations they may see by themselves.
    pub conversation_access: Option<ConversationAccess>,
    /// What they may do by themselves with others' conversations.
    pub message_access: Option<MessageAccess>,
}

/// Why a user was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such user in the account.
    #[error("there is no such user")]
    NotFound,
    /// The address is another user's.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The password cannot be used.
    #[error("the password cannot be used")]
    Flawed(Vec<Flaw>),
    /// Somebody has to be able to manage users (X16).
    #[error("the last account manager can be neither removed, disabled nor demoted")]
    LastAccountManager,
    /// There is no such role.
    #[error("there is no such role in the account")]
    NoSuchRole,
    /// There is no such team.
    #[error("there is no such team in the account")]
    NoSuchTeam,
    /// More roles than a user can hold.
    #[error("a user has at most {ROLES_OF_A_USER_MAX} roles")]
    TooManyRoles,
    /// More teams than a user can belong to.
    #[error("a user belongs to at most {TEAMS_OF_A_USER_MAX} teams")]
    TooManyTeams,
    /// The user's state does not allow it, for the reason in the text.
    #[error("{0}")]
    State(&'static str),
    /// The conversations cannot be given to this user.
    #[error("there is no such user who could take the conversations over")]
    NoSuchSuccessor,
    /// The cursor belongs to another list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// Something outside did not answer.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ChooseError> for UserError {
    fn from(error: ChooseError) -> Self {
        match error {
            ChooseError::Flawed(flaws) => Self::Flawed(flaws),
            ChooseError::Store(error) => error.into(),
        }
    }
}

/// What the audit log shows of a user.
pub(crate) fn shown(user: &User) -> Value {
    let User { email, name, status, roles, teams, conversation_access, message_access, overrides, .. } = user;
    json!({
        "email": email, "name": name, "status": status, "roles": roles, "teams": teams,
        "conversation_access": conversation_access, "message_access": message_access, "overrides": overrides,
    })
}

/// A page of the account's staff. What is left out (who was removed, visitors) makes a page shorter.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<User>, UserError> {
    caller.require(Permission::UsersRead)?;
    let mut found = app.store.account(caller.account).users(page).await??;
    found.items.retain(User::is_staff);
    Ok(found)
}

/// A user of the account's staff (B08).
pub async fn get(app: &App, caller: &Caller, id: UserId) -> Result<User, UserError> {
    caller.require(Permission::UsersRead)?;
    Ok(staff(app, caller, id).await?.user)
}

pub(crate) async fn staff(app: &App, caller: &Caller, id: UserId) -> Result<UserRecord, UserError> {
    let found = app.store.account(caller.account).user(id).await?;
    found.filter(|record| record.user.is_staff()).ok_or(UserError::NotFound)
}

/// Adds a user (B07): with a password they can sign in at once, without one they are invited by e-mail.
pub async fn add(app: &App, caller: &Caller, new: NewUser) -> Result<User, UserError> {
    caller.require(Permission::UsersManage)?;
    check_standing(&caller.policy, &new.standing.roles, &new.standing.teams)?;
    let invited = new.password.is_none();
    let password_hash = match new.password {
        Some(password) => {
            let (policy, about) = (&caller.policy.security.password, [new.email.as_str(), new.name.as_str()]);
            let chosen = passwords::choose(policy, password, &about, &[]).await?;
            Some(passwords::hash(app, chosen).await?)
        }
        None => None,
    };
    let user = User {
        id: app.new_id(),
        account: caller.account,
        email: new.email,
        name: new.name,
        status: if invited { UserStatus::Invited } else { UserStatus::Active },
        roles: new.standing.roles,
        teams: new.standing.teams,
        conversation_access: new.standing.conversation_access,
        message_access: new.standing.message_access,
        overrides: Grants::default(),
        support_of: None,
        created_at: app.now(),
    };
    let action = if invited { AuditAction::UserInvited } else { AuditAction::UserAdded };
    let mut traces = Traces::from(caller.audit(app, action, user.id, &NOTHING, &shown(&user)));
    let mut invitation = None;
    if invited {
        let (nonce, mail) = invitations::letter(app, &user, Some(&caller.profile.name));
        invitation = Some(nonce);
        traces = traces.and_mail(mail);
    }
    let record = NewUserRecord { user: user.clone(), password_hash, invitation, sessions: Vec::new() };
    match app.store.account(caller.account).add_user(&record, &traces).await {
        Ok(()) => Ok(user),
        Err(AddUserError::EmailTaken) => Err(UserError::EmailTaken),
        Err(AddUserError::Store(error)) => Err(error.into()),
    }
}

/// Sends somebody who has not come yet another invitation; links of earlier ones end.
pub async fn invite_again(app: &App, caller: &Caller, id: UserId) -> Result<User, UserError> {
    caller.require(Permission::UsersManage)?;
    change(app, caller, id, AuditAction::UserInvited, |record| {
        if record.user.status != UserStatus::Invited {
            return Err(UserError::State("the user has accepted an invitation already"));
        }
        let (nonce, mail) = invitations::letter(app, &record.user, Some(&caller.profile.name));
        record.invitation = Some(nonce);
        Ok(Effect { mails: vec![mail], ..Effect::default() })
    })
    .await
}

/// Changes a user's name, status, roles, teams or access. What they may do changes with their next request; whoever is
/// disabled is signed out.
pub async fn update(app: &App, caller: &Caller, id: UserId, wanted: UserChange) -> Result<User, UserError> {
    caller.require(Permission::UsersManage)?;
    change(app, caller, id, AuditAction::UserChanged, |record| {
        let (roles, teams) = (wanted.roles.clone(), wanted.teams.clone());
        check_standing(&caller.policy, &roles.unwrap_or_default(), &teams.unwrap_or_default())?;
        let user = &mut record.user;
        user.name = wanted.name.clone().unwrap_or_else(|| user.name.clone());
        user.roles = wanted.roles.clone().unwrap_or_else(|| user.roles.clone());
        user.teams = wanted.teams.clone().unwrap_or_else(|| user.teams.clone());
        user.conversation_access = wanted.conversation_access.unwrap_or(user.conversation_access);
        user.message_access = wanted.message_access.unwrap_or(user.message_access);
        match (wanted.enabled, user.status) {
            (Some(_), UserStatus::Invited) => {
                return Err(UserError::State("the user has not accepted the invitation yet"));
            }
            (Some(false), UserStatus::Active) if user.id == caller.user => {
                return Err(UserError::State("nobody can disable themselves"));
            }
            (Some(true), _) => user.status = UserStatus::Active,
            (Some(false), _) => {
                user.status = UserStatus::Disabled;
                record.sessions.clear();
            }
            (None, _) => {}
        }
        Ok(Effect::default())
    })
    .await
}

/// Says something about one user alone, which beats every role and team (A21, X13). Replaces what was said before.
pub async fn set_overrides(
    app: &App,
    caller: &Caller,
    id: UserId,
    wanted: Grants,
) -> Result<User, UserError> {
    caller.require(Permission::UsersManage)?;
    change(app, caller, id, AuditAction::UserOverridden, |record| {
        record.user.overrides = wanted.clone();
        Ok(Effect::default())
    })
    .await
}

/// Removes a user: they are signed out, their address is free, their API keys end, and their conversations become the
/// successor's, or nobody's. The record stays, so that what they did keeps its name. Removing again changes nothing.
pub async fn remove(
    app: &App,
    caller: &Caller,
    id: UserId,
    successor: Option<UserId>,
) -> Result<(), UserError> {
    caller.require(Permission::UsersManage)?;
    if id == caller.user {
        return Err(UserError::State("nobody can remove themselves"));
    }
    if let Some(successor) = successor {
        let found = staff(app, caller, successor).await.map_err(|error| match error {
            UserError::NotFound => UserError::NoSuchSuccessor,
            other => other,
        })?;
        let able = caller.policy.rights(&found.user).conversation_access() > ConversationAccess::None;
        if successor == id || found.user.status != UserStatus::Active || !able {
            return Err(UserError::NoSuchSuccessor);
        }
    }
    let departure = Departure { user: id, successor, by: caller.user, at: app.now() };
    change(app, caller, id, AuditAction::UserRemoved, |record| {
        record.user.status = UserStatus::Removed;
        record.sessions.clear();
        record.invitation = None;
        Ok(Effect { credential: CredentialChange::Remove, departure: Some(departure), ..Effect::default() })
    })
    .await
    .map(drop)
}

/// Whether a user may do something, and what decided it.
pub async fn explain(
    app: &App,
    caller: &Caller,
    id: UserId,
    permission: Permission,
) -> Result<(Explanation, Result<(), Forbidden>), UserError> {
    if id != caller.user {
        caller.require(Permission::UsersRead)?;
    }
    let user = staff(app, caller, id).await?.user;
    let rights = caller.policy.rights(&user);
    Ok((caller.policy.explain(&user, permission), caller.policy.permits(&rights, permission)))
}

/// Roles and teams that a user is given must exist.
fn check_standing(
    policy: &Policy,
    roles: &BTreeSet<RoleRef>,
    teams: &BTreeSet<TeamId>,
) -> Result<(), UserError> {
    if roles.len() > ROLES_OF_A_USER_MAX {
        return Err(UserError::TooManyRoles);
    }
    if teams.len() > TEAMS_OF_A_USER_MAX {
        return Err(UserError::TooManyTeams);
    }
    let exists = |role: &RoleRef| match role {
        RoleRef::BuiltIn(_) => true,
        RoleRef::Custom(id) => policy.roles.contains_key(id),
    };
    if !roles.iter().all(exists) {
        return Err(UserError::NoSuchRole);
    }
    if teams.iter().all(|id| policy.teams.contains_key(id)) { Ok(()) } else { Err(UserError::NoSuchTeam) }
}

/// What a change does besides changing the user.
struct Effect {
    credential: CredentialChange,
    departure: Option<Departure>,
    mails: Vec<domain::mail::Mail>,
}

impl Default for Effect {
    fn default() -> Self {
        Self { credential: CredentialChange::Keep, departure: None, mails: Vec::new() }
    }
}

/// Reads a user, lets `step` change them and writes it with its entry in the audit log, again and again until nobody else
/// came in between. Writes nothing if nothing changed.
async fn change(
    app: &App,
    caller: &Caller,
    id: UserId,
    action: AuditAction,
    step: impl Fn(&mut UserRecord) -> Result<Effect, UserError>,
) -> Result<User, UserError> {
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let before = staff(app, caller, id).await?;
        let mut after = before.clone();
        let Effect { credential, departure, mails } = step(&mut after)?;
        if after.user == before.user && after.invitation == before.invitation {
            return Ok(after.user);
        }
        let action = match (before.user.status, after.user.status) {
            (UserStatus::Active, UserStatus::Disabled) => AuditAction::UserDisabled,
            (UserStatus::Disabled, UserStatus::Active) => AuditAction::UserEnabled,
            _ => action,
        };
        let entry = caller.audit(app, action, id, &shown(&before.user), &shown(&after.user));
        let traces = Traces { audit: vec![entry], mails };
        let user = after.user.clone();
        let update =
            UserUpdate { before: &before, after, credential, departure, traces, elsewhere: Vec::new() };
        match account.change_user(update).await? {
            SaveUser::Saved => return Ok(user),
            SaveUser::LastAccountManager => return Err(UserError::LastAccountManager),
            SaveUser::Changed => {}
        }
    }
    Err(StoreError::Contention.into())
}
