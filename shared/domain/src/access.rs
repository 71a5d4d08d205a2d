//! Who may do what, and who may see which conversation.
//!
//! Two questions, two functions: [`permits`] for actions of the account, [`Viewer::may_see`] for a conversation. Every
//! route, list, count, notification and export asks the second one (I10); nothing else compares assignees with users.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// Which conversations a user may see: exactly three values (C02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationAccess {
    /// Every conversation of the account (C03).
    All,
    /// Only those assigned to the user (C04).
    Assigned,
    /// None; the inbox does not exist for the user (C08, C09).
    None,
}

/// The six built-in roles (B10 to B15). A user may hold several (B09).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Access, security, users and teams (B10).
    AccountManager,
    /// Reports and data (B11).
    AnalyzeManager,
    /// Campaigns and flows (B12).
    CommunicationManager,
    /// Costs, balance, payments (B13).
    FinanceDataManager,
    /// Numbers, carriers, channels (B14).
    IntegrationsManager,
    /// Customers' profiles and lists (B15).
    PeopleManager,
}

impl Role {
    /// Every role: what the first user of an account holds (B16).
    pub const ALL: [Self; 6] = [
        Self::AccountManager,
        Self::AnalyzeManager,
        Self::CommunicationManager,
        Self::FinanceDataManager,
        Self::IntegrationsManager,
        Self::PeopleManager,
    ];
}

/// An action of the account that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Open the inbox and act on its conversations (E05, X11).
    MessagesManage,
    /// Add users and change what they may do (B10).
    UsersManage,
    /// Add gateways and their credentials (B14).
    GatewaysManage,
    /// See the balance and the ledger (B13).
    CreditsRead,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] =
        [Self::MessagesManage, Self::UsersManage, Self::GatewaysManage, Self::CreditsRead];

    /// The permission's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessagesManage => "messages:manage",
            Self::UsersManage => "users:manage",
            Self::GatewaysManage => "gateways:manage",
            Self::CreditsRead => "credits:read",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether somebody with these roles and this access to conversations holds `permission`.
///
/// `messages:manage` follows from any access to conversations: no built-in role is about the inbox (X11).
pub fn permits(roles: &BTreeSet<Role>, access: ConversationAccess, permission: Permission) -> bool {
    match permission {
        Permission::MessagesManage => access != ConversationAccess::None,
        Permission::UsersManage => roles.contains(&Role::AccountManager),
        Permission::GatewaysManage => roles.contains(&Role::IntegrationsManager),
        Permission::CreditsRead => roles.contains(&Role::FinanceDataManager),
    }
}

/// Somebody who looks at conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who looks.
    pub user: UserId,
    /// What they may see.
    pub access: ConversationAccess,
}

impl Viewer {
    /// Whether the viewer may see a conversation with these assignees (C03, C04, C08). The only place that decides it.
    pub fn may_see(&self, assignees: &BTreeSet<UserId>) -> bool {
        match self.access {
            ConversationAccess::All => true,
            ConversationAccess::Assigned => assignees.contains(&self.user),
            ConversationAccess::None => false,
        }
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
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    fn any_access() -> impl Strategy<Value = ConversationAccess> {
        prop_oneof![
            Just(ConversationAccess::All),
            Just(ConversationAccess::Assigned),
            Just(ConversationAccess::None)
        ]
    }

    proptest! {
        /// I10: a list never shows a conversation that a direct look would refuse, nor hides one from its widest list.
        #[test]
        fn lists_and_direct_looks_agree(access in any_access(), assigned in prop::collection::btree_set(0..4_u128, 0..4)) {
            let viewer = Viewer { user: user(0), access };
            let assignees = assigned.into_iter().map(user).collect();
            for audience in Audience::of(&assignees) {
                prop_assert!(!viewer.may_list(audience) || viewer.may_see(&assignees));
            }
            let listed = viewer.widest_audience().is_some_and(|widest| Audience::of(&assignees).contains(&widest));
            prop_assert_eq!(listed, viewer.may_see(&assignees));
        }
    }

    #[test]
    fn c02_to_c08_access_has_exactly_three_values() {
        let (me, other) = (user(1), user(2));
        let (mine, theirs, nobodys) = (BTreeSet::from([me]), BTreeSet::from([other]), BTreeSet::new());
        let sees = |access| [&mine, &theirs, &nobodys].map(|set| Viewer { user: me, access }.may_see(set));
        assert_eq!(sees(ConversationAccess::All), [true, true, true]);
        assert_eq!(sees(ConversationAccess::Assigned), [true, false, false]);
        assert_eq!(sees(ConversationAccess::None), [false, false, false]);
    }

    #[test]
    fn x11_the_inbox_opens_with_any_access_to_conversations() {
        let roles = BTreeSet::from(Role::ALL);
        assert!(permits(&BTreeSet::new(), ConversationAccess::Assigned, Permission::MessagesManage));
        assert!(!permits(&roles, ConversationAccess::None, Permission::MessagesManage));
    }

    #[test]
    fn b10_b13_b14_each_duty_belongs_to_one_role() {
        for (role, permission) in [
            (Role::AccountManager, Permission::UsersManage),
            (Role::FinanceDataManager, Permission::CreditsRead),
            (Role::IntegrationsManager, Permission::GatewaysManage),
        ] {
            for holder in Role::ALL {
                let held = permits(&BTreeSet::from([holder]), ConversationAccess::None, permission);
                assert_eq!(held, holder == role, "{holder:?} {permission}");
            }
        }
    }

    #[test]
    fn an_audience_reads_back_from_its_text() {
        for audience in [Audience::Everyone, Audience::Unassigned, Audience::User(user(7))] {
            assert_eq!(audience.to_string().parse(), Ok(audience));
        }
        assert_eq!("nobody".parse::<Audience>(), Err(InvalidAudience));
    }
}
