//! Scheduled messages whose time has come. Called every minute.
//!
//! Each goes the one way that every message goes, in the name of whoever touched it last, with what they may do at this
//! moment. What is refused now is shown in its conversation as failed, with the reason. All of it is decided over the version
//! that was read and written with the conversation's, so however often this runs, at once or killed anywhere, a message is
//! sent once (I02), never after it was taken back, and never after an answer that was to stop it.

use domain::{
    access::Permission,
    credits::Credits,
    message::Refusal,
    quiet_hours::Heed,
    scheduled::{Scheduled, Standing},
    timeline::{Entry, EntryContent},
};
use futures::future::join_all;
use jiff::Timestamp;
use storage::{
    AccountStore, Change, ChangeError, ConsentChange, DueScheduled, KnownMessage, MessageRecord, StoreError,
    Traces,
};

use super::{Content, Order, Recipient, SendError, Sender, take};
use crate::{App, Failure, begin::begin, caller::of_author, conversations::ATTEMPTS_MAX};

/// At most this many messages of each shard are sent in one round.
const BATCH: u32 = 100;
/// At most this many rounds in one call; what is left waits for the next minute.
const ROUNDS_MAX: u32 = 20;

/// Sends what is due; returns how many messages it was. One that cannot be sent because something outside did not answer
/// holds up no other; the first such failure is returned when everything else is done.
pub async fn send_due(app: &App) -> Result<u32, Failure> {
    let mut ended = 0_u32;
    let mut failure = None;
    for _ in 0..ROUNDS_MAX {
        let due = app.store.due_scheduled(app.now(), BATCH).await?;
        // One list after the other would be too slow, one message of a list after the other keeps their order.
        let done = join_all(due.iter().map(|list| one_after_the_other(app, list))).await;
        let mut any = 0_u32;
        for (count, failed) in done {
            any = any.saturating_add(count);
            failure = failure.or(failed);
        }
        ended = ended.saturating_add(any);
        if any == 0 {
            break;
        }
    }
    failure.map_or(Ok(ended), Err)
}

async fn one_after_the_other(app: &App, due: &[DueScheduled]) -> (u32, Option<Failure>) {
    let (mut ended, mut failure) = (0_u32, None);
    for one in due {
        match end(app, *one).await {
            Ok(true) => ended = ended.saturating_add(1),
            Ok(false) => {}
            Err(failed) => {
                tracing::error!(
                    error = %failed, message = %one.message, metric = "scheduled_not_sent",
                    "a scheduled message could not be sent now"
                );
                failure = failure.or(Some(failed));
            }
        }
    }
    (ended, failure)
}

/// What became of a message whose time had come.
enum Outcome {
    /// It is on its way.
    Sent,
    /// It may not be sent.
    Refused(Refusal),
    /// The customer has quiet hours until then.
    Quiet(Timestamp),
    /// It was to stop if the customer answers, and they have.
    Answered,
    /// Somebody has changed it, or was faster.
    Changed,
}

/// Sends a message or ends it otherwise; `false`: there is nothing to do.
async fn end(app: &App, due: DueScheduled) -> Result<bool, Failure> {
    let account = app.store.account(due.account);
    for _ in 0..ATTEMPTS_MAX {
        let Some(KnownMessage::Scheduled(it)) = account.known_message(due.message).await? else {
            return Ok(false);
        };
        let now = app.now();
        if it.standing != Standing::Waiting || it.send_at > now {
            return Ok(false);
        }
        let outcome = if it.is_too_late(now) {
            Outcome::Refused(Refusal::TooLate)
        } else {
            send(app, &account, &it).await?
        };
        let ended = match outcome {
            Outcome::Sent => true,
            Outcome::Refused(reason) => refuse(app, &account, &it, reason).await?,
            Outcome::Answered => {
                let mut answered = *it;
                answered.end(Standing::Answered, now);
                account.save_scheduled(&answered, &Traces::default()).await?
            }
            Outcome::Quiet(until) => {
                let mut later = *it;
                later.defer(until, now);
                account.save_scheduled(&later, &Traces::default()).await?
            }
            Outcome::Changed => false,
        };
        if ended {
            return Ok(true);
        }
    }
    Err(StoreError::Contention.into())
}

