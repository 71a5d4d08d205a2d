//! What follows from what was written: the outbox.
//!
//! The table's stream shows each new timeline entry once or more, in order. An accepted message becomes a job for
//! [`crate::deliver`], a mail one for [`crate::mail`]; an inbound message and an assignment become notifications. Each step
//! may be repeated: a job names its message or mail, and a notification's id follows from the entry and the user. What
//! people and programs did gets into the audit log, and from there, from failures and from balances follow alerts.

use std::collections::BTreeSet;

use domain::{
    access::Viewer,
    account::UserStatus,
    id::{AccountId, ConversationId, UserId},
    message::{Status, Way},
    notify::{assignment_recipient, inbound_recipients},
    timeline::{ConversationEvent, Entry, EntryContent},
};
pub use storage::stream::{Added, Image, NewEntry, NewMail, added, changed};
use storage::{Notification, NotificationKind, StoreError};

use crate::{
    App, Failure, alerting, keyword_answers, log_keeping,
    ports::{MailJob, Push, SendJob},
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
    }
}

/// Does what follows from a new timeline entry.
async fn follow(app: &App, new: &NewEntry) -> Result<(), Failure> {
    let NewEntry { account, conversation, entry, .. } = new;
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
            Way::Outbound(_) => {}
            Way::Inbound { assignees, .. } => {
                let candidates = candidates(app, *account, assignees).await?;
                for user in inbound_recipients(assignees, &candidates) {
                    tell(app, *account, *conversation, entry, user, NotificationKind::InboundMessage).await?;
                }
                keyword_answers::follow(app, *account, *conversation, message).await?;
            }
        },
        EntryContent::Event { event: ConversationEvent::Assigned { user }, actor, .. } => {
            if let Some(user) = assignment_recipient(*user, actor.user()) {
                tell(app, *account, *conversation, entry, user, NotificationKind::Assigned).await?;
            }
        }
        EntryContent::Event { .. } | EntryContent::Note(_) | EntryContent::Happening(_) => {}
    }
    Ok(log_keeping::keep(app, new).await?)
}

/// Who may have to be told: the assignees, or everybody while nobody is assigned (C11, C12).
async fn candidates(
    app: &App,
    account: AccountId,
    assignees: &BTreeSet<UserId>,
) -> Result<Vec<Viewer>, Failure> {
    let account = app.store.account(account);
    let mut users = Vec::new();
    if assignees.is_empty() {
        users = account.all_users().await?;
    }
    for user in assignees {
        users.extend(account.user(*user).await?.map(|record| record.user));
    }
    let policy = account.policy().await?.policy;
    let active = users.iter().filter(|user| user.status == UserStatus::Active && user.is_staff());
    Ok(active.map(|user| policy.rights(user).viewer(user.id)).collect())
}

/// Puts a notification into the user's alert centre and pushes it. Only the push may be repeated, if this is interrupted
/// between pushing and writing that down; devices show one notification once.
async fn tell(
    app: &App,
    account: AccountId,
    conversation: ConversationId,
    entry: &Entry,
    user: UserId,
    kind: NotificationKind,
) -> Result<(), Failure> {
    let store = app.store.account(account);
    let notification = store.notify(user, Notification::about(entry, conversation, user, kind)).await?;
    if !notification.pushed {
        let push = Push { notification: notification.id, account, user, conversation, kind };
        app.notifier.push(&push).await?;
        store.pushed(user, notification.id).await?;
    }
    Ok(())
}
