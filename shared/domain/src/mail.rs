//! The e-mails that we write to people who work with the product. (What they write to customers are messages.)
//!
//! A [`Letter`] says what there is to tell, not in which words: those are in the crate `mails`. A [`Mail`] is a letter on
//! its way: it is put into the table in the transaction of the change that it tells of, so one never happens without the
//! other.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    credits::Credits, email::EmailAddress, id::MailId, link::Link, message::Refusal, name::DisplayName,
};

/// A letter to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its id.
    pub id: MailId,
    /// To whom.
    pub to: EmailAddress,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// What it tells.
    pub letter: Letter,
}

/// What a letter tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// They may join the account (B07).
    Invitation {
        /// How they are addressed.
        name: DisplayName,
        /// Who invites them; `None`: the account as such.
        invited_by: Option<DisplayName>,
        /// The link that they follow.
        link: Link,
    },
    /// Somebody, probably they, asked to choose a new password.
    PasswordReset {
        /// The link that they follow.
        link: Link,
    },
    /// Their password was changed.
    PasswordChanged,
    /// They are to confirm that this address is theirs.
    EmailConfirmation {
        /// The link that they follow.
        link: Link,
    },
    /// Their address was changed; this goes to the one they had.
    EmailChanged,
    /// Somebody signed in as them.
    NewSignIn {
        /// When.
        at: Timestamp,
        /// From where, if known.
        address: Option<IpAddr>,
    },
    /// Something about the security of their profile or account was changed.
    SecurityChanged {
        /// What.
        change: SecurityChange,
        /// By whom; `None`: by themselves, or by nobody who has a name here.
        by: Option<DisplayName>,
    },
    /// The security of the account, or of somebody in it, was changed; to those who look after it (B03).
    SecurityAlert {
        /// What.
        change: SecurityChange,
        /// Of whom, if it was somebody's own.
        person: Option<DisplayName>,
        /// By whom, if by somebody who has a name here.
        by: Option<DisplayName>,
    },
    /// Few credits are left (B03).
    LowBalance {
        /// How many.
        available: Credits,
        /// The threshold below which this is told.
        threshold: Credits,
    },
    /// Many messages failed (B03).
    FailedDeliveries {
        /// How many.
        count: u32,
        /// Within how many minutes.
        within_minutes: u32,
    },
    /// A carrier refuses messages because of the account's gateway.
    GatewayTrouble {
        /// The gateway's name.
        gateway: DisplayName,
        /// Why.
        reason: Refusal,
    },
    /// What they have not read yet: counts, and no word of what anybody wrote.
    Digest(DigestCounts),
}

/// How much somebody has not read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestCounts {
    /// Of what happened since then.
    pub since: Timestamp,
    /// Messages of customers.
    pub messages: u32,
    /// In how many conversations.
    pub conversations: u32,
    /// Conversations that were assigned to them.
    pub assigned: u32,
    /// Notes that mention them.
    pub mentions: u32,
    /// Whether there is more than was counted.
    pub more: bool,
}

impl DigestCounts {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.messages == 0 && self.assigned == 0 && self.mentions == 0
    }
}

impl Letter {
    /// The page that it leads to without a link of its own, if it does.
    pub const fn page(&self) -> Option<&'static str> {
        match self {
            Self::Digest(_) => Some("inbox"),
            _ => None,
        }
    }

    /// The link in it, if there is one.
    pub const fn link(&self) -> Option<&Link> {
        match self {
            Self::Invitation { link, .. }
            | Self::PasswordReset { link }
            | Self::EmailConfirmation { link } => Some(link),
            _ => None,
        }
    }
}

/// What was changed about somebody's security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityChange {
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// No second factor is asked for any more.
    SecondFactorOff,
    /// The recovery codes were replaced.
    RecoveryCodesRenewed,
    /// An API key was made.
    ApiKeyCreated,
    /// An API key was ended.
    ApiKeyRevoked,
    /// The account's security settings.
    SecuritySettings,
    /// The master account may enter for support (A09).
    SupportAllowed,
    /// The master account has entered for support.
    SupportEntered,
}

impl SecurityChange {
    /// Every change.
    pub const ALL: [Self; 8] = [
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::RecoveryCodesRenewed,
        Self::ApiKeyCreated,
        Self::ApiKeyRevoked,
        Self::SecuritySettings,
        Self::SupportAllowed,
        Self::SupportEntered,
    ];
}
