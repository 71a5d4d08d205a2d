//! What follows from what was written: the outbox.
//!
//! The table's stream shows each new timeline entry once or more, in order. An accepted message becomes a job for
//! [`crate::deliver`], a mail one for [`crate::mail`]; an inbound message and an assignment become notifications. Each step
//! may be repeated: a job names its message or mail, and a notification's id follows from the entry and the user. What
//! people and programs did gets into the audit log, and from there, from failures and from balances follow alerts.

use domain::{
    message::{Status, Way},
    timeline::{ConversationEvent, EntryContent},
};
pub use storage::stream::{Added, Image, NewEntry, NewMail, added, changed};
use storage::{
    StoreError,
    stream::{Changed, NewContactNote},
};

use crate::{
    App, Failure, alerting,
    automatic::{self, Cause},
    consent_answers, keyword_answers, log_keeping,
    ports::{MailJob, MediaTask, SendJob},
    telling::{self, Inbound, NoteOf},
};

/// What the stream calls an item that was not there before.
const INSERTED: &str = "INSERT";
/// What the stream calls an item that was.
const MODIFIED: &str = "MODIFY";

/// Does what follows from a record of the stream: what happened, and the images of the item before and after.
pub async fn record(app: &App, happened: &str, before: Image, after: Image) -> Result<(), Failure> {
    match happened {
        INSERTED => match added(after)? {
            Some(added) => dispatch(app, &added).await,
            None => Ok(()),
        },
        MODIFIED => match changed(before, after) {
            Ok(Some(changed)) => lasting(alerting::changed(app, &changed).await),
            Ok(None) => Ok(()),
            Err(unreadable) => lasting(Err(unreadable)),
        },
        _ => Ok(()),
    }
}

/// An alert that can never be given, because something about it cannot be read, must not hold up the messages behind it.
fn lasting(outcome: Result<(), StoreError>) -> Result<(), Failure> {
    match outcome {
        Err(error @ StoreError::Unreadable { .. }) => {
            tracing::error!(%error, metric = "alert_lost", "an alert could not be given");
            Ok(())
        }
        other => Ok(other?),
    }
}

/// Does what follows from something new.
pub async fn dispatch(app: &App, added: &Added) -> Result<(), Failure> {
    match added {
        Added::Entry(entry) => follow(app, entry).await,
        Added::Mail(NewMail { account, mail }) => {
            Ok(app.queues.enqueue_mail(&MailJob { account: *account, mail: *mail }).await?)
        }
        Added::Audit(account, entry) => lasting(alerting::logged(app, *account, entry).await),
        Added::ContactNote(NewContactNote { account, contact, at, note }) => {
            telling::of_mentions(app, *account, NoteOf::Contact(*contact), note, *at).await
        }
    }
}

/// Has the files of an inbound message copied: the carrier keeps them for hours only.
async fn copy_media(app: &App, new: &NewEntry) -> Result<(), Failure> {
    let NewEntry { account, conversation, entry, .. } = new;
    match &entry.content {
        EntryContent::Message(message) if message.delivery().is_none() && !message.media.is_empty() => {
            let (account, conversation, sequence) = (*account, *conversation, entry.sequence);
            let task = MediaTask { account, conversation, sequence, message: message.id };
            Ok(app.queues.enqueue_media(&task).await?)
        }
        _ => Ok(()),
    }
}

/// Does what follows from a new timeline entry.
async fn follow(app: &App, new: &NewEntry) -> Result<(), Failure> {
    let NewEntry { account, conversation, entry, .. } = new;
    copy_media(app, new).await?;
    match &entry.content {
        EntryContent::Message(message) => match &message.way {
            Way::Outbound(delivery) if delivery.status == Status::Queued => {
                let job = SendJob {
                    account: *account,
                    conversation: *conversation,
                    sequence: entry.sequence,
                    message: message.id,
                };
                app.queues.enqueue_send(&job, &message.id.to_string()).await?;
            }
            // Refused when its time had come: nothing has changed in it since, so this is where it is told.
            Way::Outbound(delivery) if delivery.status == Status::Failed => {
                let failed = Changed::Failed(*account, message.clone());
                lasting(alerting::changed(app, &failed).await)?;
            }
            // Whoever is blocked may write as much as they like.
            Way::Outbound(_) | Way::Inbound { blocked: true, .. } => {}
            Way::Inbound { assignees, muted_by, consent, .. } => {
                let (account, conversation) = (*account, *conversation);
                let inbound = Inbound { account, conversation, entry, assignees, muted_by };
                Box::pin(telling::of_message(app, &inbound)).await?;
                match consent {
                    Some(said) => consent_answers::follow(app, account, conversation, message, *said).await?,
                    None => keyword_answers::follow(app, account, conversation, message).await?,
                }
            }
        },
        EntryContent::Event { event: ConversationEvent::Assigned { user }, actor, .. } => {
            telling::of_assignment(app, *account, *conversation, entry, (*user, *actor)).await?;
        }
        EntryContent::Event { id, event, actor } => {
            let cause = Cause { account: *account, conversation: *conversation, event: *id };
            automatic::follow(app, cause, event, *actor).await?;
        }
        EntryContent::Note(note) => {
            let of = NoteOf::Conversation(*conversation);
            telling::of_mentions(app, *account, of, note, entry.at).await?;
        }
        EntryContent::Happening(_) => {}
    }
    Ok(log_keeping::keep(app, new).await?)
}
