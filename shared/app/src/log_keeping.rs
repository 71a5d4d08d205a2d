//! What happens in conversations gets into the audit log (I11).
//!
//! A conversation's timeline is written with the change itself; the stream copies what a person or a program did there into
//! the log. An entry's id follows from its place in the timeline, so telling the same twice adds it once. No text and no
//! number of a customer gets into the log: it says that a message was sent, not what or to whom.

use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, By},
    id::AuditEntryId,
    message::{Charge, Message, Way},
    timeline::{ConversationEvent, EntryContent},
};
use serde_json::{Value, json};
use storage::{StoreError, stream::NewEntry};

use crate::App;

/// Keeps a new timeline entry in the log, if a person or a program is behind it.
pub(crate) async fn keep(app: &App, new: &NewEntry) -> Result<(), StoreError> {
    let store = app.store.account(new.account);
    let place = new.entry.sequence.to_be_bytes();
    let id = store.audit_id(&[b"entry", new.conversation.uuid().as_bytes(), &place]);
    match logged(new, id) {
        Some(entry) => store.put_audit(&entry).await,
        None => Ok(()),
    }
}

/// The entry that the log gets.
fn logged(new: &NewEntry, id: AuditEntryId) -> Option<AuditEntry> {
    let (object, (action, before, after)) = match &new.entry.content {
        EntryContent::Message(message) => (message.id.to_string(), sent(message)?),
        EntryContent::Event { event, .. } => (new.conversation.to_string(), happened(*event)?),
        // Nobody is behind a copy of a contact's note, which was logged when it was written.
        EntryContent::Note(_) if new.by.is_none() => return None,
        EntryContent::Note(note) => {
            let after = json!({"conversation_id": new.conversation, "mentions": note.mentions});
            (note.id.to_string(), (AuditAction::NoteAdded, Value::Null, after))
        }
        // What others tell of is logged when they tell it.
        EntryContent::Happening(_) => return None,
    };
    let By { actor, address } = by(new)?;
    Some(AuditEntry { id, at: new.entry.at, actor, address, action, object, before, after })
}

/// Who is behind an entry: as the change said, or, where it said nothing, as the timeline says of people.
fn by(new: &NewEntry) -> Option<By> {
    let actor = new.entry.actor();
    let user = || Some(By { actor: AuditActor::User { user: actor.user()? }, address: None });
    new.by.or_else(user)
}

type Logged = (AuditAction, Value, Value);

fn sent(message: &Message) -> Option<Logged> {
    let Way::Outbound(delivery) = &message.way else { return None };
    if delivery.charge == Charge::Never {
        // It was refused when its time had come: nobody has sent anything.
        return None;
    }
    let after = json!({
        "conversation_id": message.conversation, "segments": delivery.segments, "credits": delivery.credits,
    });
    Some((AuditAction::MessageSent, Value::Null, after))
}

/// `None`: whatever it was stands in the log already, as the message that came with it.
fn happened(event: ConversationEvent) -> Option<Logged> {
    let nothing = Value::Null;
    Some(match event {
        ConversationEvent::Assigned { user } => {
            (AuditAction::ConversationAssigned, nothing, json!({"user_id": user}))
        }
        ConversationEvent::Unassigned { user } => {
            (AuditAction::ConversationUnassigned, json!({"user_id": user}), nothing)
        }
        ConversationEvent::Snoozed { until } => {
            (AuditAction::ConversationSnoozed, nothing, json!({"until": until}))
        }
        ConversationEvent::Unsnoozed => (AuditAction::ConversationUnsnoozed, nothing.clone(), nothing),
        ConversationEvent::Completed => state(AuditAction::ConversationCompleted, "completed"),
        ConversationEvent::Reopened => state(AuditAction::ConversationReopened, "open"),
        ConversationEvent::Archived => state(AuditAction::ConversationArchived, "archived"),
        ConversationEvent::Started => return None,
        ConversationEvent::Tagged { tag } => {
            (AuditAction::ConversationTagged, nothing, json!({"tag_id": tag}))
        }
        ConversationEvent::Untagged { tag } => {
            (AuditAction::ConversationUntagged, json!({"tag_id": tag}), nothing)
        }
    })
}

fn state(action: AuditAction, now: &str) -> Logged {
    (action, Value::Null, json!({"state": now}))
}
