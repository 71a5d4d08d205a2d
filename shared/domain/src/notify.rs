//! Who is told of what happens in a conversation, and whether aloud (C09 to C13, X06, X18).
//!
//! Pure decisions: the stream's `dispatch` function gathers the people and writes what these functions answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    access::{ConversationAccess, Viewer},
    id::UserId,
};

/// Whether somebody is alerted of what they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loudness {
    /// As they wish: by push, sound, e-mail.
    Loud,
    /// The alert centre records it, and that is all (X06).
    Silent,
}

/// Who is told of a new inbound message.
///
/// Once somebody is assigned, only those assigned are told (C10, C12); while nobody is, everybody with access to all
/// conversations is (C11). Who has no access to conversations is never told (C09), assigned or not. Who has muted the
/// conversation is told silently (E11), assigned or not, and for nobody else does that change anything (X06).
pub fn inbound_recipients<'a>(
    assignees: &BTreeSet<UserId>,
    muted_by: &BTreeSet<UserId>,
    people: impl IntoIterator<Item = &'a Viewer>,
) -> BTreeMap<UserId, Loudness> {
    let told = people.into_iter().filter(|person| match person.access {
        ConversationAccess::None => false,
        _ if assignees.contains(&person.user) => true,
        ConversationAccess::All => assignees.is_empty(),
        ConversationAccess::Assigned => false,
    });
    let loudness = |user| if muted_by.contains(user) { Loudness::Silent } else { Loudness::Loud };
    told.map(|person| (person.user, loudness(&person.user))).collect()
}

/// Who is told that `assignee` was assigned: the assignee, unless they did it themselves (C13). `None` as the actor is
/// the product itself, which counts as somebody else (X18). Muting stops the alerts of messages (E11), so it does not matter
/// here.
pub fn assignment_recipient(assignee: UserId, actor: Option<UserId>) -> Option<UserId> {
    (actor != Some(assignee)).then_some(assignee)
}

/// Who is told that a note mentions them: those mentioned who may read it, but for its author. `assignees` are those of the
/// conversation that the note is in; `None`: it is about a customer, and people may read it who may see customers.
pub fn mention_recipients<'a>(
    mentions: &BTreeSet<UserId>,
    author: Option<UserId>,
    assignees: Option<&BTreeSet<UserId>>,
    people: impl IntoIterator<Item = &'a Viewer>,
) -> BTreeSet<UserId> {
    let mentioned = people.into_iter().filter(|person| {
        mentions.contains(&person.user)
            && author != Some(person.user)
            && assignees.is_none_or(|assignees| person.may_read(assignees))
    });
    mentioned.map(|person| person.user).collect()
}

#[cfg(test)]
#[path = "notify_tests.rs"]
mod tests;
