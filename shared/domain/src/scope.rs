//! Who has a text at hand: one person, a team, or everybody of an account (D32).
//!
//! The scope of a template or a quick reply is said when it is made and stays: what somebody has written for themselves
//! never becomes what a team may send without anybody who is allowed to decide that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    id::{TeamId, UserId},
    policy::Team,
};

/// At most this many texts of a kind in the scope of one person or one team.
pub const IN_SCOPE_MAX: u32 = 200;

/// Whose something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scope {
    /// Everybody's in the account.
    #[default]
    Account,
    /// A team's.
    Team {
        /// Which.
        team: TeamId,
    },
    /// One person's, for nobody else to see.
    Personal {
        /// Whose.
        user: UserId,
    },
}

impl Scope {
    /// The scopes of a person: everybody's, those of their teams as far as they still exist, and their own. Who may manage
    /// what is in them looks after all teams.
    pub fn of(
        user: UserId,
        member_of: &BTreeSet<TeamId>,
        teams: &BTreeMap<TeamId, Team>,
        manages: bool,
    ) -> BTreeSet<Self> {
        let theirs = teams.keys().filter(|team| manages || member_of.contains(team));
        let mut all: BTreeSet<Self> = theirs.map(|team| Self::Team { team: *team }).collect();
        all.extend([Self::Account, Self::Personal { user }]);
        all
    }

    /// Whether only one person has it.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Personal { .. })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{access::Grants, id::Id};

    fn id<K: crate::id::Kind>(n: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn d32_everybody_has_what_is_their_own_their_teams_and_the_accounts() {
        let team = || Team { name: "Counter".parse().unwrap(), grants: Grants::default() };
        let teams = BTreeMap::from([(id(1), team()), (id(2), team())]);
        // Of the third, which is gone, nothing is left.
        let member_of = BTreeSet::from([id(1), id(3)]);
        let of = |manages| Scope::of(id(7), &member_of, &teams, manages);
        let own =
            BTreeSet::from([Scope::Account, Scope::Team { team: id(1) }, Scope::Personal { user: id(7) }]);
        assert_eq!(of(false), own);
        let mut all = own;
        all.insert(Scope::Team { team: id(2) });
        assert_eq!(of(true), all);
    }
}
