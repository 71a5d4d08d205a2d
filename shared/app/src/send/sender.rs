//! Who sends, and what they may do.

use std::collections::BTreeSet;

use domain::{
    access::{Permission, Viewer},
    audit::By,
    conversation::Conversation,
    id::{AccountId, UserId},
    message::Origin,
    name::DisplayName,
    scope::Scope,
    timeline::Actor,
};
use jiff::Timestamp;
use storage::ConsentChange;

use crate::{Caller, caller::Forbidden, quick_replies, scopes::scopes_of, templates};

/// Who sends, as far as accepting a message is concerned.
pub(super) struct Sender {
    pub(super) account: AccountId,
    /// Who the timeline says it was.
    pub(super) actor: Actor,
    /// Who the audit log says it was; `None`: nobody but the product itself.
    pub(super) by: Option<By>,
    /// Who is assigned by it (C16).
    pub(super) author: Option<UserId>,
    /// Which conversations the sender may write in; `None`: the product itself, which answers where it was asked.
    pub(super) viewer: Option<Viewer>,
    /// Their name, for who is written to.
    pub(super) name: Option<DisplayName>,
    /// Whether they may write texts of their own.
    pub(super) may_compose: Result<(), Forbidden>,
    /// Where their prepared texts lie.
    pub(super) scopes: Scopes,
    /// Who else is assigned by it (C19).
    pub(super) assigned: BTreeSet<UserId>,
    /// Until when the message goes to who has opted out, too: the confirmation of an opt-out (I07).
    pub(super) exempt_until: Option<Timestamp>,
}

/// In which scopes somebody finds prepared texts.
pub(super) struct Scopes {
    pub(super) templates: BTreeSet<Scope>,
    pub(super) quick_replies: BTreeSet<Scope>,
}

impl Scopes {
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            templates: templates::scopes(caller, crate::administered::Whose::Own),
            quick_replies: scopes_of(caller, quick_replies::MANAGE),
        }
    }

    /// What everybody has, and what the product itself has therefore.
    pub(super) fn of_everybody() -> Self {
        Self { templates: [Scope::Account].into(), quick_replies: BTreeSet::new() }
    }
}

impl Sender {
    pub(super) fn of(caller: &Caller) -> Self {
        Self {
            account: caller.account,
            actor: caller.timeline_actor(),
            by: Some(caller.by()),
            author: caller.assignee(),
            viewer: Some(caller.viewer()),
            name: Some(caller.profile.name.clone()),
            may_compose: caller.require(Permission::MessagesCompose),
            scopes: Scopes::of(caller),
            assigned: BTreeSet::new(),
            exempt_until: None,
        }
    }

    /// Refuses a text of their own to whoever may send templates only (A17, X12). Every text comes by here.
    pub(super) fn may_send(&self, is_composed: bool) -> Result<(), Forbidden> {
        if is_composed { self.may_compose } else { Ok(()) }
    }

    pub(super) fn may_write(&self, conversation: &Conversation) -> bool {
        self.viewer.as_ref().is_none_or(|viewer| viewer.may_write(&conversation.assignees))
    }

    pub(super) fn consent(&self) -> ConsentChange {
        if self.exempt_until.is_some() { ConsentChange::Leave } else { ConsentChange::Require }
    }

    pub(super) fn origin(&self) -> Origin {
        if self.viewer.is_some() { Origin::Manual } else { Origin::Notification }
    }
}
