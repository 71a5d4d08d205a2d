//! Who is told of what happens in a conversation (C09 to C13, X18).
//!
//! Pure decisions: the stream's `dispatch` function gathers the people and writes what these functions answer.

use std::collections::BTreeSet;

use crate::{
    access::{ConversationAccess, Viewer},
    id::UserId,
};

/// Who is told of a new inbound message.
///
/// Once somebody is assigned, only those assigned are told (C10, C12); while nobody is, everybody with access to all
/// conversations is (C11). Who has no access to conversations is never told (C09), assigned or not.
pub fn inbound_recipients<'a>(
    assignees: &BTreeSet<UserId>,
    people: impl IntoIterator<Item = &'a Viewer>,
) -> BTreeSet<UserId> {
    people
        .into_iter()
        .filter(|person| match person.access {
            ConversationAccess::None => false,
            _ if assignees.contains(&person.user) => true,
            ConversationAccess::All => assignees.is_empty(),
            ConversationAccess::Assigned => false,
        })
        .map(|person| person.user)
        .collect()
}

/// Who is told that `assignee` was assigned: the assignee, unless they did it themselves (C13). `None` as the actor is
/// the product itself, which counts as somebody else (X18).
pub fn assignment_recipient(assignee: UserId, actor: Option<UserId>) -> Option<UserId> {
    (actor != Some(assignee)).then_some(assignee)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::access::MessageAccess;

    fn viewer(user: UserId, access: ConversationAccess) -> Viewer {
        Viewer { user, access, message_access: MessageAccess::None }
    }

    fn user(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    /// C09 to C12 as a table: access of the person, whether assigned, whether others are assigned, told or not.
    #[test]
    fn c09_to_c12_who_is_told_of_an_inbound_message() {
        use ConversationAccess::{All, Assigned, None};
        for (access, assigned, others_assigned, told) in [
            (All, false, false, true),
            (All, false, true, false),
            (All, true, false, true),
            (All, true, true, true),
            (Assigned, false, false, false),
            (Assigned, false, true, false),
            (Assigned, true, false, true),
            (Assigned, true, true, true),
            (None, false, false, false),
            (None, false, true, false),
            (None, true, false, false),
            (None, true, true, false),
        ] {
            let (me, other) = (user(1), user(2));
            let assignees = [(assigned, me), (others_assigned, other)]
                .into_iter()
                .filter_map(|(is, who)| is.then_some(who))
                .collect();
            let people = [viewer(me, access), viewer(other, All)];
            let recipients = inbound_recipients(&assignees, &people);
            assert_eq!(
                recipients.contains(&me),
                told,
                "{access:?} assigned {assigned} others {others_assigned}"
            );
            assert_eq!(recipients.contains(&other), others_assigned || assignees.is_empty());
        }
    }

    #[test]
    fn c13_only_an_assignment_by_somebody_else_is_told() {
        assert_eq!(assignment_recipient(user(1), Some(user(1))), None);
        assert_eq!(assignment_recipient(user(1), Some(user(2))), Some(user(1)));
        assert_eq!(assignment_recipient(user(1), None), Some(user(1)));
    }
}
