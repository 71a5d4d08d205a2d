//! Notes in conversations (D33 to D35): for colleagues only.

use std::collections::BTreeSet;

use domain::{
    access::Permission,
    account::UserStatus,
    conversation::Conversation,
    id::{ConversationId, NoteId, UserId},
    note::{MENTIONS_MAX, Note, NoteText},
    timeline::{Entry, EntryContent},
};

use crate::{
    App, Caller, Failure,
    conversations::{ConversationError, Who, change_and_add},
};

/// Why a note was not added.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// The conversation says so.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// More people are mentioned than are notified at once.
    #[error("at most {MENTIONS_MAX} people can be mentioned")]
    TooManyMentions,
    /// Somebody who is mentioned is no active colleague, or may not read the conversation.
    #[error("there is no such colleague who may read this")]
    NoSuchColleague {
        /// Who.
        user: UserId,
    },
}

impl From<storage::StoreError> for NoteError {
    fn from(error: storage::StoreError) -> Self {
        Self::Conversation(error.into())
    }
}

/// Adds a note to a conversation that the caller may write in. It makes nothing unread and moves nothing (X08).
pub async fn add(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    text: NoteText,
    mentions: BTreeSet<UserId>,
) -> Result<Entry, NoteError> {
    caller.require(Permission::MessagesManage).map_err(ConversationError::from)?;
    let conversation = crate::conversations::readable(app, caller, id).await?;
    if mentions.len() > MENTIONS_MAX {
        return Err(NoteError::TooManyMentions);
    }
    for user in &mentions {
        if !may_be_mentioned(app, caller, &conversation, *user).await? {
            return Err(NoteError::NoSuchColleague { user: *user });
        }
    }
    let viewer = caller.viewer();
    let may_write = |it: &mut Conversation| {
        if viewer.may_write(&it.assignees) { Ok(Vec::new()) } else { Err(ConversationError::NotFound) }
    };
    let (note, at): (NoteId, _) = (app.new_id(), app.now());
    let note = Note { id: note, text, author: caller.timeline_actor(), mentions };
    let add = |it: &mut Conversation| {
        let content = EntryContent::Note(Box::new(note.clone()));
        vec![Entry { sequence: it.take_sequence(), at, content }]
    };
    let who = Who { actor: caller.timeline_actor(), by: Some(caller.by()) };
    let after = change_and_add(app, caller.account, id, who, may_write, add).await?;
    // The note took the last place: nothing else was added with it.
    let sequence = after.next_sequence.checked_sub(1).ok_or(Failure::Broken("a note without a place"));
    let sequence = sequence.map_err(ConversationError::from)?;
    Ok(Entry { sequence, at, content: EntryContent::Note(Box::new(note)) })
}

/// Whether somebody is an active colleague who may read the conversation.
async fn may_be_mentioned(
    app: &App,
    caller: &Caller,
    conversation: &Conversation,
    user: UserId,
) -> Result<bool, NoteError> {
    let found = app.store.account(caller.account).user(user).await?.map(|record| record.user);
    Ok(found.is_some_and(|it| {
        let active = it.status == UserStatus::Active && it.is_staff();
        active && caller.policy.rights(&it).viewer(it.id).may_read(&conversation.assignees)
    }))
}
