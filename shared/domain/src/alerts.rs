//! What an account is told about itself (B03): that credits run low, that messages fail, that a gateway has trouble, that
//! somebody has signed in, that its security was changed.
//!
//! Each kind of alert goes to the alert centre and by e-mail, as far as the account and the person want it. The account also
//! says from which point on it wants to be told.

use std::{collections::BTreeSet, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{
    access::Permission,
    audit::{AuditAction, AuditActor, AuditEntry},
    credits::Credits,
    id::{AccountId, GatewayId, UserId},
    mail::SecurityChange,
    message::Refusal,
};

/// A kind of alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Few credits are left.
    LowBalance,
    /// Many messages failed.
    FailedDeliveries,
    /// A carrier refuses messages because of one of the account's gateways.
    GatewayTrouble,
    /// Somebody has signed in as them from a place that was not seen before.
    NewSignIn,
    /// The security of the account, or of somebody in it, was changed.
    SecurityChange,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::LowBalance,
        Self::FailedDeliveries,
        Self::GatewayTrouble,
        Self::NewSignIn,
        Self::SecurityChange,
    ];

    /// Who is told, besides the person concerned: those who have this permission. `None`: nobody else.
    pub const fn audience(self) -> Option<Permission> {
        match self {
            Self::LowBalance => Some(Permission::CreditsRead),
            Self::FailedDeliveries | Self::GatewayTrouble => Some(Permission::GatewaysManage),
            Self::SecurityChange => Some(Permission::SecurityManage),
            Self::NewSignIn => None,
        }
    }
}

/// Where alerts of one kind go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Channels {
    /// To the alert centre.
    pub alert_centre: bool,
    /// By e-mail.
    pub email: bool,
}

impl Default for Channels {
    /// Everywhere.
    fn default() -> Self {
        Self { alert_centre: true, email: true }
    }
}

impl Channels {
    /// Where both the account and the person want it.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { alert_centre: self.alert_centre && other.alert_centre, email: self.email && other.email }
    }

    /// Whether it goes nowhere.
    pub const fn are_off(self) -> bool {
        !self.alert_centre && !self.email
    }
}

/// Where alerts of each kind go: what an account says for all, or a person for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertChannels {
    /// [`AlertKind::LowBalance`].
    pub low_balance: Channels,
    /// [`AlertKind::FailedDeliveries`].
    pub failed_deliveries: Channels,
    /// [`AlertKind::GatewayTrouble`].
    pub gateway_trouble: Channels,
    /// [`AlertKind::NewSignIn`].
    pub new_sign_in: Channels,
    /// [`AlertKind::SecurityChange`].
    pub security_change: Channels,
}

impl AlertChannels {
    /// Where alerts of this kind go.
    pub const fn of(&self, kind: AlertKind) -> Channels {
        match kind {
            AlertKind::LowBalance => self.low_balance,
            AlertKind::FailedDeliveries => self.failed_deliveries,
            AlertKind::GatewayTrouble => self.gateway_trouble,
            AlertKind::NewSignIn => self.new_sign_in,
            AlertKind::SecurityChange => self.security_change,
        }
    }
}

/// The balances below which an account is told that credits run low: at most [`Thresholds::MAX`], each at least one credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<Credits>", into = "BTreeSet<Credits>")]
pub struct Thresholds(BTreeSet<Credits>);

/// The amounts are no [`Thresholds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at most 5 different amounts of at least one credit")]
pub struct InvalidThresholds;

impl Thresholds {
    /// At most this many.
    pub const MAX: usize = 5;

    /// The lowest of the thresholds that a balance falls below by going from `before` to `after`. A balance that lies exactly
    /// at a threshold is not below it.
    pub fn crossed(&self, before: Credits, after: Credits) -> Option<Credits> {
        self.0.iter().copied().find(|threshold| before >= *threshold && *threshold > after)
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self([100_u32, 10].into_iter().map(Credits::from).collect())
    }
}

impl TryFrom<BTreeSet<Credits>> for Thresholds {
    type Error = InvalidThresholds;
    fn try_from(amounts: BTreeSet<Credits>) -> Result<Self, InvalidThresholds> {
        let fits = amounts.len() <= Self::MAX && !amounts.contains(&Credits::ZERO);
        if fits { Ok(Self(amounts)) } else { Err(InvalidThresholds) }
    }
}

impl From<Thresholds> for BTreeSet<Credits> {
    fn from(thresholds: Thresholds) -> Self {
        thresholds.0
    }
}

/// How many messages have to fail within an hour for the account to be told: 1 to [`FailuresPerHour::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct FailuresPerHour(u16);

