//! An account: one business, its settings, its people and its gateways.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    access::{ConversationAccess, Permission, Role, Viewer, permits},
    email::EmailAddress,
    id::{AccountId, GatewayId, UserId},
    name::DisplayName,
    phone::{PhoneNumber, Region},
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
    /// The gateway that new conversations start from, unless another is named (D25).
    pub default_gateway: Option<GatewayId>,
    /// When it was opened.
    pub created_at: Timestamp,
}

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
    /// Their roles (B09).
    pub roles: BTreeSet<Role>,
    /// Which conversations they may see (C02).
    pub conversation_access: ConversationAccess,
    /// When they were added.
    pub created_at: Timestamp,
}

impl User {
    /// The user as somebody who looks at conversations.
    pub fn viewer(&self) -> Viewer {
        Viewer { user: self.id, access: self.conversation_access }
    }

    /// Whether the user may do what `permission` names.
    pub fn may(&self, permission: Permission) -> bool {
        permits(&self.roles, self.conversation_access, permission)
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
    /// The phone simulator.
    Simulated,
}

impl CarrierId {
    /// Every carrier.
    pub const ALL: [Self; 2] = [Self::Twilio, Self::Simulated];

    /// The carrier's name in URLs and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
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

/// A gateway: one of our numbers at one carrier (D25, D26). Its credentials lie in the secret store, not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Its id; part of the webhook addresses that the carrier calls.
    pub id: GatewayId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name for people.
    pub name: DisplayName,
    /// Its carrier.
    pub carrier: CarrierId,
    /// Our number.
    pub number: PhoneNumber,
    /// When it was added.
    pub created_at: Timestamp,
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
