//! The closed list of what can be permitted, and what must be bought before it can be.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Writes the permissions and their facts in one place: name in the API, feature it belongs to, whether it is for paying
/// customers only, and what it lets somebody do.
macro_rules! permissions {
    ($($variant:ident => $name:literal, $feature:expr, $paying:literal, $meaning:literal;)+) => {
        /// An action of the product that somebody may or may not do (A22). Every route of the API names one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = $meaning] $variant,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The permission's name in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it lets somebody do, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }

            /// The feature without which nobody of the account has any use of it (C23, E01).
            pub const fn feature(self) -> Option<Feature> {
                match self { $(Self::$variant => $feature,)+ }
            }

            /// Whether only paying customers have it (B02).
            pub const fn for_paying_customers(self) -> bool {
                match self { $(Self::$variant => $paying,)+ }
            }
        }
    };
}

use Feature::{ApiKeys, BuyCredits, Keywords, Messaging, SubAccounts};

permissions! {
    AccountRead => "account:read", None, false, "See the account's settings and looks.";
    AccountManage => "account:manage", None, false, "Change the account's settings.";
    UsersRead => "users:read", None, false, "See colleagues and teams.";
    UsersManage => "users:manage", None, true, "Invite, change, disable and remove users, and override what they may do.";
    TeamsManage => "teams:manage", None, true, "Create, change and remove teams.";
    RolesManage => "roles:manage", None, true, "Create, change and remove roles.";
    SecurityManage => "security:manage", None, true,
        "Second factor, password policy, sessions of others, allowed addresses, support access.";
    ApiKeysManage => "api-keys:manage", Some(ApiKeys), true, "Create and revoke API keys.";
    AuditRead => "audit:read", None, true, "See and export the audit log.";
    AlertsManage => "alerts:manage", None, true, "Choose which alerts the account gives, and to whom.";
    AccountsRead => "accounts:read", Some(SubAccounts), false, "See sub accounts and their usage.";
    AccountsManage => "accounts:manage", Some(SubAccounts), true,
        "Create sub accounts, and set their looks, features, keywords and templates; suspend and reopen them.";
    AccountsEnter => "accounts:enter", Some(SubAccounts), true, "Enter a sub account as support, where it allows it.";
    CreditsRead => "credits:read", None, false, "See the balance, the ledger and the orders.";
    CreditsBuy => "credits:buy", Some(BuyCredits), false, "Order credits.";
    CreditsAllocate => "credits:allocate", Some(SubAccounts), true, "Allocate credits to sub accounts and reclaim them.";
    UsageRead => "usage:read", None, false, "See what was sent, spent and how many seats are used.";
    GatewaysRead => "gateways:read", None, false, "See the account's numbers.";
    GatewaysManage => "gateways:manage", None, false, "Add gateways and their credentials.";
    MessagesManage => "messages:manage", Some(Messaging), false, "Open the inbox and act on its conversations.";
    MessagesCompose => "messages:compose", Some(Messaging), false,
        "Send texts of one's own; without it only templates can be sent.";
    MessagesOverrideQuietHours => "messages:override-quiet-hours", Some(Messaging), false,
        "Send what is no answer during the customer's quiet hours.";
    TagsManage => "tags:manage", None, false, "Create, change and remove the account's tags.";
    ViewsManage => "views:manage", None, false, "Share views of the inbox with all colleagues.";
    QuickRepliesManage => "quick-replies:manage", None, false,
        "Create, change and remove the quick replies of teams and of the account.";
    NotificationsRead => "notifications:read", None, false, "See one's own alert centre.";
    TemplatesRead => "templates:read", None, false, "See the account's templates.";
    TemplatesManage => "templates:manage", None, false, "Create, change and remove templates.";
    KeywordsRead => "keywords:read", None, false, "See the account's keywords.";
    KeywordsManage => "keywords:manage", Some(Keywords), false, "Create, change and remove keywords.";
    AutomationsRead => "automations:read", None, false, "See the account's automations.";
    AutomationsManage => "automations:manage", Some(Messaging), false, "Create, change and remove automations.";
    StatisticsRead => "statistics:read", Some(Messaging), false,
        "See how many messages come and go, how fast they are answered, and what is completed.";
    ContactsRead => "contacts:read", None, false, "See customers' records and lists.";
    ContactsManage => "contacts:manage", None, false, "Change customers' records and lists.";
    ContactsExport => "contacts:export", None, false, "Take customers' records out of the product.";
}

/// What an account can have or not have, by its plan and by what its master has switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Texting: sending, and the shared inbox (C23, E01).
    Messaging,
    /// Keywords of its own making.
    Keywords,
    /// API keys.
    ApiKeys,
    /// Ordering credits; a sub account without it has what its master allocates (A04).
    BuyCredits,
    /// Sub accounts (A02).
    SubAccounts,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 5] = [Messaging, Keywords, ApiKeys, BuyCredits, SubAccounts];

    /// The feature's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Messaging => "messaging",
            Keywords => "keywords",
            ApiKeys => "api_keys",
            BuyCredits => "buy_credits",
            SubAccounts => "sub_accounts",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no [`Permission`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a permission; GET /v1/permissions lists them")]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL.iter().copied().find(|permission| permission.name() == text).ok_or(UnknownPermission)
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a22_every_permission_reads_back_from_its_one_name() {
        let names: BTreeSet<_> = Permission::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(*permission));
        }
        for wrong in ["", "users", "Users:manage", "users:manage ", "everything"] {
            assert_eq!(wrong.parse::<Permission>(), Err(UnknownPermission), "{wrong}");
        }
    }

    #[test]
    fn b02_what_belongs_to_paying_customers_is_users_teams_alerts_security_and_the_log() {
        for permission in [
            Permission::UsersManage,
            Permission::TeamsManage,
            Permission::AlertsManage,
            Permission::SecurityManage,
            Permission::AuditRead,
        ] {
            assert!(permission.for_paying_customers(), "{permission}");
        }
        assert!(!Permission::MessagesManage.for_paying_customers());
        assert!(!Permission::CreditsBuy.for_paying_customers(), "or nobody could become one");
    }
}
