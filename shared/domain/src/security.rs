//! What an account asks of those who sign in (B04, B10): a second factor, good passwords, short sessions, known places.
//!
//! Each setting has bounds that its type holds, and a default that is safe, so an account that never looks at its
//! settings is protected, and a stored item from before a setting existed reads as if it had the default.

use std::{collections::BTreeSet, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::RoleRef;

/// The most characters of a password. Our own ceiling: long enough for any sentence, and hashing stays cheap.
pub const PASSWORD_CHARACTERS_MAX: usize = 200;

/// The most ranges of [`AddressRanges`]. Our own limit: offices and exits of private networks, not a routing table.
pub const RANGES_MAX: usize = 50;

/// A whole number from `MIN` to `MAX`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Within<const MIN: u16, const MAX: u16>(u16);

/// The number is outside the bounds of a [`Within`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a whole number from {min} to {max}")]
pub struct OutOfBounds {
    /// The least that is allowed.
    pub min: u16,
    /// The most that is allowed.
    pub max: u16,
}

impl<const MIN: u16, const MAX: u16> Within<MIN, MAX> {
    /// The number nearest to `number` that is within the bounds.
    pub const fn nearest(number: u16) -> Self {
        if number < MIN {
            Self(MIN)
        } else if number > MAX {
            Self(MAX)
        } else {
            Self(number)
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl<const MIN: u16, const MAX: u16> TryFrom<u16> for Within<MIN, MAX> {
    type Error = OutOfBounds;

    fn try_from(number: u16) -> Result<Self, OutOfBounds> {
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(OutOfBounds { min: MIN, max: MAX }) }
    }
}

impl<const MIN: u16, const MAX: u16> From<Within<MIN, MAX>> for u16 {
    fn from(number: Within<MIN, MAX>) -> Self {
        number.0
    }
}

/// The least number of characters of a password.
pub type MinLength = Within<10, 64>;
/// The least strength of a password: a score of zxcvbn, from 0 (guessed at once) to 4 (very unlikely to be guessed).
pub type MinStrength = Within<0, 4>;
/// How many passwords, counted from the one in use, may not be chosen again. 0: even the one in use may.
pub type History = Within<0, 24>;
/// After how many days a password has to be changed.
pub type ExpiryDays = Within<1, 3650>;
/// How many hours a session lasts.
pub type SessionHours = Within<1, 720>;

/// What a password has to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    /// Its least length in characters.
    pub min_length: MinLength,
    /// Its least strength.
    pub min_strength: MinStrength,
    /// How many earlier ones it must differ from.
    pub history: History,
    /// How long it is good for; `None`: for ever.
    pub expires_after_days: Option<ExpiryDays>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: MinLength::nearest(10),
            min_strength: MinStrength::nearest(2),
            history: History::nearest(0),
            expires_after_days: None,
        }
    }
}

impl PasswordPolicy {
    /// When a password set at `set_at` has to be changed; `None`: never.
    pub fn expires_at(&self, set_at: Timestamp) -> Option<Timestamp> {
        let days = i64::from(self.expires_after_days?.get());
        set_at.checked_add(SignedDuration::from_hours(24 * days)).ok()
    }

    /// Whether a password set at `set_at` has to be changed by now.
    pub fn expired(&self, set_at: Timestamp, now: Timestamp) -> bool {
        self.expires_at(set_at).is_some_and(|expires_at| expires_at <= now)
    }
}

/// Of whom a second factor is required. Everybody may use one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Of nobody.
    #[default]
    Optional,
    /// Of every user of the account.
    Everybody,
    /// Of those who hold one of these roles.
    Roles(BTreeSet<RoleRef>),
}

impl SecondFactorRule {
    /// Whether somebody with these roles has to have a second factor.
    pub fn requires(&self, roles: &BTreeSet<RoleRef>) -> bool {
        match self {
            Self::Optional => false,
            Self::Everybody => true,
            Self::Roles(named) => !named.is_disjoint(roles),
        }
    }
}

/// From which addresses the account may be used: everywhere, if there are no ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct AddressRanges(BTreeSet<IpNet>);

