//! Who gets the conversations of somebody who has left.
//!
//! Removing a user writes down their departure; the sweep works it off in bounded steps, minute by minute. Each conversation is changed like any other, so whoever reassigns it meanwhile wins, and working on a
//! departure twice does nothing twice.

use domain::{
    access::Audience,
    audit::{AuditActor, By},
    conversation::{Conversation, View},
    id::{AccountId, UserId},
    timeline::Actor,
};
use jiff::SignedDuration;
use storage::{Departure, ListQuery, PageRequest};

use crate::{
    App, Failure,
    conversations::{ConversationError, Who, change},
};

/// Conversations read at once.
const BATCH: u32 = 50;
/// At most this many times that many conversations of one user are given away in one call.
const ROUNDS_MAX: u32 = 4;
/// At most this many departures of each shard are worked on in one sweep.
const DEPARTURES: u32 = 5;
/// How long a departure is kept in view: a send that was accepted at the same moment may have assigned the user again.
const WATCHED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Gives conversations of a user who has left to others, up to a bound.
async fn work_off(app: &App, account: AccountId, user: UserId) -> Result<(), Failure> {
    let store = app.store.account(account);
    let Some(departure) = store.departure(user).await? else { return Ok(()) };
    for _ in 0..ROUNDS_MAX {
        let query = ListQuery::of(Audience::User(user), View::All);
        let Ok(found) = store.conversations(query, PageRequest { limit: BATCH, cursor: None }).await? else {
            return Ok(());
        };
        if found.items.is_empty() {
            let watched = departure.at.checked_add(WATCHED_FOR).unwrap_or(departure.at) > app.now();
            return if watched { Ok(()) } else { Ok(store.departed(user).await?) };
        }
        for conversation in found.items {
            hand_over(app, account, &departure, &conversation).await?;
        }
    }
    Ok(())
}

async fn hand_over(
    app: &App,
    account: AccountId,
    departure: &Departure,
    conversation: &Conversation,
) -> Result<(), Failure> {
    let step = |it: &mut Conversation| {
        if !it.assignees.contains(&departure.user) {
            return Ok(Vec::new());
        }
        let mut events = it.unassign(departure.user);
        if let Some(successor) = departure.successor {
            // Where there is no room for one more, those who are assigned already go on.
            events.extend(it.assign(successor).unwrap_or_default());
        }
        Ok(events)
    };
    // From where they were removed stands in the entry about that.
    let by = By { actor: AuditActor::User { user: departure.by }, address: None };
    let who = Who { actor: Actor::User(departure.by), by: Some(by) };
    match change(app, account, conversation.id, who, step).await {
        Ok(_) | Err(ConversationError::NotFound) => Ok(()),
        Err(ConversationError::Failure(failure)) => Err(failure),
        Err(_) => Err(Failure::Broken("a hand-over was refused")),
    }
}

/// Goes on with departures that are not done with. Called every minute.
pub async fn go_on(app: &App) -> Result<u32, Failure> {
    let mut worked = 0_u32;
    for (account, user) in app.store.due_departures(app.now(), DEPARTURES).await? {
        work_off(app, account, user).await?;
        worked = worked.saturating_add(1);
    }
    Ok(worked)
}
