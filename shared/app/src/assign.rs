//! Assigning a conversation to a colleague.

use std::collections::BTreeSet;

use domain::{
    access::ConversationAccess,
    account::{User, UserStatus},
    id::{ConversationId, UserId},
};

use crate::{
    App, Caller,
    conversations::{Act, ConversationError, Shown, act, readable},
};

/// Assigns `user`, who must be a member of the account with access to conversations: assigning somebody who could never
/// see it would hide the conversation from everybody's attention (C12).
pub async fn assign(
    app: &App,
    caller: &Caller,
    conversation: ConversationId,
    user: UserId,
) -> Result<Shown, ConversationError> {
    readable(app, caller, conversation).await?;
    require_able(app, caller, user).await?;
    act(app, caller, conversation, Act::Assign(user)).await
}

/// Assigns these people and nobody else (X10).
pub async fn replace(
    app: &App,
    caller: &Caller,
    conversation: ConversationId,
    users: BTreeSet<UserId>,
) -> Result<Shown, ConversationError> {
    let before = readable(app, caller, conversation).await?.assignees;
    for user in users.difference(&before) {
        require_able(app, caller, *user).await?;
    }
    act(app, caller, conversation, Act::AssignOnly(users)).await
}

/// Whether somebody can be assigned at all.
pub(crate) async fn require_able(app: &App, caller: &Caller, user: UserId) -> Result<(), ConversationError> {
    let found = app.store.account(caller.account).user(user).await?.map(|record| record.user);
    let able = |user: &User| caller.policy.rights(user).conversation_access() > ConversationAccess::None;
    if found.is_some_and(|user| user.status == UserStatus::Active && user.is_staff() && able(&user)) {
        Ok(())
    } else {
        Err(ConversationError::NoSuchUser)
    }
}

/// Removes the assignment of `user`. An id that is nobody's, or not assigned, changes nothing.
pub async fn unassign(
    app: &App,
    caller: &Caller,
    conversation: ConversationId,
    user: UserId,
) -> Result<Shown, ConversationError> {
    act(app, caller, conversation, Act::Unassign(user)).await
}
