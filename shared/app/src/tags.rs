//! The account's tags (D13, D14): making them, and taking a removed one off every conversation.

use domain::{
    access::{Audience, Permission},
    audit::AuditAction,
    conversation::{Conversation, View},
    id::{AccountId, TagId},
    tag::{TAGS_MAX, Tag, TagColour, TagName},
};
use serde_json::json;
use storage::{AccountStore, ListQuery, Page, PageRequest, SaveTag, StoreError, TagRecord, Traces};

use crate::{
    App, Caller, Failure,
    administered::Denied,
    audit::NOTHING,
    conversations::{ATTEMPTS_MAX, ConversationError, Who, change},
};

/// Conversations read at once when a tag is taken off all of them.
const BATCH: u32 = 50;
/// At most this many times that many in one sweep.
const ROUNDS_MAX: u32 = 4;
/// At most this many removed tags of each shard are worked on in one sweep.
const REMOVED_AT_ONCE: u32 = 5;

/// Why a tag was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Another tag has this name, in whatever case.
    #[error("there is a tag of this name")]
    NameTaken,
    /// The account has as many tags as it can have.
    #[error("an account has at most {TAGS_MAX} tags")]
    TooMany,
}

impl From<StoreError> for TagError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

/// A page of the account's tags. Whoever works in the inbox needs them.
pub async fn list(app: &App, caller: &Caller, page: PageRequest<'_>) -> Result<Page<Tag>, TagError> {
    caller.require(Permission::MessagesManage).map_err(Denied::from)?;
    Ok(app.store.account(caller.account).tags(page).await?.map_err(Denied::from)?)
}

/// Makes a tag.
pub async fn create(app: &App, caller: &Caller, name: TagName, colour: TagColour) -> Result<Tag, TagError> {
    caller.require(Permission::TagsManage).map_err(Denied::from)?;
    let account = app.store.account(caller.account);
    let most = u32::try_from(TAGS_MAX).unwrap_or(u32::MAX);
    let all = account.tags(PageRequest { limit: most, cursor: None }).await?.map_err(Denied::from)?;
    if all.items.len() >= TAGS_MAX {
        return Err(TagError::TooMany);
    }
    let tag = Tag { id: app.new_id(), name, colour };
    let entry = caller.audit(app, AuditAction::TagCreated, tag.id, &NOTHING, &said(&tag));
    match account.save_tag(&TagRecord { tag: tag.clone(), version: 0 }, None, &Traces::from(entry)).await? {
        SaveTag::Saved => Ok(tag),
        SaveTag::NameTaken => Err(TagError::NameTaken),
        SaveTag::Changed => Err(Denied::from(Failure::Broken("a new id was not new")).into()),
    }
}

/// Gives a tag another name or colour. Saying what is so already changes nothing.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: TagId,
    name: Option<TagName>,
    colour: Option<TagColour>,
) -> Result<Tag, TagError> {
    caller.require(Permission::TagsManage).map_err(Denied::from)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let before = account.tag(id).await?.ok_or(Denied::NotFound)?;
        let mut record = before.clone();
        record.tag.name = name.clone().unwrap_or(record.tag.name);
        record.tag.colour = colour.unwrap_or(record.tag.colour);
        if record == before {
            return Ok(record.tag);
        }
        let entry = caller.audit(app, AuditAction::TagChanged, id, &said(&before.tag), &said(&record.tag));
        match account.save_tag(&record, Some(&before.tag.name), &Traces::from(entry)).await? {
            SaveTag::Saved => return Ok(record.tag),
            SaveTag::NameTaken => return Err(TagError::NameTaken),
            SaveTag::Changed => {}
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a tag. Conversations lose it within minutes; nothing else shows it from now on.
pub async fn remove(app: &App, caller: &Caller, id: TagId) -> Result<(), TagError> {
    caller.require(Permission::TagsManage).map_err(Denied::from)?;
    let account = app.store.account(caller.account);
    for _ in 0..ATTEMPTS_MAX {
        let record = account.tag(id).await?.ok_or(Denied::NotFound)?;
        let entry = caller.audit(app, AuditAction::TagRemoved, id, &said(&record.tag), &NOTHING);
        if account.remove_tag(&record, app.now(), &Traces::from(entry)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}

fn said(tag: &Tag) -> serde_json::Value {
    json!({"name": tag.name, "colour": tag.colour})
}

/// Goes on with taking removed tags off conversations. Called every minute.
pub async fn untag_removed(app: &App) -> Result<u32, Failure> {
    let mut worked = 0_u32;
    for (account, tag) in app.store.due_untaggings(app.now(), REMOVED_AT_ONCE).await? {
        untag_all(app, account, tag).await?;
        worked = worked.saturating_add(1);
    }
    Ok(worked)
}

async fn untag_all(app: &App, account: AccountId, tag: TagId) -> Result<(), Failure> {
    let store: AccountStore = app.store.account(account);
    let query = ListQuery { tag: Some(tag), ..ListQuery::of(Audience::Everyone, View::All) };
    for _ in 0..ROUNDS_MAX {
        let Ok(found) = store.conversations(query, PageRequest { limit: BATCH, cursor: None }).await? else {
            return Ok(());
        };
        if found.items.is_empty() {
            return Ok(store.untagged(tag).await?);
        }
        for conversation in found.items {
            // The tag is gone; that it is taken off everywhere is no news for the timelines.
            let step = |it: &mut Conversation| {
                it.untag(tag);
                Ok(Vec::new())
            };
            match change(app, account, conversation.id, Who::SYSTEM, step).await {
                Ok(_) | Err(ConversationError::NotFound) => {}
                Err(ConversationError::Failure(failure)) => return Err(failure),
                Err(_) => return Err(Failure::Broken("taking a tag off was refused")),
            }
        }
    }
    Ok(())
}