/// Why texts are no [`AddressRanges`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRanges {
    /// One of them is neither an address nor a range.
    #[error("an IP address or a range such as 203.0.113.0/24 or 2001:db8::/48")]
    NotARange,
    /// More than [`RANGES_MAX`].
    #[error("at most {RANGES_MAX} ranges of addresses")]
    TooMany,
}

impl AddressRanges {
    /// Ranges from their texts: `203.0.113.0/24`, `2001:db8::/48`, or one address. The part of an address beyond its
    /// prefix does not count, so `203.0.113.9/24` is `203.0.113.0/24`.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, InvalidRanges> {
        let ranges = texts.iter().map(|text| range(text.as_ref())).collect::<Result<BTreeSet<_>, _>>()?;
        if ranges.len() > RANGES_MAX { Err(InvalidRanges::TooMany) } else { Ok(Self(ranges)) }
    }

    /// Whether somebody at `address` may use the account. Whoever cannot be placed may not, once there are ranges.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.0.iter().any(|range| range.contains(&address))
            })
    }

    /// The ranges as texts, in order.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

fn range(text: &str) -> Result<IpNet, InvalidRanges> {
    let range = match IpNet::from_str(text) {
        Ok(range) => range.trunc(),
        Err(_) => IpAddr::from_str(text).map_err(|_| InvalidRanges::NotARange)?.to_canonical().into(),
    };
    Ok(range)
}

impl TryFrom<Vec<String>> for AddressRanges {
    type Error = InvalidRanges;

    fn try_from(texts: Vec<String>) -> Result<Self, InvalidRanges> {
        Self::parse(&texts)
    }
}

impl From<AddressRanges> for Vec<String> {
    fn from(ranges: AddressRanges) -> Self {
        ranges.texts()
    }
}

/// What an account asks of those who sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecuritySettings {
    /// Of whom a second factor is required.
    pub second_factor: SecondFactorRule,
    /// What passwords have to be like.
    pub password: PasswordPolicy,
    /// How long a session lasts.
    pub session_hours: SessionHours,
    /// From where the account may be used.
    pub allowed_addresses: AddressRanges,
}

impl Default for SecuritySettings {
    fn default() -> Self {
        Self {
            second_factor: SecondFactorRule::default(),
            password: PasswordPolicy::default(),
            session_hours: SessionHours::nearest(24 * 14),
            allowed_addresses: AddressRanges::default(),
        }
    }
}

