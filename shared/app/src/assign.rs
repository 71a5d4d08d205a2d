//! Assigning a conversation to a colleague.

use domain::{
    access::ConversationAccess,
    account::{User, UserStatus},
    conversation::Conversation,
    id::{ConversationId, UserId},
};

use crate::{
    App, Caller,
    conversations::{Act, ConversationError, act},
};

/// Assigns `user`, who must be a member of the account with access to conversations: assigning somebody who could never
/// see it would hide the conversation from everybody's attention (C12).
pub async fn assign(
    app: &App,
    caller: &Caller,
    conversation: ConversationId,
    user: UserId,
) -> Result<Conversation, ConversationError> {
    crate::conversations::get(app, caller, conversation).await?;
    let found = app.store.account(caller.account).user(user).await?.map(|record| record.user);
    let able = |user: &User| caller.policy.rights(user).conversation_access() > ConversationAccess::None;
    if !found.is_some_and(|user| user.status == UserStatus::Active && user.is_staff() && able(&user)) {
        return Err(ConversationError::NoSuchUser);
    }
    act(app, caller, conversation, Act::Assign(user)).await
}

/// Removes the assignment of `user`. An id that is nobody's, or not assigned, changes nothing.
pub async fn unassign(
    app: &App,
    caller: &Caller,
    conversation: ConversationId,
    user: UserId,
) -> Result<Conversation, ConversationError> {
    act(app, caller, conversation, Act::Unassign(user)).await
}
