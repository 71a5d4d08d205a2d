//! The policy of an account: everything beside the user that decides whether a request is allowed.
//!
//! Standing, plan and features, the roles and teams that the account has defined, its security settings. It lies in one
//! item, which is read with the user at the beginning of each request, so that whatever is changed here counts from the
//! next request on.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::{CustomRole, Explanation, Feature, Grants, Permission, Rights, RoleRef, Source, Voice, Voices},
    account::User,
    id::{RoleId, TeamId},
    name::DisplayName,
    security::SecuritySettings,
};

/// At most this many roles of its own in an account: the policy is read with each request and has to stay small.
pub const ROLES_MAX: usize = 50;
/// At most this many teams in an account.
pub const TEAMS_MAX: usize = 100;

/// A team: people with common permissions (B06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// What people call it.
    pub name: DisplayName,
    /// What it gives its members and takes from them (A15).
    pub grants: Grants,
}

/// A plan that an account can be on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanName {
    /// Administration only: no texting (C23).
    Starter,
    /// Everything.
    #[default]
    Growth,
}

/// What an account has bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Which plan.
    pub name: PlanName,
    /// How many users it includes beside the owner; each further one is an extra seat (X17).
    pub included_users: u32,
}

impl Default for Plan {
    /// The plan of a new account, with the five users that A12 promises.
    fn default() -> Self {
        Self { name: PlanName::default(), included_users: 5 }
    }
}

impl Plan {
    /// Whether the plan has the feature.
    pub fn includes(&self, feature: Feature) -> bool {
        match self.name {
            PlanName::Growth => true,
            PlanName::Starter => matches!(feature, Feature::ApiKeys | Feature::BuyCredits),
        }
    }

    /// How many of `users` (the owner among them) are extra seats (A13, X17).
    pub fn extra_seats(&self, users: u32) -> u32 {
        users.saturating_sub(1).saturating_sub(self.included_users)
    }
}

/// The policy of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Since when it is suspended, if it is: nobody of it may do anything, nothing is sent; what comes in is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_since: Option<Timestamp>,
    /// Whether it was the operator who suspended it: then its master cannot reopen it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended_by_operator: bool,
    /// Since when it is a paying customer (B02).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paying_since: Option<Timestamp>,
    /// Its plan.
    pub plan: Plan,
    /// Features that its master has switched off.
    pub switched_off: std::collections::BTreeSet<Feature>,
    /// Roles of its own.
    pub roles: BTreeMap<RoleId, CustomRole>,
    /// Its teams.
    pub teams: BTreeMap<TeamId, Team>,
    /// Its security settings.
    pub security: SecuritySettings,
    /// Until when its master may enter it as support, if it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_until: Option<Timestamp>,
    /// Since when everybody has a read state of their own, if so (E20, X08).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_read_since: Option<Timestamp>,
}

/// Why an action is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The caller lacks the permission.
    #[error("the permission {0} is needed")]
    Permission(Permission),
    /// The account has not the feature (C23, E01).
    #[error("the account has not the feature {0}")]
    Feature(Feature),
    /// The account is no paying customer yet (B02).
    #[error("{0} is for paying customers")]
    PayingCustomersOnly(Permission),
}

/// A deny would lock the account out of its own administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("users:manage cannot be denied by a role or a team; take the role that grants it away instead")]
pub struct LocksOut;

impl Policy {
    /// Whether the account has the feature: its plan includes it and nobody has switched it off.
    pub fn has(&self, feature: Feature) -> bool {
        self.plan.includes(feature) && !self.switched_off.contains(&feature)
    }

    /// Whether the account is open to somebody with these rights doing this. What the caller lacks is said first: who may
    /// not do it anyway need not know what the account has bought.
    pub fn permits(&self, rights: &Rights, permission: Permission) -> Result<(), Forbidden> {
        if !rights.may(permission) {
            return Err(Forbidden::Permission(permission));
        }
        if let Some(feature) = permission.feature().filter(|feature| !self.has(*feature)) {
            return Err(Forbidden::Feature(feature));
        }
        if permission.for_paying_customers() && self.paying_since.is_none() {
            return Err(Forbidden::PayingCustomersOnly(permission));
        }
        Ok(())
    }

    /// What the user may do at this moment (A14, A15, A21, X13).
    pub fn rights(&self, user: &User) -> Rights {
        self.voices(user).rights()
    }

    /// Whether the user may do something, and what decided it.
    pub fn explain(&self, user: &User, permission: Permission) -> Explanation {
        self.voices(user).explain(permission)
    }

    /// Refuses what nobody could undo: a role or team that takes the management of users from account managers (X16).
    pub fn check_grants(grants: &Grants) -> Result<(), LocksOut> {
        if grants.denied().contains(&Permission::UsersManage) { Err(LocksOut) } else { Ok(()) }
    }

    /// Everything that speaks about the user. Roles and teams that no longer exist say nothing.
    fn voices<'a>(&'a self, user: &'a User) -> Voices<'a> {
        let mut voices = Voices::of_everybody();
        voices.add(Source::Access, Voice::Grants(Cow::Owned(user.access_grants())));
        for role in &user.roles {
            match role {
                RoleRef::BuiltIn(built_in) => voices.add(Source::Role(*role), Voice::BuiltIn(*built_in)),
                RoleRef::Custom(id) => {
                    if let Some(custom) = self.roles.get(id) {
                        voices.add(Source::Role(*role), Voice::Grants(Cow::Borrowed(&custom.grants)));
                    }
                }
            }
        }
        for (id, team) in user.teams.iter().filter_map(|id| self.teams.get_key_value(id)) {
            voices.add(Source::Team(*id), Voice::Grants(Cow::Borrowed(&team.grants)));
        }
        voices.add(Source::Override, Voice::Grants(Cow::Borrowed(&user.overrides)));
        voices
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
