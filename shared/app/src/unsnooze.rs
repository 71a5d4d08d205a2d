//! Snoozed conversations come back when their time has come (D17). Called every minute.

use crate::{
    App, Failure,
    conversations::{ConversationError, Who, change},
};

/// At most this many conversations of each shard are woken in one round.
const BATCH: u32 = 100;
/// At most this many rounds in one call; what is left waits for the next minute.
const ROUNDS_MAX: u32 = 20;

/// Wakes what is due; returns how many conversations it was.
pub async fn wake_due(app: &App) -> Result<u32, Failure> {
    let mut woken = 0_u32;
    for _ in 0..ROUNDS_MAX {
        let due = app.store.due_wakes(app.now(), BATCH).await?;
        let mut any = false;
        for wake in due {
            let now = app.now();
            let step = |it: &mut domain::conversation::Conversation| Ok(it.wake(now));
            match change(app, wake.account, wake.conversation, Who::SYSTEM, step).await {
                Ok(conversation) => any |= conversation.snooze.is_none(),
                Err(ConversationError::Failure(failure)) => return Err(failure),
                // Gone, or put to sleep anew in the meantime.
                Err(_) => continue,
            }
            woken = woken.saturating_add(1);
        }
        if !any {
            break;
        }
    }
    Ok(woken)
}