async fn send(app: &App, account: &AccountStore, it: &Scheduled) -> Result<Outcome, Failure> {
    let Some(caller) = of_author(app, account.id(), &it.sender).await? else {
        return Ok(Outcome::Refused(Refusal::NotPermitted));
    };
    if caller.require(Permission::MessagesManage).is_err() {
        return Ok(Outcome::Refused(Refusal::NotPermitted));
    }
    let to = match account.conversation(it.conversation).await? {
        Some(conversation) => Recipient::Conversation(conversation.id),
        None => Recipient::Number { number: it.to.as_str().to_owned(), gateway: Some(it.gateway) },
    };
    let content = Content::of_scheduled(it);
    let order = Order {
        id: it.id,
        fingerprint: it.fingerprint.clone(),
        to: &to,
        content: &content,
        seen: None,
        is_test: false,
        due: Some(it),
        overrides_quiet_hours: it.quiet_hours == Heed::Override
            && caller.require(Permission::MessagesOverrideQuietHours).is_ok(),
    };
    Ok(match take(app, &Sender::of(&caller), &order).await {
        Ok(_) => Outcome::Sent,
        Err(SendError::Answered) => Outcome::Answered,
        Err(SendError::QuietHours { until }) => Outcome::Quiet(until),
        Err(SendError::NotScheduled) => Outcome::Changed,
        Err(SendError::Failure(failure)) => return Err(failure),
        Err(refused) => Outcome::Refused(reason(&refused)),
    })
}

/// What a refusal is called when nobody waits for an answer.
fn reason(refused: &SendError) -> Refusal {
    match refused {
        SendError::OptedOut { .. } => Refusal::OptedOutHere,
        SendError::Blocked => Refusal::BlockedHere,
        SendError::NotEnoughCredits { .. } => Refusal::NotEnoughCredits,
        // They may not write, or not there, or not such a text.
        SendError::Forbidden(_) | SendError::Suspended | SendError::NotFound => Refusal::NotPermitted,
        SendError::NoGateway | SendError::NoSuchGateway | SendError::Gateway(_) | SendError::OwnNumber => {
            Refusal::SenderNotAllowed
        }
        SendError::Number(_) | SendError::NoSuchContact | SendError::NotTheirNumber => Refusal::InvalidNumber,
        _ => Refusal::Other,
    }
}

/// Shows in the conversation that a message was not sent, and why; `false`: it has changed. It cost nothing.
async fn refuse(app: &App, account: &AccountStore, it: &Scheduled, reason: Refusal) -> Result<bool, Failure> {
    for _ in 0..ATTEMPTS_MAX {
        let now = app.now();
        let before = account.conversation(it.conversation).await?;
        let (mut after, new_contact) = match before.clone() {
            Some(conversation) => (conversation, None),
            None => begin(app, account, it.gateway, &it.to, now).await?,
        };
        let message = it.refused(reason, after.take_place(it.id), now);
        // It shows, and stands where it stood.
        after.send_automatically(now, &it.text);
        let record = MessageRecord {
            message: it.id,
            conversation: it.conversation,
            sequence: message.sequence,
            fingerprint: it.fingerprint.clone(),
            credits: Credits::ZERO,
            at: now,
        };
        let (sequence, content) = (message.sequence, EntryContent::Message(Box::new(message)));
        let change = Change {
            before: before.as_ref(),
            after,
            entries: vec![Entry { sequence, at: now, content }],
            by: None,
            records: vec![record],
            new_contact,
            consent: ConsentChange::Leave,
            other_numbers: Vec::new(),
        };
        match account.change_due(change, it).await {
            Ok(_) => return Ok(true),
            Err(ChangeError::Changed) => {}
            Err(ChangeError::Scheduled | ChangeError::Accepted(_)) => return Ok(false),
            Err(ChangeError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(Failure::Broken("what was refused was refused once more")),
        }
    }
    Err(StoreError::Contention.into())
}
