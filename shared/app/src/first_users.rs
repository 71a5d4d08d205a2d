//! The first user of a sub account who has not come: inviting them again.
//!
//! Until they have joined, nobody else of the sub account could do it.

use domain::{
    access::Permission,
    account::{User, UserStatus},
    audit::AuditAction,
    id::AccountId,
};
use storage::{CredentialChange, PageRequest, SaveUser, StoreError, Traces, UserUpdate};

use crate::{
    App, Caller, accounts::sub_account, conversations::ATTEMPTS_MAX, invitations,
    sub_accounts::SubAccountError, users::shown,
};

/// Sends the first user of a sub account another invitation; links of earlier ones end.
pub async fn invite_again(app: &App, caller: &Caller, id: AccountId) -> Result<User, SubAccountError> {
    caller.require(Permission::AccountsManage)?;
    sub_account(app, caller, id).await?;
    let account = app.store.account(id);
    let oldest = account.users(PageRequest { limit: 1, cursor: None }).await??.items;
    let first = oldest.first().ok_or(SubAccountError::NotFound)?.id;
    for _ in 0..ATTEMPTS_MAX {
        let before = account.user(first).await?.ok_or(SubAccountError::NotFound)?;
        if before.user.status != UserStatus::Invited {
            return Err(SubAccountError::FirstUserJoined);
        }
        let (nonce, letter) = invitations::letter(app, &before.user, Some(&caller.profile.name));
        let mut after = before.clone();
        after.invitation = Some(nonce);
        let (user, seen) = (before.user.clone(), shown(&before.user));
        let (action, nothing) = (AuditAction::UserInvited, &crate::audit::NOTHING);
        let of_sub = Traces::from(caller.audit_in(app, id, action, first, nothing, &seen)).and_mail(letter);
        let of_master = Traces::from(caller.audit(app, action, first, nothing, &seen));
        let update = UserUpdate {
            before: &before,
            after,
            credential: CredentialChange::Keep,
            departure: None,
            traces: of_sub,
            elsewhere: vec![(caller.account, of_master)],
        };
        if account.change_user(update).await? == SaveUser::Saved {
            return Ok(user);
        }
    }
    Err(StoreError::Contention.into())
}
