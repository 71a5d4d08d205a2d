//! Quick replies: making, changing and removing texts that people have at hand while composing (D32, D37).
//!
//! Everybody in the inbox makes their own; those of teams and of the account take a permission. How a message is made from
//! one is a matter of [`crate::send`].

use domain::{
    access::Permission, audit::AuditAction, id::QuickReplyId, name::DisplayName, quick_reply::QuickReply,
    scope::IN_SCOPE_MAX, template::TemplateText,
};
use serde_json::{Value, json};
use storage::{Page, PageRequest, QuickReplyRecord, StoreError};

use crate::{
    App, Caller, Failure,
    administered::{Deed, Denied, Place, Whose, place},
    conversations::ATTEMPTS_MAX,
    scopes::{Reach, ScopeError, may_change, scope_for, scopes_of},
};

/// Whoever is in the inbox has quick replies of their own.
const OWN: Permission = Permission::MessagesManage;
/// What teams and the account have.
pub(crate) const MANAGE: Permission = Permission::QuickRepliesManage;

/// Why a quick reply was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum QuickReplyError {
    /// For a reason that all such things have in common.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such team.
    #[error("there is no such team")]
    NoSuchTeam,
    /// The scope has as many as it can have.
    #[error("there are at most {IN_SCOPE_MAX} quick replies here")]
    TooMany,
}

impl From<StoreError> for QuickReplyError {
    fn from(error: StoreError) -> Self {
        Self::Denied(error.into())
    }
}

impl From<ScopeError> for QuickReplyError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Forbidden(forbidden) => Self::Denied(forbidden.into()),
            ScopeError::NoSuchTeam => Self::NoSuchTeam,
        }
    }
}

/// A quick reply to make.
#[derive(Clone, Debug)]
pub struct NewQuickReply {
    /// By what it is found.
    pub title: DisplayName,
    /// Its text.
    pub text: TemplateText,
    /// Who has it at hand.
    pub reach: Reach,
}

/// What to change of a quick reply; `None` leaves as it is. Who has it at hand stays.
#[derive(Clone, Debug, Default)]
pub struct QuickReplyChange {
    /// Its title.
    pub title: Option<DisplayName>,
    /// Its text.
    pub text: Option<TemplateText>,
}

/// What the audit log shows of a quick reply.
fn shown(it: &QuickReply) -> Value {
    json!({"title": it.title, "text": it.text, "scope": it.scope})
}

/// A page of the quick replies that the caller has at hand.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: PageRequest<'_>,
) -> Result<Page<QuickReply>, QuickReplyError> {
    caller.require(OWN).map_err(Denied::from)?;
    let scopes = scopes_of(caller, MANAGE);
    let found = app.store.account(caller.account).quick_replies(&scopes, page).await?;
    Ok(found.map_err(Denied::from)?)
}

/// A quick reply that the caller has at hand.
pub async fn get(app: &App, caller: &Caller, id: QuickReplyId) -> Result<QuickReply, QuickReplyError> {
    let place = place(app, caller, Whose::Own, OWN).await?;
    Ok(read(&place, caller, id).await?.quick_reply)
}

async fn read(
    place: &Place<'_>,
    caller: &Caller,
    id: QuickReplyId,
) -> Result<QuickReplyRecord, QuickReplyError> {
    Ok(place.store.quick_reply(&scopes_of(caller, MANAGE), id).await?.ok_or(Denied::NotFound)?)
}

/// Makes a quick reply.
pub async fn create(app: &App, caller: &Caller, new: NewQuickReply) -> Result<QuickReply, QuickReplyError> {
    let place = place(app, caller, Whose::Own, OWN).await?;
    let scope = scope_for(caller, new.reach, OWN, MANAGE)?;
    if place.store.count_quick_replies(scope, IN_SCOPE_MAX).await? >= IN_SCOPE_MAX {
        return Err(QuickReplyError::TooMany);
    }
    let NewQuickReply { title, text, .. } = new;
    let made = QuickReply { id: app.new_id(), title, text, scope, created_at: app.now() };
    let deed = Deed::made(AuditAction::QuickReplyCreated, &made.id, shown(&made));
    let record = QuickReplyRecord { quick_reply: made, version: 0 };
    if place.store.save_quick_reply(&record, &place.traces(&deed)).await? {
        Ok(record.quick_reply)
    } else {
        Err(Denied::from(Failure::Broken("a new id was not new")).into())
    }
}

/// Changes a quick reply. Messages that were made from it stay as they are.
pub async fn change(
    app: &App,
    caller: &Caller,
    id: QuickReplyId,
    wanted: QuickReplyChange,
) -> Result<QuickReply, QuickReplyError> {
    let place = place(app, caller, Whose::Own, OWN).await?;
    for _ in 0..ATTEMPTS_MAX {
        let mut record = read(&place, caller, id).await?;
        may_change(caller, record.quick_reply.scope, OWN, MANAGE).map_err(Denied::from)?;
        let before = record.quick_reply.clone();
        let it = &mut record.quick_reply;
        it.title = wanted.title.clone().unwrap_or_else(|| it.title.clone());
        it.text = wanted.text.clone().unwrap_or_else(|| it.text.clone());
        if *it == before {
            return Ok(before);
        }
        let deed = Deed::changed(AuditAction::QuickReplyChanged, &id, shown(&before), shown(it));
        if place.store.save_quick_reply(&record, &place.traces(&deed)).await? {
            return Ok(record.quick_reply);
        }
    }
    Err(StoreError::Contention.into())
}

/// Removes a quick reply.
pub async fn remove(app: &App, caller: &Caller, id: QuickReplyId) -> Result<(), QuickReplyError> {
    let place = place(app, caller, Whose::Own, OWN).await?;
    for _ in 0..ATTEMPTS_MAX {
        let record = read(&place, caller, id).await?;
        may_change(caller, record.quick_reply.scope, OWN, MANAGE).map_err(Denied::from)?;
        let deed = Deed::removed(AuditAction::QuickReplyRemoved, &id, shown(&record.quick_reply));
        if place.store.remove_quick_reply(&record, &place.traces(&deed)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Contention.into())
}
