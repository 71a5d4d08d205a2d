//! Links that we e-mail to one person for one purpose: to accept an invitation, to choose a new password, to confirm an
//! address.
//!
//! A [`Link`] is what such a link stands for. Its text, the token, is these bytes with a signature (`app::links`), so it
//! can be made again from what lies in the table and lies nowhere itself. A link ends at its time, and earlier when the
//! user's nonce for its purpose is no longer the one in the link: after it was used, or another was sent.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{AccountId, UserId};

/// How many bytes [`Link::to_bytes`] makes: purpose, account, user, nonce, time.
pub const BYTES: usize = 1 + 16 + 16 + 16 + 8;

/// What a link is for. A link of one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To accept an invitation and choose a first password.
    Invitation,
    /// To choose a new password.
    PasswordReset,
    /// To confirm a new e-mail address.
    EmailConfirmation,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Invitation, Self::PasswordReset, Self::EmailConfirmation];

    /// The page that the link opens.
    pub const fn page(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password-reset",
            Self::EmailConfirmation => "email-confirmation",
        }
    }

    /// The byte that stands for it in a token. Part of links that people have in their mailboxes: never changed.
    const fn byte(self) -> u8 {
        match self {
            Self::Invitation => 1,
            Self::PasswordReset => 2,
            Self::EmailConfirmation => 3,
        }
    }
}

/// 128 random bits that make one link differ from the next for the same user and purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(pub [u8; 16]);

/// The text is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 32 hexadecimal digits")]
pub struct InvalidNonce;

impl TryFrom<String> for Nonce {
    type Error = InvalidNonce;
    fn try_from(text: String) -> Result<Self, InvalidNonce> {
        let digits = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u128::from_str_radix(&text, 16).ok().filter(|_| digits);
        number.map(|number| Self(number.to_be_bytes())).ok_or(InvalidNonce)
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        format!("{:032x}", u128::from_be_bytes(nonce.0))
    }
}

/// Redacted: with the key, it makes the link.
impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// What a link stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose account.
    pub account: AccountId,
    /// For whom.
    pub user: UserId,
    /// Which of the links for this user and purpose.
    pub nonce: Nonce,
    /// When it ends, in whole milliseconds.
    pub expires_at: Timestamp,
}

impl Link {
    /// The link as bytes of a fixed layout, for its token.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.purpose.byte()];
        bytes.extend(self.account.uuid().as_bytes());
        bytes.extend(self.user.uuid().as_bytes());
        bytes.extend(self.nonce.0);
        bytes.extend(self.expires_at.as_millisecond().to_be_bytes());
        bytes
    }

    /// Reads what [`Link::to_bytes`] wrote; `None`: it is nothing of the kind.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&purpose, rest) = bytes.split_first()?;
        let (account, rest) = rest.split_first_chunk()?;
        let (user, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let millis = i64::from_be_bytes(rest.try_into().ok()?);
        Some(Self {
            purpose: Purpose::ALL.into_iter().find(|known| known.byte() == purpose)?,
            account: AccountId::from_uuid(Uuid::from_bytes(*account)),
            user: UserId::from_uuid(Uuid::from_bytes(*user)),
            nonce: Nonce(*nonce),
            expires_at: Timestamp::from_millisecond(millis).ok()?,
        })
    }

    /// Whether its time has not come yet.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(purpose: Purpose) -> Link {
        Link {
            purpose,
            account: AccountId::derive(&[b"account"]),
            user: UserId::derive(&[b"user"]),
            nonce: Nonce([7; 16]),
            expires_at: "2026-06-02T15:00:00.123Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_link_reads_back_from_its_bytes() {
        for purpose in Purpose::ALL {
            let bytes = link(purpose).to_bytes();
            assert_eq!(bytes.len(), BYTES);
            assert_eq!(Link::from_bytes(&bytes), Some(link(purpose)));
        }
    }

    #[test]
    fn the_bytes_of_a_purpose_never_change() {
        let first = |purpose| link(purpose).to_bytes().first().copied();
        assert_eq!(Purpose::ALL.map(first), [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn other_bytes_are_no_link() {
        let good = link(Purpose::Invitation).to_bytes();
        assert_eq!(Link::from_bytes(&[]), None);
        assert_eq!(Link::from_bytes(&good[..BYTES - 1]), None);
        assert_eq!(Link::from_bytes(&[good.as_slice(), &[0]].concat()), None);
        assert_eq!(Link::from_bytes(&[&[9], &good[1..]].concat()), None);
        assert!(Link::from_bytes(&[&good[..BYTES - 8], &[0xff; 7], &[0]].concat()).is_some());
        assert_eq!(Link::from_bytes(&[&good[..BYTES - 8], &i64::MAX.to_be_bytes()].concat()), None);
    }

    #[test]
    fn a_link_ends_at_its_time() {
        let link = link(Purpose::PasswordReset);
        let before = link.expires_at - jiff::SignedDuration::from_millis(1);
        assert!(link.is_open(before) && !link.is_open(link.expires_at));
    }

    #[test]
    fn a_nonce_is_32_digits_in_json_and_hidden_in_debug_output() {
        let nonce = Nonce([0xab; 16]);
        let text = serde_json::to_string(&nonce).unwrap();
        assert_eq!(text, format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(serde_json::from_str::<Nonce>(&text).unwrap(), nonce);
        for wrong in ["", "ab", "+bababababababababababababababab0"] {
            assert_eq!(Nonce::try_from(wrong.to_owned()), Err(InvalidNonce));
        }
        assert_eq!(format!("{nonce:?}"), "Nonce(…)");
    }
}
