//! Being told of changes while one looks: connections, the tickets that open them, and who is where (presence).
//!
//! A connection belongs to one session of one person. What it is told is a hint; the log of changes is the truth, so nothing
//! here has to be delivered (D06). Presence is who looks at a conversation and who is writing in it at this moment; it lies
//! with connections and ends by itself.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    id::{AccountId, SessionId, UserId},
    link::Nonce,
};

/// How long a ticket opens a connection.
pub const TICKET_LASTS: SignedDuration = SignedDuration::from_secs(60);
/// How long a connection lasts unless its client says that it is still there: as long as API Gateway keeps one at most.
pub const CONNECTION_LASTS: SignedDuration = SignedDuration::from_hours(2);
/// How long somebody is writing after their client has said so.
pub const TYPING_LASTS: SignedDuration = SignedDuration::from_secs(10);
/// While they are writing for longer than this anyway, hearing it again changes nothing, and nobody is told.
pub const TYPING_FRESH: SignedDuration = SignedDuration::from_secs(5);
/// After this long a connection is told nothing more before its session and rights have been looked at again.
pub const CHECK_LASTS: SignedDuration = SignedDuration::from_mins(1);
/// At most this many connections of one person: tabs and devices.
pub const CONNECTIONS_OF_USER_MAX: u32 = 10;

/// The longest name of a connection that is taken.
const CONNECTION_BYTES_MAX: usize = 128;
/// How many bytes [`Ticket::to_bytes`] makes: account, user, session, nonce, time.
pub const TICKET_BYTES: usize = 16 + 16 + 16 + 16 + 8;

/// The name that API Gateway gave a connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionId(String);

/// The text is no name of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a connection")]
pub struct InvalidConnectionId;

impl TryFrom<String> for ConnectionId {
    type Error = InvalidConnectionId;

    fn try_from(text: String) -> Result<Self, InvalidConnectionId> {
        let safe =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=' | b'+' | b'/');
        let fits = (1..=CONNECTION_BYTES_MAX).contains(&text.len()) && text.bytes().all(safe);
        if fits { Ok(Self(text)) } else { Err(InvalidConnectionId) }
    }
}

impl From<ConnectionId> for String {
    fn from(id: ConnectionId) -> Self {
        id.0
    }
}

impl ConnectionId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whoever has the name of a connection and our rights can write to it.
impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionId(…)")
    }
}

/// What opens one connection, once. Its text is these bytes with a signature (`app::live`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whose account.
    pub account: AccountId,
    /// For whom.
    pub user: UserId,
    /// As long as this session lasts.
    pub session: SessionId,
    /// Which of their tickets.
    pub nonce: Nonce,
    /// When it ends, in whole milliseconds.
    pub expires_at: Timestamp,
}

impl Ticket {
    /// The ticket as bytes of a fixed layout.
    pub fn to_bytes(&self) -> Vec<u8> {
        let ids = [self.account.uuid(), self.user.uuid(), self.session.uuid()];
        let mut bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
        bytes.extend(self.nonce.0);
        bytes.extend(self.expires_at.as_millisecond().to_be_bytes());
        bytes
    }

    /// Reads what [`Ticket::to_bytes`] wrote; `None`: it is nothing of the kind.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (account, rest) = bytes.split_first_chunk()?;
        let (user, rest) = rest.split_first_chunk()?;
        let (session, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let millis = i64::from_be_bytes(rest.try_into().ok()?);
        Some(Self {
            account: AccountId::from_uuid(Uuid::from_bytes(*account)),
            user: UserId::from_uuid(Uuid::from_bytes(*user)),
            session: SessionId::from_uuid(Uuid::from_bytes(*session)),
            nonce: Nonce(*nonce),
            expires_at: Timestamp::from_millisecond(millis).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_reads_back_and_nothing_shorter_or_longer_does() {
        let ticket = Ticket {
            account: AccountId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(2)),
            session: SessionId::from_uuid(Uuid::from_u128(3)),
            nonce: Nonce([4; 16]),
            expires_at: Timestamp::from_millisecond(1_767_225_600_000).unwrap(),
        };
        let bytes = ticket.to_bytes();
        assert_eq!(bytes.len(), TICKET_BYTES);
        assert_eq!(Ticket::from_bytes(&bytes), Some(ticket));
        assert_eq!(Ticket::from_bytes(&bytes[1..]), None);
        assert_eq!(Ticket::from_bytes(&[bytes, vec![0]].concat()), None);
    }

    #[test]
    fn a_connection_is_named_as_api_gateway_names_them() {
        for name in ["L0SM9cOFvHcCIhw=", "a", "x-y_z", &"x".repeat(128)] {
            assert_eq!(ConnectionId::try_from(name.to_owned()).unwrap().as_str(), name);
        }
        for name in ["", "a b", "a#b", "é", &"x".repeat(129)] {
            assert!(ConnectionId::try_from(name.to_owned()).is_err(), "{name}");
        }
    }
}
