//! What a customer hears who has opted out, opted in again or asked for help (I07).
//!
//! This follows from the table's stream, which may tell of a text more than once: the text says under which id it is answered
//! ([`Said`]), so it is answered once. An answer that cannot be sent (too few credits, too late) is left out once and for all.
//! The confirmation of an opt-out goes to a number that has opted out, for five minutes; no other message does.

use domain::{
    automation::Assign,
    consent::{CONFIRMED_WITHIN, Said, Wish, answer},
    id::{AccountId, ConversationId},
    message::Message,
};

use crate::{
    App, Failure,
    send::{Automatic, Content, SendError, send_automatically},
};

/// Answers a text that says something about consent, if it is owed an answer.
pub(crate) async fn follow(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    text: &Message,
    said: Said,
) -> Result<(), Failure> {
    let Some(id) = said.answer else { return Ok(()) };
    let until = text.accepted_at.checked_add(CONFIRMED_WITHIN).unwrap_or(text.accepted_at);
    if app.now() >= until {
        tracing::warn!(metric = "consent_not_answered", "an answer about consent came too late");
        return Ok(());
    }
    let settings = app.store.account(account).settings().await?;
    let business = settings.ok_or(Failure::Broken("the account has no settings"))?.name;
    let Some(words) = answer(said.wish, business.as_str()) else { return Ok(()) };
    let answer = Automatic {
        id,
        account,
        conversation,
        content: Content::of_answer(words),
        needs: None,
        assign: Assign::default(),
        exempt_until: (said.wish == Wish::OptOut).then_some(until),
    };
    match send_automatically(app, &answer).await {
        Ok(_) => Ok(()),
        Err(SendError::Failure(failure)) => Err(failure),
        Err(refused) => {
            tracing::warn!(metric = "consent_not_answered", reason = %refused, "an answer about consent was not sent");
            Ok(())
        }
    }
}
