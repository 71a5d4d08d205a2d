//! The people of an account.

use std::collections::BTreeSet;

use domain::{
    access::{ConversationAccess, Permission, Role},
    account::User,
    email::EmailAddress,
    id::UserId,
    name::DisplayName,
};
use storage::{AddUserError, InvalidCursor, Page, PageRequest, SaveUser, StoreError};

use crate::{
    App, Caller, Failure,
    conversations::ATTEMPTS_MAX,
    sessions::{Forbidden, NewPassword, hash_password},
};

/// A user to add.
pub struct NewUser {
    /// Their name.
    pub name: DisplayName,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// Their first password.
    pub password: NewPassword,
    /// Their roles.
    pub roles: BTreeSet<Role>,
    /// Which conversations they may see.
    pub conversation_access: ConversationAccess,
}

/// What to change of a user; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Their name.
    pub name: Option<DisplayName>,
    /// Their roles.
    pub roles: Option<BTreeSet<Role>>,
    /// Which conversations they may see.
    pub conversation_access: Option<ConversationAccess>,
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
    /// Somebody has to be able to manage users (X16).
    #[error("the last account manager cannot be demoted")]
    LastAccountManager,
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

/// A page of the account's users. Everybody may see their colleagues: they assign conversations to them.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<User>, UserError> {
    Ok(app.store.account(caller.account).users(page).await??)
}

/// Adds a user (B07).
pub async fn add(app: &App, caller: &Caller, new: NewUser) -> Result<User, UserError> {
    caller.require(Permission::UsersManage)?;
    let user = User {
        id: app.new_id(),
        account: caller.account,
        email: new.email,
        name: new.name,
        roles: new.roles,
        conversation_access: new.conversation_access,
        created_at: app.now(),
    };
    let password_hash = hash_password(app, new.password).await?;
    match app.store.account(caller.account).add_user(&user, password_hash).await {
        Ok(()) => Ok(user),
        Err(AddUserError::EmailTaken) => Err(UserError::EmailTaken),
        Err(AddUserError::Store(error)) => Err(error.into()),
    }
}

/// Changes a user's name, roles or access. What they may do changes with their next request.
pub async fn update(app: &App, caller: &Caller, id: UserId, change: UserChange) -> Result<User, UserError> {
    caller.require(Permission::UsersManage)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let before = account.user(id).await?.ok_or(UserError::NotFound)?;
        let mut after = before.clone();
        let user = &mut after.user;
        user.name = change.name.clone().unwrap_or_else(|| user.name.clone());
        user.roles = change.roles.clone().unwrap_or_else(|| user.roles.clone());
        user.conversation_access = change.conversation_access.unwrap_or(user.conversation_access);
        match account.change_user(&before, &after).await? {
            SaveUser::Saved => return Ok(after.user),
            SaveUser::LastAccountManager => return Err(UserError::LastAccountManager),
            SaveUser::Changed => {}
        }
    }
    Err(StoreError::Contention.into())
}
