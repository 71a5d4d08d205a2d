//! Telnyx's secrets and keys.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{Credentials, InvalidCredentials, signing};

/// The size of an Ed25519 public key (RFC 8032).
const PUBLIC_KEY_BYTES: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TelnyxCredentials {
    pub(super) api_key: SecretString,
    pub(super) public_keys: Vec<SecretString>,
    pub(super) messaging_profile_id: Option<String>,
}

impl TelnyxCredentials {
    pub(super) fn read(credentials: &Credentials) -> Result<Self, InvalidCredentials> {
        let read: Self = credentials.read()?;
        if !signing::is_token(&read.api_key) {
            return Err(InvalidCredentials::Field("api_key"));
        }
        signing::check_secrets(&read.public_keys, "public_keys")?;
        if read.public_keys.iter().any(|key| decoded(key).is_none()) {
            return Err(InvalidCredentials::Field("public_keys"));
        }
        if read.messaging_profile_id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            return Err(InvalidCredentials::Field("messaging_profile_id"));
        }
        Ok(read)
    }

    /// The public keys as bytes.
    pub(super) fn keys(&self) -> impl Iterator<Item = Vec<u8>> {
        self.public_keys.iter().filter_map(decoded)
    }
}

fn decoded(key: &SecretString) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(key.expose_secret()).ok().filter(|key| key.len() == PUBLIC_KEY_BYTES)
}
