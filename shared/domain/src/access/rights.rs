//! From roles, teams and overrides to what somebody may do, and to the explanation of it.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    ConversationAccess, Effect, MessageAccess, Permission, RoleRef, Viewer,
    grants::Grants,
    role::{EVERYBODY, Role},
};
use crate::id::{TeamId, UserId};

/// Where a permission comes from, or what takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Everybody of the account has it.
    Everybody,
    /// The access to conversations that is set for the user.
    Access,
    /// A role of the user.
    Role(RoleRef),
    /// A team of the user.
    Team(TeamId),
    /// What was said about this user alone (A21).
    Override,
}

/// What one source says.
#[derive(Clone, Debug)]
pub(crate) enum Voice<'a> {
    /// A fixed list of permissions.
    Fixed(&'a [Permission]),
    /// A built-in role.
    BuiltIn(Role),
    /// A role, team, access or override of the account's making.
    Grants(Cow<'a, Grants>),
}

impl Voice<'_> {
    fn effect(&self, permission: Permission) -> Option<Effect> {
        match self {
            Self::Fixed(list) => list.contains(&permission).then_some(Effect::Grant),
            Self::BuiltIn(role) => role.permissions().contains(&permission).then_some(Effect::Grant),
            Self::Grants(grants) => grants.effect(permission),
        }
    }

    fn grants(&self) -> Option<&Grants> {
        match self {
            Self::Grants(grants) => Some(grants),
            Self::Fixed(_) | Self::BuiltIn(_) => None,
        }
    }
}

/// Everything that speaks about a user, the override last.
#[derive(Clone, Debug)]
pub(crate) struct Voices<'a>(pub(crate) Vec<(Source, Voice<'a>)>);

/// Why somebody may or may not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether they may.
    pub allowed: bool,
    /// What decided it; `None`: nothing gives it.
    pub decided_by: Option<Source>,
    /// Everything that speaks of it, in the order everybody, access, roles, teams, override.
    pub spoken: Vec<(Source, Effect)>,
}

impl<'a> Voices<'a> {
    pub(crate) fn of_everybody() -> Self {
        Self(vec![(Source::Everybody, Voice::Fixed(EVERYBODY))])
    }

    pub(crate) fn add(&mut self, source: Source, voice: Voice<'a>) {
        self.0.push((source, voice));
    }

    /// A personal grant or deny beats everything; otherwise a deny beats a grant (X13).
    pub(crate) fn explain(&self, permission: Permission) -> Explanation {
        let spoken: Vec<(Source, Effect)> =
            self.0.iter().filter_map(|(source, voice)| Some((*source, voice.effect(permission)?))).collect();
        let first = |wanted: &dyn Fn(&(Source, Effect)) -> bool| spoken.iter().copied().find(|it| wanted(it));
        let decided = first(&|(source, _)| *source == Source::Override)
            .or_else(|| first(&|(_, effect)| *effect == Effect::Deny))
            .or_else(|| first(&|_| true));
        Explanation {
            allowed: decided.is_some_and(|(_, effect)| effect == Effect::Grant),
            decided_by: decided.map(|(source, _)| source),
            spoken,
        }
    }

    /// A level: that of the override, otherwise the highest that anything gives.
    fn level<L: Ord + Default + Copy>(&self, of: impl Fn(&Grants) -> Option<L>) -> L {
        let said = |(source, voice): &(Source, Voice<'_>)| Some((*source, of(voice.grants()?)?));
        let levels: Vec<(Source, L)> = self.0.iter().filter_map(said).collect();
        let own = levels.iter().find(|(source, _)| *source == Source::Override);
        own.or_else(|| levels.iter().max_by_key(|(_, level)| *level))
            .map(|(_, level)| *level)
            .unwrap_or_default()
    }

    pub(crate) fn rights(&self) -> Rights {
        Rights {
            permissions: Permission::ALL.iter().copied().filter(|it| self.explain(*it).allowed).collect(),
            conversation_access: self.level(Grants::conversation_access),
            message_access: self.level(Grants::message_access),
        }
    }
}

/// What somebody may do at this moment: permissions and levels, after roles, teams and overrides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    permissions: BTreeSet<Permission>,
    conversation_access: ConversationAccess,
    message_access: MessageAccess,
}

impl Rights {
    /// Whether the permission is among them.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// All permissions.
    pub fn permissions(&self) -> &BTreeSet<Permission> {
        &self.permissions
    }

    /// Which conversations stand in the inbox: none without the permission to open it (X11).
    pub fn conversation_access(&self) -> ConversationAccess {
        if self.may(Permission::MessagesManage) { self.conversation_access } else { ConversationAccess::None }
    }

    /// What may be done with others' conversations: nothing without access to customers' records, from where they are
    /// reached (C05).
    pub fn message_access(&self) -> MessageAccess {
        if self.may(Permission::ContactsRead) { self.message_access } else { MessageAccess::None }
    }

    /// What is left of these rights within `limit`: an API key can do no more than its maker.
    #[must_use]
    pub fn within(&self, limit: &Self) -> Self {
        Self {
            permissions: self.permissions.intersection(&limit.permissions).copied().collect(),
            conversation_access: self.conversation_access.min(limit.conversation_access),
            message_access: self.message_access.min(limit.message_access),
        }
    }

    /// Exactly these rights.
    pub fn exactly(
        permissions: BTreeSet<Permission>,
        conversation_access: ConversationAccess,
        message_access: MessageAccess,
    ) -> Self {
        Self { permissions, conversation_access, message_access }
    }

    /// `user` with these rights as somebody who looks at conversations.
    pub fn viewer(&self, user: UserId) -> Viewer {
        Viewer { user, access: self.conversation_access(), message_access: self.message_access() }
    }
}
