//! Roles: the six that are built in, and those that accounts define.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Permission, grants::Grants};
use crate::{id::RoleId, name::DisplayName};

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
    /// Every built-in role: what the first user of an account holds (B16).
    pub const ALL: [Self; 6] = [
        Self::AccountManager,
        Self::AnalyzeManager,
        Self::CommunicationManager,
        Self::FinanceDataManager,
        Self::IntegrationsManager,
        Self::PeopleManager,
    ];

    /// The role's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountManager => "account_manager",
            Self::AnalyzeManager => "analyze_manager",
            Self::CommunicationManager => "communication_manager",
            Self::FinanceDataManager => "finance_data_manager",
            Self::IntegrationsManager => "integrations_manager",
            Self::PeopleManager => "people_manager",
        }
    }

    /// What the role lets its holders do: its duties and nothing else. None opens the inbox: which conversations
    /// somebody works on is said for each user, team or role of the account's own (X11).
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::AccountManager => &[
                P::AccountManage,
                P::UsersManage,
                P::TeamsManage,
                P::RolesManage,
                P::SecurityManage,
                P::ApiKeysManage,
                P::AuditRead,
                P::AlertsManage,
                P::ViewsManage,
                P::AccountsRead,
                P::AccountsManage,
                P::AccountsEnter,
                P::MessagesOverrideQuietHours,
            ],
            Self::AnalyzeManager => &[P::UsageRead, P::StatisticsRead, P::ContactsRead, P::ContactsExport],
            Self::CommunicationManager => &[
                P::TemplatesManage,
                P::QuickRepliesManage,
                P::KeywordsManage,
                P::AutomationsManage,
                P::ContactsRead,
            ],
            Self::FinanceDataManager => {
                &[P::CreditsRead, P::CreditsBuy, P::CreditsAllocate, P::UsageRead, P::AccountsRead]
            }
            Self::IntegrationsManager => &[P::GatewaysManage],
            Self::PeopleManager => &[P::TagsManage, P::ContactsRead, P::ContactsManage, P::ContactsExport],
        }
    }
}

/// What everybody of an account may do without any role. It can be denied like everything else.
pub const EVERYBODY: &[Permission] = &[
    Permission::AccountRead,
    Permission::UsersRead,
    Permission::GatewaysRead,
    Permission::NotificationsRead,
    Permission::TemplatesRead,
    Permission::KeywordsRead,
    Permission::AutomationsRead,
];

/// A role that an account has defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    /// What people call it.
    pub name: DisplayName,
    /// What it gives and takes.
    pub grants: Grants,
}

/// A role that somebody holds: a built-in one by its name, one of the account's own by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RoleRef {
    /// A built-in role.
    BuiltIn(Role),
    /// A role of the account's own.
    Custom(RoleId),
}

impl RoleRef {
    /// All built-in roles.
    pub fn built_in() -> std::collections::BTreeSet<Self> {
        Role::ALL.into_iter().map(Self::BuiltIn).collect()
    }
}

impl From<Role> for RoleRef {
    fn from(role: Role) -> Self {
        Self::BuiltIn(role)
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.name()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

/// The text is neither the name of a built-in role nor the id of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role; GET /v1/roles lists them")]
pub struct UnknownRole;

impl FromStr for RoleRef {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let built_in = Role::ALL.into_iter().find(|role| role.name() == text).map(Self::BuiltIn);
        built_in.or_else(|| text.parse().ok().map(Self::Custom)).ok_or(UnknownRole)
    }
}

impl TryFrom<String> for RoleRef {
    type Error = UnknownRole;
    fn try_from(text: String) -> Result<Self, UnknownRole> {
        text.parse()
    }
}

impl From<RoleRef> for String {
    fn from(role: RoleRef) -> Self {
        role.to_string()
    }
}
