//! What a role, a team or an override says about permissions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Permission;

/// Which conversations a user may see: exactly three values (C02), in rising order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationAccess {
    /// None; the inbox does not exist for the user (C08, C09).
    #[default]
    None,
    /// Only those assigned to the user (C04).
    Assigned,
    /// Every conversation of the account (C03).
    All,
}

/// What somebody who sees only assigned conversations may do with others that they reach from the customer's record
/// (C05, C22, X09), in rising order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageAccess {
    /// They do not exist.
    #[default]
    None,
    /// They can be read.
    Read,
    /// They can be read and written in.
    Write,
}

/// What one role, team or override gives and takes. A permission is given, taken, or not spoken of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "GrantsText", into = "GrantsText")]
pub struct Grants {
    granted: BTreeSet<Permission>,
    denied: BTreeSet<Permission>,
    conversation_access: Option<ConversationAccess>,
    message_access: Option<MessageAccess>,
}

/// [`Grants`] as they are written.
#[derive(Clone, Default, Serialize, Deserialize)]
struct GrantsText {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    grants: BTreeSet<Permission>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    denies: BTreeSet<Permission>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation_access: Option<ConversationAccess>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_access: Option<MessageAccess>,
}

/// Whether a permission is given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Given.
    Grant,
    /// Taken.
    Deny,
}

/// The same permission is given and taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{permission} is both granted and denied")]
pub struct Contradiction {
    /// Which.
    pub permission: Permission,
}

/// What somebody with any access to conversations can do in the inbox unless it is denied.
const INBOX: [Permission; 2] = [Permission::MessagesManage, Permission::MessagesCompose];

impl Grants {
    /// What is given and taken. No permission can be both.
    pub fn new(
        granted: BTreeSet<Permission>,
        denied: BTreeSet<Permission>,
        conversation_access: Option<ConversationAccess>,
        message_access: Option<MessageAccess>,
    ) -> Result<Self, Contradiction> {
        match granted.intersection(&denied).next() {
            Some(permission) => Err(Contradiction { permission: *permission }),
            None => Ok(Self { granted, denied, conversation_access, message_access }),
        }
    }

    /// Nothing but levels.
    pub fn of_levels(conversation_access: ConversationAccess, message_access: MessageAccess) -> Self {
        let (conversation_access, message_access) = (Some(conversation_access), Some(message_access));
        Self { conversation_access, message_access, ..Self::default() }
    }

    /// The permissions that are given in so many words.
    pub fn granted(&self) -> &BTreeSet<Permission> {
        &self.granted
    }

    /// The permissions that are taken.
    pub fn denied(&self) -> &BTreeSet<Permission> {
        &self.denied
    }

    /// Which conversations it lets its holders see, if it speaks of it.
    pub fn conversation_access(&self) -> Option<ConversationAccess> {
        self.conversation_access
    }

    /// What it lets its holders do with others' conversations, if it speaks of it.
    pub fn message_access(&self) -> Option<MessageAccess> {
        self.message_access
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What it says about a permission. Access to conversations opens the inbox as well (E05): who gives the one without
    /// the other has to deny it.
    pub fn effect(&self, permission: Permission) -> Option<Effect> {
        if self.denied.contains(&permission) {
            return Some(Effect::Deny);
        }
        let opens = self.conversation_access.is_some_and(|access| access > ConversationAccess::None);
        let given = self.granted.contains(&permission) || (opens && INBOX.contains(&permission));
        given.then_some(Effect::Grant)
    }
}

impl TryFrom<GrantsText> for Grants {
    type Error = Contradiction;
    fn try_from(text: GrantsText) -> Result<Self, Contradiction> {
        Self::new(text.grants, text.denies, text.conversation_access, text.message_access)
    }
}

impl From<Grants> for GrantsText {
    fn from(grants: Grants) -> Self {
        let Grants { granted, denied, conversation_access, message_access } = grants;
        Self { grants: granted, denies: denied, conversation_access, message_access }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_cannot_be_given_and_taken_by_the_same_hand() {
        let export = BTreeSet::from([Permission::ContactsExport]);
        let refused = Grants::new(export.clone(), export, None, None);
        assert_eq!(refused, Err(Contradiction { permission: Permission::ContactsExport }));
    }

    #[test]
    fn e05_access_to_conversations_opens_the_inbox_unless_it_is_denied() {
        let with = |denied: &[Permission]| {
            let denied = denied.iter().copied().collect();
            Grants::new(BTreeSet::new(), denied, Some(ConversationAccess::Assigned), None).unwrap()
        };
        assert_eq!(with(&[]).effect(Permission::MessagesManage), Some(Effect::Grant));
        let denied = with(&[Permission::MessagesManage]);
        assert_eq!(denied.effect(Permission::MessagesManage), Some(Effect::Deny));
        assert_eq!(denied.effect(Permission::MessagesCompose), Some(Effect::Grant));
        assert_eq!(Grants::default().effect(Permission::MessagesManage), None);
    }
}
