//! The devices that push notifications go to.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{PushEndpointId, SessionId},
    name::DisplayName,
};

/// At most this many devices of one person.
pub const ENDPOINTS_MAX: usize = 20;
/// The longest token, in bytes: push services use up to a few hundred, and say that it may become more.
const TOKEN_BYTES_MAX: usize = 2048;

/// A push service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushPlatform {
    /// Apple's.
    Apns,
    /// Apple's for apps in development.
    ApnsSandbox,
    /// Google's (Firebase Cloud Messaging).
    Fcm,
}

impl PushPlatform {
    /// Every platform.
    pub const ALL: [Self; 3] = [Self::Apns, Self::ApnsSandbox, Self::Fcm];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::ApnsSandbox => "apns_sandbox",
            Self::Fcm => "fcm",
        }
    }
}

/// What a push service calls a device. Whoever has it and the business's key can push to it, so it is not shown again.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PushToken(String);

/// The text is no [`PushToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token of a push service: 1 to {TOKEN_BYTES_MAX} printable ASCII characters without spaces")]
pub struct InvalidPushToken;

impl PushToken {
    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PushToken {
    type Error = InvalidPushToken;

    fn try_from(text: String) -> Result<Self, InvalidPushToken> {
        let fits = (1..=TOKEN_BYTES_MAX).contains(&text.len());
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits && printable { Ok(Self(text)) } else { Err(InvalidPushToken) }
    }
}

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken(…)")
    }
}

/// A device of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushEndpoint {
    /// Its id.
    pub id: PushEndpointId,
    /// Which push service it is reached by.
    pub platform: PushPlatform,
    /// What the person calls it.
    pub name: DisplayName,
    /// What our push service calls it.
    pub address: String,
    /// The SHA-256 of platform and token, in hexadecimal: by it the device is found again.
    pub token_sha256: String,
    /// The session that its app is signed in with: nothing is pushed to it after that has ended.
    pub session: SessionId,
    /// When it was added.
    pub added_at: Timestamp,
    /// When the app last told its token.
    pub refreshed_at: Timestamp,
    /// Since when its push service does not take anything for it, if so: the app is gone, or its token is another now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_since: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_printable_and_bounded_and_not_shown() {
        let token: PushToken = "fcm:APA91b-_x".to_owned().try_into().unwrap();
        assert_eq!(format!("{token:?}"), "PushToken(…)");
        for wrong in ["", "a b", "ü", "a\n", &"x".repeat(2049)] {
            assert_eq!(PushToken::try_from(wrong.to_owned()), Err(InvalidPushToken));
        }
    }
}
