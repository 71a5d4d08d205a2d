//! What follows when something happens that an automation waits for (C14, C19, C20, C21, D20, X18, I15).
//!
//! This follows from the table's stream, which may tell of an event more than once: a run is named by the automation and the
//! event, and its message's id follows from both, so it happens once. Whoever is assigned is assigned in the transaction that
//! accepts the message, by the product itself, which counts as somebody else: they are told. A message that cannot be sent
//! is left out once and for all, because a late one is worse than none; then nobody is assigned either. Only what people and
//! customers do starts an automation (see [`Trigger::of`]).

use domain::{
    automation::{Automation, Trigger},
    id::{AccountId, ConversationId, EventId, MessageId},
    template::Fields,
    timeline::{Actor, ConversationEvent},
};

use crate::{
    App, Failure,
    conversations::{ConversationError, Who, change},
    send::{Automatic, Content, SendError, people, send_automatically},
};

/// What happened in which conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    pub(crate) event: EventId,
}

/// Does what the account wants to happen after an event.
pub(crate) async fn follow(
    app: &App,
    cause: Cause,
    event: &ConversationEvent,
    actor: Actor,
) -> Result<(), Failure> {
    let Some(trigger) = Trigger::of(event, actor) else { return Ok(()) };
    let store = app.store.account(cause.account);
    let all = store.all_automations().await?;
    for automation in all.iter().filter(|it| it.enabled && it.trigger == trigger) {
        if store.begin_automation(automation.id, cause.event, app.now()).await? {
            run(app, cause, automation).await?;
            store.end_automation(automation.id, cause.event).await?;
        }
    }
    Ok(())
}

async fn run(app: &App, cause: Cause, automation: &Automation) -> Result<(), Failure> {
    let Cause { account, conversation, event } = cause;
    let store = app.store.account(account);
    let Some(found) = store.conversation(conversation).await? else { return Ok(()) };
    // Nothing is answered to our own numbers, nor to who is on the stop list.
    if found.blocked || store.has_gateway_for(&found.contact_number.clone().into()).await? {
        return Ok(());
    }
    let Some(template) = automation.template else {
        return assign(app, cause, automation).await;
    };
    let message = Automatic {
        id: MessageId::derive(&[b"automation", automation.id.uuid().as_bytes(), event.uuid().as_bytes()]),
        account,
        conversation,
        content: Content::of_template(template, Fields::new()),
        needs: None,
        assign: automation.assign.clone(),
        exempt_until: None,
    };
    match send_automatically(app, &message).await {
        Ok(_) => Ok(()),
        Err(SendError::Failure(failure)) => Err(failure),
        Err(refused) => {
            tracing::warn!(
                metric = "automation_not_sent", automation = %automation.id, reason = %refused,
                "an automation did not send its message"
            );
            Ok(())
        }
    }
}

/// Assigns people without sending anything.
async fn assign(app: &App, cause: Cause, automation: &Automation) -> Result<(), Failure> {
    let store = app.store.account(cause.account);
    let policy = store.policy().await?.policy;
    let people = people(&store, &policy, cause.conversation, &automation.assign).await?;
    let assigned = change(app, cause.account, cause.conversation, Who::SYSTEM, |it| {
        // Who does not fit any more is left out.
        Ok(people.iter().filter_map(|user| it.assign(*user).ok()).flatten().collect())
    });
    match assigned.await {
        Ok(_) | Err(ConversationError::NotFound) => Ok(()),
        Err(ConversationError::Failure(failure)) => Err(failure),
        Err(_) => Err(Failure::Broken("an automation was refused what nobody is refused")),
    }
}
