//! Who may see which conversation: the one place that decides it (I10).

use std::collections::BTreeSet;

use super::{Audience, ConversationAccess, MessageAccess};
use crate::id::UserId;

/// Somebody who looks at conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who looks.
    pub user: UserId,
    /// Which conversations stand in their inbox.
    pub access: ConversationAccess,
    /// What they may do with others, reached from the customer's record.
    pub message_access: MessageAccess,
}

impl Viewer {
    /// Whether a conversation with these assignees stands in the viewer's inbox: in lists, counts, search and notifications
    /// (C03, C04, C06, C07, C08).
    pub fn may_see(&self, assignees: &BTreeSet<UserId>) -> bool {
        match self.access {
            ConversationAccess::All => true,
            ConversationAccess::Assigned => assignees.contains(&self.user),
            ConversationAccess::None => false,
        }
    }

    /// Whether the viewer may read the conversation when they come to it by its id, as from the customer's record (C05,
    /// X09).
    pub fn may_read(&self, assignees: &BTreeSet<UserId>) -> bool {
        self.reaches(assignees, MessageAccess::Read)
    }

    /// Whether the viewer may write in the conversation and act on it (X09).
    pub fn may_write(&self, assignees: &BTreeSet<UserId>) -> bool {
        self.reaches(assignees, MessageAccess::Write)
    }

    fn reaches(&self, assignees: &BTreeSet<UserId>, needed: MessageAccess) -> bool {
        let from_record = self.access == ConversationAccess::Assigned && self.message_access >= needed;
        self.may_see(assignees) || from_record
    }

    /// Whether the viewer may list the conversations of `audience`: whether they may see each conversation in it.
    pub fn may_list(&self, audience: Audience) -> bool {
        match (self.access, audience) {
            (ConversationAccess::All, _) => true,
            (ConversationAccess::Assigned, Audience::User(user)) => user == self.user,
            (ConversationAccess::Assigned | ConversationAccess::None, _) => false,
        }
    }

    /// The widest audience the viewer may list, if any.
    pub fn widest_audience(&self) -> Option<Audience> {
        match self.access {
            ConversationAccess::All => Some(Audience::Everyone),
            ConversationAccess::Assigned => Some(Audience::User(self.user)),
            ConversationAccess::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    fn any_access() -> impl Strategy<Value = ConversationAccess> {
        prop::sample::select(vec![
            ConversationAccess::All,
            ConversationAccess::Assigned,
            ConversationAccess::None,
        ])
    }

    fn any_message_access() -> impl Strategy<Value = MessageAccess> {
        prop::sample::select(vec![MessageAccess::None, MessageAccess::Read, MessageAccess::Write])
    }

    proptest! {
        /// I10: a list never shows a conversation that a direct look would refuse, nor hides one from its widest list.
        #[test]
        fn lists_and_direct_looks_agree(
            access in any_access(),
            message_access in any_message_access(),
            assigned in prop::collection::btree_set(0..4_u128, 0..4),
        ) {
            let viewer = Viewer { user: user(0), access, message_access };
            let assignees = assigned.into_iter().map(user).collect();
            for audience in Audience::of(&assignees) {
                prop_assert!(!viewer.may_list(audience) || viewer.may_see(&assignees));
            }
            let listed = viewer.widest_audience().is_some_and(|widest| Audience::of(&assignees).contains(&widest));
            prop_assert_eq!(listed, viewer.may_see(&assignees));
            // Each further right includes the one before.
            prop_assert!(!viewer.may_see(&assignees) || viewer.may_write(&assignees));
            prop_assert!(!viewer.may_write(&assignees) || viewer.may_read(&assignees));
        }
    }

    /// A viewer's sight of a conversation of theirs, of another's and of nobody's: in the inbox, readable, writable.
    fn sight(access: ConversationAccess, message_access: MessageAccess) -> [[bool; 3]; 3] {
        let (me, other) = (user(1), user(2));
        let viewer = Viewer { user: me, access, message_access };
        [BTreeSet::from([me]), BTreeSet::from([other]), BTreeSet::new()]
            .map(|it| [viewer.may_see(&it), viewer.may_read(&it), viewer.may_write(&it)])
    }

    #[test]
    fn c02_to_c08_access_has_exactly_three_values() {
        let (yes, no) = ([true; 3], [false; 3]);
        let none = MessageAccess::None;
        assert_eq!(sight(ConversationAccess::All, none), [yes, yes, yes]);
        assert_eq!(sight(ConversationAccess::Assigned, none), [yes, no, no]);
        assert_eq!(sight(ConversationAccess::None, none), [no, no, no]);
    }

    #[test]
    fn c05_c06_c22_x09_message_access_reaches_others_conversations_but_not_into_the_inbox() {
        let yes = [true; 3];
        let (readable, writable) = ([false, true, false], [false, true, true]);
        assert_eq!(sight(ConversationAccess::Assigned, MessageAccess::Read), [yes, readable, readable]);
        assert_eq!(sight(ConversationAccess::Assigned, MessageAccess::Write), [yes, writable, writable]);
        assert_eq!(sight(ConversationAccess::None, MessageAccess::Write), [[false; 3]; 3]);
    }
}