impl SecuritySettings {
    /// When a session that began at `began_at` ends. It is asked at each request, so a shorter life counts at once,
    /// also for sessions that have begun.
    pub fn session_ends_at(&self, began_at: Timestamp) -> Timestamp {
        let lasts = SignedDuration::from_hours(i64::from(self.session_hours.get()));
        began_at.checked_add(lasts).unwrap_or(began_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_item_from_before_a_setting_existed_reads_with_its_default() {
        let empty: SecuritySettings = serde_json::from_str("{}").unwrap();
        assert_eq!(empty, SecuritySettings::default());
        let partly: SecuritySettings = serde_json::from_str(r#"{"password":{"history":3}}"#).unwrap();
        assert_eq!(partly.password.history.get(), 3);
        assert_eq!(partly.password.min_length.get(), 10);
        assert_eq!(partly.password.min_strength.get(), 2);
        assert_eq!(partly.session_hours.get(), 336);
    }

    #[test]
    fn settings_read_back_from_what_is_stored() {
        let settings = SecuritySettings {
            second_factor: SecondFactorRule::Roles(BTreeSet::from([RoleRef::BuiltIn(Role::AccountManager)])),
            allowed_addresses: AddressRanges::parse(&["203.0.113.9/24", "2001:db8::1"]).unwrap(),
            ..SecuritySettings::default()
        };
        let stored = serde_json::to_value(&settings).unwrap();
        assert_eq!(stored["allowed_addresses"], serde_json::json!(["203.0.113.0/24", "2001:db8::1/128"]));
        assert_eq!(serde_json::from_value::<SecuritySettings>(stored).unwrap(), settings);
    }

    #[test]
    fn b10_a_second_factor_is_required_of_everybody_or_of_some_roles() {
        let roles = |roles: &[Role]| roles.iter().copied().map(RoleRef::BuiltIn).collect::<BTreeSet<_>>();
        let managers = SecondFactorRule::Roles(roles(&[Role::AccountManager, Role::FinanceDataManager]));
        for (rule, held, required) in [
            (&SecondFactorRule::Optional, roles(&Role::ALL), false),
            (&SecondFactorRule::Everybody, roles(&[]), true),
            (&managers, roles(&[Role::PeopleManager]), false),
            (&managers, roles(&[Role::PeopleManager, Role::FinanceDataManager]), true),
            (&managers, roles(&[]), false),
        ] {
            assert_eq!(rule.requires(&held), required, "{rule:?} {held:?}");
        }
    }

    #[test]
    fn b04_each_setting_has_bounds() {
        for (written, fine) in [
            (r#"{"password":{"min_length":10}}"#, true),
            (r#"{"password":{"min_length":64}}"#, true),
            (r#"{"password":{"min_length":9}}"#, false),
            (r#"{"password":{"min_length":65}}"#, false),
            (r#"{"password":{"min_strength":5}}"#, false),
            (r#"{"password":{"history":24}}"#, true),
            (r#"{"password":{"history":25}}"#, false),
            (r#"{"password":{"expires_after_days":0}}"#, false),
            (r#"{"password":{"expires_after_days":3650}}"#, true),
            (r#"{"password":{"expires_after_days":3651}}"#, false),
            (r#"{"session_hours":0}"#, false),
            (r#"{"session_hours":720}"#, true),
            (r#"{"session_hours":721}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<SecuritySettings>(written).is_ok(), fine, "{written}");
        }
    }

    #[test]
    fn b04_without_ranges_every_address_may_and_with_them_only_those_inside() {
        let (inside, outside) = ("203.0.113.200".parse().ok(), "198.51.100.1".parse().ok());
        assert!(AddressRanges::default().allow(outside) && AddressRanges::default().allow(None));
        let ranges = AddressRanges::parse(&["203.0.113.0/24", "2001:db8::/48", "192.0.2.7"]).unwrap();
        for (address, allowed) in [
            ("203.0.113.200", true),
            ("203.0.114.1", false),
            ("::ffff:203.0.113.200", true),
            ("2001:db8:0:9::1", true),
            ("2001:db8:1::1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
        ] {
            assert_eq!(ranges.allow(address.parse().ok()), allowed, "{address}");
        }
        assert!(ranges.allow(inside) && !ranges.allow(outside) && !ranges.allow(None));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in
            ["", "office", "203.0.113.0/33", "203.0.113", "203.0.113.0/-1", " 203.0.113.0/24", "::/129"]
        {
            assert_eq!(AddressRanges::parse(&[text]), Err(InvalidRanges::NotARange), "{text:?}");
        }
        let many: Vec<String> = (0..=RANGES_MAX).map(|n| format!("10.0.{n}.0/24")).collect();
        assert_eq!(AddressRanges::parse(&many), Err(InvalidRanges::TooMany));
        assert!(AddressRanges::parse(&many[1..]).is_ok());
    }

    #[test]
    fn b04_a_password_expires_on_the_day_that_the_policy_says() {
        let (set_at, now) = (at("2026-03-01T12:00:00Z"), at("2026-03-31T12:00:00Z"));
        let policy = |days: Option<u16>| PasswordPolicy {
            expires_after_days: days.map(ExpiryDays::nearest),
            ..PasswordPolicy::default()
        };
        assert!(!policy(None).expired(set_at, at("2099-01-01T00:00:00Z")));
        assert!(policy(Some(30)).expired(set_at, now));
        assert!(!policy(Some(31)).expired(set_at, now));
    }

    #[test]
    fn b04_a_session_ends_when_the_setting_says_whenever_it_began() {
        let began_at = at("2026-03-01T12:00:00Z");
        let settings = |hours| SecuritySettings {
            session_hours: SessionHours::nearest(hours),
            ..SecuritySettings::default()
        };
        assert_eq!(SecuritySettings::default().session_ends_at(began_at), at("2026-03-15T12:00:00Z"));
        assert_eq!(settings(1).session_ends_at(began_at), at("2026-03-01T13:00:00Z"));
    }
}