/// The number is no [`FailuresPerHour`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 1 to 200")]
pub struct InvalidFailuresPerHour;

impl FailuresPerHour {
    /// The most: each failure is kept by name until there are so many, in one item.
    pub const MAX: u16 = 200;

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for FailuresPerHour {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u16> for FailuresPerHour {
    type Error = InvalidFailuresPerHour;
    fn try_from(number: u16) -> Result<Self, InvalidFailuresPerHour> {
        if (1..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(InvalidFailuresPerHour) }
    }
}

impl From<FailuresPerHour> for u16 {
    fn from(number: FailuresPerHour) -> Self {
        number.0
    }
}

/// What an account wants to be told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertSettings {
    /// Where each kind goes.
    pub channels: AlertChannels,
    /// Below which balances it is told.
    pub low_balance_thresholds: Thresholds,
    /// From how many failures an hour on it is told.
    pub failures_per_hour: FailuresPerHour,
}

/// Something that an account is told about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// [`AlertKind::LowBalance`].
    LowBalance {
        /// How many credits are left.
        available: Credits,
        /// Below which threshold that is.
        threshold: Credits,
    },
    /// [`AlertKind::FailedDeliveries`].
    FailedDeliveries {
        /// How many within an hour, at least.
        failed: u32,
    },
    /// [`AlertKind::GatewayTrouble`].
    GatewayTrouble {
        /// Which gateway.
        gateway: GatewayId,
        /// Why the carrier refuses.
        reason: Refusal,
    },
    /// [`AlertKind::NewSignIn`].
    NewSignIn {
        /// Who is said to have signed in.
        user: UserId,
        /// From where, if known.
        address: Option<IpAddr>,
    },
    /// [`AlertKind::SecurityChange`].
    SecurityChange {
        /// What was done.
        action: AuditAction,
        /// Who was concerned, if it was one person.
        user: Option<UserId>,
    },
}

