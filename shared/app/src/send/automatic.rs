//! What the product itself sends: answers to keywords, and what automations say.

use std::collections::BTreeSet;

use domain::{
    access::Feature,
    automation::{ANSWERS_MAX, ANSWERS_WITHIN, Assign},
    conversation::Conversation,
    id::{AccountId, ConversationId, MessageId, UserId},
    policy::Policy,
    timeline::Actor,
};
use jiff::Timestamp;
use storage::{AccountStore, StoreError};

use super::{Accepted, Content, Order, Recipient, Scopes, SendError, Sender, take};
use crate::{App, automations::assignable, caller::Forbidden};

/// What the product itself sends: an answer in a conversation.
pub(crate) struct Automatic {
    /// Its id, which follows from what it answers: however often it is sent, it is accepted once.
    pub(crate) id: MessageId,
    /// Whose.
    pub(crate) account: AccountId,
    /// Where.
    pub(crate) conversation: ConversationId,
    /// What.
    pub(crate) content: Content,
    /// A feature that the account must have for it, beside messaging.
    pub(crate) needs: Option<Feature>,
    /// Who is assigned with it.
    pub(crate) assign: Assign,
    /// Until when it goes to who has opted out, too: only the confirmation of an opt-out does (I07).
    pub(crate) exempt_until: Option<Timestamp>,
}

/// What the fingerprint of a message says that the product itself sends. Its id says the rest.
const AUTOMATIC: &str = "automatic";

/// Accepts a message of the product itself, and assigns whom it names (C19, C20). Otherwise the conversation stands where it
/// stood.
pub(crate) async fn send_automatically(app: &App, it: &Automatic) -> Result<Accepted, SendError> {
    let store = app.store.account(it.account);
    let policy = store.policy().await?.policy;
    if policy.suspended_since.is_some() {
        return Err(SendError::Suspended);
    }
    if let Some(missing) =
        [Some(Feature::Messaging), it.needs].into_iter().flatten().find(|it| !policy.has(*it))
    {
        return Err(Forbidden::Feature(missing).into());
    }
    let to = Recipient::Conversation(it.conversation);
    let order = Order {
        id: it.id,
        fingerprint: AUTOMATIC.to_owned(),
        to: &to,
        content: &it.content,
        seen: None,
        is_test: false,
        due: None,
        overrides_quiet_hours: false,
    };
    let sender = Sender {
        account: it.account,
        actor: Actor::System,
        by: None,
        author: None,
        viewer: None,
        name: None,
        may_compose: Ok(()),
        scopes: Scopes::of_everybody(),
        assigned: people(&store, &policy, it.conversation, &it.assign).await?,
        exempt_until: it.exempt_until,
    };
    take(app, &sender, &order).await
}

/// Who is assigned at this moment.
pub(crate) async fn people(
    store: &AccountStore,
    policy: &Policy,
    conversation: ConversationId,
    assign: &Assign,
) -> Result<BTreeSet<UserId>, StoreError> {
    let mut owner = None;
    if assign.owner_of_contact
        && let Some(conversation) = store.conversation(conversation).await?
    {
        owner = store.contact(conversation.contact).await?.and_then(|contact| contact.owner);
    }
    Ok(assignable(store, policy, assign.people(owner)).await?.into_iter().collect())
}

/// Insists that the product itself has not sent too much here lately, so that two machines that answer each other come to an
/// end (I15). `conversation` is what the message will be written over, so what is counted cannot grow in between.
pub(super) async fn not_too_many(
    store: &AccountStore,
    message: MessageId,
    conversation: &Conversation,
    at: Timestamp,
) -> Result<(), SendError> {
    let since = at.checked_sub(ANSWERS_WITHIN).unwrap_or(Timestamp::MIN);
    let enough = store.automatic_since(conversation.id, since).await? >= ANSWERS_MAX;
    // One that was accepted before is one of them.
    if enough && store.message_record(message).await?.is_none() {
        return Err(SendError::TooManyAnswers);
    }
    Ok(())
}
