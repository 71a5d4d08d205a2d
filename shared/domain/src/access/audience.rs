//! Whose list of conversations.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::id::UserId;

/// Whose list of conversations: a conversation stands in the list of everyone, and in that of each assignee or in the
/// unassigned one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// All conversations of the account.
    Everyone,
    /// Those that nobody is assigned to.
    Unassigned,
    /// Those assigned to this user.
    User(UserId),
}

impl Audience {
    /// The audiences of a conversation with these assignees.
    pub fn of(assignees: &BTreeSet<UserId>) -> BTreeSet<Self> {
        let mut audiences: BTreeSet<Self> = assignees.iter().copied().map(Self::User).collect();
        if audiences.is_empty() {
            audiences.insert(Self::Unassigned);
        }
        audiences.insert(Self::Everyone);
        audiences
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Unassigned => f.write_str("unassigned"),
            Self::User(user) => user.fmt(f),
        }
    }
}

/// The text is no [`Audience`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an audience")]
pub struct InvalidAudience;

impl FromStr for Audience {
    type Err = InvalidAudience;
    fn from_str(text: &str) -> Result<Self, InvalidAudience> {
        match text {
            "everyone" => Ok(Self::Everyone),
            "unassigned" => Ok(Self::Unassigned),
            user => user.parse().map(Self::User).map_err(|_| InvalidAudience),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_audience_reads_back_from_its_text() {
        let user = UserId::from_uuid(Uuid::from_u128(7));
        for audience in [Audience::Everyone, Audience::Unassigned, Audience::User(user)] {
            assert_eq!(audience.to_string().parse(), Ok(audience));
        }
        assert_eq!("nobody".parse::<Audience>(), Err(InvalidAudience));
    }
}
