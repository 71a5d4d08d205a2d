//! An account: one business, its settings, its people and its gateways.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    access::{ConversationAccess, Grants, MessageAccess, Permission, Role, RoleRef},
    branding::Branding,
    email::EmailAddress,
    id::{AccountId, GatewayId, TeamId, UserId},
    name::DisplayName,
    phone::Region,
    quiet_hours::QuietHours,
};

/// A time zone by its IANA name, such as `America/New_York`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

/// The text names no zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an IANA time zone, such as America/New_York")]
pub struct UnknownZone;

impl ZoneName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone's rules.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = UnknownZone;
    fn try_from(name: String) -> Result<Self, UnknownZone> {
        TimeZone::get(&name).map(|_| Self(name)).map_err(|_| UnknownZone)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.0
    }
}

/// At most this many accounts stand above each other: a master, its sub accounts, theirs, and so on.
pub const LEVELS_MAX: usize = 5;

/// An account and its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The business's name.
    pub name: DisplayName,
    /// The zone in which "tomorrow at nine" is computed.
    pub time_zone: ZoneName,
    /// The region in which its people write numbers without a country code.
    pub region: Region,
    /// Whether an inbound message wakes a snoozed conversation (X05).
    pub wake_on_reply: bool,
    /// How the quiet hours of its customers are kept.
    pub quiet_hours: QuietHours,
    /// The gateway that new conversations start from, unless another is named (D25).
    pub default_gateway: Option<GatewayId>,
    /// The account that it is a sub account of (A02); `None`: it stands by itself.
    pub parent: Option<AccountId>,
    /// How it looks; what is left out comes from its parent's `sub_account_branding` (A08).
    pub branding: Branding,
    /// How its sub accounts look, unless they say otherwise.
    pub sub_account_branding: Branding,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// Whether a user can sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Invited by e-mail and not come yet: cannot sign in.
    Invited,
    /// Can sign in.
    #[default]
    Active,
    /// Cannot sign in until enabled again; everything else stays.
    Disabled,
    /// No longer of the account. The record stays, so that what they did keeps its name.
    Removed,
}

/// At most this many teams that one user belongs to.
pub const TEAMS_OF_A_USER_MAX: usize = 20;
/// At most this many roles that one user holds.
pub const ROLES_OF_A_USER_MAX: usize = 20;

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their account.
    pub account: AccountId,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// Their name.
    pub name: DisplayName,
    /// Whether they can sign in.
    pub status: UserStatus,
    /// Their roles (B09).
    pub roles: BTreeSet<RoleRef>,
    /// Their teams (B06).
    pub teams: BTreeSet<TeamId>,
    /// Which conversations they may see by themselves; roles and teams may add to it (C02).
    pub conversation_access: ConversationAccess,
    /// What they may do by themselves with others' conversations; roles and teams may add to it (C22).
    pub message_access: MessageAccess,
    /// What was said about this user alone: it beats everything else (A21, X13).
    pub overrides: Grants,
    /// For somebody of the master account who has entered as support: who they are there.
    pub support_of: Option<Supporter>,
    /// When they were added.
    pub created_at: Timestamp,
}

/// Who stands behind a support user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supporter {
    /// The master account.
    pub account: AccountId,
    /// Who of it.
    pub user: UserId,
}

impl User {
    /// The access that is set for the user alone, as something that speaks among roles and teams.
    pub fn access_grants(&self) -> Grants {
        Grants::of_levels(self.conversation_access, self.message_access)
    }

    /// Whether they belong to the account's staff and can be given work: not gone, and not a visitor.
    pub fn is_staff(&self) -> bool {
        self.status != UserStatus::Removed && self.support_of.is_none()
    }

    /// Whether they can manage the account's users, so that somebody can (X16): an account manager who can sign in and from
    /// whom nobody has taken it.
    pub fn manages_account(&self) -> bool {
        self.status == UserStatus::Active
            && self.support_of.is_none()
            && self.roles.contains(&RoleRef::BuiltIn(Role::AccountManager))
            && !self.overrides.denied().contains(&Permission::UsersManage)
    }

    /// The initials shown beside what they send (D11): of the first and the last word of the name.
    pub fn initials(&self) -> String {
        let mut words = self.name.as_str().split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
}

/// Which carrier a gateway uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarrierId {
    /// Twilio.
    Twilio,
    /// Telnyx.
    Telnyx,
    /// Plivo.
    Plivo,
    /// Vonage, Messages API.
    Vonage,
    /// Vonage, the older SMS API.
    VonageSms,
    /// Bandwidth.
    Bandwidth,
    /// Infobip.
    Infobip,
    /// Sinch.
    Sinch,
    /// Bird, the platform API of 2026.
    Bird,
    /// `MessageBird`, the REST API before Bird's.
    MessageBird,
    /// AWS End User Messaging.
    AwsEndUserMessaging,
    /// The phone simulator.
    Simulated,
}

impl CarrierId {
    /// Every carrier.
    pub const ALL: [Self; 12] = [
        Self::Twilio,
        Self::Telnyx,
        Self::Plivo,
        Self::Vonage,
        Self::VonageSms,
        Self::Bandwidth,
        Self::Infobip,
        Self::Sinch,
        Self::Bird,
        Self::MessageBird,
        Self::AwsEndUserMessaging,
        Self::Simulated,
    ];

    /// The carrier's name in URLs and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Telnyx => "telnyx",
            Self::Plivo => "plivo",
            Self::Vonage => "vonage",
            Self::VonageSms => "vonage_sms",
            Self::Bandwidth => "bandwidth",
            Self::Infobip => "infobip",
            Self::Sinch => "sinch",
            Self::Bird => "bird",
            Self::MessageBird => "message_bird",
            Self::AwsEndUserMessaging => "aws_end_user_messaging",
            Self::Simulated => "simulated",
        }
    }
}

impl std::fmt::Display for CarrierId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no [`CarrierId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a carrier that we know")]
pub struct UnknownCarrier;

impl std::str::FromStr for CarrierId {
    type Err = UnknownCarrier;
    fn from_str(text: &str) -> Result<Self, UnknownCarrier> {
        Self::ALL.into_iter().find(|carrier| carrier.as_str() == text).ok_or(UnknownCarrier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_to_the_iana_database_or_refused() {
        for name in ["America/New_York", "Europe/Berlin", "UTC"] {
            assert_eq!(ZoneName::try_from(name.to_owned()).unwrap().as_str(), name);
        }
        for name in ["", "EST5EDT4", "+02:00", "Mars/Olympus", "../etc/passwd"] {
            assert_eq!(ZoneName::try_from(name.to_owned()), Err(UnknownZone), "{name}");
        }
    }

    #[test]
    fn a_carrier_reads_back_from_its_name() {
        for carrier in CarrierId::ALL {
            assert_eq!(carrier.as_str().parse(), Ok(carrier));
        }
        assert_eq!("carrier-pigeon".parse::<CarrierId>(), Err(UnknownCarrier));
    }
}