impl Alert {
    /// The one person whom it concerns, if it is one: they are told even without the permission. What there is to tell them by
    /// e-mail, they are told with the change itself.
    pub const fn person(&self) -> Option<UserId> {
        match self {
            Self::NewSignIn { user, .. } => Some(*user),
            Self::SecurityChange { user, .. } => *user,
            _ => None,
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> AlertKind {
        match self {
            Self::LowBalance { .. } => AlertKind::LowBalance,
            Self::FailedDeliveries { .. } => AlertKind::FailedDeliveries,
            Self::GatewayTrouble { .. } => AlertKind::GatewayTrouble,
            Self::NewSignIn { .. } => AlertKind::NewSignIn,
            Self::SecurityChange { .. } => AlertKind::SecurityChange,
        }
    }
}

/// Why a message failed that says something about the gateway, and not about the message.
pub const fn is_gateway_trouble(reason: Refusal) -> bool {
    matches!(reason, Refusal::Account | Refusal::SenderNotAllowed)
}

/// The actions of which somebody is alerted when they stand in the audit log.
pub const WATCHED: [AuditAction; 11] = [
    AuditAction::SignedIn,
    AuditAction::SecurityChanged,
    AuditAction::PasswordChanged,
    AuditAction::EmailChanged,
    AuditAction::SecondFactorOn,
    AuditAction::SecondFactorOff,
    AuditAction::RecoveryCodesRenewed,
    AuditAction::ApiKeyCreated,
    AuditAction::ApiKeyRevoked,
    AuditAction::SupportAllowed,
    AuditAction::SupportEntered,
];

/// What an e-mail to those who look after the account's security calls a change. `None`: it is a matter of one person alone.
pub const fn told_to_others(action: AuditAction) -> Option<SecurityChange> {
    Some(match action {
        AuditAction::SecurityChanged => SecurityChange::SecuritySettings,
        AuditAction::SecondFactorOn => SecurityChange::SecondFactorOn,
        AuditAction::SecondFactorOff => SecurityChange::SecondFactorOff,
        AuditAction::RecoveryCodesRenewed => SecurityChange::RecoveryCodesRenewed,
        AuditAction::ApiKeyCreated => SecurityChange::ApiKeyCreated,
        AuditAction::ApiKeyRevoked => SecurityChange::ApiKeyRevoked,
        AuditAction::SupportAllowed => SecurityChange::SupportAllowed,
        AuditAction::SupportEntered => SecurityChange::SupportEntered,
        _ => return None,
    })
}

/// The member of an entry's `after` that says of a sign-in that it came from a place that was not seen before.
pub const NEW_PLACE: &str = "new_place";

/// The alert that follows from an entry of the account's audit log, if one does.
pub fn alert_about(account: AccountId, entry: &AuditEntry) -> Option<Alert> {
    let action = entry.action;
    match action {
        AuditAction::SignedIn => {
            let is_new = entry.after.get(NEW_PLACE).and_then(serde_json::Value::as_bool) == Some(true);
            let user = entry.object.parse().ok().filter(|_| is_new)?;
            Some(Alert::NewSignIn { user, address: entry.address })
        }
        // The log of a master also has what it does to its sub accounts: that is no alert for the master.
        AuditAction::SecurityChanged | AuditAction::SupportAllowed | AuditAction::SupportEntered => {
            (entry.object == account.to_string()).then_some(Alert::SecurityChange { action, user: None })
        }
        AuditAction::ApiKeyCreated | AuditAction::ApiKeyRevoked => {
            let user = match entry.actor {
                AuditActor::User { user } | AuditActor::ApiKey { user, .. } => Some(user),
                _ => None,
            };
            Some(Alert::SecurityChange { action, user })
        }
        AuditAction::PasswordChanged
        | AuditAction::EmailChanged
        | AuditAction::SecondFactorOn
        | AuditAction::SecondFactorOff
        | AuditAction::RecoveryCodesRenewed => {
            Some(Alert::SecurityChange { action, user: entry.object.parse().ok() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn credits(amount: u32) -> Credits {
        Credits::from(amount)
    }

    #[test]
    fn b03_a_threshold_is_crossed_by_falling_below_it_and_of_several_the_lowest_counts() {
        let thresholds = Thresholds::default();
        for (before, after, crossed) in [
            (101, 100, None),
            (100, 99, Some(100)),
            (500, 99, Some(100)),
            (99, 98, None),
            (10, 9, Some(10)),
            (100, 0, Some(10)),
            (9, 100, None),
            (50, 50, None),
        ] {
            assert_eq!(
                thresholds.crossed(credits(before), credits(after)),
                crossed.map(credits),
                "{before} to {after}"
            );
        }
        assert_eq!(Thresholds(BTreeSet::new()).crossed(credits(9), credits(0)), None);
    }

    #[test]
    fn settings_have_bounds() {
        let set = |amounts: &[u32]| {
            Thresholds::try_from(amounts.iter().copied().map(credits).collect::<BTreeSet<_>>())
        };
        assert!(set(&[]).is_ok() && set(&[1, 2, 3, 4, 5]).is_ok());
        assert!(set(&[0]).is_err() && set(&[1, 2, 3, 4, 5, 6]).is_err());
        assert!(FailuresPerHour::try_from(1).is_ok() && FailuresPerHour::try_from(200).is_ok());
        assert!(FailuresPerHour::try_from(0).is_err() && FailuresPerHour::try_from(201).is_err());
    }

    #[test]
    fn settings_that_were_stored_before_a_kind_existed_have_it_everywhere() {
        let read: AlertSettings =
            serde_json::from_value(json!({"channels": {"low_balance": {"email": false}}})).unwrap();
        assert_eq!(read.channels.of(AlertKind::LowBalance), Channels { alert_centre: true, email: false });
        assert_eq!(read.channels.of(AlertKind::NewSignIn), Channels::default());
        assert_eq!(read.low_balance_thresholds, Thresholds::default());
    }

    #[test]
    fn b03_exactly_the_watched_actions_can_alert() {
        let (account, user) = (AccountId::derive(&[b"bakery"]), UserId::derive(&[b"ann"]));
        let entry = |action, object: String| AuditEntry {
            id: crate::id::AuditEntryId::derive(&[]),
            at: jiff::Timestamp::UNIX_EPOCH,
            actor: AuditActor::User { user },
            address: None,
            action,
            object,
            before: Value::Null,
            after: json!({ NEW_PLACE: true }),
        };
        for action in AuditAction::ALL.iter().copied() {
            let alerts = [account.to_string(), user.to_string()]
                .map(|object| alert_about(account, &entry(action, object)).is_some());
            assert_eq!(alerts.contains(&true), WATCHED.contains(&action), "{action}");
            assert!(told_to_others(action).is_none() || WATCHED.contains(&action), "{action}");
        }
        let of_another = AccountId::derive(&[b"branch"]).to_string();
        assert_eq!(alert_about(account, &entry(AuditAction::SupportEntered, of_another)), None);
        let known = AuditEntry { after: json!({}), ..entry(AuditAction::SignedIn, user.to_string()) };
        assert_eq!(alert_about(account, &known), None);
    }
}
